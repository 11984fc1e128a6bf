// Which kinds of guests work on this machine. That a program is there says little: a /dev/kvm that
// opens may run no guest, and a container may not let user-mode Linux trace. So a guest is booted.

import { access, constants, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type GuestKind, guestKinds } from './contract.ts';
import { GuestError, reasonOf } from './errors.ts';
import { bootGuest } from './guest.ts';
import { kernelFor } from './kernel/kernel.ts';
import { needPrograms, programsOfKind } from './needs.ts';

/** Whether a kind of guest works here, and why not. */
export interface KindHere {
  readonly kind: GuestKind;
  /** Why it does not work, and what to do about it; null where it works. */
  readonly reason: string | null;
}

/** How long the first boot of a kind may take; with either kind it takes a second or two. */
const trySeconds: Readonly<Record<'kvm' | 'uml', number>> = { kvm: 5, uml: 30 };

/** Memory of a guest that is only tried. */
const TRY_MEMORY_BYTES = 96 * 1024 * 1024;

const verdicts = new Map<GuestKind, Promise<string | null>>();

/** All kinds, fastest first, with what keeps each from working here. Never throws. */
export async function guestKindsHere(): Promise<KindHere[]> {
  const found: KindHere[] = [];
  for (const kind of guestKinds) found.push({ kind, reason: await reasonAgainst(kind) });
  return found;
}

/**
 * The fastest kind that works here, and what keeps faster ones from it. Throws GuestError
 * GUEST_KIND, with all reasons, where none works.
 */
export async function chooseKind(): Promise<{
  readonly kind: GuestKind;
  readonly passedOver: readonly KindHere[];
}> {
  const passedOver: KindHere[] = [];
  for (const kind of guestKinds) {
    const reason = await reasonAgainst(kind);
    if (reason === null) return { kind, passedOver };
    passedOver.push({ kind, reason });
  }
  const reasons = passedOver.map(({ kind, reason }) => `${kind}: ${reason}`).join('; ');
  throw new GuestError('GUEST_KIND', `no kind of guest works here (${reasons})`);
}

/** What keeps a kind from working here; found out once per process. */
export function reasonAgainst(kind: GuestKind): Promise<string | null> {
  const known = verdicts.get(kind);
  if (known !== undefined) return known;
  const verdict = tryKind(kind).then(
    () => null,
    (error: unknown) =>
      error instanceof GuestError ? error.message.replaceAll('\n', ' ') : reasonOf(error),
  );
  verdicts.set(kind, verdict);
  return verdict;
}

async function tryKind(kind: GuestKind): Promise<void> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new GuestError(
      'GUEST_KIND',
      `guests run on Linux on x64, not on ${process.platform} on ${process.arch}`,
    );
  }
  needPrograms(programsOfKind[kind]);
  if (kind === 'kvm') await openKvm();
  // Emulation works wherever its program does: only its kernel may be wanting.
  if (kind === 'tcg') await kernelFor(kind, undefined);
  else await tryBoot(kind);
}

async function openKvm(): Promise<void> {
  try {
    await access('/dev/kvm', constants.R_OK | constants.W_OK);
  } catch (error) {
    throw new GuestError('GUEST_KIND', `/dev/kvm cannot be opened: ${reasonOf(error)}`);
  }
}

async function tryBoot(kind: 'kvm' | 'uml'): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'pagelend-guest-'));
  try {
    const spec = { name: 'try', kind, memoryBytes: TRY_MEMORY_BYTES, folder };
    const guest = await bootGuest(spec, { timeoutSeconds: trySeconds[kind] });
    await guest.stop();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

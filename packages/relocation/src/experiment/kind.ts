// Which kind of guest runs on this machine: the fastest that boots. KVM may open and still run no
// guest, and user-mode Linux depends on the processor, so each is tried.

import { access, constants, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootGuest, findProgram, type GuestKind, programsOfKind } from '@pagelend/guests';

export type GuestKindChoice = GuestKind | 'auto';

const TRIAL_MEMORY_BYTES = 128 * 2 ** 20;
/** Both boot in a few seconds where they boot at all. */
const TRIAL_SECONDS = 10;

/**
 * `choice` itself, or the first of kvm and uml that boots a guest, else tcg. Where no program of any
 * kind is there, uml: it is what is worth installing.
 */
export async function workingKind(choice: GuestKindChoice): Promise<GuestKind> {
  if (choice !== 'auto') return choice;
  if ((await canOpen('/dev/kvm')) && (await boots('kvm'))) return 'kvm';
  if (await boots('uml')) return 'uml';
  return hasPrograms('tcg') ? 'tcg' : 'uml';
}

function hasPrograms(kind: GuestKind): boolean {
  return programsOfKind[kind].every((program) => findProgram(program) !== null);
}

function canOpen(path: string): Promise<boolean> {
  return access(path, constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
}

async function boots(kind: GuestKind): Promise<boolean> {
  if (!hasPrograms(kind)) return false;
  const folder = await mkdtemp(join(tmpdir(), 'pagelend-trial-'));
  try {
    const spec = { name: `trial-${kind}`, kind, memoryBytes: TRIAL_MEMORY_BYTES, folder };
    const guest = await bootGuest(spec, { timeoutSeconds: TRIAL_SECONDS });
    await guest.stop();
    return true;
  } catch {
    // Why it does not is told by `--guest-kind`, where that kind is asked for.
    return false;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

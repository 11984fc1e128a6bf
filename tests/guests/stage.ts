// A lender, a guest that swaps to it all the time, and what is checked at the end: every word of
// the guest's memory, and that its kernel has seen no error.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  bootGuest,
  buildProgram,
  type Guest,
  type GuestSpec,
  Hog,
  type HogCheck,
  hogProgram,
} from '@pagelend/guests';
import { afterAll, expect, onTestFinished } from 'vitest';
import { type Lender, type LenderOptions, startLender } from '../lender/daemon.ts';
import { type Attachment, LEASE, swapOn } from './attachments.ts';
import { Pressure } from './pressure.ts';

const MIB = 1024 * 1024;
export const GUEST_BYTES = 96 * MIB;
/** Of which a guest of that size has room for some two thirds. */
export const HOG_BYTES = 72 * MIB;
export const LEASE_SIZE = '256MiB';

/** A guest under load is slow, and waits for its lender in between. */
export const PATIENT = { timeoutSeconds: 1200 };

export interface Stage {
  readonly lender: Lender;
  readonly guest: Guest;
  readonly hog: Hog;
  readonly pressure: Pressure;
}

/** What a kernel says of swap that it could not write or read back, and of its NBD client. */
const troubles = new RegExp(
  [
    ...['I/O error', '(Read|Write)-error on swap-device', 'blk_update_request'],
    ...['blocked for more than', 'Oops', 'BUG:', 'Out of memory'],
  ].join('|'),
  'i',
);

export function kernelTroubles(log: string): string[] {
  return log.split('\n').filter((line) => troubles.test(line));
}

const folders: string[] = [];

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

export function temporaryFolder(): string {
  // Short, because sockets lie in it.
  const folder = mkdtempSync(join(tmpdir(), 'pl-guest-'));
  folders.push(folder);
  return folder;
}

/** Boots a guest that ends with the test. */
export async function startGuest(
  spec: Partial<GuestSpec> & { kind: GuestSpec['kind'] },
): Promise<Guest> {
  const files = { ...spec.files, [hogProgram]: await buildProgram('hog') };
  const defaults = { name: 'guest', memoryBytes: GUEST_BYTES, folder: temporaryFolder() };
  const guest = await bootGuest({ ...defaults, ...spec, files });
  onTestFinished(() => guest.stop());
  return guest;
}

export interface StageOptions {
  readonly attachment: Attachment;
  readonly lender?: Partial<LenderOptions>;
  readonly spec?: Partial<GuestSpec>;
}

/** All of it, with the guest under pressure and already swapping both ways. */
export async function setStage(options: StageOptions): Promise<Stage> {
  const { attachment } = options;
  const lender = await startLender({
    leases: { [LEASE]: LEASE_SIZE },
    ...options.lender,
    args: [...(attachment.lenderArgs ?? []), ...(options.lender?.args ?? [])],
  });
  const parts = await attachment.spec(lender);
  const machineArguments = [
    ...(parts.machineArguments ?? []),
    ...(options.spec?.machineArguments ?? []),
  ];
  const guest = await startGuest({
    kind: attachment.kind,
    ...parts,
    ...options.spec,
    ...(machineArguments.length > 0 ? { machineArguments } : {}),
  });
  await swapOn(guest, await attachment.attach(guest));
  const hog = await Hog.start(
    guest,
    { name: 'hog', bytes: attachment.hogBytes ?? HOG_BYTES, seed: 11n, compressiblePercent: 50 },
    PATIENT,
  );
  const pressure = new Pressure(guest, hog);
  pressure.start();
  return { lender, guest, hog, pressure };
}

/** Ends the pressure; then every word is right and the kernel has seen no error. */
export async function expectIntact({ guest, hog, pressure }: Stage): Promise<HogCheck> {
  await pressure.stop();
  const found = await hog.verify(PATIENT);
  expect(found.damage).toEqual([]);
  expect(found.damagedCount).toBe(0);
  expect(found.pageCount).toBe(hog.pageCount);
  expect(kernelTroubles(await guest.kernelLog())).toEqual([]);
  return found;
}

// A lender that has no room for what its guest swaps out: the guest goes on, and what was taken is
// intact; or the guest is paused until there is room, where that was asked for.

import { join } from 'node:path';
import { type Guest, type GuestSpec, Hog } from '@pagelend/guests';
import { describe, expect, test } from 'vitest';
import { type Lender, startLender } from '../lender/daemon.ts';
import { LEASE, pausingDisk, qemuDisk, swapOn } from './attachments.ts';
import { guideWords } from './guide.ts';
import { needsGuests } from './needs.ts';
import { Qmp } from './qmp.ts';
import { kernelTroubles, PATIENT, startGuest, temporaryFolder } from './stage.ts';

const MINUTES = 60_000;
/** Fits in the guest's memory, and not in the lender's. */
const HOG_BYTES = 12 * 1024 * 1024;
const hogOptions = { name: 'hog', bytes: HOG_BYTES, seed: 5n, compressiblePercent: 0 };
const LIMITED = '256MiB,limit=4MiB';

/** A guest with a hog, nearly none of which is out yet. */
async function startHog(lender: Lender, spec: Partial<GuestSpec>): Promise<[Guest, Hog]> {
  const guest = await startGuest({ kind: 'tcg', ...spec });
  // Refused writes are told one by one, and a serial console is slow.
  await guest.mustRun('dmesg -n 1');
  await swapOn(guest, '/dev/vda');
  const hog = await Hog.start(guest, hogOptions, PATIENT);
  expect(lender.figures(LEASE).failed_writes).toBe(0);
  return [guest, hog];
}

/** What a guest's kernel says of writes that its swap refused; it says so many, and then counts. */
const refusedWrite = /Write-error on swap-device|I\/O error, dev vda, .*WRITE/;

describe.each([
  { what: 'the limit of the lease', lease: LIMITED, memory: '256M' },
  { what: 'the memory of the lender', lease: '256MiB', memory: '8M' },
])('at $what', ({ lease, memory }) => {
  test(
    'a guest keeps the pages that are refused, and goes on',
    async (context) => {
      needsGuests(context);
      const lender = await startLender({ leases: { [LEASE]: lease }, memory });
      const [guest, hog] = await startHog(lender, await qemuDisk.spec(lender));
      await hog.pageOut(PATIENT);
      const figures = lender.figures(LEASE);
      expect(figures.failed_writes).toBeGreaterThan(0);
      expect(figures.orig_data_size).toBeGreaterThan(2 * 1024 * 1024);

      // The kernel says so, and that is all it has to say.
      const troubles = kernelTroubles(await guest.kernelLog());
      expect(troubles.filter((line) => /Write-error on swap-device/.test(line))).not.toEqual([]);
      expect(troubles.filter((line) => !refusedWrite.test(line))).toEqual([]);
      expect((await hog.verify(PATIENT)).damage).toEqual([]);
      await hog.rewrite(0.5, PATIENT);
      expect((await hog.verify(PATIENT)).damage).toEqual([]);
    },
    10 * MINUTES,
  );
});

test(
  'there is room again once the limit is raised',
  async (context) => {
    needsGuests(context);
    const lender = await startLender({ leases: { [LEASE]: LIMITED } });
    const [, hog] = await startHog(lender, await qemuDisk.spec(lender));
    await hog.pageOut(PATIENT);
    expect(lender.figures(LEASE).failed_writes).toBeGreaterThan(0);
    lender.verb(...guideWords('settings.md#limit').slice(1));
    // What was refused has kept its place in the guest's swap; only new content is written again.
    await hog.rewrite(1, PATIENT);
    await hog.pageOut(PATIENT);
    expect(lender.figures(LEASE).orig_data_size).toBeGreaterThan(HOG_BYTES / 2);
    expect((await hog.verify(PATIENT)).damage).toEqual([]);
  },
  10 * MINUTES,
);

test(
  'on ENOSPC QEMU pauses the guest, which sees nothing of it',
  async (context) => {
    needsGuests(context);
    const { lenderArgs = [], spec } = pausingDisk;
    const lender = await startLender({ leases: { [LEASE]: LIMITED }, args: lenderArgs });
    const socket = join(temporaryFolder(), 'qmp');
    const parts = await spec(lender);
    const machineArguments = [...(parts.machineArguments ?? []), ...Qmp.arguments(socket)];
    const [guest, hog] = await startHog(lender, { ...parts, machineArguments });
    const qmp = await Qmp.connect(socket);
    const isOut = hog.pageOut(PATIENT);
    await qmp.until('query-status', 'io-error');

    lender.verb(...guideWords('settings.md#limit').slice(1));
    await qmp.execute('cont');
    expect(await isOut).toBeGreaterThan(0);
    expect((await hog.verify(PATIENT)).damage).toEqual([]);
    expect(kernelTroubles(await guest.kernelLog())).toEqual([]);
    qmp.close();
  },
  10 * MINUTES,
);

// Guests whose pages stand behind the pool, on a device that fails: a page that cannot be read back
// is the end of the process it is of, and of nothing else; a page that cannot go behind stays where
// it is. And while the device is well, kills of the lender are survived as without a tier.

import { join } from 'node:path';
import { type Guest, Hog, type HogOptions } from '@pagelend/guests';
import { describe, expect, test } from 'vitest';
import { type Lender, startLender } from '../lender/daemon.ts';
import { Faults, needsStrace } from '../lender/faults.ts';
import { poolOf, tierFolder, tierOf } from '../lender/tier.ts';
import { LEASE, qemuDisk, storageDaemonDisk, swapOn } from './attachments.ts';
import { needsGuests } from './needs.ts';
import { survives } from './outages.ts';
import {
  expectIntact,
  kernelTroubles,
  LEASE_SIZE,
  PATIENT,
  setStage,
  startGuest,
} from './stage.ts';

const MINUTES = 60_000;
const POOL = '4MiB';
/** Fits in the guest's memory, so that it lives while nothing can be swapped; and not in the pool. */
const HOG: HogOptions = { name: 'hog', bytes: 12 * 2 ** 20, seed: 5n, compressiblePercent: 0 };

const tierArgs = (): string[] => ['--tier', join(tierFolder(), 'tier'), '--tier-size', '256MiB'];

/** What a kernel says of swap that could not be written, or read back. */
const refusedWrite = /Write-error on swap-device|I\/O error, dev \w+, .*WRITE/;
const failedRead = /Read-error on swap-device|I\/O error, dev \w+, .*READ/;

const SIGBUS = /fatal signal 7\b/;

const attachments = [
  { ...storageDaemonDisk, needs: ['linux.uml', 'qemu-storage-daemon'] as const },
  { ...qemuDisk, needs: [] as const },
];

interface Scene {
  readonly lender: Lender;
  readonly guest: Guest;
  readonly hog: Hog;
  readonly device: string;
}

/** A guest with a hog most of whose pages are behind. */
async function setScene(attachment: (typeof attachments)[number]): Promise<Scene> {
  const args = tierArgs();
  const lender = await startLender({ leases: { [LEASE]: LEASE_SIZE }, memory: POOL, args });
  const guest = await startGuest({ kind: attachment.kind, ...(await attachment.spec(lender)) });
  // Failures are told one by one, and a serial console is slow.
  await guest.mustRun('dmesg -n 1');
  const device = await attachment.attach(guest);
  await swapOn(guest, device);
  const hog = await Hog.start(guest, HOG, PATIENT);
  const out = await hog.pageOut(PATIENT);
  expect(out).toBeGreaterThan(2500);
  const behind = async (): Promise<number> => (await poolOf(lender)).behind_pages;
  await expect.poll(behind, { timeout: 60_000 }).toBeGreaterThan(1000);
  expect(kernelTroubles(await guest.kernelLog())).toEqual([]);
  return { lender, guest, hog, device };
}

/** Pages that are out stay in the guest's swap cache as long as it has memory for that. */
async function emptySwapCache(guest: Guest): Promise<void> {
  const filler = { name: 'filler', bytes: 60 * 2 ** 20, seed: 8n, compressiblePercent: 90 };
  await (await Hog.start(guest, filler, PATIENT)).quit();
}

describe.each(attachments)('$name', (attachment) => {
  test(
    'writes of the tier fail: the guest keeps its pages, goes on, and swaps again later',
    async (context) => {
      needsGuests(context, ...attachment.needs);
      needsStrace(context);
      const { lender, guest, hog } = await setScene(attachment);
      const faults = await Faults.into(lender, 'pwrite64', 'EIO');
      await hog.rewrite(1, PATIENT);
      await hog.pageOut(PATIENT);
      expect((await tierOf(lender)).state).toBe('failing');
      expect((await poolOf(lender)).failed_writes).toBeGreaterThan(0);
      expect((await hog.verify(PATIENT)).damage).toEqual([]);
      const troubles = kernelTroubles(await guest.kernelLog());
      expect(troubles.filter((line) => !refusedWrite.test(line))).toEqual([]);

      await faults.end();
      await hog.rewrite(1, PATIENT);
      await hog.pageOut(PATIENT);
      expect((await tierOf(lender)).state).toBe('ok');
      expect((await hog.verify(PATIENT)).damage).toEqual([]);
    },
    20 * MINUTES,
  );

  test(
    'reads of the tier fail: SIGBUS for the process that misses a page, and the guest goes on',
    async (context) => {
      needsGuests(context, ...attachment.needs);
      needsStrace(context);
      // Emulated, the guest has not answered in time: its own shell may miss pages as well.
      if (attachment.kind !== 'uml') context.skip('is looked at in a user-mode Linux');
      const { lender, guest, hog } = await setScene(attachment);
      await emptySwapCache(guest);
      await guest.mustRun('echo 1 > /proc/sys/kernel/print-fatal-signals');
      // Of a process that is not swapped nothing is missed.
      const small = { name: 'small', bytes: 2 ** 20, seed: 9n, compressiblePercent: 50 };
      const bystander = await Hog.start(guest, small, PATIENT);
      const faults = await Faults.into(lender, 'pread64', 'EIO');
      await expect(hog.verify(PATIENT)).rejects.toThrow(/it ended/);
      const log = await guest.kernelLog();
      expect(log).toMatch(SIGBUS);
      const troubles = kernelTroubles(log);
      expect(troubles.filter((line) => failedRead.test(line))).not.toEqual([]);
      expect(troubles.filter((line) => !failedRead.test(line))).toEqual([]);
      expect((await bystander.verify(PATIENT)).damage).toEqual([]);
      expect(lender.said).toContain('its guest gets EIO for it');

      await faults.end();
      const next = await Hog.start(guest, { ...HOG, name: 'next', seed: 6n }, PATIENT);
      await next.pageOut(PATIENT);
      expect((await next.verify(PATIENT)).damage).toEqual([]);
      expect((await bystander.verify(PATIENT)).damage).toEqual([]);
    },
    20 * MINUTES,
  );

  test(
    'the device is well: kills of the lender are survived with most pages behind',
    async (context) => {
      needsGuests(context, ...attachment.needs);
      const lender = { memory: POOL, args: tierArgs() };
      const stage = await setStage({ attachment, lender });
      const outages = await survives(stage, { count: 4, pagesBetween: 500, how: 'kill' });
      expect(outages).toHaveLength(4);
      await expectIntact(stage);
      const pool = await poolOf(stage.lender);
      expect(pool.behind_pages).toBeGreaterThan(0);
      expect(pool.tier!.damaged_pages).toBe(0);
    },
    20 * MINUTES,
  );
});

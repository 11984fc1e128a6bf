// The device behind the pool fails, or its file system is full, while guests write: new pages are
// refused once the pool is full, nothing that was taken is lost, and all goes on when it can.

import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, type TestContext, test, vi } from 'vitest';
import { EIO, type NbdClient } from './client.ts';
import { type Lender, startLender } from './daemon.ts';
import { Faults, needsStrace } from './faults.ts';
import { Random } from './pages.ts';
import {
  errnoOf,
  Model,
  PATIENTLY,
  POOL,
  startTiered,
  TEST_MS_MAX,
  tierArgs,
  tierFolder,
  tierOf,
} from './tier.ts';

vi.setConfig({ testTimeout: TEST_MS_MAX, hookTimeout: TEST_MS_MAX });

const SLOTS = 4096;
const SIZE = `${SLOTS * 4}KiB`;
/** More than the pool has room for. */
const FIRST_SLOTS = 1024;

/** Fills the lease until a page is refused; returns how many were taken. */
async function fillUp(client: NbdClient, model: Model, from: number): Promise<number> {
  const random = new Random(from + 1);
  for (let slot = from; slot < SLOTS; slot++) {
    const errno = await errnoOf(model.write(client, slot, random));
    if (errno === 0) continue;
    expect(errno).toBe(EIO);
    // It was not taken, so the slot is what it was.
    model.underWay[slot] = -1;
    return slot;
  }
  throw new Error('the pool took all pages');
}

/** The device is tried again when a page wants room: pages are offered until that is well. */
async function takesAgain(
  lender: Lender,
  client: NbdClient,
  model: Model,
  from: number,
): Promise<void> {
  const random = new Random(3);
  let slot = from;
  const offer = async (): Promise<string> => {
    if ((await errnoOf(model.write(client, slot, random))) === 0) slot++;
    else model.underWay[slot] = -1;
    return (await tierOf(lender)).state;
  };
  await expect.poll(offer, { ...PATIENTLY, interval: 5 }).toBe('ok');
  await expect.poll(() => errnoOf(model.write(client, slot, random)), PATIENTLY).toBe(0);
}

async function started(...more: string[]): Promise<{ lender: Lender; model: Model }> {
  const { lender } = await startTiered({ web: SIZE }, '--promote', 'never', ...more);
  return { lender, model: new Model(SLOTS) };
}

test('writes fail: pages stay in the pool, new ones are refused, and later it goes on', async (context) => {
  needsStrace(context);
  const { lender, model } = await started();
  const client = await lender.connect('web');
  await model.fill(client, new Random(1), 0, FIRST_SLOTS);
  const faults = await Faults.into(lender, 'pwrite64', 'EIO');
  const end = await fillUp(client, model, FIRST_SLOTS);
  const failing = await tierOf(lender);
  expect(failing).toMatchObject({ state: 'failing', damaged_pages: 0 });
  expect(failing.reason).toMatch(/cannot write .*EIO/);
  expect(failing.failed_device_writes).toBeGreaterThan(0);
  for (let slot = 0; slot < end; slot++) await model.expect(client, slot);
  await faults.end();
  await takesAgain(lender, client, model, end);
  expect(await tierOf(lender)).toMatchObject({ state: 'ok', reason: null });
  expect(lender.said).toContain('the tier fails');
  expect(lender.said).toContain('pages go behind again');
  await client.disconnect();
  await model.check(lender, 'web');
});

test('reads fail: those pages are errors as long as they do, and none is lost', async (context) => {
  needsStrace(context);
  const { lender, model } = await started();
  const client = await lender.connect('web');
  await model.fill(client, new Random(1), 0, FIRST_SLOTS);
  const { behind_pages } = lender.figures('web');
  const faults = await Faults.into(lender, 'pread64', 'EIO');
  let failed = 0;
  for (let slot = 0; slot < FIRST_SLOTS; slot++) {
    const errno = await errnoOf(model.expect(client, slot));
    if (errno !== 0) failed++;
  }
  expect(failed).toBeGreaterThan(0);
  expect(failed).toBeLessThanOrEqual(behind_pages!);
  expect((await tierOf(lender)).failed_device_reads).toBeGreaterThan(0);
  await faults.end();
  await client.disconnect();
  await model.check(lender, 'web');
});

test('idle pages that cannot be written stop neither the daemon nor the guest', async (context) => {
  needsStrace(context);
  const { lender, model } = await started('--idle-after', '1');
  const client = await lender.connect('web');
  // Half of the pool: nothing has to leave.
  await model.fill(client, new Random(1), 0, 256);
  const faults = await Faults.into(lender, 'pwrite64', 'EIO');
  const failures = async () => (await tierOf(lender)).failed_device_writes;
  await expect.poll(failures, PATIENTLY).toBeGreaterThan(1);
  for (let slot = 0; slot < 256; slot++) await model.expect(client, slot);
  await faults.end();
  await model.fill(client, new Random(2), 256, 320);
  await expect.poll(async () => (await tierOf(lender)).idle_pages, PATIENTLY).toBeGreaterThan(0);
  await client.disconnect();
  await model.check(lender, 'web');
});

test('a file system without room is a tier that fails, and serves again once there is some', async (context) => {
  const folder = smallFileSystem(context);
  const ballast = join(folder, 'ballast');
  const path = join(folder, 'tier');
  // It is there to be measured, and does not fit: that alone prevents no start.
  const lender = await startLender({ leases: { web: SIZE }, memory: POOL, args: tierArgs(path) });
  expect(lender.said).toMatch(/could not be measured/);
  const model = new Model(SLOTS);
  const client = await lender.connect('web');
  await model.fill(client, new Random(1), 0, FIRST_SLOTS);
  for (let left = 64; left > 0; left--) {
    try {
      writeFileSync(ballast, Buffer.alloc(65_536, 1), { flag: 'a' });
    } catch {
      break;
    }
  }
  const end = await fillUp(client, model, FIRST_SLOTS);
  const failing = await tierOf(lender);
  expect(failing.state).toBe('failing');
  expect(failing.reason).toMatch(/ENOSPC/);
  rmSync(ballast);
  await takesAgain(lender, client, model, end);
  await client.disconnect();
  await model.check(lender, 'web');
  await lender.clear();
});

test('a tier that is full refuses new pages, and takes some when others are freed', async () => {
  const path = join(tierFolder(), 'tier');
  const args = ['--tier', path, '--tier-size', '6MiB', '--promote', 'never'];
  const lender = await startLender({ leases: { web: SIZE }, memory: POOL, args });
  const model = new Model(SLOTS);
  const client = await lender.connect('web');
  const end = await fillUp(client, model, 0);
  expect(end).toBeGreaterThan(1024);
  expect(await tierOf(lender)).toMatchObject({ state: 'full', reason: null });
  for (let slot = 0; slot < 512; slot++) await model.free(client, slot);
  await takesAgain(lender, client, model, end);
  await client.disconnect();
  await model.check(lender, 'web');
});

/** A tmpfs of 6 MiB; only root may mount one. */
function smallFileSystem(context: TestContext): string {
  if (process.getuid?.() !== 0) context.skip('only root may mount a small file system');
  const folder = join(tierFolder(), 'mount');
  mkdirSync(folder);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', folder], { stdio: 'pipe' });
  } catch (error) {
    context.skip(`no file system can be mounted here: ${String(error)}`);
  }
  onTestFinished(() => {
    execFileSync('umount', ['-l', folder], { stdio: 'pipe' });
  });
  return folder;
}

// Idle pages are written behind before they have to leave: all of them in time, no more bytes than the
// budget has, and whatever anybody sets the clock to.

import { DIRTY, MODIFIED } from '@pagelend/policies';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { MemoryDevice } from '../../../tier/test/support/memory-device.ts';
import { fillRaw, wrongRaw } from '../helpers/behind.ts';
import { leaseSpec, MEBIBYTE } from '../helpers/pool-host.ts';
import { openTierHost, type TierHost, tierSetup } from '../helpers/tier-host.ts';
import { checkTier } from '../helpers/tier-invariants.ts';

const AFTER_SECONDS = 60;
const ROUND_MS = (AFTER_SECONDS * 1000) / 4;
const HOUR_MS = 3_600_000;
const YEAR_MS = 365 * 24 * HOUR_MS;
const PAGE_COUNT = 200;
const TIER_BYTES = 8 * MEBIBYTE;
const specs = [leaseSpec('one', 1000)];

// The clock that nobody can set goes as the test says; timers and the event loop are the real ones.
beforeEach(() => void vi.useFakeTimers({ toFake: ['performance', 'Date'] }));
afterEach(() => void vi.useRealTimers());

function openIdle(budgetBytesPerDay: number): TierHost {
  const idle = { afterSeconds: AFTER_SECONDS, budgetBytesPerDay };
  const memory = new MemoryDevice(TIER_BYTES);
  // Room for all pages, so that none has to leave.
  const setup = tierSetup({ memoryBytes: 2 * MEBIBYTE, tierBytes: TIER_BYTES, memory, idle });
  return openTierHost(setup, specs);
}

/** Lets time pass in steps, and the keeper look around after each. */
async function pass(host: TierHost, milliseconds: number, stepMs = ROUND_MS): Promise<void> {
  for (let passed = 0; passed < milliseconds; passed += stepMs) {
    vi.advanceTimersByTime(stepMs);
    // Any event wakes it; a page of the table that is not there is trimmed, and nothing changes.
    host.pages('one').trim(999, 1);
    expect(await host.write('one', 900, new Uint8Array(4096).fill(passed % 256))).toBe(0);
    host.pages('one').trim(900, 1);
    await host.rest();
  }
}

function dirtyCount(host: TierHost): number {
  const { leases, bits, residents } = host.keeper.parts;
  const lease = leases.get(host.pool.lease('one')!.index)!;
  let count = 0;
  for (let slot = 0; slot < PAGE_COUNT; slot++) {
    if (lease.copies[slot] === 0) count += 1;
    else expect(bits[residents.find(lease, slot)]! & (DIRTY | MODIFIED)).toBe(0);
  }
  return count;
}

test('pages are copied behind when they were idle for so long, and stay in the pool', async () => {
  const host = openIdle(Number.POSITIVE_INFINITY);
  await fillRaw(host, 'one', 0, PAGE_COUNT);
  await pass(host, 3 * ROUND_MS);
  expect(host.figure('IDLE_PAGES')).toBe(0);
  // The first ones are used, and begin anew.
  expect(await wrongRaw(host, 'one', 0, 50)).toEqual([]);
  await pass(host, 2 * ROUND_MS);
  expect(dirtyCount(host)).toBe(50);
  await pass(host, 3 * ROUND_MS);
  expect(dirtyCount(host)).toBe(0);
  expect(host.figure('IDLE_PAGES')).toBe(PAGE_COUNT);
  expect(host.pool.usage().behindPages).toBe(0);
  await checkTier(host, ['one']);
  // A page that is written has no copy any more; and none is written twice for nothing.
  await fillRaw(host, 'one', 0, 10);
  expect(dirtyCount(host)).toBe(10);
  await pass(host, 10 * ROUND_MS);
  expect(host.figure('IDLE_PAGES')).toBe(PAGE_COUNT + 10);
  await checkTier(host, ['one']);
});

test('no more is written than the budget of the time that passed', async () => {
  // 40 pages an hour, of the 200.
  const perHour = 40 * 4200;
  const host = openIdle(24 * perHour);
  await fillRaw(host, 'one', 0, PAGE_COUNT);
  const step = HOUR_MS / 8;
  for (let hour = 1; hour <= 12; hour++) {
    await pass(host, HOUR_MS, step);
    // The bucket begins full: an hour's part.
    expect(host.figure('DEVICE_WRITE_BYTES')).toBeLessThanOrEqual((hour + 1) * perHour);
  }
  expect(dirtyCount(host)).toBe(0);
  expect(await wrongRaw(host, 'one', 0, PAGE_COUNT)).toEqual([]);
  await checkTier(host, ['one']);
});

test('a budget of nothing writes nothing', async () => {
  const host = openIdle(0);
  await fillRaw(host, 'one', 0, PAGE_COUNT);
  await pass(host, HOUR_MS, HOUR_MS / 8);
  expect(host.figure('DEVICE_WRITES')).toBe(0);
});

test.each([YEAR_MS, -YEAR_MS])('a clock that is set by %i ms changes nothing', async (jumpMs) => {
  const perHour = 10 * 4200;
  const host = openIdle(24 * perHour);
  await fillRaw(host, 'one', 0, PAGE_COUNT);
  await pass(host, HOUR_MS, HOUR_MS / 8);
  const writtenBytes = host.figure('DEVICE_WRITE_BYTES');
  vi.setSystemTime(Date.now() + jumpMs);
  await pass(host, ROUND_MS, ROUND_MS / 10);
  // A minute's part at most.
  expect(host.figure('DEVICE_WRITE_BYTES')).toBeLessThanOrEqual(writtenBytes + perHour / 60 + 8192);
  await pass(host, HOUR_MS, HOUR_MS / 8);
  expect(host.figure('DEVICE_WRITE_BYTES')).toBeGreaterThan(writtenBytes);
  expect(host.figure('DEVICE_WRITE_BYTES')).toBeLessThanOrEqual(3 * perHour);
  await checkTier(host, ['one']);
});

test('a device that fails meanwhile costs nothing but the copies', async () => {
  const host = openIdle(Number.POSITIVE_INFINITY);
  await fillRaw(host, 'one', 0, PAGE_COUNT);
  host.device.inject({ on: 'write', nth: 1, times: Number.POSITIVE_INFINITY, kind: 'error' });
  await pass(host, 6 * ROUND_MS);
  expect(dirtyCount(host)).toBe(PAGE_COUNT);
  await checkTier(host, ['one']);
  host.device.heal();
  await pass(host, 2 * ROUND_MS);
  expect(dirtyCount(host)).toBe(0);
  await checkTier(host, ['one']);
});

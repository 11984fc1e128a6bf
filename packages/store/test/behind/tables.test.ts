// Tables of leases in a pool that is full of pages that could leave: they leave.

import { expect, test } from 'vitest';
import { MemoryDevice } from '../../../tier/test/support/memory-device.ts';
import { fillRaw, wrongRaw } from '../helpers/behind.ts';
import { leaseSpec, MEBIBYTE } from '../helpers/pool-host.ts';
import { openTierHost, type TierHost, tierSetup } from '../helpers/tier-host.ts';
import { checkTier } from '../helpers/tier-invariants.ts';

const TIER_BYTES = 8 * MEBIBYTE;
/** Slots whose table has marks of 33 pages: more than is kept free ahead of need. */
const LARGE = 2 ** 27;

function fullHost(): TierHost {
  const memory = new MemoryDevice(TIER_BYTES);
  const setup = tierSetup({ memoryBytes: 2 * MEBIBYTE, tierBytes: TIER_BYTES, memory });
  return openTierHost(setup, [leaseSpec('one', 2000)]);
}

test('a lease is made, and another grows, where there is no room until others leave', async () => {
  const host = fullHost();
  await fillRaw(host, 'one', 0, 800);
  const made = await Promise.all([
    host.pool.createLease(leaseSpec('two', LARGE)),
    host.pool.createLease(leaseSpec('three', LARGE)),
  ]);
  expect(made.map(({ isFresh }) => isFresh)).toEqual([true, true]);
  await fillRaw(host, 'one', 800, 400);
  host.disconnect('one');
  await host.pool.resizeLease('one', LARGE * 4096);
  expect(host.pool.usage().memUsedBytes).toBeLessThanOrEqual(2 * MEBIBYTE);
  expect(await wrongRaw(host, 'one', 0, 1200)).toEqual([]);
  await fillRaw(host, 'two', 0, 300);
  expect(await wrongRaw(host, 'two', 0, 300)).toEqual([]);
});

test('where nothing can leave the lease is refused, and what there is stays', async () => {
  const host = fullHost();
  await fillRaw(host, 'one', 0, 800);
  await host.rest();
  const times = Number.POSITIVE_INFINITY;
  host.device.inject({ on: 'write', nth: 1, times, kind: 'error', errno: 'EIO' });
  const before = host.pool.usage().tableBytes;
  await expect(host.pool.createLease(leaseSpec('two', LARGE))).rejects.toMatchObject({
    code: 'STORE_MEMORY',
  });
  host.disconnect('one');
  await expect(host.pool.resizeLease('one', LARGE * 4096)).rejects.toMatchObject({
    code: 'STORE_MEMORY',
  });
  expect(host.pool.usage().tableBytes).toBe(before);
  host.device.heal();
  expect(await wrongRaw(host, 'one', 0, 400)).toEqual([]);
  await checkTier(host, ['one']);
});

// Whose turn it is with the keeper: a write waits for its own room and not for all that is to leave,
// and who changes leases is not kept waiting by guests that never cease to write.

import { expect, test } from 'vitest';
import { MemoryDevice } from '../../../tier/test/support/memory-device.ts';
import { BUFFERS_AT } from '../../src/layout.ts';
import { SLOTS_PER_TABLE_PAGE } from '../../src/slot-table.ts';
import { fillRaw, rawPage, wrongRaw } from '../helpers/behind.ts';
import { nextTurn } from '../helpers/gated-device.ts';
import { leaseSpec, MEBIBYTE } from '../helpers/pool-host.ts';
import { openTierHost, type TierHost, tierSetup } from '../helpers/tier-host.ts';
import { checkTier } from '../helpers/tier-invariants.ts';

const SLOTS = 6000;

function hostOf(memoryBytes: number, leases = ['one']): TierHost {
  const tierBytes = 48 * MEBIBYTE;
  const memory = new MemoryDevice(tierBytes);
  // A device that takes its time, so that guests are faster.
  const setup = tierSetup({ memoryBytes, tierBytes, memory, turnsMax: 12 });
  return openTierHost(
    setup,
    leases.map((id) => leaseSpec(id, SLOTS)),
  );
}

test('a write is granted its room as soon as there is some', async () => {
  // What is to leave, up to the high mark, are some eight extents.
  const host = hostOf(16 * MEBIBYTE);
  const pages = host.pages('one');
  const { io } = host.pool.store;
  // A part of the table wants a whole page, and not a place among others as these pages do.
  for (let slot = 0; slot < SLOTS; slot += SLOTS_PER_TABLE_PAGE) {
    expect(await host.write('one', slot, new Uint8Array(4096))).toBe(0);
  }
  let waited = 0;
  let most = 0;
  for (let slot = 0; slot < SLOTS; slot++) {
    io.set(rawPage(slot), BUFFERS_AT);
    if (pages.write(slot, BUFFERS_AT) === 0) {
      // Most of the time a guest is quicker than the keeper hears of it.
      if (slot % 64 === 0) await nextTurn();
      continue;
    }
    waited++;
    const before = host.figure('DEVICE_WRITES');
    while (pages.isWaiting) await nextTurn();
    most = Math.max(most, host.figure('DEVICE_WRITES') - before);
    slot--;
  }
  expect(waited).toBeGreaterThan(5);
  expect(most).toBeLessThanOrEqual(3);
});

test('a lease is deleted, and another made, while guests write without a pause', async () => {
  const host = hostOf(MEBIBYTE, ['one', 'two', 'idle']);
  const writesMax = 20_000;
  let isOver = false;
  let writes = 0;
  const writer = async (id: string): Promise<void> => {
    for (let slot = 0; !isOver && writes < writesMax; slot++) {
      expect(await host.write(id, slot % SLOTS, rawPage(slot % SLOTS))).toBe(0);
      // Faster than the device by far, and with an end to what one takes before another's turn.
      if (++writes % 8 === 0) await nextTurn();
    }
  };
  const writers = [writer('one'), writer('two')];
  while (writes < 600) await nextTurn();
  await host.pool.deleteLease('idle');
  await host.pool.createLease(leaseSpec('new', 1000));
  await fillRaw(host, 'new', 0, 50);
  expect(await wrongRaw(host, 'new', 0, 50)).toEqual([]);
  expect(writes).toBeLessThan(writesMax);
  isOver = true;
  await Promise.all(writers);
  expect(await wrongRaw(host, 'one', 0, 250)).toEqual([]);
  await checkTier(host, ['one', 'two', 'new']);
});

test('once a full tier has room nobody is refused any more', async () => {
  const tierBytes = MEBIBYTE;
  const setup = tierSetup({
    memoryBytes: MEBIBYTE,
    tierBytes,
    memory: new MemoryDevice(tierBytes),
  });
  const host = openTierHost(setup, [leaseSpec('one', SLOTS)]);
  let count = 0;
  while ((await host.write('one', count, rawPage(count))) === 0) count++;
  expect(host.troubles.at(-1)).toBe('full');
  // All that is behind goes, and nothing of what stands in the pool.
  for (let slot = 0; slot < count; slot++) {
    if (host.pages('one').state(slot) === 0 && slot < count - 260) host.pages('one').trim(slot, 1);
  }
  await host.rest();
  expect(host.troubles.at(-1)).toBe(null);
  await fillRaw(host, 'one', count, 60);
  expect(await wrongRaw(host, 'one', count - 100, 160)).toEqual([]);
  await checkTier(host, ['one']);
});

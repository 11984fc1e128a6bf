// What one lease stored is never seen by another, nor by itself after it was freed: not through
// places used again, not through numbers and names used again, not past an end that moved.

import { expect, test } from 'vitest';
import { blockOf, indexOf } from '../../src/entry.ts';
import { BLOCK_BYTES, BUFFERS_AT, IO_BYTES, PAGE_BYTES } from '../../src/layout.ts';
import { classBytes, classOf } from '../../src/size-classes.ts';
import { slotsOf } from '../../src/slot-table.ts';
import { makePage, randomFrom } from '../fixtures/pages.mjs';
import { checkEmpty, checkPool } from '../helpers/invariants.ts';
import {
  isEqual,
  leaseSpec,
  openHost,
  optionsFor,
  type PoolHost,
  SEED,
  temporaryDirectory,
} from '../helpers/pool-host.ts';

const SLOT_COUNT = 3000;
const zeroes = new Uint8Array(PAGE_BYTES);

function fill(host: PoolHost, id: string, slotCount = SLOT_COUNT): void {
  const random = randomFrom(SEED);
  for (let slot = 0; slot < slotCount; slot++) {
    expect(host.write(id, slot, makePage('packed', random))).toBe(0);
  }
}

function isAllZero(host: PoolHost, id: string, from = 0): boolean {
  const slotCount = host.pool.lease(id)!.bytes / PAGE_BYTES;
  for (let slot = from; slot < slotCount; slot++) {
    if (!isEqual(host.read(id, slot), zeroes) || host.pages(id).state(slot) !== 3) return false;
  }
  return true;
}

test('a lease made after a deleted one reads zeroes', async () => {
  const host = openHost(optionsFor(temporaryDirectory()), [leaseSpec('old', SLOT_COUNT)]);
  const { index } = host.pool.lease('old')!;
  fill(host, 'old');
  await host.pool.deleteLease('old');
  checkEmpty(host.pool);
  // It has the number of the one that went, and its places; and figures of its own.
  const lease = await host.pool.createLease(leaseSpec('new', SLOT_COUNT));
  expect([lease.index, lease.isFresh, lease.usage().storedPages]).toEqual([index, true, 0]);
  expect(isAllZero(host, 'new')).toBe(true);
  await host.pool.deleteLease('new');
  await host.pool.createLease(leaseSpec('old', SLOT_COUNT));
  expect(isAllZero(host, 'old')).toBe(true);
  checkPool(host.pool, ['old']);
});

test('a lease that shrank and grew again reads zeroes past the shorter end', async () => {
  const host = openHost(optionsFor(temporaryDirectory()), [leaseSpec('one', SLOT_COUNT)]);
  fill(host, 'one');
  const kept = host.read('one', 1499)!;
  for (const between of ['at once', 'after a restart']) {
    await host.pool.resizeLease('one', 1500 * PAGE_BYTES);
    expect(host.pool.lease('one')!.usage().storedPages).toBe(1500);
    if (between === 'after a restart') break;
    await host.pool.resizeLease('one', SLOT_COUNT * PAGE_BYTES);
    expect(isAllZero(host, 'one', 1500)).toBe(true);
    checkPool(host.pool, ['one']);
    for (let slot = 1500; slot < SLOT_COUNT; slot++) host.write('one', slot, kept);
  }
  const again = host.reopen([leaseSpec('one', SLOT_COUNT)]);
  expect(isAllZero(again, 'one', 1500)).toBe(true);
  expect(isEqual(again.read('one', 1499), kept)).toBe(true);
  checkPool(again.pool, ['one']);
  again.pool.close();
});

test('a size changed between starts frees what is past the end', () => {
  const host = openHost(optionsFor(temporaryDirectory()), [leaseSpec('one', SLOT_COUNT)]);
  fill(host, 'one');
  const short = host.reopen([leaseSpec('one', 1000)]);
  expect(short.report.pages).toBe(1000);
  checkPool(short.pool, ['one']);
  const long = short.reopen([leaseSpec('one', 5_000_000)]);
  expect(isAllZero(long, 'one', 4_999_000)).toBe(true);
  expect(isEqual(long.read('one', 1000), zeroes)).toBe(true);
  checkPool(long.pool, ['one']);
  // A table of that length has marks of two pages, which a short one gives back.
  const shortAgain = long.reopen([leaseSpec('one', 1000)]);
  checkPool(shortAgain.pool, ['one']);
  shortAgain.pool.close();
});

test('freed slots read zeroes while other slots use their places', () => {
  const specs = [leaseSpec('one', SLOT_COUNT), leaseSpec('two', SLOT_COUNT)];
  const host = openHost(optionsFor(temporaryDirectory()), specs);
  fill(host, 'one');
  host.pages('one').trim(0, SLOT_COUNT);
  fill(host, 'two');
  expect(isAllZero(host, 'one')).toBe(true);
  checkPool(host.pool, ['one', 'two']);
});

/** A page with `count` bytes here and there: each of them lengthens its stream a little. */
function pageOf(count: number): Uint8Array {
  const random = randomFrom(SEED);
  const page = new Uint8Array(PAGE_BYTES);
  for (let i = 0; i < count; i++) page[Math.floor(random() * PAGE_BYTES)] = 1 + random() * 255;
  return page;
}

test.each([8, 60, 200, 400])('what a place held before is cleared (%i bytes)', (count) => {
  const specs = [leaseSpec('one', 100), leaseSpec('two', 100)];
  const host = openHost(optionsFor(temporaryDirectory()), specs);
  const { store } = host.pool;
  const lengths = Array.from({ length: 60 }, (_, more) => {
    store.io.set(pageOf(count + more), BUFFERS_AT);
    return { count: count + more, bytes: store.pack(BUFFERS_AT) };
  });
  // Two pages of one class, the second shorter by some bytes.
  const pairs = lengths.flatMap((long) => lengths.map((short) => [long, short] as const));
  const [long, short] = pairs.find(
    ([a, b]) => classOf(a.bytes) === classOf(b.bytes) && a.bytes > b.bytes + 4,
  )!;
  host.write('one', 0, pageOf(long.count));
  host.write('one', 1, pageOf(long.count));
  const place = slotsOf(host.pool.lease('one')!.table)[0]!;
  host.pages('one').trim(0, 1);
  host.write('two', 0, pageOf(short.count));
  expect(slotsOf(host.pool.lease('two')!.table)[0]).toBe(place);
  const placeBytes = classBytes[classOf(short.bytes)]!;
  const at = IO_BYTES + blockOf(place) * BLOCK_BYTES + indexOf(place) * placeBytes;
  const rest = store.io.subarray(at + short.bytes, at + placeBytes);
  expect(rest.length).toBeGreaterThan(4);
  expect(rest.every((byte) => byte === 0)).toBe(true);
});

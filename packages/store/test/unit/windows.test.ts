// Blocks past the first window, whose addresses are past 2 GiB, and past 4 GiB in all. Files are
// sparse: a large pool costs what is written to it.

import { expect, test } from 'vitest';
import { blockOf } from '../../src/entry.ts';
import {
  BLOCKS_PER_WINDOW,
  BUFFERS_AT,
  PAGE_BYTES,
  SCRATCH_BYTES_PER_THREAD,
  THREAD_COUNT_MAX,
  WINDOW_SHIFT,
} from '../../src/layout.ts';
import { NEXT_NEW_BLOCK } from '../../src/pool-share.ts';
import { slotsOf } from '../../src/slot-table.ts';
import { anyPage, makePage, randomFrom } from '../fixtures/pages.mjs';
import { checkPool } from '../helpers/invariants.ts';
import {
  isEqual,
  leaseSpec,
  openHost,
  optionsFor,
  SEED,
  temporaryDirectory,
} from '../helpers/pool-host.ts';

const SLOT_COUNT = 600;
const specs = [leaseSpec('one', SLOT_COUNT)];

test('places in every window hold their pages, before and after a restart', () => {
  const options = optionsFor(temporaryDirectory(), { memoryBytes: 7 * 2 ** 30 });
  const host = openHost(options, specs);
  const { control } = host.pool.store;
  const random = randomFrom(SEED);
  const pages: Uint8Array[] = [];
  const windows = new Set<number>();
  for (let slot = 0; slot < SLOT_COUNT; slot++) {
    // Three times the next new block is the last but one of a window.
    if (slot > 0 && slot % 150 === 0) {
      control[NEXT_NEW_BLOCK] = (slot / 150) * BLOCKS_PER_WINDOW - 2;
    }
    pages.push(slot % 3 === 0 ? makePage('random', random) : anyPage(random));
    expect(host.write('one', slot, pages[slot]!)).toBe(0);
    const entry = slotsOf(host.pool.lease('one')!.table)[slot]!;
    if (entry > 0) windows.add(blockOf(entry) >>> WINDOW_SHIFT);
  }
  expect([...windows].sort()).toEqual([0, 1, 2, 3]);
  const isSound = (of: typeof host): boolean =>
    pages.every((page, slot) => isEqual(of.read('one', slot), page));
  expect(isSound(host)).toBe(true);
  checkPool(host.pool, ['one'], { hasSkippedBlocks: true });
  for (let slot = 0; slot < SLOT_COUNT; slot += 2) {
    pages[slot] = anyPage(random);
    expect(host.write('one', slot, pages[slot]!)).toBe(0);
  }
  // Compaction carries pages from window to window.
  host.pool.compactNow();
  expect(host.pool.usage().pagesCompacted).toBeGreaterThan(0);
  expect(isSound(host)).toBe(true);
  checkPool(host.pool, ['one'], { hasSkippedBlocks: true });
  const again = host.reopen(specs);
  expect(again.report.pages).toBe(SLOT_COUNT);
  expect(isSound(again)).toBe(true);
  checkPool(again.pool, ['one']);
  again.pool.close();
});

test('a pool of the last block numbers works', () => {
  const options = optionsFor(temporaryDirectory(), { memoryBytes: 64 * 2 ** 30 });
  const host = openHost(options, specs);
  const { control, share } = host.pool.store;
  control[NEXT_NEW_BLOCK] = share.blockCount - 3;
  const random = randomFrom(SEED);
  const pages = Array.from({ length: 48 }, () => makePage('random', random));
  pages.forEach((page, slot) => {
    expect(host.write('one', slot, page)).toBe(0);
  });
  // All numbers are given: for another class no block is left, whatever memory there is.
  expect(host.write('one', 48, makePage('random', random))).not.toBe(0);
  checkPool(host.pool, ['one'], { hasSkippedBlocks: true });
  const again = host.reopen(specs);
  expect(pages.every((page, slot) => isEqual(again.read('one', slot), page))).toBe(true);
  expect(again.write('one', 48, pages[0]!)).toBe(0);
  again.pool.close();
});

test("a thread's scratch holds all codecs' own, a packed page and a page", () => {
  const { pool } = openHost(optionsFor(temporaryDirectory()));
  expect(pool.store.pageAt + PAGE_BYTES).toBeLessThanOrEqual(SCRATCH_BYTES_PER_THREAD);
  expect(SCRATCH_BYTES_PER_THREAD * THREAD_COUNT_MAX).toBeLessThanOrEqual(BUFFERS_AT);
});

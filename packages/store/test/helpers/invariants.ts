// What must hold of a pool at rest, whatever its history: lists, chains and counts of the allocator,
// the slots against the places they name, figures against a recount, and files against what the
// pool says that it takes. Throws an error that says what is wrong.

import { statSync } from 'node:fs';
import { join } from 'node:path';
import { countEntry } from '../../src/count-entry.ts';
import { BEHIND_PAGES, COUNTER_COUNT, sumOf } from '../../src/counters.ts';
import { blockOf, HOLE, indexOf, isPlaced } from '../../src/entry.ts';
import {
  BLOCK_BYTES,
  IO_BYTES,
  PAGE_BYTES,
  PAGES_PER_BLOCK,
  WINDOW_MASK,
  WINDOW_SHIFT,
} from '../../src/layout.ts';
import type { LentPool } from '../../src/pool.ts';
import {
  ALLOCATOR_LOCK,
  CLASS_BLOCKS,
  CLASS_HEADS,
  CLASS_TAILS,
  FREE_BLOCK,
  IDLE_EIGHTHS,
  NEXT_NEW_BLOCK,
  RESERVED_PAGES,
  TABLE_PAGES,
} from '../../src/pool-share.ts';
import { CLASS_COUNT, classBytes, classPlaces } from '../../src/size-classes.ts';
import { marksOf, SLOTS_PER_TABLE_PAGE, slotsOf, tablePath } from '../../src/slot-table.ts';
import { isTmpfs } from './pool-host.ts';

export interface CheckOptions {
  /** Blocks were left out on purpose: they are neither used nor in the list of free ones. */
  readonly hasSkippedBlocks?: boolean;
  /** Pages of tables that a killed process may have taken without having said so. */
  readonly strayTablePagesMax?: number;
}

/** Everything, for a pool whose leases are exactly `ids`. */
export function checkPool(
  pool: LentPool,
  ids: readonly string[],
  options: CheckOptions = {},
): void {
  pool.settle();
  const used = checkSlots(pool, ids);
  const control = pool.store.control;
  must(control[ALLOCATOR_LOCK] === 0, 'the allocator is locked');
  const stripes = control.subarray(CLASS_BLOCKS + CLASS_COUNT);
  must(
    stripes.every((word) => word === 0),
    'a stripe is locked',
  );
  const listed = walkLists(pool);
  const free = walkFreeBlocks(pool);
  const blocks = checkBlocks(pool, used, listed, free, options.hasSkippedBlocks === true);
  same(control[IDLE_EIGHTHS]! * 8, blocks.idleBytes, 'idle bytes');
  same(control[RESERVED_PAGES]!, blocks.reservedPages, 'reserved pages');
  for (let sizeClass = 1; sizeClass < CLASS_COUNT; sizeClass++) {
    same(
      control[CLASS_BLOCKS + sizeClass]!,
      blocks.byClass[sizeClass]!,
      `blocks of class ${sizeClass}`,
    );
  }
  checkFiles(pool, ids, options.strayTablePagesMax ?? 0);
}

/** That nothing is left of any lease: what a pool without leases must be. */
export function checkEmpty(pool: LentPool): void {
  checkPool(pool, []);
  const usage = pool.usage();
  same(usage.memUsedBytes, 0, 'bytes of an empty pool');
  same(usage.idleBytes, 0, 'idle bytes of an empty pool');
  must(
    pool.store.allocator.classes.every((sizeClass) => sizeClass === 0),
    'a block of an empty pool has a class',
  );
}

/** Places in use by block, from the slots; figures of each lease against a recount of them. */
function checkSlots(pool: LentPool, ids: readonly string[]): Map<number, Set<number>> {
  const places = new Map<number, Set<number>>();
  const { allocator } = pool.store;
  for (const id of ids) {
    const { table, index } = pool.lease(id)!;
    const marks = marksOf(table);
    const figures = new Float64Array(COUNTER_COUNT);
    const slots = slotsOf(table);
    for (let slot = 0; slot < slots.length; slot++) {
      // Slots that are not marked must not be touched: reading their mapping takes a page.
      const entry = marks[Math.floor(slot / SLOTS_PER_TABLE_PAGE)] === 1 ? slots[slot]! : HOLE;
      if (entry === HOLE) continue;
      countEntry(pool.store, figures, 0, entry, 1);
      if (!isPlaced(entry)) continue;
      const block = blockOf(entry);
      const inBlock = places.get(block) ?? new Set();
      places.set(block, inBlock);
      const where = `slot ${slot} of ${id}`;
      must(allocator.classes[block] !== 0, `${where} names block ${block}, which is free`);
      must(!inBlock.has(indexOf(entry)), `${where} names a place that another slot names`);
      inBlock.add(indexOf(entry));
    }
    const all = new Float64Array(pool.attachment.share.counters);
    for (const counter of [0, 1, 2, 3, 4, BEHIND_PAGES]) {
      same(sumOf(all, index, counter), figures[counter]!, `figure ${counter} of ${id}`);
    }
  }
  return places;
}

/** The blocks in the lists of classes; lists are sound, and idle places are found first. */
function walkLists(pool: LentPool): Set<number> {
  const { control, allocator } = pool.store;
  const { next, previous, used, free, leaving } = allocator.blocks;
  const listed = new Set<number>();
  for (let sizeClass = 1; sizeClass < CLASS_COUNT; sizeClass++) {
    let before = 0;
    let hasFilling = false;
    for (let block = control[CLASS_HEADS + sizeClass]!; block !== 0; block = next[block]!) {
      const what = `block ${block} in the list of class ${sizeClass}`;
      must(!listed.has(block), `${what} is listed twice`);
      listed.add(block);
      same(allocator.classes[block]!, sizeClass, `class of ${what}`);
      same(previous[block]!, before, `previous of ${what}`);
      same(leaving[block]!, 0, `leaving of ${what}`);
      must(used[block]! > 0 && used[block]! < classPlaces[sizeClass]!, `${what} is full or empty`);
      must(!hasFilling || free[block] === 0, `${what} has idle places behind a filling block`);
      hasFilling ||= free[block] === 0;
      before = block;
    }
    same(control[CLASS_TAILS + sizeClass]!, before, `tail of class ${sizeClass}`);
  }
  return listed;
}

function walkFreeBlocks(pool: LentPool): Set<number> {
  const { control, allocator } = pool.store;
  const free = new Set<number>();
  for (let block = control[FREE_BLOCK]!; block !== 0; block = allocator.blocks.next[block]!) {
    must(!free.has(block), `free block ${block} is listed twice`);
    must(block < control[NEXT_NEW_BLOCK]!, `free block ${block} was never opened`);
    free.add(block);
  }
  return free;
}

function checkBlocks(
  pool: LentPool,
  places: ReadonlyMap<number, ReadonlySet<number>>,
  listed: ReadonlySet<number>,
  freeBlocks: ReadonlySet<number>,
  hasSkippedBlocks: boolean,
): { idleBytes: number; reservedPages: number; byClass: number[] } {
  const { control, allocator, share } = pool.store;
  const { blocks, classes } = allocator;
  const found = { idleBytes: 0, reservedPages: 0, byClass: new Array(CLASS_COUNT).fill(0) };
  for (let block = 0; block < share.blockCount; block++) {
    const sizeClass = classes[block]!;
    const what = `block ${block} of class ${sizeClass}`;
    if (sizeClass === 0) {
      const mustBeListed = block > 0 && block < control[NEXT_NEW_BLOCK]! && !hasSkippedBlocks;
      must(!mustBeListed || freeBlocks.has(block), `${what} is in no list`);
      continue;
    }
    must(!freeBlocks.has(block), `${what} is in the list of free blocks`);
    must(block > 0 && block < control[NEXT_NEW_BLOCK]!, `${what} is past the last`);
    const inUse = places.get(block) ?? new Set();
    const chain = walkChain(pool, block, inUse);
    const { used, fresh, reserved, leaving } = blocks;
    same(used[block]!, inUse.size, `used places of ${what}`);
    same(used[block]! + chain, fresh[block]!, `used and idle places of ${what}`);
    same(leaving[block]!, 0, `leaving of ${what}`);
    must(fresh[block]! <= classPlaces[sizeClass]!, `${what} has too many places`);
    const isFull = used[block] === classPlaces[sizeClass];
    must(listed.has(block) === !isFull, `${what} is ${isFull ? '' : 'not '}listed`);
    const bytes = classBytes[sizeClass]!;
    must(fresh[block]! * bytes <= reserved[block]! * PAGE_BYTES, `${what} is not paid for`);
    must(reserved[block]! <= PAGES_PER_BLOCK, `${what} is paid for twice`);
    found.idleBytes += chain * bytes;
    found.reservedPages += reserved[block]!;
    found.byClass[sizeClass] += 1;
  }
  return found;
}

/** Length of a block's chain of idle places. */
function walkChain(pool: LentPool, block: number, inUse: ReadonlySet<number>): number {
  const { allocator, share } = pool.store;
  const { free, fresh } = allocator.blocks;
  const bytes = classBytes[allocator.classes[block]!]!;
  const view = new DataView(share.windows[block >>> WINDOW_SHIFT]!.buffer);
  const seen = new Set<number>();
  for (let link = free[block]!; link !== 0; ) {
    const index = link - 1;
    must(index < fresh[block]!, `the chain of block ${block} leads past its places`);
    must(!inUse.has(index), `the chain of block ${block} leads to a place in use`);
    must(!seen.has(index), `the chain of block ${block} is a circle`);
    seen.add(index);
    const at = IO_BYTES + (block & WINDOW_MASK) * BLOCK_BYTES + index * bytes;
    link = view.getUint16(at, true);
  }
  for (const index of inUse) must(index < fresh[block]!, `a used place of ${block} is past fresh`);
  return seen.size;
}

/** What files take, as the file system says it, against what the pool says. */
function checkFiles(pool: LentPool, ids: readonly string[], strayPagesMax: number): void {
  const { control, share } = pool.store;
  const { directory, memoryBytes } = pool.options;
  const pagesOf = (path: string): number => (statSync(path).blocks * 512) / PAGE_BYTES;
  let tablePages = 0;
  let foundTablePages = 0;
  for (const id of ids) {
    const { slots, index } = pool.lease(id) as unknown as {
      slots: { paidPages: number };
      index: number;
    };
    same(pool.attachment.limits.tablePages[index]!, slots.paidPages, `table pages of ${id}`);
    tablePages += slots.paidPages;
    foundTablePages += pagesOf(tablePath(directory, id));
  }
  same(control[TABLE_PAGES]!, tablePages, 'table pages');
  const usage = pool.usage();
  same(usage.memUsedBytes, (control[RESERVED_PAGES]! + tablePages) * PAGE_BYTES, 'memUsedBytes');
  must(usage.memUsedBytes <= memoryBytes, 'the pool takes more than its limit');
  if (!isTmpfs) return;
  const foundPages = share.windows.reduce(
    (sum, _, window) => sum + pagesOf(join(directory, `pages.${window}`)),
    0,
  );
  same(foundPages, control[RESERVED_PAGES]!, 'pages that the files take');
  const strayPages = foundTablePages - tablePages;
  must(strayPages >= 0 && strayPages <= strayPagesMax, `tables take ${strayPages} more pages`);
}

function must(isSo: boolean, what: string): asserts isSo {
  if (!isSo) throw new Error(`invariant: ${what}`);
}

function same(found: number, expected: number, what: string): void {
  if (found !== expected) throw new Error(`invariant: ${what}: ${found}, expected ${expected}`);
}

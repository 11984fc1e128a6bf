// Compaction: pages of sparsely used blocks move to other blocks of their class, and the emptied
// blocks go back to the system. Places carry no note of the slot that names them (that would cost
// six bytes a page); instead all slots are swept, in slices, for those that name a leaving block.

import { NO_PLACE, SMALL_CLASS_BLOCKS } from './block-allocator.ts';
import { blockOf, isPlaced } from './entry.ts';
import { PAGE_BYTES, PAGES_PER_BLOCK } from './layout.ts';
import { lock, unlock } from './mutex.ts';
import type { PageStore } from './page-store.ts';
import {
  CLASS_BLOCKS,
  IDLE_EIGHTHS,
  LIMIT_PAGES,
  NEXT_NEW_BLOCK,
  PAGES_COMPACTED,
  RESERVED_PAGES,
  stripeOf,
  TABLE_PAGES,
} from './pool-share.ts';
import { CLASS_COUNT, classPlaces } from './size-classes.ts';
import { SLOTS_PER_TABLE_PAGE, type TableShare } from './slot-table.ts';

/** Compaction begins when free places inside of used blocks are this share of the pool's blocks. */
const IDLE_SHARE = 1 / 32;
/** The same where little of the limit is left: then idle places of one class are wanted by another. */
const IDLE_SHARE_NEARLY_FULL = 1 / 128;
const NEARLY_FULL_SHARE = 1 / 16;
/** And at least this much, below which moving pages is not worth the while. */
const IDLE_BYTES_MIN = 2 ** 16;
/** Share of idle places for which even the last block of a small class is packed anew. */
const REPACK_SHARE = 1 / 16;
/** Blocks emptied in one sweep at most. */
const LEAVING_COUNT_MAX = 4096;
/** Pages of slots swept in one slice. */
const SLICE_TABLE_PAGES = 16;

/** A table of slots, whoever holds it. */
export interface SweptTable {
  readonly share: TableShare;
  readonly marks: Uint8Array<SharedArrayBuffer>;
  readonly slots: Int32Array<SharedArrayBuffer>;
}

/** Whether idle places have grown enough to be gathered, or blocks are too sparse for their number. */
export function needsCompaction({ control, share }: PageStore): boolean {
  const idleBytes = (control[IDLE_EIGHTHS]! >>> 0) * 8;
  const poolPages = control[RESERVED_PAGES]!;
  const leftPages = control[LIMIT_PAGES]! - poolPages - control[TABLE_PAGES]!;
  const isNearlyFull = leftPages < control[LIMIT_PAGES]! * NEARLY_FULL_SHARE;
  const idleShare = isNearlyFull ? IDLE_SHARE_NEARLY_FULL : IDLE_SHARE;
  if (idleBytes >= IDLE_BYTES_MIN && idleBytes > poolPages * PAGE_BYTES * idleShare) return true;
  let blocks = 0;
  for (let i = 1; i < CLASS_COUNT; i++) blocks += control[CLASS_BLOCKS + i]!;
  // Block numbers are limited too, and blocks that hold one page each would use them up.
  return blocks > share.blockCount / 2 && blocks * PAGES_PER_BLOCK > poolPages * 2;
}

/** One sweep over all slots, a slice at each `next`; ends early when nothing is left to move. */
export function* compact(store: PageStore, tables: () => readonly SweptTable[]): Generator<void> {
  const leaving = chooseBlocks(store);
  if (leaving.length === 0) return;
  for (const block of leaving) store.allocator.beginLeaving(block);
  yield;
  try {
    for (const table of tables()) {
      const { marks } = table;
      for (let tablePage = 0; tablePage < marks.length; tablePage++) {
        if (marks[tablePage] === 1) sweep(store, table, tablePage);
        if (tablePage % SLICE_TABLE_PAGES !== 0) continue;
        yield;
        // The lease may have been deleted in between.
        if (!tables().includes(table)) break;
      }
    }
  } finally {
    for (const block of leaving) store.allocator.endLeaving(block);
  }
}

/** The blocks to be emptied: of each class, those that the others can take in, or else all. */
function chooseBlocks(store: PageStore): number[] {
  const { allocator, control } = store;
  const { used, leaving } = allocator.blocks;
  const byClass: number[][] = Array.from({ length: CLASS_COUNT }, () => []);
  for (let block = 1; block < control[NEXT_NEW_BLOCK]!; block++) {
    const sizeClass = allocator.classes[block]!;
    if (sizeClass === 0 || leaving[block] === 1) continue;
    if (used[block]! < classPlaces[sizeClass]!) byClass[sizeClass]!.push(block);
  }
  const chosen = byClass.flatMap((blocks, sizeClass) => {
    const sparse = sparsest(store, blocks, sizeClass);
    return sparse.length > 0 ? sparse : repacked(store, blocks, sizeClass);
  });
  return chosen.slice(0, LEAVING_COUNT_MAX);
}

/** The sparsest blocks of a class, as many as the other blocks' free places can take in. */
function sparsest(store: PageStore, blocks: number[], sizeClass: number): number[] {
  const { used } = store.allocator.blocks;
  const places = classPlaces[sizeClass]!;
  blocks.sort((a, b) => used[a]! - used[b]!);
  let room = blocks.reduce((sum, block) => sum + places - used[block]!, 0);
  const chosen: number[] = [];
  for (const block of blocks) {
    // What leaves needs room in the blocks that stay.
    room -= places - used[block]!;
    if (room < used[block]!) break;
    room -= used[block]!;
    chosen.push(block);
  }
  return chosen;
}

/**
 * The last block of a small class, if much of it is idle: its pages go to a new block, which is paid
 * for page by page. In a pool of few pages these blocks are most of the idle memory.
 */
function repacked(store: PageStore, blocks: number[], sizeClass: number): number[] {
  const { used, fresh } = store.allocator.blocks;
  if (store.control[CLASS_BLOCKS + sizeClass]! >= SMALL_CLASS_BLOCKS) return [];
  return blocks.filter((block) => fresh[block]! - used[block]! > fresh[block]! * REPACK_SHARE);
}

/** Moves the pages of one page of a table that stand in leaving blocks. */
function sweep(store: PageStore, table: SweptTable, tablePage: number): void {
  const { slots, share } = table;
  const { leaving } = store.allocator.blocks;
  const end = Math.min(slots.length, (tablePage + 1) * SLOTS_PER_TABLE_PAGE);
  for (let slot = tablePage * SLOTS_PER_TABLE_PAGE; slot < end; slot++) {
    const entry = slots[slot]!;
    if (!isPlaced(entry) || leaving[blockOf(entry)] === 0) continue;
    const stripe = stripeOf(share.leaseIndex, slot);
    lock(store.control, stripe);
    moveEntry(store, slots, slot);
    unlock(store.control, stripe);
  }
}

function moveEntry(store: PageStore, slots: Int32Array<SharedArrayBuffer>, slot: number): void {
  const { allocator, control } = store;
  // The slot may have changed before its lock was taken.
  const place = slots[slot]!;
  if (!isPlaced(place) || allocator.blocks.leaving[blockOf(place)] === 0) return;
  // With a tier there is room ahead of need. Without one the pages that are spared are lent to the move;
  // where new pages fill what it leaves at once, as ahead of a tier, they would not come back.
  const maySpend = store.share.behind === null;
  const target = allocator.allocate(allocator.classes[blockOf(place)]!, maySpend);
  if (target === NO_PLACE) return;
  store.move(place, target);
  Atomics.store(slots, slot, target);
  allocator.free(place);
  Atomics.add(control, PAGES_COMPACTED, 1);
}

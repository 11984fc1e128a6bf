// The allocator's state, made anew from the slots of all leases when a pool is opened. The slots are
// the truth: what they name is in use, all else is free, whatever a killed process had begun.

import { punchFile } from '@pagelend/linux';
import { extentOf, retain } from '@pagelend/tier';
import { countEntry } from './count-entry.ts';
import { COUNTER_COUNT } from './counters.ts';
import { blockOf, HOLE, indexOf, isBehind, isPlaced, tierPlaceOf } from './entry.ts';
import { StoreError } from './errors.ts';
import {
  BLOCK_BYTES,
  INDEX_BITS,
  IO_BYTES,
  PAGE_BYTES,
  PAGES_PER_BLOCK,
  WINDOW_MASK,
  WINDOW_SHIFT,
} from './layout.ts';
import type { PageStore } from './page-store.ts';
import { FREE_BLOCK, IDLE_EIGHTHS, NEXT_NEW_BLOCK, RESERVED_PAGES } from './pool-share.ts';
import { CLASS_COUNT, classBytes, classPlaces } from './size-classes.ts';
import { SLOTS_PER_TABLE_PAGE, type SlotTable } from './slot-table.ts';

const PLACE_MASK_BYTES = 2 ** INDEX_BITS / 8;

/** Reads all slots, counts what they hold, and rebuilds the blocks. Returns the pages found. */
export function rebuild(store: PageStore, tables: readonly SlotTable[]): number {
  const { blockCount, windows } = store.share;
  // One bit a place. Of this much address space only what is touched becomes memory.
  const inUse = new Uint8Array(blockCount * PLACE_MASK_BYTES);
  const isInUse = new Uint8Array(blockCount);
  let pages = 0;
  for (const table of tables) pages += scanTable(store, table, inUse, isInUse);
  const links = windows.map(({ buffer }) => new Uint16Array(buffer));
  for (let block = 1; block < blockCount; block++) {
    if (isInUse[block] === 0) release(store, block);
    else adopt(store, block, inUse, links[block >>> WINDOW_SHIFT]!);
  }
  return pages;
}

function scanTable(
  store: PageStore,
  table: SlotTable,
  inUse: Uint8Array,
  isInUse: Uint8Array,
): number {
  const { marks, slots } = table;
  const at = table.share.leaseIndex * COUNTER_COUNT;
  let pages = 0;
  for (let tablePage = 0; tablePage < marks.length; tablePage++) {
    if (marks[tablePage] === 0) continue;
    const end = Math.min(slots.length, (tablePage + 1) * SLOTS_PER_TABLE_PAGE);
    for (let slot = tablePage * SLOTS_PER_TABLE_PAGE; slot < end; slot++) {
      const entry = slots[slot]!;
      if (entry === HOLE) continue;
      const where = () => `${table.path}, slot ${slot}`;
      if (isPlaced(entry)) claim(store, entry, inUse, isInUse, where);
      else if (isBehind(entry)) hold(store, entry, where);
      countEntry(store, store.counters, at, entry, 1);
      pages += 1;
    }
  }
  return pages;
}

/**
 * Holds the extent that a page behind lies in, so that it is not written anew. An entry past the
 * tier's end ends the start, as one that names no place does, rather than be one page that can't be
 * read: a tier that was cut or is another was refused before, so it is the table that came to harm.
 */
function hold(store: PageStore, entry: number, where: () => string): void {
  const { behind } = store.share;
  // Without its tier the page stays where it is, and can't be read.
  if (behind === null) return;
  const { layout, live } = behind.tier;
  const extent = extentOf(layout, tierPlaceOf(entry));
  if (extent >= layout.extentCount) {
    throw damaged(where(), `extent ${extent} of the tier, which has ${layout.extentCount}`);
  }
  retain(new Int32Array(live), extent);
}

/** Notes that a place is in use; an entry that can't be ends the rebuild. */
function claim(
  store: PageStore,
  place: number,
  inUse: Uint8Array,
  isInUse: Uint8Array,
  where: () => string,
): void {
  const block = blockOf(place);
  const index = indexOf(place);
  const sizeClass = block < isInUse.length ? store.allocator.classes[block]! : 0;
  if (block === 0 || sizeClass === 0 || sizeClass >= CLASS_COUNT) {
    throw damaged(where(), `block ${block}, which holds nothing`);
  }
  if (index >= classPlaces[sizeClass]!) throw damaged(where(), `place ${index} of block ${block}`);
  const at = block * PLACE_MASK_BYTES + (index >> 3);
  const bit = 1 << (index & 7);
  if ((inUse[at]! & bit) !== 0) throw damaged(where(), 'a place that another slot names');
  inUse[at]! |= bit;
  isInUse[block] = 1;
}

function damaged(where: string, what: string): StoreError {
  return new StoreError(
    'STORE_DAMAGED',
    `${where} names ${what}; nothing was changed: \`pagelend check\` tells of every page that is ` +
      "damaged; delete the lease of that file, or the pool's directory",
  );
}

/** A block that no slot names. It may have been paid for when the process was killed. */
function release(store: PageStore, block: number): void {
  const { allocator, control } = store;
  const isNew = block >= control[NEXT_NEW_BLOCK]!;
  if (allocator.classes[block] !== 0) {
    punch(store, block, 0);
    allocator.classes[block] = 0;
    // Blocks in between that never had a class are free as well.
    for (let i = control[NEXT_NEW_BLOCK]!; isNew && i <= block; i++) pushFree(store, i);
    if (isNew) control[NEXT_NEW_BLOCK] = block + 1;
    else pushFree(store, block);
  } else if (!isNew) pushFree(store, block);
}

function pushFree(store: PageStore, block: number): void {
  const { allocator, control } = store;
  allocator.blocks.next[block] = control[FREE_BLOCK]!;
  control[FREE_BLOCK] = block;
}

/** A block with pages in it: its free places become a chain, what lies past the last is given back. */
function adopt(store: PageStore, block: number, inUse: Uint8Array, links: Uint16Array): void {
  const { allocator, control } = store;
  const { used, free, fresh, reserved } = allocator.blocks;
  for (let i = control[NEXT_NEW_BLOCK]!; i < block; i++) pushFree(store, i);
  control[NEXT_NEW_BLOCK] = Math.max(control[NEXT_NEW_BLOCK]!, block + 1);
  const sizeClass = allocator.classes[block]!;
  const bytes = classBytes[sizeClass]!;
  const base = IO_BYTES + (block & WINDOW_MASK) * BLOCK_BYTES;
  let count = 0;
  let chain = 0;
  let end = 0;
  for (let index = classPlaces[sizeClass]! - 1; index >= 0; index--) {
    const isUsed = (inUse[block * PLACE_MASK_BYTES + (index >> 3)]! & (1 << (index & 7))) !== 0;
    if (isUsed) {
      count += 1;
      if (end === 0) end = index + 1;
    } else if (end !== 0) {
      links[(base + index * bytes) >>> 1] = chain;
      chain = index + 1;
      control[IDLE_EIGHTHS]! += bytes >> 3;
    }
  }
  used[block] = count;
  free[block] = chain;
  fresh[block] = end;
  reserved[block] = Math.ceil((end * bytes) / PAGE_BYTES);
  control[RESERVED_PAGES]! += reserved[block]!;
  if (reserved[block]! < PAGES_PER_BLOCK) punch(store, block, reserved[block]!);
  allocator.adopt(block);
}

/** Gives back what a block has from a page on. */
function punch(store: PageStore, block: number, fromPage: number): void {
  const at = (block & WINDOW_MASK) * BLOCK_BYTES + fromPage * PAGE_BYTES;
  const fd = store.share.windowFds[block >>> WINDOW_SHIFT]!;
  punchFile(fd, at, BLOCK_BYTES - fromPage * PAGE_BYTES);
}

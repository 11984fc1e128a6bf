// What the threads of a process share of a pool, and the views that each thread has of it. All of it
// but the windows and the classes dies with the process and is made anew from the slots.

import type { CodecName } from '@pagelend/codec';
import type { TierShare } from '@pagelend/tier';
import { CLASS_COUNT } from './size-classes.ts';

/** Travels to a thread by `workerData` or a message. Descriptors are the process's own. */
export interface PoolShare {
  readonly windows: readonly WebAssembly.Memory[];
  readonly windowFds: readonly number[];
  readonly blockCount: number;
  /** One byte a block, mapped from a file: its size class. */
  readonly classes: SharedArrayBuffer;
  readonly classesAt: number;
  readonly control: SharedArrayBuffer;
  readonly blocks: SharedArrayBuffer;
  readonly counters: SharedArrayBuffer;
  readonly codec: CodecName;
  /** Null without a tier. */
  readonly behind: BehindShare | null;
}

/** What threads share of the tier behind a pool. */
export interface BehindShare {
  readonly tier: TierShare;
  /** Events for the keeper, and what connections wait for; see behind/board.ts. */
  readonly board: SharedArrayBuffer;
  /** The policies' page table: a byte of bits for each page that the keeper has given a number. */
  readonly bits: SharedArrayBuffer;
  /** A byte for each of them: rounds in which it was not used. */
  readonly idle: SharedArrayBuffer;
  /** What a read and a write set in `bits`, as the policy observes it. */
  readonly readSets: number;
  readonly writeSets: number;
  /** See behind/figures.ts. */
  readonly figures: SharedArrayBuffer;
  /** By lease index: bytes that the lease should have in the pool, 0 where nothing is said. */
  readonly targets: SharedArrayBuffer;
  /** What keys of records are made from; null where they are not encrypted. */
  readonly secret: Uint8Array | null;
}

/** Words of the control memory. */
export const ALLOCATOR_LOCK = 0;
export const RESERVED_PAGES = 1;
export const TABLE_PAGES = 2;
export const LIMIT_PAGES = 3;
export const NEXT_NEW_BLOCK = 4;
export const FREE_BLOCK = 5;
/** Free bytes inside of blocks in use, in units of 8. */
export const IDLE_EIGHTHS = 6;
export const PAGES_COMPACTED = 7;
/** Pages of the limit that only a page in place of another may take, so that a full pool allows it. */
export const SPARED_PAGES = 8;
/** First block with room, last block with room, count of blocks; of each class. */
export const CLASS_HEADS = 9;
export const CLASS_TAILS = CLASS_HEADS + CLASS_COUNT;
export const CLASS_BLOCKS = CLASS_TAILS + CLASS_COUNT;
const STRIPES = CLASS_BLOCKS + CLASS_COUNT;
const STRIPE_COUNT = 4096;
const CONTROL_WORDS = STRIPES + STRIPE_COUNT;

/** Spreads neighbouring slots and leases over the stripes. */
const STRIPE_FACTOR = 0x9e37_79b1;
const STRIPE_SHIFT = 32 - 12;

/** The lock that guards a slot of a lease, among all slots that share the stripe. */
export function stripeOf(lease: number, slot: number): number {
  return STRIPES + (Math.imul(slot ^ (lease << 20), STRIPE_FACTOR) >>> STRIPE_SHIFT);
}

export function makeControl(): SharedArrayBuffer {
  return new SharedArrayBuffer(CONTROL_WORDS * Int32Array.BYTES_PER_ELEMENT);
}

/** Bytes a block in `blocks`: neighbours in its class's list, counts, first free place, flags. */
const BYTES_PER_BLOCK = 4 + 4 + 2 + 2 + 2 + 1 + 1;

export function makeBlocks(blockCount: number): SharedArrayBuffer {
  return new SharedArrayBuffer(blockCount * BYTES_PER_BLOCK);
}

/** Parallel arrays over the blocks. */
export interface BlockViews {
  readonly next: Int32Array<SharedArrayBuffer>;
  readonly previous: Int32Array<SharedArrayBuffer>;
  /** Places in use. */
  readonly used: Uint16Array<SharedArrayBuffer>;
  /** Index of the first free place plus 1; the next one stands in that place. */
  readonly free: Uint16Array<SharedArrayBuffer>;
  /** Places from here on have never been used since the block was opened. */
  readonly fresh: Uint16Array<SharedArrayBuffer>;
  /** Pages at the block's beginning that are paid for. */
  readonly reserved: Uint8Array<SharedArrayBuffer>;
  /** 1 while compaction empties the block: it takes no new pages. */
  readonly leaving: Uint8Array<SharedArrayBuffer>;
}

export function viewBlocks(buffer: SharedArrayBuffer, count: number): BlockViews {
  let at = 0;
  const take = <T>(bytes: number, make: (from: number) => T): T => {
    const view = make(at);
    at += bytes * count;
    return view;
  };
  return {
    next: take(4, (from) => new Int32Array(buffer, from, count)),
    previous: take(4, (from) => new Int32Array(buffer, from, count)),
    used: take(2, (from) => new Uint16Array(buffer, from, count)),
    free: take(2, (from) => new Uint16Array(buffer, from, count)),
    fresh: take(2, (from) => new Uint16Array(buffer, from, count)),
    reserved: take(1, (from) => new Uint8Array(buffer, from, count)),
    leaving: take(1, (from) => new Uint8Array(buffer, from, count)),
  };
}

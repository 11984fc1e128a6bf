// Which extents are free, and how much of the others is still named. The keeper's own: other
// threads only count down what they release. So a count of free extents can be too low, never too
// high.

import type { TierLayout } from './contract.ts';

/**
 * A record of common size, where nothing better is known (an extent from before a restart): guests'
 * pages shrink to 1,300 bytes or so under LZO, those that hardly shrink among them, and the head.
 * An estimate: it orders extents for cleaning and states the cost of a write a page.
 */
export const TYPICAL_RECORD_BYTES = 1424;

/** Free, or closed with records in it: the live count tells which. */
const IDLE = 0;
/** Being filled, written, or with room left that the next batch takes. */
const OPEN = 1;

export class Extents {
  readonly count: number;
  readonly #live: Int32Array<SharedArrayBuffer>;
  readonly #takes: Int32Array<SharedArrayBuffer>;
  readonly #extentBytes: number;
  readonly #state: Uint8Array;
  /** Records and bytes appended since the extent was taken; zero where that is not known. */
  readonly #records: Uint32Array;
  readonly #bytes: Uint32Array;
  /** Whether the device may hold something there that it has not been told to forget. */
  readonly #isWritten: Uint8Array;
  /** At least as many are free. */
  #freeCount = 0;
  #next = 0;

  /** `live` and `takes` are shared; see `TierShare`. */
  constructor(
    layout: TierLayout,
    live: Int32Array<SharedArrayBuffer>,
    takes: Int32Array<SharedArrayBuffer>,
  ) {
    this.count = layout.extentCount;
    this.#live = live;
    this.#takes = takes;
    this.#extentBytes = layout.extentBytes;
    this.#state = new Uint8Array(this.count);
    this.#records = new Uint32Array(this.count);
    this.#bytes = new Uint32Array(this.count);
    this.#isWritten = new Uint8Array(this.count).fill(1);
    this.recount();
  }

  /** How many are free at least; `recount` makes it exact. */
  get freeCount(): number {
    return this.#freeCount;
  }

  recount(): number {
    let free = 0;
    for (let extent = 0; extent < this.count; extent++) if (this.isFree(extent)) free++;
    this.#freeCount = free;
    return free;
  }

  isFree(extent: number): boolean {
    return this.#state[extent] === IDLE && Atomics.load(this.#live, extent) === 0;
  }

  /**
   * Takes a free extent while more than `reserve` are free; -1 where none is. From then on each of
   * its places is given out once, until it is taken again: while `takes` stays as it is, a place
   * that a slot names holds one record.
   */
  take(reserve: number): number {
    if (this.#freeCount <= reserve && this.recount() <= reserve) return -1;
    let extent = this.#next;
    for (let tried = 0; !this.isFree(extent); tried++) {
      if (tried === this.count) throw new Error('an extent was retained that nobody held');
      extent = (extent + 1) % this.count;
    }
    this.#next = (extent + 1) % this.count;
    // Before anything is written there, so that whoever sees a record of this taking sees the count.
    Atomics.add(this.#takes, extent, 1);
    this.#state[extent] = OPEN;
    this.#records[extent] = 0;
    this.#bytes[extent] = 0;
    this.#isWritten[extent] = 1;
    this.#freeCount--;
    return extent;
  }

  /** A record was put there; it holds the extent until it is released. */
  add(extent: number, bytes: number): void {
    Atomics.add(this.#live, extent, 1);
    this.#records[extent]!++;
    this.#bytes[extent]! += bytes;
  }

  /** Nothing more is appended: it is free when the last that hold it let go. */
  close(extent: number): void {
    this.#state[extent] = IDLE;
  }

  /** What part of an extent is named, 0 to 1: by its records' mean size where that is known. */
  liveShare(extent: number): number {
    const live = Atomics.load(this.#live, extent);
    const records = this.#records[extent]!;
    const bytesEach = records === 0 ? TYPICAL_RECORD_BYTES : this.#bytes[extent]! / records;
    return Math.min(1, (live * bytesEach) / this.#extentBytes);
  }

  /** At most `count` extents with the smallest named parts, up to `shareMax`; sparsest first. */
  sparsest(count: number, shareMax: number): number[] {
    const found: { readonly extent: number; readonly share: number }[] = [];
    for (let extent = 0; extent < this.count; extent++) {
      if (this.#state[extent] !== IDLE || Atomics.load(this.#live, extent) === 0) continue;
      const share = this.liveShare(extent);
      if (share <= shareMax) found.push({ extent, share });
    }
    found.sort((a, b) => a.share - b.share);
    return found.slice(0, count).map(({ extent }) => extent);
  }

  /**
   * Calls `discard` for runs of free extents that hold something, at most `countMax` extents in
   * all. Returns how many they were.
   */
  discardFree(countMax: number, discard: (first: number, count: number) => void): number {
    let total = 0;
    let extent = 0;
    while (extent < this.count && total < countMax) {
      const first = extent;
      while (extent < this.count && total < countMax && this.#holdsNothingNamed(extent)) {
        this.#isWritten[extent++] = 0;
        total++;
      }
      if (extent > first) discard(first, extent - first);
      else extent++;
    }
    return total;
  }

  #holdsNothingNamed(extent: number): boolean {
    return this.#isWritten[extent] === 1 && this.isFree(extent);
  }
}

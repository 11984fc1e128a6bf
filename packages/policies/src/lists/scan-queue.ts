// A FIFO queue whose pages leave at the head alone, as those of a clock do: a circular buffer of
// pages with no per-page entry to keep, so that a step of a scan touches the buffer and the page's
// bits and nothing else. Removal from the middle, which only freed pages need, leaves the entry in
// place and notes that the page's oldest entry is void.
//
// A queue that is never scanned would keep void entries for ever, so they are dropped as soon as they
// are more than a share of the pages: the pass over the buffer is paid for by the removals before it.

import { assert } from '../errors.ts';
import { NO_PAGE } from '../reference.ts';
import { VoidCounts } from './void-counts.ts';

const CAPACITY_MIN = 1024;
const CAPACITY_MAX = 2 ** 30;
/** Void entries may be so many, and a quarter of the pages on top: dropping one costs five steps. */
const VOIDS_MIN = 256;
const VOIDS_SHIFT = 2;

export class ScanQueue {
  /** Pages in the queue. */
  count = 0;
  #pages = new Int32Array(CAPACITY_MIN);
  /** Positions of the oldest entry and behind the newest; only their low bits index the buffer. */
  #head = 0;
  #tail = 0;
  /** Void entries in the buffer. */
  #voidCount = 0;
  /** Per page: its void entries, all of them before its own. */
  readonly #voids: VoidCounts;

  /** An empty queue for the dense page ids below `pageCount`. */
  constructor(pageCount: number) {
    this.#voids = new VoidCounts(pageCount);
  }

  /** Puts the page at the tail. The caller knows that it is not in the queue. */
  push(page: number): void {
    if (this.#tail - this.#head === this.#pages.length) this.#makeRoom();
    this.#pages[this.#tail++ & (this.#pages.length - 1)] = page;
    this.count++;
  }

  /** The page at the head; NO_PAGE where the queue is empty. */
  oldest(): number {
    if (this.#voidCount > 0) this.#skipVoids();
    if (this.count === 0) return NO_PAGE;
    return this.#pages[this.#head & (this.#pages.length - 1)]!;
  }

  /** Drops the page at the head, which `oldest` has just returned. */
  dropOldest(): void {
    this.#head++;
    this.count--;
  }

  /** Moves the page at the head, which `oldest` has just returned, to the tail. */
  rotate(): void {
    const mask = this.#pages.length - 1;
    // In a full buffer the tail is the head's own place, so moving the page is moving the marks.
    this.#pages[this.#tail & mask] = this.#pages[this.#head & mask]!;
    this.#head++;
    this.#tail++;
  }

  /** Takes out a page that is in the queue, wherever it is. */
  remove(page: number): void {
    this.#voids.add(page);
    this.#voidCount++;
    this.count--;
    if (this.#voidCount > VOIDS_MIN + (this.count >> VOIDS_SHIFT)) this.#pack(this.#pages);
  }

  /** The pages from the oldest to the newest; for checks and for rare work on all of them. */
  *pages(): Generator<number> {
    const voids = this.#voidCount > 0 ? this.#voids.copy() : null;
    for (let i = this.#head; i < this.#tail; i++) {
      const page = this.#pages[i & (this.#pages.length - 1)]!;
      if (voids === null || !voids.take(page)) yield page;
    }
  }

  /** Throws where entries and counts disagree, or where void entries were let gather. */
  check(): void {
    const voidCount = this.#voidCount;
    const entryCount = this.#tail - this.#head;
    assert(
      entryCount === this.count + voidCount,
      `${entryCount} entries, ${voidCount} of them void`,
    );
    const voidsMax = VOIDS_MIN + (this.#pages.length >> VOIDS_SHIFT);
    assert(voidCount <= voidsMax, `${voidCount} void entries in a buffer that stands ${voidsMax}`);
  }

  /**
   * A page that came back after a removal has its void entries before its own: FIFO order. Past the
   * last void entry no page has one left, so the loop ends there also where the queue is empty.
   */
  #skipVoids(): void {
    const pages = this.#pages;
    const mask = pages.length - 1;
    while (this.#voids.take(pages[this.#head & mask]!)) {
      this.#voidCount--;
      this.#head++;
    }
  }

  /**
   * Drops the void entries and puts the others in order into `target`, which is the buffer itself or
   * a longer one, from the head's position on. In the buffer none lands behind where it was read.
   */
  #pack(target: Int32Array<ArrayBuffer>): void {
    const pages = this.#pages;
    const voids = this.#voids;
    const mask = pages.length - 1;
    const targetMask = target.length - 1;
    let left = this.#voidCount;
    let tail = this.#head;
    for (let i = this.#head; i < this.#tail; i++) {
      const page = pages[i & mask]!;
      if (left > 0 && voids.take(page)) left--;
      else target[tail++ & targetMask] = page;
    }
    assert(tail - this.#head === this.count, 'a queue holds the pages that it counts');
    this.#pages = target;
    this.#tail = tail;
    this.#voidCount = 0;
  }

  /** Void entries make room before the buffer doubles. */
  #makeRoom(): void {
    let capacity = this.#pages.length;
    while (this.count * 2 > capacity) capacity *= 2;
    assert(capacity <= CAPACITY_MAX, 'a queue of pages is full');
    this.#pack(capacity === this.#pages.length ? this.#pages : new Int32Array(capacity));
  }
}

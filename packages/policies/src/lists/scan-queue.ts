// A FIFO queue whose pages leave at the head alone, as those of a clock do: a circular buffer of
// pages with no per-page entry to keep, so that a step of a scan touches the buffer and the page's
// bits and nothing else. Removal from the middle, which only freed pages need, leaves the entry in
// place and notes that the page's oldest entry is void.

import { assert } from '../errors.ts';
import { NO_PAGE } from '../reference.ts';

const CAPACITY_MIN = 1024;
const CAPACITY_MAX = 2 ** 30;

export class ScanQueue {
  /** Pages in the queue. */
  count = 0;
  #pages = new Int32Array(CAPACITY_MIN);
  /** Positions of the oldest entry and behind the newest; only their low bits index the buffer. */
  #head = 0;
  #tail = 0;
  /** Pages with void entries in the buffer, and how many each. */
  readonly #voids = new Map<number, number>();

  /** Puts the page at the tail. The caller knows that it is not in the queue. */
  push(page: number): void {
    if (this.#tail - this.#head === this.#pages.length) this.#grow();
    this.#pages[this.#tail++ & (this.#pages.length - 1)] = page;
    this.count++;
  }

  /** The page at the head; NO_PAGE where the queue is empty. */
  oldest(): number {
    if (this.#voids.size > 0) this.#skipVoids();
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
    this.#voids.set(page, (this.#voids.get(page) ?? 0) + 1);
    this.count--;
    if (this.count === 0) {
      this.#head = this.#tail;
      this.#voids.clear();
    }
  }

  /** The pages from the oldest to the newest; for checks and for rare work on all of them. */
  *pages(): Generator<number> {
    const voids = new Map(this.#voids);
    for (let i = this.#head; i < this.#tail; i++) {
      const page = this.#pages[i & (this.#pages.length - 1)]!;
      const left = voids.get(page) ?? 0;
      if (left > 0) voids.set(page, left - 1);
      else yield page;
    }
  }

  /** A page that came back after a removal has its void entries before its own: FIFO order. */
  #skipVoids(): void {
    const mask = this.#pages.length - 1;
    while (this.#head < this.#tail) {
      const page = this.#pages[this.#head & mask]!;
      const voidCount = this.#voids.get(page);
      if (voidCount === undefined) return;
      if (voidCount === 1) this.#voids.delete(page);
      else this.#voids.set(page, voidCount - 1);
      this.#head++;
    }
  }

  /** Void entries make room before the buffer doubles. */
  #grow(): void {
    const live = [...this.pages()];
    let capacity = this.#pages.length;
    while (live.length * 2 > capacity) capacity *= 2;
    assert(capacity <= CAPACITY_MAX, 'a queue of pages is full');
    this.#pages = new Int32Array(capacity);
    this.#pages.set(live);
    this.#voids.clear();
    this.#head = 0;
    this.#tail = live.length;
  }
}

// FIFO queues of pages, of which a page is in at most one: the lists of nearly every policy.
//
// A queue is a log. Pushing a page appends it and notes the place of that entry; an older entry of
// the same page is thereby stale and is skipped when the head comes to it. So "move to the tail",
// "remove from the middle" and "move to another queue" cost one append and one store, with no
// neighbours to relink: where a linked list touches three random places, this touches one, and the
// log itself is written in sequence. bench/replay.mjs shows what it buys.

import { assert } from '../errors.ts';
import { NO_PAGE } from '../reference.ts';

/** Low bits of a place that hold the queue's number; 0 means "in no queue". */
const QUEUE_BITS = 3;
const QUEUE_MASK = (1 << QUEUE_BITS) - 1;
const QUEUES_MAX = QUEUE_MASK;
const CAPACITY_MIN = 1024;
/** A log is at least so many times longer than its queue, or making room would be most of the work. */
const LOG_PER_PAGE = 6;
const CAPACITY_MAX = 2 ** (31 - QUEUE_BITS);

export class PageQueues {
  /** Per page: index of its entry in its queue's log << QUEUE_BITS | number of the queue. */
  readonly places: Int32Array;
  readonly queues: readonly PageQueue[];

  /** `count` queues, numbered from 1, over the dense page ids below `pageCount`. */
  constructor(pageCount: number, count: number) {
    assert(count >= 1 && count <= QUEUES_MAX, `${count} queues`);
    this.places = new Int32Array(pageCount);
    this.queues = Array.from({ length: count }, (_, i) => new PageQueue(this, i + 1));
  }

  /** The number of the queue that holds the page, 0 for none. */
  queueOf(page: number): number {
    return this.places[page]! & QUEUE_MASK;
  }

  /** Takes the page out of whichever queue holds it. */
  remove(page: number): void {
    const queue = this.queueOf(page);
    if (queue === 0) return;
    this.queues[queue - 1]!.count--;
    this.places[page] = 0;
  }
}

export class PageQueue {
  readonly number: number;
  /** Pages in the queue. */
  count = 0;
  readonly #family: PageQueues;
  readonly #places: Int32Array;
  #log = new Int32Array(CAPACITY_MIN);
  #head = 0;
  #tail = 0;

  constructor(family: PageQueues, number: number) {
    this.#family = family;
    this.#places = family.places;
    this.number = number;
  }

  has(page: number): boolean {
    return (this.#places[page]! & QUEUE_MASK) === this.number;
  }

  /** Puts the page at the tail, from whichever queue of the family holds it, or from none. */
  push(page: number): void {
    if (this.#tail === this.#log.length) this.#makeRoom();
    const from = this.#places[page]! & QUEUE_MASK;
    if (from !== this.number) {
      if (from !== 0) this.#family.queues[from - 1]!.count--;
      this.count++;
    }
    this.#places[page] = (this.#tail << QUEUE_BITS) | this.number;
    this.#log[this.#tail++] = page;
  }

  /**
   * Pushes the pages of `references[from .. to)`, every one of which is in a queue of this family.
   * A page that already is the newest needs no new entry: programs touch a page many times in a row.
   */
  pushRun(references: Uint32Array, from: number, to: number): void {
    const { number } = this;
    const places = this.#places;
    const queues = this.#family.queues;
    let log = this.#log;
    let tail = this.#tail;
    let newest = tail > 0 ? log[tail - 1]! : NO_PAGE;
    if (newest !== NO_PAGE && places[newest] !== (((tail - 1) << QUEUE_BITS) | number)) {
      newest = NO_PAGE;
    }
    for (let i = from; i < to; i++) {
      const page = references[i]! >>> 1;
      if (page === newest) continue;
      newest = page;
      if (tail === log.length) {
        this.#tail = tail;
        this.#makeRoom();
        log = this.#log;
        tail = this.#tail;
      }
      const queue = places[page]! & QUEUE_MASK;
      if (queue !== number) {
        queues[queue - 1]!.count--;
        this.count++;
      }
      places[page] = (tail << QUEUE_BITS) | number;
      log[tail++] = page;
    }
    this.#tail = tail;
  }

  /** The page at the head; NO_PAGE where the queue is empty. */
  oldest(): number {
    if (this.count === 0) return NO_PAGE;
    const log = this.#log;
    const places = this.#places;
    let head = this.#head;
    while (places[log[head]!] !== ((head << QUEUE_BITS) | this.number)) head++;
    this.#head = head;
    return log[head]!;
  }

  /** Takes the page at the head out; NO_PAGE where the queue is empty. */
  shift(): number {
    const page = this.oldest();
    if (page === NO_PAGE) return NO_PAGE;
    this.#places[page] = 0;
    this.#head++;
    this.count--;
    return page;
  }

  /** The pages from the oldest to the newest; for checks and for explaining, not for hot paths. */
  *pages(): Generator<number> {
    for (let i = this.#head; i < this.#tail; i++) {
      const page = this.#log[i]!;
      if (this.#places[page] === ((i << QUEUE_BITS) | this.number)) yield page;
    }
  }

  /** Writes the pages from the oldest to the newest into `target`; returns how many. */
  pagesInto(target: Int32Array): number {
    const places = this.#places;
    let count = 0;
    for (let i = this.#head; i < this.#tail; i++) {
      const page = this.#log[i]!;
      if (places[page] === ((i << QUEUE_BITS) | this.number)) target[count++] = page;
    }
    return count;
  }

  /** Drops stale entries, and doubles the log where they are few. */
  #makeRoom(): void {
    const old = this.#log;
    const places = this.#places;
    let log = old;
    if (this.count * LOG_PER_PAGE > old.length) {
      assert(old.length < CAPACITY_MAX || this.count < CAPACITY_MAX, 'a queue of pages is full');
      log = new Int32Array(Math.min(old.length * 2, CAPACITY_MAX));
    }
    let tail = 0;
    for (let i = this.#head; i < this.#tail; i++) {
      const page = old[i]!;
      if (places[page] !== ((i << QUEUE_BITS) | this.number)) continue;
      places[page] = (tail << QUEUE_BITS) | this.number;
      log[tail++] = page;
    }
    assert(tail === this.count, `queue ${this.number} counts ${this.count}, holds ${tail}`);
    this.#log = log;
    this.#head = 0;
    this.#tail = tail;
  }
}

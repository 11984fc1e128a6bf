// SIEVE: a FIFO queue whose pages never move, and a hand that goes from the oldest to the newest page.
//
//   at the hand:  if visited: visited = 0, advance (after the newest comes the oldest)
//                 else: evict; the hand stays at the next newer page
//
// New pages enter at the newest end, behind the hand's back, so a page that was spared once is looked
// at again only after the hand has passed everything newer. That is where it differs from CLOCK.
//
// The queue is a log with holes: pages are appended, leave a hole where they go, and holes are dropped
// when the log is full. The hand is an index in it, so it walks memory in sequence.

import { assert } from '../errors.ts';
import { type PageTable, REFERENCED } from '../page-table.ts';
import type { Gauge, Policy, PolicyDefinition, PolicySettings } from '../policy.ts';
import { NO_PAGE } from '../reference.ts';

const LOG_MIN = 1024;
const LOG_MAX = 2 ** 30;

const gauges = [
  { name: 'queue', kind: 'pages', says: 'pages in the queue' },
  { name: 'spared', kind: 'count', says: 'visited pages that the hand passed' },
  { name: 'turns', kind: 'count', says: 'times that the hand came back to the oldest page' },
] as const satisfies readonly Gauge[];

const SPARED = 0;
const TURNS = 1;

export const sieve: PolicyDefinition = {
  name: 'sieve',
  summary: 'FIFO whose hand spares visited pages in place, so that new pages are judged first.',
  source:
    'Zhang, Yang, Yue, Vigfusson, Rashmi, SIEVE is simpler than LRU: an efficient turn-key eviction algorithm for web caches, NSDI 2024',
  departures: [
    'the visited bit is the reference bit, cleared at the fault, as a new page is not yet visited',
    'looks at no modified bit: the write-back of a dirty page is charged as it leaves',
  ],
  observes: 'reference',
  options: {
    init: {
      kind: 'number',
      default: 0,
      min: 0,
      max: 1,
      integer: true,
      says: 'visited bit of a new page: 0 as published, only later accesses set it; 1, the access that faulted does',
    },
  },
  gauges,
  create: (settings) => new Sieve(settings),
};

class Sieve implements Policy {
  readonly #table: PageTable;
  readonly #init: number;
  /** Pages from the oldest to the newest, with NO_PAGE for holes; the last entry is no hole. */
  #log = new Int32Array(LOG_MIN);
  #tail = 0;
  /** Index of the entry that the hand looks at next; 0 where it starts from the oldest. */
  #hand = 0;
  #count = 0;
  /** Per page: index of its entry in the log. Stale, or 0, for pages that are not in the queue. */
  readonly #places: Int32Array;
  readonly #events = new Float64Array(2);

  constructor({ table, options }: PolicySettings) {
    this.#table = table;
    this.#init = Number(options.init);
    this.#places = new Int32Array(table.pageCount);
  }

  fault(page: number): void {
    if (this.#init === 0) this.#table.clearReferenced(page);
    if (this.#tail === this.#log.length) this.#makeRoom();
    this.#places[page] = this.#tail;
    this.#log[this.#tail++] = page;
    this.#count++;
  }

  victim(): number {
    if (this.#count === 0) return NO_PAGE;
    const log = this.#log;
    const tail = this.#tail;
    const { bits } = this.#table;
    let hand = this.#hand;
    for (;;) {
      const page = log[hand]!;
      if (page !== NO_PAGE) {
        const pageBits = bits[page]!;
        if ((pageBits & REFERENCED) === 0) {
          this.#hand = hand;
          this.#remove(hand);
          return page;
        }
        this.#table.clearReferenced(page);
        this.#events[SPARED]!++;
      }
      if (++hand === tail) {
        hand = 0;
        this.#events[TURNS]!++;
      }
    }
  }

  forget(page: number): void {
    const place = this.#places[page]!;
    if (this.#log[place] === page && place < this.#tail) this.#remove(place);
  }

  resize(): void {}

  /**
   * Leaves a hole. A hand that has nothing newer before it goes back to the oldest page at once: what
   * comes next in the log will be pages that it must not see before it has seen all others.
   */
  #remove(place: number): void {
    const log = this.#log;
    log[place] = NO_PAGE;
    this.#count--;
    while (this.#tail > 0 && log[this.#tail - 1] === NO_PAGE) this.#tail--;
    if (this.#hand >= this.#tail && this.#hand > 0) {
      this.#hand = 0;
      this.#events[TURNS]!++;
    }
  }

  /** Drops the holes, and doubles the log where they are fewer than half of it. */
  #makeRoom(): void {
    const old = this.#log;
    let log = old;
    if (this.#count * 2 > old.length) {
      assert(old.length < LOG_MAX, 'the queue of SIEVE is full');
      log = new Int32Array(old.length * 2);
    }
    let tail = 0;
    let hand = 0;
    for (let i = 0; i < this.#tail; i++) {
      if (i === this.#hand) hand = tail;
      const page = old[i]!;
      if (page === NO_PAGE) continue;
      this.#places[page] = tail;
      log[tail++] = page;
    }
    this.#log = log;
    this.#tail = tail;
    this.#hand = hand;
  }

  readGauges(into: Float64Array): void {
    into[0] = this.#count;
    into[1] = this.#events[SPARED]!;
    into[2] = this.#events[TURNS]!;
  }

  check(): void {
    assert(this.#count === this.#table.residentCount, 'SIEVE holds all resident pages');
    assert(this.#tail === 0 || this.#log[this.#tail - 1] !== NO_PAGE, 'the newest is no hole');
    assert(this.#hand === 0 || this.#hand < this.#tail, 'the hand points into the queue');
    let held = 0;
    for (let i = 0; i < this.#tail; i++) {
      const page = this.#log[i]!;
      if (page === NO_PAGE) continue;
      held++;
      assert(this.#places[page] === i, 'a page knows its place');
    }
    assert(held === this.#count, `SIEVE counts ${this.#count} pages, holds ${held}`);
  }
}

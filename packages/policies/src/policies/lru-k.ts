// LRU-K: the page whose K-th last reference is oldest leaves; a page without K known references counts
// as infinitely old. References that follow within the Correlated Reference Period count as parts of
// one, and protect the page as long; what is known of a page outlives its residency by the Retained
// Information Period. The paper's pseudo-code (figure 2.1) stands at each function.
//
// Hits touch no heap: pages wait in a queue in order of their last reference, and enter the heap when
// a victim is wanted and their period is over, each once however often it was hit.

import { assert } from '../errors.ts';
import { PagePairHeap } from '../lists/page-pair-heap.ts';
import { type PageQueue, PageQueues } from '../lists/page-queues.ts';
import type { PageTable } from '../page-table.ts';
import type { Policy, PolicyDefinition, PolicySettings } from '../policy.ts';
import { NO_PAGE } from '../reference.ts';

/** References after which nobody waits for a page any more: "for ever". */
const FOR_EVER = 1e12;

export const lruK: PolicyDefinition = {
  name: 'lru-k',
  summary: 'Evicts the page whose K-th last uncorrelated reference is oldest.',
  source:
    "O'Neil, O'Neil, Weikum, The LRU-K page replacement algorithm for database disk buffering, SIGMOD 1993",
  departures: [
    'periods are counted in references, where the paper speaks of seconds; by default there is no correlated period, and history has no end',
    'among pages without K known references the least recently used one leaves, the subsidiary policy that the paper suggests; so do pages with equal K-th references',
    'where every page is within its correlated period, which the pseudo-code leaves open, the least recently used one leaves',
    'the length of a correlated period is not added to the time of a reference that never was',
    'expired history is dropped as the page comes back, not by a process in the background',
  ],
  observes: 'every-reference',
  options: {
    k: {
      kind: 'number',
      default: 2,
      min: 1,
      max: 5,
      integer: true,
      says: 'K, the references that are remembered of a page',
    },
    crp: {
      kind: 'number',
      default: 0,
      min: 0,
      max: FOR_EVER,
      integer: true,
      says: 'Correlated Reference Period in references',
    },
    rip: {
      kind: 'number',
      default: FOR_EVER,
      min: 0,
      max: FOR_EVER,
      integer: true,
      says: 'Retained Information Period in references since the last one; 0 keeps nothing of absent pages',
    },
  },
  gauges: [
    { name: 'known', kind: 'pages', says: 'resident pages with K known references' },
    { name: 'returned', kind: 'count', says: 'faults that found history of the page' },
    { name: 'uncorrelated', kind: 'count', says: 'hits outside of a correlated period' },
    { name: 'forced', kind: 'count', says: 'victims that were within their correlated period' },
  ],
  create: (settings) => new LruK(settings),
};

/** Indexes into the counters. */
const TIME = 0;
const KNOWN = 1;
const RETURNED = 2;
const UNCORRELATED = 3;
const FORCED = 4;

class LruK implements Policy {
  readonly #table: PageTable;
  readonly #k: number;
  readonly #correlated: number;
  readonly #retained: number;
  /** HIST(p,1..K), K numbers a page; times count references from 1, so that 0 is "never". */
  readonly #hist: Float64Array;
  readonly #last: Float64Array;
  readonly #family: PageQueues;
  /** Pages referenced since they were in the heap, in order of LAST. */
  readonly #recent: PageQueue;
  /** Pages whose period is over, by HIST(p,K) and LAST(p). */
  readonly #heap: PagePairHeap;
  readonly #numbers = new Float64Array(5);

  constructor({ table, options }: PolicySettings) {
    this.#table = table;
    this.#k = Number(options.k);
    this.#correlated = Number(options.crp);
    this.#retained = Number(options.rip);
    this.#hist = new Float64Array(table.pageCount * this.#k);
    this.#last = new Float64Array(table.pageCount);
    this.#family = new PageQueues(table.pageCount, 1);
    this.#recent = this.#family.queues[0]!;
    this.#heap = new PagePairHeap(table.pageCount);
  }

  touch(page: number): void {
    this.#refer(page);
    this.#heap.remove(page);
    this.#recent.push(page);
  }

  touchRun(references: Uint32Array, from: number, to: number): void {
    let last = NO_PAGE;
    for (let i = from; i < to; i++) {
      const page = references[i]! >>> 1;
      this.#refer(page);
      if (page === last) continue;
      last = page;
      this.#heap.remove(page);
      this.#recent.push(page);
    }
  }

  // if p is already in the buffer:
  //   if t - LAST(p) > Correlated Reference Period:
  //     period of p = LAST(p) - HIST(p,1)
  //     for i = 2 to K: HIST(p,i) = HIST(p,i-1) + period of p
  //     HIST(p,1) = t
  //   LAST(p) = t
  #refer(page: number): void {
    const t = ++this.#numbers[TIME]!;
    const last = this.#last[page]!;
    this.#last[page] = t;
    if (t - last <= this.#correlated) return;
    this.#numbers[UNCORRELATED]!++;
    const hist = this.#hist;
    const first = page * this.#k;
    const kth = first + this.#k - 1;
    const period = last - hist[first]!;
    const wasKnown = hist[kth] !== 0;
    for (let i = kth; i > first; i--) {
      const newer = hist[i - 1]!;
      hist[i] = newer === 0 ? 0 : newer + period;
    }
    hist[first] = t;
    if (!wasKnown && hist[kth] !== 0) this.#numbers[KNOWN]!++;
  }

  // else:
  //   if HIST(p) does not exist: HIST(p,i) = 0 for i = 2 to K
  //   else HIST(p,i) = HIST(p,i-1) for i = 2 to K
  //   HIST(p,1) = t; LAST(p) = t
  fault(page: number): void {
    const t = ++this.#numbers[TIME]!;
    const hist = this.#hist;
    const first = page * this.#k;
    const last = this.#last[page]!;
    if (last !== 0 && t - last <= this.#retained) {
      this.#numbers[RETURNED]!++;
      hist.copyWithin(first + 1, first, first + this.#k - 1);
    } else {
      hist.fill(0, first, first + this.#k);
    }
    hist[first] = t;
    this.#last[page] = t;
    if (this.#isKnown(page)) this.#numbers[KNOWN]!++;
    this.#recent.push(page);
  }

  // min = t
  // for all pages q in the buffer:
  //   if t - LAST(q) > Correlated Reference Period and HIST(q,K) < min:
  //     victim = q; min = HIST(q,K)
  victim(): number {
    const t = this.#numbers[TIME]! + 1;
    const recent = this.#recent;
    while (recent.count > 0 && t - this.#last[recent.oldest()]! > this.#correlated) {
      const page = recent.shift();
      this.#heap.set(page, this.#hist[page * this.#k + this.#k - 1]!, this.#last[page]!);
    }
    let page: number;
    if (this.#heap.count > 0) {
      page = this.#heap.takeMin();
    } else {
      page = recent.shift();
      if (page === NO_PAGE) return NO_PAGE;
      this.#numbers[FORCED]!++;
    }
    if (this.#isKnown(page)) this.#numbers[KNOWN]!--;
    return page;
  }

  #isKnown(page: number): boolean {
    return this.#hist[page * this.#k + this.#k - 1] !== 0;
  }

  forget(page: number): void {
    const isHeld = this.#recent.has(page) || this.#heap.has(page);
    if (isHeld && this.#isKnown(page)) this.#numbers[KNOWN]!--;
    this.#family.remove(page);
    this.#heap.remove(page);
    this.#hist.fill(0, page * this.#k, (page + 1) * this.#k);
    this.#last[page] = 0;
  }

  resize(): void {}

  readGauges(into: Float64Array): void {
    into.set(this.#numbers.subarray(KNOWN));
  }

  check(): void {
    const held = this.#recent.count + this.#heap.count;
    assert(held === this.#table.residentCount, 'the queue and the heap hold all resident pages');
    let newest = 0;
    let known = 0;
    for (const page of this.#recent.pages()) {
      assert(this.#last[page]! > newest, 'the queue is in order of last references');
      newest = this.#last[page]!;
      if (this.#isKnown(page)) known++;
    }
    for (let i = 0; i < this.#heap.count; i++) if (this.#isKnown(this.#heap.at(i))) known++;
    assert(known === this.#numbers[KNOWN], 'pages with K known references are counted');
  }
}

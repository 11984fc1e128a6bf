// S3-FIFO: a small FIFO queue S sorts out pages that are used once, a main FIFO queue M keeps the rest
// and reinserts what was used, a ghost queue G remembers what left S. Pseudo-code stands at each function.
//
// The counter of a page ends at 3, and a page that is there asks for no more traps: a program that
// touches a page many times over pays for three calls.

import { assert } from '../errors.ts';
import { type PageQueue, PageQueues } from '../lists/page-queues.ts';
import { type PageTable, REFERENCED, TRAP_READ, TRAP_WRITE } from '../page-table.ts';
import type { Gauge, Policy, PolicyDefinition, PolicySettings } from '../policy.ts';
import { NO_PAGE } from '../reference.ts';

const TRAPS = TRAP_READ | TRAP_WRITE;
const FREQUENCY_MAX = 3;

const gauges = [
  { name: 'small', kind: 'pages', says: 'pages in the small queue' },
  { name: 'main', kind: 'pages', says: 'pages in the main queue' },
  { name: 'ghost', kind: 'pages', says: 'evicted pages that are remembered' },
  { name: 'small target', kind: 'target', says: 'size below which the small queue loses no page' },
  {
    name: 'promotions',
    kind: 'count',
    says: 'pages that went from the small queue to the main one',
  },
  { name: 'reinsertions', kind: 'count', says: 'used pages that stayed in the main queue' },
  { name: 'ghost hits', kind: 'count', says: 'faults on remembered pages' },
] as const satisfies readonly Gauge[];

const PROMOTIONS = 0;
const REINSERTIONS = 1;
const GHOST_HITS = 2;

export const s3Fifo: PolicyDefinition = {
  name: 's3-fifo',
  summary: 'A small FIFO sifts out pages used once; a main FIFO reinserts pages that were used.',
  source:
    "Yang, Zhang, Qiu, Yue, Rashmi, FIFO queues are all you need for cache eviction, SOSP 2023; the authors' libCacheSim",
  departures: [
    "a promotion into a full main queue evicts nothing by itself, as in the authors' code; the paper's pseudo-code frees a second page there, and a host takes one a fault",
    "whether the page was a ghost is settled before room is made for it, as in the authors' code; the pseudo-code looks after",
    'shares are rounded down, the small one to no less than 1 page',
    'with count=scan a used page is one whose reference bit is set as the scan comes to it: the small queue passes a page once and needs no more than the bit, the main queue is a plain CLOCK',
    'looks at no modified bit: the write-back of a dirty page is charged as it leaves',
  ],
  observes: (options) => (options.count === 'scan' ? 'reference' : 'every-reference'),
  options: {
    small: {
      kind: 'number',
      default: 0.1,
      min: 0,
      max: 1,
      says: 'size of the small queue as a share of the frames',
    },
    ghost: {
      kind: 'number',
      default: 0.9,
      min: 0,
      max: 4,
      says: 'evicted pages remembered, as a share of the frames',
    },
    threshold: {
      kind: 'number',
      default: 2,
      min: 1,
      max: FREQUENCY_MAX,
      integer: true,
      says: 'hits in the small queue from which on a page goes to the main one; with count=scan always 1',
    },
    count: {
      kind: 'choice',
      default: 'hits',
      choices: ['hits', 'scan'],
      says: 'what counts as use: hits, each reference as published; scan, the reference bit at the scan',
    },
  },
  gauges,
  create: (settings) =>
    settings.options.count === 'scan' ? new S3Fifo(settings) : new S3FifoOnHits(settings),
};

/** On bits alone: a page's frequency is its reference bit. */
class S3Fifo implements Policy {
  protected readonly table: PageTable;
  readonly #family: PageQueues;
  readonly #small: PageQueue;
  readonly #main: PageQueue;
  readonly #ghost: PageQueue;
  readonly #smallShare: number;
  readonly #ghostShare: number;
  readonly #events = new Float64Array(3);
  #smallMax = 0;
  #mainMax = 0;
  #ghostMax = 0;
  /** The page whose fault `victim` was told of, where it was a ghost. */
  #returning = NO_PAGE;

  constructor({ table, frames, options }: PolicySettings) {
    this.table = table;
    this.#family = new PageQueues(table.pageCount, 3);
    const [small, main, ghost] = this.#family.queues;
    this.#small = small!;
    this.#main = main!;
    this.#ghost = ghost!;
    this.#smallShare = Number(options.small);
    this.#ghostShare = Number(options.ghost);
    this.resize(frames);
  }

  // insert(x): if x in G: take x out of G; insert x into M, else insert x into S; freq(x) = 0
  fault(page: number): void {
    const isReturning = this.#returning === page || this.#ghost.has(page);
    this.#returning = NO_PAGE;
    if (isReturning) this.#events[GHOST_HITS]!++;
    (isReturning ? this.#main : this.#small).push(page);
    this.startCounting(page);
  }

  // evict(): if |M| > its size or S is empty: evictM() else: evictS()
  victim(incoming: number = NO_PAGE): number {
    this.#returning = NO_PAGE;
    if (incoming !== NO_PAGE && this.#ghost.has(incoming)) {
      this.#family.remove(incoming);
      this.#returning = incoming;
    }
    if (this.#main.count <= this.#mainMax) {
      const page = this.#evictSmall();
      if (page !== NO_PAGE) return page;
    }
    const page = this.#evictMain();
    return page !== NO_PAGE ? page : this.#evictSmall();
  }

  // evictS(): repeat: t = oldest of S
  //             if freq(t) >= threshold: move t to M; freq(t) = 0
  //             else: move t to G, drop G's oldest where it is full; t leaves
  #evictSmall(): number {
    for (;;) {
      const page = this.#small.oldest();
      if (page === NO_PAGE) return NO_PAGE;
      if (!this.isPromoted(page)) {
        this.#ghost.push(page);
        this.#fitGhost();
        return page;
      }
      this.#events[PROMOTIONS]!++;
      this.#main.push(page);
      this.startCounting(page);
    }
  }

  // evictM(): repeat: t = oldest of M
  //             if freq(t) > 0: reinsert t; freq(t) -= 1
  //             else: t leaves, unremembered
  #evictMain(): number {
    for (;;) {
      const page = this.#main.oldest();
      if (page === NO_PAGE) return NO_PAGE;
      if (!this.isReinserted(page)) return this.#main.shift();
      this.#events[REINSERTIONS]!++;
      this.#main.push(page);
    }
  }

  /** freq(x) = 0. */
  protected startCounting(page: number): void {
    this.table.clearReferenced(page);
  }

  /** Whether a page of S was used enough for M. */
  protected isPromoted(page: number): boolean {
    return (this.table.bits[page]! & REFERENCED) !== 0;
  }

  /** Whether a page of M was used; if so, that use is spent. */
  protected isReinserted(page: number): boolean {
    const isUsed = (this.table.bits[page]! & REFERENCED) !== 0;
    if (isUsed) this.table.clearReferenced(page);
    return isUsed;
  }

  forget(page: number): void {
    this.#family.remove(page);
    if (this.#returning === page) this.#returning = NO_PAGE;
  }

  resize(frames: number): void {
    this.#smallMax = Math.max(1, Math.floor(frames * this.#smallShare));
    this.#mainMax = frames - this.#smallMax;
    this.#ghostMax = Math.floor(frames * this.#ghostShare);
    this.#fitGhost();
  }

  #fitGhost(): void {
    while (this.#ghost.count > this.#ghostMax) this.#ghost.shift();
  }

  readGauges(into: Float64Array): void {
    into[0] = this.#small.count;
    into[1] = this.#main.count;
    into[2] = this.#ghost.count;
    into[3] = this.#smallMax;
    into.set(this.#events, 4);
  }

  check(): void {
    const held = this.#small.count + this.#main.count;
    assert(held === this.table.residentCount, 'S and M hold all resident pages');
    assert(this.#ghost.count <= this.#ghostMax, 'G keeps within its size');
  }
}

/** As published: every hit counts. */
class S3FifoOnHits extends S3Fifo {
  readonly traps = 'own';
  readonly #threshold: number;
  /** Hits since the page came to its queue, less those that reinsertions spent; 0 .. 3. */
  readonly #frequencies: Uint8Array;

  constructor(settings: PolicySettings) {
    super(settings);
    this.#threshold = Number(settings.options.threshold);
    this.#frequencies = new Uint8Array(settings.table.pageCount);
  }

  // hit(x): freq(x) = min(freq(x) + 1, 3)
  touch(page: number): void {
    if (++this.#frequencies[page]! >= FREQUENCY_MAX) this.table.setTraps(page, 0);
  }

  protected override startCounting(page: number): void {
    this.#frequencies[page] = 0;
    this.table.setTraps(page, TRAPS);
  }

  protected override isPromoted(page: number): boolean {
    return this.#frequencies[page]! >= this.#threshold;
  }

  protected override isReinserted(page: number): boolean {
    if (this.#frequencies[page] === 0) return false;
    this.#frequencies[page]!--;
    this.table.setTraps(page, TRAPS);
    return true;
  }

  override check(): void {
    super.check();
    for (const frequency of this.#frequencies) assert(frequency <= FREQUENCY_MAX, 'freq <= 3');
  }
}

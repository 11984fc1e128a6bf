// Linux's multi-generation LRU, as far as pages mapped once and a single reclaimer show it. Pages are
// in generations, each a FIFO. Eviction empties the oldest generation; aging, when few are left, scans
// the reference bits of all pages, promotes what was referenced and opens a new generation, by which
// all others grow older.

import { assert } from '../errors.ts';
import { type PageQueue, PageQueues } from '../lists/page-queues.ts';
import { type PageTable, REFERENCED } from '../page-table.ts';
import type { Gauge, Policy, PolicyDefinition, PolicySettings } from '../policy.ts';
import { NO_PAGE } from '../reference.ts';

/** MIN_NR_GENS and MAX_NR_GENS of the kernel. */
const GENERATIONS_MIN = 2;
const GENERATIONS_MAX = 4;

const gauges = [
  { name: 'youngest', kind: 'pages', says: 'pages in the youngest generation' },
  { name: 'second', kind: 'pages', says: 'pages in the second youngest generation' },
  { name: 'third', kind: 'pages', says: 'pages in the third youngest generation' },
  { name: 'fourth', kind: 'pages', says: 'pages in the fourth youngest generation' },
  { name: 'agings', kind: 'count', says: 'generations opened' },
  {
    name: 'promoted by aging',
    kind: 'count',
    says: 'pages that aging moved to a younger generation',
  },
  { name: 'promoted by eviction', kind: 'count', says: 'referenced pages that eviction came upon' },
] as const satisfies readonly Gauge[];

const AGINGS = 0;
const BY_AGING = 1;
const BY_EVICTION = 2;

export const mglru: PolicyDefinition = {
  name: 'mglru',
  summary: "An approximation of Linux's multi-generation LRU for pages accessed through mappings.",
  source: 'Linux 6.1: Documentation/mm/multigen_lru.rst, mm/vmscan.c (should_run_aging)',
  departures: [
    'an approximation: no walk by page tables that profits from neighbours, no Bloom filters, no tiers and no feedback from refaults, which concern file descriptors',
    'aging scans every resident page, from the oldest generation to the youngest, and is done before the eviction that needs it',
    'reclaim takes one page a fault; no batches, no protection by time (min_ttl)',
    'a referenced page that eviction comes upon goes to the youngest generation, and its neighbours in the page table are not looked at',
    'a dirty page leaves at once and its write-back is charged then; the kernel would write it first and come back',
  ],
  observes: 'reference',
  options: {
    generations: {
      kind: 'number',
      default: GENERATIONS_MAX,
      min: GENERATIONS_MIN + 1,
      max: GENERATIONS_MAX,
      integer: true,
      says: 'most generations: 3, aging only when 2 are left; 4, also with 3 where the youngest has over a half or the oldest under a quarter of all pages, as in Linux 6.1',
    },
    promote: {
      kind: 'choice',
      default: 'youngest',
      choices: ['youngest', 'next'],
      says: 'where aging puts referenced pages: youngest, the generation that new pages went to until then, as documented; next, the one that it opens',
    },
  },
  gauges,
  create: (settings) => new Mglru(settings),
};

class Mglru implements Policy {
  readonly #table: PageTable;
  readonly #family: PageQueues;
  readonly #generationsMax: number;
  readonly #promotesToNext: boolean;
  /** Sequence numbers of the oldest and the youngest generation; a queue stands for each, in turn. */
  #oldest = 0;
  #youngest = GENERATIONS_MIN - 1;
  readonly #events = new Float64Array(3);

  constructor({ table, options }: PolicySettings) {
    this.#table = table;
    this.#family = new PageQueues(table.pageCount, GENERATIONS_MAX);
    this.#generationsMax = Number(options.generations);
    this.#promotesToNext = options.promote === 'next';
  }

  fault(page: number): void {
    this.#generation(this.#youngest).push(page);
  }

  victim(): number {
    const { bits } = this.#table;
    if (this.#table.residentCount === 0) return NO_PAGE;
    for (;;) {
      this.#dropEmpty();
      if (this.#mustAge()) {
        this.#age();
        continue;
      }
      const oldest = this.#generation(this.#oldest);
      const page = oldest.oldest();
      if ((bits[page]! & REFERENCED) === 0) return oldest.shift();
      this.#table.clearReferenced(page);
      this.#generation(this.#youngest).push(page);
      this.#events[BY_EVICTION]!++;
    }
  }

  // try_to_inc_min_seq(): while there are more than MIN_NR_GENS and the oldest is empty: min_seq += 1
  #dropEmpty(): void {
    while (
      this.#countGenerations() > GENERATIONS_MIN &&
      this.#generation(this.#oldest).count === 0
    ) {
      this.#oldest++;
    }
  }

  // should_run_aging(): MIN_NR_GENS generations are left: yes; more than MIN_NR_GENS + 1: no; else, to
  // spread pages evenly:  young * MIN_NR_GENS > total, or old * (MIN_NR_GENS + 2) < total
  #mustAge(): boolean {
    const generationCount = this.#countGenerations();
    if (generationCount <= GENERATIONS_MIN) return true;
    if (generationCount >= this.#generationsMax) return false;
    const total = this.#table.residentCount;
    const young = this.#generation(this.#youngest).count;
    const old = this.#generation(this.#youngest - GENERATIONS_MIN).count;
    return young * GENERATIONS_MIN > total || old * (GENERATIONS_MIN + 2) < total;
  }

  // walk: every referenced page: clear its bit, move it to max_seq; then max_seq += 1
  #age(): void {
    if (this.#promotesToNext) this.#youngest++;
    const target = this.#generation(this.#youngest);
    // The target first, so that what comes to it is not looked at again.
    this.#scan(target, target);
    for (let sequence = this.#oldest; sequence < this.#youngest; sequence++) {
      this.#scan(this.#generation(sequence), target);
    }
    if (!this.#promotesToNext) this.#youngest++;
    this.#events[AGINGS]!++;
  }

  /** Takes every page off the head once: what was referenced goes to the target, the rest back. */
  #scan(generation: PageQueue, target: PageQueue): void {
    const table = this.#table;
    for (let left = generation.count; left > 0; left--) {
      const page = generation.oldest();
      const isReferenced = (table.bits[page]! & REFERENCED) !== 0;
      if (isReferenced) table.clearReferenced(page);
      if (isReferenced && generation !== target) this.#events[BY_AGING]!++;
      (isReferenced ? target : generation).push(page);
    }
  }

  #countGenerations(): number {
    return this.#youngest - this.#oldest + 1;
  }

  #generation(sequence: number): PageQueue {
    return this.#family.queues[sequence % GENERATIONS_MAX]!;
  }

  forget(page: number): void {
    this.#family.remove(page);
  }

  resize(): void {}

  readGauges(into: Float64Array): void {
    for (let back = 0; back < GENERATIONS_MAX; back++) {
      const sequence = this.#youngest - back;
      into[back] = sequence < this.#oldest ? 0 : this.#generation(sequence).count;
    }
    into.set(this.#events, GENERATIONS_MAX);
  }

  check(): void {
    const held = this.#family.queues.reduce((sum, queue) => sum + queue.count, 0);
    assert(held === this.#table.residentCount, 'the generations hold all resident pages');
    const generationCount = this.#countGenerations();
    assert(
      generationCount >= GENERATIONS_MIN && generationCount <= this.#generationsMax,
      `${generationCount} generations`,
    );
  }
}

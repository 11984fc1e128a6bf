// AD-LRU, adaptive double LRU: a cold list of pages referenced once and a hot list of the others. The
// cold list gives the victim while it holds more than its lower limit, else the hot list does: its
// least recent clean page, or where all are dirty the first that second chance finds.
//
// A page turns dirty only at a hit, which takes it to the recent end. So the dirty pages that a search
// for a clean one has passed stay dirty and stay oldest, and are kept in a queue of their own behind
// the list's: no search looks at a page twice between two references to it.

import { assert } from '../errors.ts';
import { type PageQueue, PageQueues } from '../lists/page-queues.ts';
import type { PageTable } from '../page-table.ts';
import type { Policy, PolicyDefinition, PolicySettings } from '../policy.ts';
import { NO_PAGE } from '../reference.ts';

export const adLru: PolicyDefinition = {
  name: 'ad-lru',
  summary: 'Two LRU lists, of pages referenced once and more often, each giving clean pages first.',
  source:
    'Jin, Ou, Härder, Li, AD-LRU: An efficient buffer replacement algorithm for flash-based databases, Data & Knowledge Engineering 72, 2012',
  departures: [
    'written from the abstract and two public implementations: the text was not available',
    'overflow=demote: where the cold list is at its lower limit the least recent hot pages move back to it; both implementations that could be read evict from the hot list instead (overflow=evict), which is ruinous on references to memory: up to 43 times the I/O time of CLOCK',
    'the lower limit is min-lc of the frames, rounded down, 0.1 of them as an implementation quotes the paper; an empty hot list makes the cold one give the victim',
  ],
  observes: 'every-reference',
  options: {
    'min-lc': {
      kind: 'number',
      default: 0.1,
      min: 0,
      max: 1,
      says: 'lower limit of the cold list as a share of the frames, rounded down',
    },
    overflow: {
      kind: 'choice',
      default: 'demote',
      choices: ['demote', 'evict'],
      says: 'where the cold list is at its limit: the hot list gives its least recent pages to the cold list, or the victim',
    },
  },
  gauges: [
    { name: 'cold', kind: 'pages', says: 'pages referenced once, or demoted' },
    { name: 'hot', kind: 'pages', says: 'pages referenced again' },
    { name: 'cold limit', kind: 'target', says: 'what the cold list must exceed to give a victim' },
    { name: 'spared', kind: 'count', says: 'second chances given to dirty pages' },
    { name: 'demoted', kind: 'count', says: 'pages moved from hot to cold' },
  ],
  create: (settings) => new AdLru(settings),
};

/** A list of the paper as two queues: what searches passed, all dirty, and what is more recent. */
interface List {
  readonly passed: PageQueue;
  readonly recent: PageQueue;
}

class AdLru implements Policy {
  readonly #table: PageTable;
  readonly #family: PageQueues;
  readonly #cold: List;
  readonly #hot: List;
  /** Per page: 1 where second chance has spared it since its last reference. */
  readonly #spared: Uint8Array;
  readonly #coldShare: number;
  readonly #demotes: boolean;
  #coldMin = 0;
  /** Pages spared, pages demoted. */
  readonly #events = new Float64Array(2);

  constructor({ table, frames, options }: PolicySettings) {
    this.#table = table;
    this.#family = new PageQueues(table.pageCount, 4);
    const [coldPassed, cold, hotPassed, hot] = this.#family.queues;
    this.#cold = { passed: coldPassed!, recent: cold! };
    this.#hot = { passed: hotPassed!, recent: hot! };
    this.#spared = new Uint8Array(table.pageCount);
    this.#coldShare = Number(options['min-lc']);
    this.#demotes = options.overflow === 'demote';
    this.resize(frames);
  }

  fault(page: number): void {
    this.#cold.recent.push(page);
  }

  touch(page: number): void {
    this.#hot.recent.push(page);
    this.#spared[page] = 0;
  }

  touchRun(references: Uint32Array, from: number, to: number): void {
    this.#hot.recent.pushRun(references, from, to);
    const spared = this.#spared;
    for (let i = from; i < to; i++) spared[references[i]! >>> 1] = 0;
  }

  victim(): number {
    if (this.#demotes) this.#demote();
    const isCold = lengthOf(this.#cold) > this.#coldMin || lengthOf(this.#hot) === 0;
    const page = this.#select(isCold ? this.#cold : this.#hot);
    if (page !== NO_PAGE) this.forget(page);
    return page;
  }

  #select({ passed, recent }: List): number {
    for (let page = recent.oldest(); page !== NO_PAGE; page = recent.oldest()) {
      if (!this.#table.isDirty(page)) return page;
      passed.push(page);
    }
    for (;;) {
      const page = passed.oldest();
      if (page === NO_PAGE || this.#spared[page] === 1) return page;
      this.#spared[page] = 1;
      this.#events[0]!++;
      passed.push(page);
    }
  }

  #demote(): void {
    const { passed, recent } = this.#hot;
    while (lengthOf(this.#cold) <= this.#coldMin && lengthOf(this.#hot) > 0) {
      this.#cold.recent.push((passed.count > 0 ? passed : recent).oldest());
      this.#events[1]!++;
    }
  }

  forget(page: number): void {
    this.#family.remove(page);
    this.#spared[page] = 0;
  }

  resize(frames: number): void {
    this.#coldMin = Math.floor(this.#coldShare * frames);
  }

  check(): void {
    const held = lengthOf(this.#cold) + lengthOf(this.#hot);
    assert(held === this.#table.residentCount, 'AD-LRU holds all resident pages');
    for (const { passed } of [this.#cold, this.#hot]) {
      for (const page of passed.pages()) assert(this.#table.isDirty(page), 'passed is dirty');
    }
  }

  readGauges(into: Float64Array): void {
    into[0] = lengthOf(this.#cold);
    into[1] = lengthOf(this.#hot);
    into[2] = this.#coldMin;
    into[3] = this.#events[0]!;
    into[4] = this.#events[1]!;
  }
}

function lengthOf({ passed, recent }: List): number {
  return passed.count + recent.count;
}

// CASA, cost-aware self-adaptive: a list of clean and a list of dirty pages by recency, and a target
// `tau` for the length of the clean one. Read hits in the clean list enlarge the target and write hits
// in the dirty list shrink it, each by its share of the I/O cost and the more, the shorter its list is.

import { assert } from '../errors.ts';
import { type PageQueue, PageQueues } from '../lists/page-queues.ts';
import type { PageTable } from '../page-table.ts';
import type { Policy, PolicyDefinition, PolicySettings } from '../policy.ts';
import { type Op, READ, WRITE } from '../reference.ts';

export const casa: PolicyDefinition = {
  name: 'casa',
  summary: 'LRU lists of clean and of dirty pages, sized by hits in them weighted by I/O cost.',
  source:
    'Ou, Härder, Clean first or dirty first? A cost-aware self-adaptive buffer replacement policy, IDEAS 2010',
  departures: [
    'written from the abstract and two public implementations: the text was not available',
    'tau starts at the share `start` of the frames, half of them as in one implementation',
    'the clean list gives the victim where it is longer than tau, or the dirty list is empty; both implementations also where it is as long as tau',
  ],
  observes: 'every-reference',
  options: {
    start: {
      kind: 'number',
      default: 0.5,
      min: 0,
      max: 1,
      says: 'where the target of the clean list starts, as a share of the frames',
    },
  },
  usesCosts: true,
  gauges: [
    { name: 'clean', kind: 'pages', says: 'clean pages' },
    { name: 'dirty', kind: 'pages', says: 'dirty pages' },
    { name: 'tau', kind: 'target', says: 'what the clean list aims at' },
    { name: 'clean victims', kind: 'count', says: 'pages that left the clean list' },
    { name: 'dirty victims', kind: 'count', says: 'pages that left the dirty list' },
  ],
  create: (settings) => new Casa(settings),
};

class Casa implements Policy {
  readonly #table: PageTable;
  readonly #family: PageQueues;
  readonly #clean: PageQueue;
  readonly #dirty: PageQueue;
  readonly #readCost: number;
  readonly #writeCost: number;
  #frames: number;
  /** The target, in an array because a field of real numbers costs an object at each change. */
  readonly #tau = new Float64Array(1);
  /** Clean and dirty pages that left. */
  readonly #victims = new Float64Array(2);

  constructor({ table, frames, options, costs }: PolicySettings) {
    this.#table = table;
    this.#family = new PageQueues(table.pageCount, 2);
    const [clean, dirty] = this.#family.queues;
    this.#clean = clean!;
    this.#dirty = dirty!;
    // The costs are normalised: CR + CW = 1.
    this.#readCost = costs.read / (costs.read + costs.write);
    this.#writeCost = costs.write / (costs.read + costs.write);
    this.#frames = frames;
    this.#tau[0] = Number(options.start) * frames;
  }

  // A miss: a page that is read goes to the MRU of C, one that is written to the MRU of D.
  fault(page: number, op: Op): void {
    (op === READ ? this.#clean : this.#dirty).push(page);
  }

  // Read hit in C:   tau = min(tau + CR |D|/|C|, B); to the MRU of C
  // Write hit in D:  tau = max(tau - CW |C|/|D|, 0); to the MRU of D
  // Write hit in C, read hit in D: to the MRU of D
  touch(page: number, op: Op): void {
    const clean = this.#clean;
    const dirty = this.#dirty;
    const tau = this.#tau;
    const isClean = clean.has(page);
    if (isClean && op === READ) {
      tau[0] = Math.min(tau[0]! + this.#readCost * (dirty.count / clean.count), this.#frames);
      clean.push(page);
      return;
    }
    if (!isClean && op === WRITE) {
      tau[0] = Math.max(tau[0]! - this.#writeCost * (clean.count / dirty.count), 0);
    }
    dirty.push(page);
  }

  /** A hit is judged by the list that holds the page, never by bits that a later one may have set. */
  touchRun(references: Uint32Array, from: number, to: number): void {
    for (let i = from; i < to; i++) {
      const reference = references[i]!;
      this.touch(reference >>> 1, (reference & 1) as Op);
    }
  }

  // if |C| > tau or D is empty: the LRU of C, else the LRU of D
  victim(): number {
    const fromClean = this.#clean.count > this.#tau[0]! || this.#dirty.count === 0;
    this.#victims[fromClean ? 0 : 1]!++;
    return (fromClean ? this.#clean : this.#dirty).shift();
  }

  forget(page: number): void {
    this.#family.remove(page);
  }

  resize(frames: number): void {
    this.#frames = frames;
    this.#tau[0] = Math.min(this.#tau[0]!, frames);
  }

  check(): void {
    const held = this.#clean.count + this.#dirty.count;
    assert(held === this.#table.residentCount, 'CASA holds all resident pages');
    for (const page of this.#clean.pages()) assert(!this.#table.isDirty(page), 'C is clean');
    for (const page of this.#dirty.pages()) assert(this.#table.isDirty(page), 'D is dirty');
    const tau = this.#tau[0]!;
    assert(tau >= 0 && tau <= this.#frames, `0 <= tau = ${tau} <= B`);
  }

  readGauges(into: Float64Array): void {
    into[0] = this.#clean.count;
    into[1] = this.#dirty.count;
    into[2] = this.#tau[0]!;
    into[3] = this.#victims[0]!;
    into[4] = this.#victims[1]!;
  }
}

// CFLRU, clean-first LRU: among the `window` least recent pages the least recent clean one leaves,
// and only where all of them are dirty the least recent page of all.
//
// The window is kept as two queues in order of recency, one of clean and one of dirty pages. A page
// enters it from the working region's old end and leaves it at any reference, so while it is there
// it cannot change from clean to dirty, and the victim is the head of one of the two.

import { assert } from '../errors.ts';
import { type PageQueue, PageQueues } from '../lists/page-queues.ts';
import type { PageTable } from '../page-table.ts';
import type { Policy, PolicyDefinition, PolicySettings } from '../policy.ts';

export const cflru: PolicyDefinition = {
  name: 'cflru',
  summary: 'LRU that evicts the least recent clean page of a window before any dirty one.',
  source: 'Park, Jung, Kang, Kim, Lee, CFLRU: a replacement algorithm for flash memory, CASES 2006',
  departures: ['the window is a fixed share of the frames (static CFLRU)'],
  observes: 'every-reference',
  options: {
    window: {
      kind: 'number',
      default: 0.25,
      min: 0,
      max: 1,
      says: 'size of the clean-first window as a share of the frames, rounded down; large ones can be ruinous',
    },
  },
  gauges: [
    { name: 'working', kind: 'pages', says: 'resident pages outside the window, used lately' },
    { name: 'window clean', kind: 'pages', says: 'clean pages of the window, the next to leave' },
    { name: 'window dirty', kind: 'pages', says: 'dirty pages of the window' },
    { name: 'working target', kind: 'target', says: 'frames that the window leaves to the others' },
    { name: 'clean victims', kind: 'count', says: 'pages that left the window clean' },
    {
      name: 'dirty victims',
      kind: 'count',
      says: 'pages that left it dirty, for want of clean ones',
    },
  ],
  create: (settings) => new Cflru(settings),
};

const CLEAN_VICTIMS = 0;
const DIRTY_VICTIMS = 1;

class Cflru implements Policy {
  readonly #table: PageTable;
  readonly #family: PageQueues;
  readonly #working: PageQueue;
  readonly #clean: PageQueue;
  readonly #dirty: PageQueue;
  readonly #windowShare: number;
  #workingMax = 0;
  readonly #counts = new Float64Array(2);

  constructor({ table, frames, options }: PolicySettings) {
    this.#table = table;
    this.#family = new PageQueues(table.pageCount, 3);
    const [working, clean, dirty] = this.#family.queues;
    this.#working = working!;
    this.#clean = clean!;
    this.#dirty = dirty!;
    this.#windowShare = Number(options.window);
    this.resize(frames);
  }

  fault(page: number): void {
    this.#working.push(page);
    this.#trimWorking();
  }

  touch(page: number): void {
    this.#working.push(page);
    this.#trimWorking();
  }

  /** Without an outflow from the working region in between, a run of hits is a run of pushes. */
  touchRun(references: Uint32Array, from: number, to: number): void {
    this.#working.pushRun(references, from, to);
    this.#trimWorking();
  }

  victim(): number {
    if (this.#clean.count > 0) {
      this.#counts[CLEAN_VICTIMS]!++;
      return this.#clean.shift();
    }
    if (this.#dirty.count > 0) {
      this.#counts[DIRTY_VICTIMS]!++;
      return this.#dirty.shift();
    }
    return this.#working.shift();
  }

  forget(page: number): void {
    this.#family.remove(page);
  }

  resize(frames: number): void {
    this.#workingMax = frames - Math.floor(this.#windowShare * frames);
    this.#trimWorking();
  }

  #trimWorking(): void {
    while (this.#working.count > this.#workingMax) {
      const page = this.#working.shift();
      (this.#table.isDirty(page) ? this.#dirty : this.#clean).push(page);
    }
  }

  readGauges(into: Float64Array): void {
    into[0] = this.#working.count;
    into[1] = this.#clean.count;
    into[2] = this.#dirty.count;
    into[3] = this.#workingMax;
    into[4] = this.#counts[CLEAN_VICTIMS]!;
    into[5] = this.#counts[DIRTY_VICTIMS]!;
  }

  check(): void {
    const held = this.#working.count + this.#clean.count + this.#dirty.count;
    assert(held === this.#table.residentCount, 'CFLRU holds all resident pages');
    for (const page of this.#clean.pages()) assert(!this.#table.isDirty(page), 'clean is clean');
    for (const page of this.#dirty.pages()) assert(this.#table.isDirty(page), 'dirty is dirty');
  }
}

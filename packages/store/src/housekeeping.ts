// Housekeeping on the thread that opened a pool: idle places are gathered now and then, in slices
// short enough that nobody notices. With a tier the keeper does it, which must know when anyway.

import { compact, needsCompaction, type SweptTable } from './compaction.ts';
import type { PageStore } from './page-store.ts';
import { PAGES_COMPACTED } from './pool-share.ts';

const HOUSEKEEPING_MS = 200;
const HOUSEKEEPING_SLICE_MS = 5;
/** After a sweep that could move nothing. */
const REST_MS = 2000;

export class Housekeeping {
  readonly #store: PageStore;
  readonly #tables: () => readonly SweptTable[];
  #timer: NodeJS.Timeout | undefined;
  #sweep: Generator<void> | undefined;
  #restsUntil = 0;
  #movedBefore = 0;

  constructor(store: PageStore, tables: () => readonly SweptTable[]) {
    this.#store = store;
    this.#tables = tables;
  }

  start(): void {
    this.#timer = setInterval(() => {
      // A sweep that is under way calls itself again.
      if (this.#sweep === undefined) this.#keepHouse();
    }, HOUSEKEEPING_MS);
    this.#timer.unref();
  }

  /** One whole sweep, now. */
  compactNow(): void {
    for (const _ of compact(this.#store, this.#tables));
  }

  /** Runs a sweep that is under way to its end. */
  settle(): void {
    while (this.#sweep?.next().done === false);
    this.#sweep = undefined;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#sweep?.return(undefined);
    this.#sweep = undefined;
  }

  #keepHouse(): void {
    if (this.#sweep === undefined) {
      if (performance.now() < this.#restsUntil || !needsCompaction(this.#store)) return;
      this.#sweep = compact(this.#store, this.#tables);
      this.#movedBefore = this.#store.control[PAGES_COMPACTED]!;
    }
    const until = performance.now() + HOUSEKEEPING_SLICE_MS;
    while (performance.now() < until) {
      if (this.#sweep.next().done !== true) continue;
      this.#sweep = undefined;
      // In a full pool there may be nowhere to move to: not again at once, then.
      const hasMoved = this.#store.control[PAGES_COMPACTED] !== this.#movedBefore;
      if (!hasMoved) this.#restsUntil = performance.now() + REST_MS;
      return;
    }
    setTimeout(() => this.#sweep && this.#keepHouse(), HOUSEKEEPING_SLICE_MS).unref();
  }
}

// What every twin shares: which pages are resident and dirty, and the counts. A twin is the slow and
// obviously right implementation of one policy, written from the specification with plain arrays;
// it never looks at the code it is compared with.

import { NO_PAGE, type Op, WRITE } from '@pagelend/policies';

/** What one reference did. */
export interface Outcome {
  readonly hit: boolean;
  /** The page that left memory, NO_PAGE for none. */
  readonly evicted: number;
  /** The pages that were written back, in order. */
  readonly written: readonly number[];
}

export abstract class Twin {
  readonly frames: number;
  readonly resident = new Set<number>();
  readonly dirty = new Set<number>();
  readonly evictions: number[] = [];
  hits = 0;
  faults = 0;
  writebacks = 0;
  /** Transitions from clean to dirty; each ends in a write-back or in a page that is still dirty. */
  dirtied = 0;
  #evicted = NO_PAGE;
  #written: number[] = [];

  constructor(frames: number) {
    this.frames = frames;
  }

  access(page: number, op: Op): Outcome {
    this.#evicted = NO_PAGE;
    this.#written = [];
    const hit = this.resident.has(page);
    if (hit) {
      this.hits++;
      if (op === WRITE) this.#soil(page);
      this.hit(page, op);
    } else {
      this.faults++;
      this.fault(page, op);
      this.resident.add(page);
      if (op === WRITE) this.#soil(page);
    }
    return { hit, evicted: this.#evicted, written: this.#written };
  }

  run(trace: Iterable<readonly [number, Op]>): this {
    for (const [page, op] of trace) this.access(page, op);
    return this;
  }

  /** A reference to a resident page; if it is a write, the page is dirty already. */
  protected abstract hit(page: number, op: Op): void;

  /** A reference to an absent page: makes room where memory is full, and enters the page. */
  protected abstract fault(page: number, op: Op): void;

  protected get isFull(): boolean {
    return this.resident.size === this.frames;
  }

  /** The page's frame is freed; if it is dirty, it is written back. */
  protected leave(page: number): void {
    if (!this.resident.delete(page)) throw new Error(`twin evicts absent page ${page}`);
    this.#evicted = page;
    this.evictions.push(page);
    this.writeBack(page);
  }

  protected writeBack(page: number): void {
    if (!this.dirty.delete(page)) return;
    this.writebacks++;
    this.#written.push(page);
  }

  #soil(page: number): void {
    if (!this.dirty.has(page)) this.dirtied++;
    this.dirty.add(page);
  }
}

/** Takes the value out of the list; true where it was in it. */
export function without(list: number[], value: number): boolean {
  const index = list.indexOf(value);
  if (index >= 0) list.splice(index, 1);
  return index >= 0;
}

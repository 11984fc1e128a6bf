// MIN (Belady): evicts the page whose next use is farthest. Among pages that are never used again a
// clean one leaves before a dirty one; which of several such pages changes no count. policies.md 5.

import { NO_PAGE, type Op } from '@pagelend/policies';
import { Twin } from './twin.ts';

export class MinTwin extends Twin {
  readonly #trace: readonly (readonly [number, Op])[];
  #position = -1;

  constructor(frames: number, trace: readonly (readonly [number, Op])[]) {
    super(frames);
    this.#trace = trace;
  }

  protected override hit(): void {
    this.#position++;
  }

  protected override fault(): void {
    this.#position++;
    if (this.isFull) this.leave(this.#victim());
  }

  /** Position of the page's next reference after this one, Infinity for never. */
  nextUse(page: number): number {
    for (let i = this.#position + 1; i < this.#trace.length; i++) {
      if (this.#trace[i]![0] === page) return i;
    }
    return Number.POSITIVE_INFINITY;
  }

  #victim(): number {
    let best = NO_PAGE;
    for (const page of this.resident) {
      if (best === NO_PAGE) best = page;
      else if (this.nextUse(page) > this.nextUse(best)) best = page;
      else if (this.nextUse(page) === this.nextUse(best)) {
        // Only pages that are never used again can share a next use.
        if (this.dirty.has(best) && !this.dirty.has(page)) best = page;
      }
    }
    return best;
  }
}

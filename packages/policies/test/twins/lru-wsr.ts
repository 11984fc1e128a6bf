// LRU-WSR: a list by recency and a cold flag per page. A hit clears the flag and moves the page to
// the recent end. From the old end: clean -> leaves, whatever its flag; dirty and cold -> leaves;
// dirty and not cold -> is marked cold, moves to the recent end, and the search goes on.
// policies.md 4.

import { Twin, without } from './twin.ts';

export class LruWsrTwin extends Twin {
  /** From the least to the most recently used. */
  readonly order: number[] = [];
  readonly cold = new Set<number>();

  protected override hit(page: number): void {
    without(this.order, page);
    this.order.push(page);
    this.cold.delete(page);
  }

  protected override fault(page: number): void {
    if (this.isFull) this.#replace();
    this.order.push(page);
    this.cold.delete(page);
  }

  #replace(): void {
    for (;;) {
      const page = this.order.shift()!;
      if (!this.dirty.has(page) || this.cold.has(page)) {
        this.leave(page);
        return;
      }
      this.cold.add(page);
      this.order.push(page);
    }
  }
}

// LRU: evicts the page whose last reference is oldest. policies.md section 4.

import { Twin, without } from './twin.ts';

export class LruTwin extends Twin {
  /** From the least to the most recently used. */
  readonly #order: number[] = [];

  protected override hit(page: number): void {
    without(this.#order, page);
    this.#order.push(page);
  }

  protected override fault(page: number): void {
    if (this.isFull) this.leave(this.#order.shift()!);
    this.#order.push(page);
  }
}

// CFLRU: of the floor(share * C) least recent pages the least recent clean one leaves, or, where all
// of them are dirty, the least recent page. Clean or dirty is judged at eviction. policies.md 4.

import { Twin, without } from './twin.ts';

export class CflruTwin extends Twin {
  /** From the least to the most recently used. */
  readonly #order: number[] = [];
  readonly #window: number;

  constructor(frames: number, share: number) {
    super(frames);
    this.#window = Math.floor(share * frames);
  }

  protected override hit(page: number): void {
    without(this.#order, page);
    this.#order.push(page);
  }

  protected override fault(page: number): void {
    if (this.isFull) {
      const region = this.#order.slice(0, this.#window);
      const victim = region.find((candidate) => !this.dirty.has(candidate)) ?? this.#order[0]!;
      without(this.#order, victim);
      this.leave(victim);
    }
    this.#order.push(page);
  }
}

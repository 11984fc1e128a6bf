// Enhanced second chance as a circle of slots. Pass 1 looks for a page with (R,M) = (0,0) and clears
// nothing; pass 2 looks for (0,1) and clears R of the pages it skips; then both again. A pass is one
// full turn from the hand. A new page keeps the bits that its faulting access set. policies.md 4.

import type { Op } from '@pagelend/policies';
import { Twin } from './twin.ts';

export class EscTwin extends Twin {
  readonly #slots: number[] = [];
  readonly #referenced = new Set<number>();
  #hand = 0;

  protected override hit(page: number, _op: Op): void {
    this.#referenced.add(page);
  }

  protected override fault(page: number, _op: Op): void {
    this.#referenced.add(page);
    if (!this.isFull) {
      this.#slots.push(page);
      return;
    }
    const slot = this.#findSlot();
    this.leave(this.#slots[slot]!);
    this.#slots[slot] = page;
    this.#hand = (slot + 1) % this.frames;
  }

  #findSlot(): number {
    for (;;) {
      for (let i = 0; i < this.frames; i++) {
        const slot = (this.#hand + i) % this.frames;
        const page = this.#slots[slot]!;
        if (!this.#referenced.has(page) && !this.dirty.has(page)) return slot;
      }
      for (let i = 0; i < this.frames; i++) {
        const slot = (this.#hand + i) % this.frames;
        const page = this.#slots[slot]!;
        if (!this.#referenced.has(page) && this.dirty.has(page)) return slot;
        this.#referenced.delete(page);
      }
    }
  }
}

// CLOCK as a circle of slots with a hand. policies.md section 3.1.

import { Twin } from './twin.ts';

export class ClockTwin extends Twin {
  readonly #init: number;
  readonly #slots: number[] = [];
  readonly #reference = new Map<number, number>();
  #hand = 0;

  constructor(frames: number, init: number) {
    super(frames);
    this.#init = init;
  }

  protected override hit(page: number): void {
    this.#reference.set(page, 1);
  }

  protected override fault(page: number): void {
    this.#reference.set(page, this.#init);
    if (!this.isFull) {
      this.#slots.push(page);
      return;
    }
    for (;;) {
      const here = this.#hand;
      const candidate = this.#slots[here]!;
      this.#hand = (here + 1) % this.frames;
      if (this.#reference.get(candidate) === 1) {
        this.#reference.set(candidate, 0);
        continue;
      }
      this.leave(candidate);
      this.#slots[here] = page;
      return;
    }
  }
}

// CLOCK-DWF's scan of DRAM as a circle of slots that is all of memory. At the hand: modified -> no
// longer so, frequency + 1, over = 0; else frequency > threshold and over < expiration -> over + 1;
// else the page leaves. `init` is the modified bit of a page whose fault was a write. policies.md 4.

import { type Op, WRITE } from '@pagelend/policies';
import { Twin } from './twin.ts';

interface Slot {
  readonly page: number;
  modified: boolean;
  frequency: number;
  over: number;
}

export class ClockDwfTwin extends Twin {
  readonly slots: Slot[] = [];
  #hand = 0;
  readonly #threshold: number;
  readonly #expiration: number;
  readonly #init: boolean;

  constructor(frames: number, threshold: number, expiration: number, init: boolean) {
    super(frames);
    this.#threshold = threshold;
    this.#expiration = expiration;
    this.#init = init;
  }

  protected override hit(page: number, op: Op): void {
    if (op === WRITE) this.slots.find((slot) => slot.page === page)!.modified = true;
  }

  protected override fault(page: number, op: Op): void {
    const slot = { page, modified: this.#init && op === WRITE, frequency: 0, over: 0 };
    if (!this.isFull) {
      this.slots.push(slot);
      return;
    }
    while (this.#isSpared(this.slots[this.#hand]!)) this.#advance();
    this.leave(this.slots[this.#hand]!.page);
    this.slots[this.#hand] = slot;
    this.#advance();
  }

  #isSpared(slot: Slot): boolean {
    if (slot.modified) {
      slot.modified = false;
      slot.frequency++;
      slot.over = 0;
      return true;
    }
    if (slot.frequency > this.#threshold && slot.over < this.#expiration) {
      slot.over++;
      return true;
    }
    return false;
  }

  #advance(): void {
    this.#hand = (this.#hand + 1) % this.frames;
  }
}

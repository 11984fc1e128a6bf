// WSClock as a circle of slots with a hand, the step list of policies.md section 4 line by line. Time is
// the number of references so far. A scheduled write is charged at once and is complete at the hand's
// next visit.

import { Twin } from './twin.ts';

export class WsClockTwin extends Twin {
  readonly #tau: number;
  readonly #writesMax: number;
  readonly #slots: number[] = [];
  readonly #referenced = new Set<number>();
  readonly #lastUse = new Map<number, number>();
  readonly #writing = new Set<number>();
  #hand = 0;
  #now = 0;

  constructor(frames: number, tau: number, writesMax: number) {
    super(frames);
    this.#tau = tau;
    this.#writesMax = writesMax;
  }

  protected override hit(page: number): void {
    this.#referenced.add(page);
    this.#now++;
  }

  protected override fault(page: number): void {
    if (!this.isFull) {
      this.#slots.push(page);
    } else {
      const slot = this.#findSlot();
      this.leave(this.#slots[slot]!);
      this.#slots[slot] = page;
      this.#hand = (slot + 1) % this.frames;
    }
    this.#lastUse.set(page, this.#now);
    this.#referenced.add(page);
    this.#now++;
  }

  #findSlot(): number {
    for (let isWriting = true; isWriting; ) {
      isWriting = false;
      for (let i = 0; i < this.frames; i++) {
        const slot = (this.#hand + i) % this.frames;
        const page = this.#slots[slot]!;
        this.#writing.delete(page);
        if (this.#referenced.delete(page)) {
          this.#lastUse.set(page, this.#now);
          continue;
        }
        if (this.#now - this.#lastUse.get(page)! <= this.#tau) continue;
        if (!this.dirty.has(page)) return slot;
        if (this.#writing.size === this.#writesMax) continue;
        this.writeBack(page);
        this.#writing.add(page);
        isWriting = true;
      }
    }
    for (let i = 0; i < this.frames; i++) {
      const slot = (this.#hand + i) % this.frames;
      if (!this.dirty.has(this.#slots[slot]!)) return slot;
    }
    return this.#hand;
  }
}

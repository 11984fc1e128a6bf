// CLOCK-Pro, after sections 4.2 to 4.4 of the paper and policies.md section 4. The clock is one plain
// list from its tail (largest recency) to its head (smallest); each hand is found by looking from
// the tail for what the paper says that it points to.

import { Twin } from './twin.ts';

export interface ClockProTwinSettings {
  readonly cold?: number;
  readonly adapt?: 'on' | 'off';
  readonly nonresident?: number;
  readonly passed?: 'spare' | 'evict';
  readonly repeats?: 'ignore' | 'count';
}

interface Entry {
  readonly page: number;
  kind: 'hot' | 'cold' | 'absent';
  isInTest: boolean;
}

export class ClockProTwin extends Twin {
  #clock: Entry[] = [];
  readonly #bits = new Set<number>();
  /** m_c, the number of frames meant for cold pages. */
  coldTarget: number;
  readonly #coldMin: number;
  readonly #coldMax: number;
  readonly #absentMax: number;
  readonly #adapts: boolean;
  readonly #evictsPassed: boolean;
  readonly #ignoresRepeats: boolean;
  #last = -1;

  constructor(frames: number, settings: ClockProTwinSettings = {}) {
    super(frames);
    const { cold = 0.01, adapt = 'on', nonresident = 1 } = settings;
    const { passed = 'spare', repeats = 'count' } = settings;
    let coldMin = Math.max(2, Math.floor(cold * frames));
    if (coldMin > frames - 1) coldMin = frames - 1;
    if (coldMin < 1) coldMin = 1;
    this.#coldMin = coldMin;
    this.#coldMax = Math.max(coldMin, frames - coldMin);
    this.coldTarget = coldMin;
    this.#absentMax = Math.floor(nonresident * frames);
    this.#adapts = adapt === 'on';
    this.#evictsPassed = passed === 'evict';
    this.#ignoresRepeats = repeats === 'ignore';
  }

  /** The clock from tail to head, as in `5h 3c* 2t 4a`: hot, cold, cold in test, absent; * = bit. */
  get text(): string {
    const letter = (entry: Entry): string =>
      entry.kind === 'cold' ? (entry.isInTest ? 't' : 'c') : entry.kind[0]!;
    return this.#clock
      .map((entry) => `${entry.page}${letter(entry)}${this.#bits.has(entry.page) ? '*' : ''}`)
      .join(' ');
  }

  protected override hit(page: number): void {
    if (page === this.#last && this.#ignoresRepeats) return;
    this.#last = page;
    this.#bits.add(page);
  }

  protected override fault(page: number): void {
    this.#last = page;
    const freeCount = this.frames - this.resident.size;
    if (freeCount === 0) this.#runHandCold();
    const ghost = this.#clock.find((entry) => entry.page === page);
    if (ghost !== undefined) {
      const isHot = this.#isPromoted(ghost);
      this.#toHead(page, isHot ? 'hot' : 'cold', !isHot);
    } else if (freeCount > this.coldTarget) {
      this.#toHead(page, 'hot', false);
    } else {
      this.#toHead(page, 'cold', true);
    }
    this.#endTestsBehindHandHot();
  }

  /** Looks for a resident cold page without its bit, and evicts it. */
  #runHandCold(): void {
    for (;;) {
      const entry = this.#clock.find(({ kind }) => kind === 'cold')!;
      const { page } = entry;
      if (!this.#bits.has(page)) {
        this.#evict(entry);
        return;
      }
      // The authors' code evicts a page that was referenced too late, or that HAND_hot passes now.
      if (!entry.isInTest && this.#evictsPassed) {
        this.#evict(entry);
        return;
      }
      const isHot = entry.isInTest && this.#isPromoted(entry);
      if (!isHot && this.#evictsPassed) {
        this.#evict(entry);
        return;
      }
      this.#bits.delete(page);
      this.#toHead(page, isHot ? 'hot' : 'cold', !isHot);
      this.#endTestsBehindHandHot();
    }
  }

  #evict(entry: Entry): void {
    this.#bits.delete(entry.page);
    this.leave(entry.page);
    if (entry.isInTest) entry.kind = 'absent';
    else this.#remove(entry.page);
    // The memory's size in pages bounds the absent ones; HAND_test ends the oldest tests.
    while (this.#clock.filter(({ kind }) => kind === 'absent').length > this.#absentMax) {
      this.#endTest(this.#clock.find(({ isInTest }) => isInTest)!);
    }
  }

  /**
   * A cold page was accessed in its test period. True where it becomes hot: room among the hot
   * pages, made by HAND_hot, as long as that hand does not pass the page itself first.
   */
  #isPromoted(entry: Entry): boolean {
    this.#moveTarget(+1);
    this.#bits.delete(entry.page);
    while (this.#hotCount() >= this.frames - this.coldTarget) {
      if (!entry.isInTest || !this.#runHandHot(entry)) return false;
    }
    return true;
  }

  /** True where a hot page was demoted before the hand passed the page that set it going. */
  #runHandHot(trigger: Entry): boolean {
    for (;;) {
      const entry = this.#clock.find(({ kind }) => kind === 'hot');
      if (entry === undefined) return false;
      const { page } = entry;
      const isSpared = this.#bits.delete(page);
      this.#toHead(page, isSpared ? 'hot' : 'cold', false);
      this.#endTestsBehindHandHot();
      if (!isSpared) return true;
      if (!trigger.isInTest) return false;
    }
  }

  /** Cold pages that HAND_hot has passed are no longer in their test period. */
  #endTestsBehindHandHot(): void {
    const hand = this.#clock.findIndex(({ kind }) => kind === 'hot');
    for (const entry of this.#clock.slice(0, Math.max(0, hand))) {
      if (entry.isInTest) this.#endTest(entry);
    }
  }

  #endTest(entry: Entry): void {
    entry.isInTest = false;
    this.#moveTarget(this.#bits.has(entry.page) ? +1 : -1);
    if (entry.kind === 'absent') this.#remove(entry.page);
  }

  #moveTarget(step: number): void {
    if (!this.#adapts) return;
    this.coldTarget = Math.min(this.#coldMax, Math.max(this.#coldMin, this.coldTarget + step));
  }

  #hotCount(): number {
    return this.#clock.filter(({ kind }) => kind === 'hot').length;
  }

  #toHead(page: number, kind: 'hot' | 'cold', isInTest: boolean): void {
    this.#remove(page);
    this.#clock.push({ page, kind, isInTest });
  }

  #remove(page: number): void {
    this.#clock = this.#clock.filter((entry) => entry.page !== page);
  }
}

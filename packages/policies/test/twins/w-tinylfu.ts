// W-TinyLFU: an LRU window before a segmented LRU (probation, protected). A page that slips out of the
// window contends with the LRU page of probation: the one that was referenced less often leaves.
// Lists run from least to most recent. Counters are exact, stop at 15, and are all halved, with
// the sample's size, when as many increments as the sample holds were made.

import { Twin, without } from './twin.ts';

export interface WTinyLfuTwinSettings {
  readonly window?: number;
  readonly protected?: number;
  readonly sample?: number;
}

export class WTinyLfuTwin extends Twin {
  readonly window: number[] = [];
  readonly probation: number[] = [];
  readonly protected: number[] = [];
  readonly #windowMax: number;
  readonly #protectedMax: number;
  readonly #sampleMax: number;
  readonly #counts = new Map<number, number>();
  #sample = 0;

  constructor(frames: number, settings: WTinyLfuTwinSettings = {}) {
    super(frames);
    const mainMax = Math.min(frames - 1, Math.floor(frames * (1 - (settings.window ?? 0.01))));
    this.#windowMax = frames - mainMax;
    this.#protectedMax = Math.floor(mainMax * (settings.protected ?? 0.8));
    this.#sampleMax = Math.max(1, Math.floor(frames * (settings.sample ?? 10)));
  }

  protected override hit(page: number): void {
    this.#record(page);
    if (without(this.window, page)) {
      this.window.push(page);
      return;
    }
    without(this.probation, page);
    without(this.protected, page);
    this.protected.push(page);
    if (this.protected.length > this.#protectedMax) this.probation.push(this.protected.shift()!);
  }

  protected override fault(page: number): void {
    this.#record(page);
    const wasFull = this.isFull;
    this.window.push(page);
    if (this.window.length <= this.#windowMax) return;
    const candidate = this.window.shift()!;
    this.probation.push(candidate);
    if (!wasFull) return;
    const victim = this.probation[0]!;
    const loser = this.#count(candidate) > this.#count(victim) ? victim : candidate;
    without(this.probation, loser);
    this.leave(loser);
  }

  #count(page: number): number {
    return this.#counts.get(page) ?? 0;
  }

  #record(page: number): void {
    if (this.#count(page) === 15) return;
    this.#counts.set(page, this.#count(page) + 1);
    this.#sample++;
    if (this.#sample < this.#sampleMax) return;
    for (const [id, count] of this.#counts) this.#counts.set(id, Math.floor(count / 2));
    this.#sample = Math.floor(this.#sample / 2);
  }
}

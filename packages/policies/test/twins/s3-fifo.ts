// S3-FIFO: a small FIFO, a main FIFO that reinserts, a ghost FIFO, a counter of hits a page that ends at
// 3. Queues run from the oldest to the newest page. policies.md section 4.

import { Twin, without } from './twin.ts';

export interface S3FifoTwinOptions {
  readonly small?: number;
  readonly ghost?: number;
  readonly threshold?: number;
  readonly count?: 'hits' | 'scan';
}

export class S3FifoTwin extends Twin {
  readonly small: number[] = [];
  readonly main: number[] = [];
  readonly ghost: number[] = [];
  readonly #smallMax: number;
  readonly #mainMax: number;
  readonly #ghostMax: number;
  readonly #threshold: number;
  readonly #counts: 'hits' | 'scan';
  readonly #frequency = new Map<number, number>();

  constructor(frames: number, options: S3FifoTwinOptions = {}) {
    super(frames);
    const { small = 0.1, ghost = 0.9, threshold = 2, count = 'hits' } = options;
    this.#smallMax = Math.max(1, Math.floor(frames * small));
    this.#mainMax = frames - this.#smallMax;
    this.#ghostMax = Math.floor(frames * ghost);
    // What is counted at the scan is a bit: it is set, or it is not.
    this.#threshold = count === 'scan' ? 1 : threshold;
    this.#counts = count;
  }

  protected override hit(page: number): void {
    const most = this.#counts === 'scan' ? 1 : 3;
    this.#frequency.set(page, Math.min(this.#of(page) + 1, most));
  }

  protected override fault(page: number): void {
    const isGhost = without(this.ghost, page);
    if (this.isFull) this.#evict();
    (isGhost ? this.main : this.small).push(page);
    this.#frequency.set(page, 0);
  }

  /** One page leaves: from main where it is above its size, or where small is empty. */
  #evict(): void {
    const before = this.resident.size;
    while (this.resident.size === before) {
      if (this.main.length > this.#mainMax || this.small.length === 0) this.#stepMain();
      else while (this.resident.size === before && this.small.length > 0) this.#stepSmall();
    }
  }

  #stepSmall(): void {
    const page = this.small.shift()!;
    if (this.#of(page) >= this.#threshold) {
      this.main.push(page);
      this.#frequency.set(page, 0);
      return;
    }
    this.leave(page);
    this.ghost.push(page);
    while (this.ghost.length > this.#ghostMax) this.ghost.shift();
  }

  #stepMain(): void {
    const page = this.main.shift()!;
    if (this.#of(page) === 0) {
      this.leave(page);
      return;
    }
    this.#frequency.set(page, this.#of(page) - 1);
    this.main.push(page);
  }

  #of(page: number): number {
    return this.#frequency.get(page) ?? 0;
  }
}

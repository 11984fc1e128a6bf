// SIEVE: one queue from the oldest to the newest page, a visited bit a page, and a hand that points at
// a page, or at nothing where it starts from the oldest again. policies.md section 4.

import { Twin } from './twin.ts';

export class SieveTwin extends Twin {
  readonly queue: number[] = [];
  readonly #init: number;
  readonly #visited = new Set<number>();
  #hand: number | null = null;

  constructor(frames: number, init: number) {
    super(frames);
    this.#init = init;
  }

  protected override hit(page: number): void {
    this.#visited.add(page);
  }

  protected override fault(page: number): void {
    if (this.isFull) this.#evict();
    this.queue.push(page);
    if (this.#init === 1) this.#visited.add(page);
  }

  #evict(): void {
    let page = this.#hand ?? this.queue[0]!;
    while (this.#visited.has(page)) {
      this.#visited.delete(page);
      page = this.#newer(page) ?? this.queue[0]!;
    }
    this.#hand = this.#newer(page);
    this.queue.splice(this.queue.indexOf(page), 1);
    this.leave(page);
  }

  /** The page that came after this one; null for the newest. */
  #newer(page: number): number | null {
    return this.queue[this.queue.indexOf(page) + 1] ?? null;
  }
}

// NRU: classes by (R,M), R cleared every tick, any page of the lowest class that is not empty may leave.
// Which one is chance, so this twin is told who left and fails where that page was not of that class.
// policies.md section 4.

import { NO_PAGE } from '@pagelend/policies';
import { Twin } from './twin.ts';

export class NruTwin extends Twin {
  /** Who leaves at the next fault in a full memory, as the policy chose. */
  chosen = NO_PAGE;
  /** The pages among which the last victim was chosen. */
  candidates: number[] = [];
  readonly #tick: number;
  readonly #referenced = new Set<number>();
  #now = 0;
  #ticks = 0;

  constructor(frames: number, tick: number) {
    super(frames);
    this.#tick = tick;
  }

  protected override hit(page: number): void {
    this.#referenced.add(page);
    this.#now++;
  }

  protected override fault(page: number): void {
    // A tick is noticed at the first fault at or after it.
    const ticks = Math.floor(this.#now / this.#tick);
    if (ticks !== this.#ticks) this.#referenced.clear();
    this.#ticks = ticks;
    if (this.isFull) {
      const classes = [...this.resident].map((candidate) => this.#classOf(candidate));
      const lowest = Math.min(...classes);
      this.candidates = [...this.resident].filter((_, i) => classes[i] === lowest);
      if (!this.candidates.includes(this.chosen)) {
        throw new Error(
          `page ${this.chosen} left, which is not of class ${lowest}: ${this.candidates}`,
        );
      }
      this.leave(this.chosen);
      this.#referenced.delete(this.chosen);
    }
    this.#referenced.add(page);
    this.#now++;
  }

  #classOf(page: number): number {
    return (this.#referenced.has(page) ? 2 : 0) + (this.dirty.has(page) ? 1 : 0);
  }
}

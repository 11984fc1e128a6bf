// LFU: the page with the smallest reference count leaves, among equals the least recently used one.
// Counts begin at 1 at each page-in. Aging after Robinson and Devarakonda: where the average count
// passes a maximum, every count is halved, rounded up. Dynamic aging (LFU-DA) orders by count + L,
// where L is the key of the page that left last.

import { Twin } from './twin.ts';

export class LfuTwin extends Twin {
  readonly #aging: 'average' | 'dynamic' | 'none';
  readonly #averageMax: number;
  readonly #count = new Map<number, number>();
  readonly #key = new Map<number, number>();
  readonly #last = new Map<number, number>();
  #age = 0;
  #t = 0;

  constructor(frames: number, aging: 'average' | 'dynamic' | 'none' = 'average', max = 100) {
    super(frames);
    this.#aging = aging;
    this.#averageMax = max;
  }

  protected override hit(page: number): void {
    this.#refer(page, this.#count.get(page)! + 1);
  }

  protected override fault(page: number): void {
    if (this.isFull) {
      const order = [...this.resident].sort(
        (a, b) => this.#key.get(a)! - this.#key.get(b)! || this.#last.get(a)! - this.#last.get(b)!,
      );
      const victim = order[0]!;
      if (this.#aging === 'dynamic') this.#age = this.#key.get(victim)!;
      this.#count.delete(victim);
      this.leave(victim);
    }
    this.#refer(page, 1);
  }

  #refer(page: number, count: number): void {
    this.#count.set(page, count);
    this.#key.set(page, count + this.#age);
    this.#last.set(page, ++this.#t);
    if (this.#aging !== 'average') return;
    const counts = [...this.#count.values()];
    const sum = counts.reduce((a, b) => a + b, 0);
    if (sum / counts.length <= this.#averageMax) return;
    for (const [id, old] of this.#count) {
      this.#count.set(id, Math.ceil(old / 2));
      this.#key.set(id, Math.ceil(old / 2));
    }
  }
}

// CAR, line by line as in policies.md section 3.2. Lists are oldest first, so "tail" is `push` and
// "LRU" is `shift`.

import { Twin, without } from './twin.ts';

export class CarTwin extends Twin {
  readonly t1: number[] = [];
  readonly t2: number[] = [];
  readonly b1: number[] = [];
  readonly b2: number[] = [];
  /** The target of |T1|. */
  p = 0;
  readonly #referenced = new Set<number>();
  readonly #isInteger: boolean;

  constructor(frames: number, ratio: 'real' | 'integer') {
    super(frames);
    this.#isInteger = ratio === 'integer';
  }

  protected override hit(page: number): void {
    this.#referenced.add(page);
  }

  protected override fault(x: number): void {
    const { t1, t2, b1, b2, frames: c } = this;
    const isGhost = b1.includes(x) || b2.includes(x);
    if (t1.length + t2.length === c) {
      this.#replace();
      if (!isGhost && t1.length + b1.length === c) b1.shift();
      else if (!isGhost && t1.length + t2.length + b1.length + b2.length === 2 * c) b2.shift();
    }
    this.#referenced.delete(x);
    if (!isGhost) {
      t1.push(x);
    } else if (b1.includes(x)) {
      this.p = Math.min(this.p + Math.max(1, this.#ratio(b2.length, b1.length)), c);
      without(b1, x);
      t2.push(x);
    } else {
      this.p = Math.max(this.p - Math.max(1, this.#ratio(b1.length, b2.length)), 0);
      without(b2, x);
      t2.push(x);
    }
  }

  #replace(): void {
    const { t1, t2, b1, b2 } = this;
    for (;;) {
      const isFirst = t1.length >= Math.max(1, this.p);
      const head = isFirst ? t1.shift()! : t2.shift()!;
      if (this.#referenced.delete(head)) {
        t2.push(head);
        continue;
      }
      this.leave(head);
      (isFirst ? b1 : b2).push(head);
      return;
    }
  }

  #ratio(above: number, below: number): number {
    return this.#isInteger ? Math.floor(above / below) : above / below;
  }

  /** The invariants that the specification lists. */
  check(): void {
    const { t1, t2, b1, b2, frames: c } = this;
    const broken =
      t1.length + t2.length > c ||
      t1.length + b1.length > c ||
      t2.length + b2.length > 2 * c ||
      t1.length + t2.length + b1.length + b2.length > 2 * c;
    if (broken) throw new Error('the CAR twin broke an invariant of CAR');
  }
}

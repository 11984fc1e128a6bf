// ARC, case by case as in policies.md section 4. Lists run from least to most recent, so "MRU" is
// the end and "LRU" the start.

import { Twin, without } from './twin.ts';

export class ArcTwin extends Twin {
  readonly t1: number[] = [];
  readonly t2: number[] = [];
  readonly b1: number[] = [];
  readonly b2: number[] = [];
  /** The target of |T1|, a real number. */
  p = 0;

  protected override hit(page: number): void {
    without(this.t1, page);
    without(this.t2, page);
    this.t2.push(page);
  }

  protected override fault(x: number): void {
    const { t1, t2, b1, b2, frames: c } = this;
    if (b1.includes(x)) {
      this.p = Math.min(this.p + Math.max(1, b2.length / b1.length), c);
      this.#replace(x);
      without(b1, x);
      t2.push(x);
      return;
    }
    if (b2.includes(x)) {
      this.p = Math.max(this.p - Math.max(1, b1.length / b2.length), 0);
      this.#replace(x);
      without(b2, x);
      t2.push(x);
      return;
    }
    const total = t1.length + t2.length + b1.length + b2.length;
    if (t1.length + b1.length === c) {
      if (t1.length < c) {
        b1.shift();
        this.#replace(x);
      } else {
        this.leave(t1.shift()!);
      }
    } else if (total >= c) {
      if (total === 2 * c) b2.shift();
      this.#replace(x);
    }
    t1.push(x);
  }

  #replace(x: number): void {
    const { t1, t2, b1, b2, p } = this;
    if (t1.length >= 1 && (t1.length > p || (b2.includes(x) && t1.length === p))) {
      const page = t1.shift()!;
      this.leave(page);
      b1.push(page);
    } else {
      const page = t2.shift()!;
      this.leave(page);
      b2.push(page);
    }
  }
}

// CASA: lists C of clean and D of dirty pages by recency, and a target tau for |C|, starting at a
// share of the frames B. Costs are normalised: CR + CW = 1.
//   read hit in C:  tau = min(tau + CR |D|/|C|, B)      read hit in D:  to the recent end of D
//   write hit in D: tau = max(tau - CW |C|/|D|, 0)      write hit in C: to the recent end of D
// The least recent page of C leaves if |C| > tau or D is empty, else that of D. policies.md 4.

import { type Op, READ, WRITE } from '@pagelend/policies';
import { Twin, without } from './twin.ts';

export class CasaTwin extends Twin {
  readonly c: number[] = [];
  readonly d: number[] = [];
  tau: number;
  readonly #readCost: number;
  readonly #writeCost: number;

  constructor(frames: number, start: number, costs: { read: number; write: number }) {
    super(frames);
    this.tau = start * frames;
    this.#readCost = costs.read / (costs.read + costs.write);
    this.#writeCost = costs.write / (costs.read + costs.write);
  }

  protected override hit(page: number, op: Op): void {
    const { c, d } = this;
    if (c.includes(page) && op === READ) {
      this.tau = Math.min(this.tau + this.#readCost * (d.length / c.length), this.frames);
      without(c, page);
      c.push(page);
      return;
    }
    if (d.includes(page) && op === WRITE) {
      this.tau = Math.max(this.tau - this.#writeCost * (c.length / d.length), 0);
    }
    without(c, page);
    without(d, page);
    d.push(page);
  }

  protected override fault(page: number, op: Op): void {
    const { c, d } = this;
    if (this.isFull) this.leave((c.length > this.tau || d.length === 0 ? c : d).shift()!);
    (op === READ ? c : d).push(page);
  }
}

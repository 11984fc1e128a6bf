// LIRS, as in policies.md section 4: a stack S of LIR, resident HIR and non-resident HIR pages in order
// of recency, and a queue Q of the resident HIR pages. `s` runs from bottom to top, `q` from front
// to end. A page in S that is in neither set is a non-resident HIR page.

import { Twin, without } from './twin.ts';

export interface LirsTwinSettings {
  readonly hir?: number;
  readonly nonresident?: number;
  readonly repeats?: 'ignore' | 'count';
}

export class LirsTwin extends Twin {
  readonly s: number[] = [];
  readonly q: number[] = [];
  readonly lir = new Set<number>();
  readonly #lirMax: number;
  readonly #nonresidentMax: number;
  readonly #ignoresRepeats: boolean;
  #last = -1;

  constructor(frames: number, { hir = 0.01, nonresident = 3, repeats }: LirsTwinSettings = {}) {
    super(frames);
    // 1 % of memory, at least two frames as in the authors' code, and one LIR frame beside them.
    let hirMax = Math.max(2, Math.floor(hir * frames));
    if (hirMax > frames - 1) hirMax = frames - 1;
    if (hirMax < 1) hirMax = 1;
    this.#lirMax = frames - hirMax;
    this.#nonresidentMax = Math.floor(nonresident * frames);
    this.#ignoresRepeats = repeats !== 'count';
  }

  protected override hit(page: number): void {
    if (page === this.#last && this.#ignoresRepeats) return;
    this.#last = page;
    const wasInS = without(this.s, page);
    this.s.push(page);
    if (!this.lir.has(page)) {
      without(this.q, page);
      if (wasInS) this.#promote(page);
      else this.q.push(page);
    }
    this.#prune();
  }

  protected override fault(page: number): void {
    this.#last = page;
    if (this.isFull) {
      // The front of Q leaves; it stays in S if it is there.
      const victim = this.q.shift()!;
      this.leave(victim);
    }
    const wasInS = without(this.s, page);
    this.s.push(page);
    if (this.lir.size < this.#lirMax) this.lir.add(page);
    else if (wasInS) this.#promote(page);
    else this.q.push(page);
    this.#prune();
    // The oldest non-resident pages beyond the bound are dropped.
    const absent = this.s.filter((id) => id !== page && !this.resident.has(id));
    for (const id of absent.slice(0, Math.max(0, absent.length - this.#nonresidentMax))) {
      without(this.s, id);
    }
  }

  /** The page becomes LIR; the LIR page at the bottom becomes HIR and goes to the end of Q. */
  #promote(page: number): void {
    this.lir.add(page);
    if (this.lir.size <= this.#lirMax) return;
    const bottom = this.s.find((id) => this.lir.has(id))!;
    this.lir.delete(bottom);
    without(this.s, bottom);
    this.q.push(bottom);
  }

  /** The bottom of S must be a LIR page. */
  #prune(): void {
    while (this.s.length > 0 && !this.lir.has(this.s[0]!)) this.s.shift();
  }
}

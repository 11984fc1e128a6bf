// LRU-K, after the pseudo-code of the paper (figure 2.1). Time counts references from 1, so that a
// HIST of 0 is one that never was.

import { Twin } from './twin.ts';

export interface LruKTwinSettings {
  readonly k?: number;
  readonly crp?: number;
  readonly rip?: number;
}

export class LruKTwin extends Twin {
  readonly #k: number;
  readonly #crp: number;
  readonly #rip: number;
  readonly #hist = new Map<number, number[]>();
  readonly #last = new Map<number, number>();
  #t = 0;

  constructor(frames: number, { k = 2, crp = 0, rip = Infinity }: LruKTwinSettings = {}) {
    super(frames);
    this.#k = k;
    this.#crp = crp;
    this.#rip = rip;
  }

  // if t - LAST(p) > Correlated Reference Period: a new, uncorrelated reference
  //   correlation period of p = LAST(p) - HIST(p,1)
  //   for i = 2 to K: HIST(p,i) = HIST(p,i-1) + correlation period of p
  //   HIST(p,1) = t; LAST(p) = t
  // else a correlated reference: LAST(p) = t
  protected override hit(p: number): void {
    const t = ++this.#t;
    const last = this.#last.get(p)!;
    if (t - last > this.#crp) {
      const hist = this.#hist.get(p)!;
      const period = last - hist[0]!;
      const older = hist.slice(0, -1).map((time) => (time === 0 ? 0 : time + period));
      this.#hist.set(p, [t, ...older]);
    }
    this.#last.set(p, t);
  }

  // min = t
  // for all pages q in the buffer:
  //   if t - LAST(q) > Correlated Reference Period and HIST(q,K) < min: victim = q; min = HIST(q,K)
  // if HIST(p) does not exist: HIST(p,i) = 0 for i = 2 to K
  // else HIST(p,i) = HIST(p,i-1) for i = 2 to K
  // HIST(p,1) = t; LAST(p) = t
  protected override fault(p: number): void {
    const t = ++this.#t;
    if (this.isFull) this.leave(this.#choose(t));
    const last = this.#last.get(p);
    const isKept = last !== undefined && t - last <= this.#rip;
    const before = isKept ? this.#hist.get(p)! : new Array<number>(this.#k).fill(0);
    this.#hist.set(p, [t, ...before.slice(0, -1)]);
    this.#last.set(p, t);
  }

  #choose(t: number): number {
    const byLast = [...this.resident].sort((a, b) => this.#last.get(a)! - this.#last.get(b)!);
    let victim = -1;
    let min = t;
    // In order of LAST, so that among equals (no K references yet) the least recent is found first.
    for (const q of byLast) {
      const kth = this.#hist.get(q)!.at(-1)!;
      if (t - this.#last.get(q)! > this.#crp && kth < min) {
        victim = q;
        min = kth;
      }
    }
    return victim >= 0 ? victim : byLast[0]!;
  }
}

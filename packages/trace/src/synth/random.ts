// Seeded random numbers: xoshiro128** (Blackman and Vigna 2018), whose state is filled by
// splitmix32. Integer arithmetic only, so a seed gives the same numbers everywhere.

import { mix32 } from '../mix.ts';

export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  constructor(seed: number) {
    let state = seed | 0;
    const split = (): number => {
      state = (state + 0x9e3779b9) | 0;
      return mix32(state);
    };
    this.#a = split();
    this.#b = split();
    this.#c = split();
    // A state of four zeros would stay there.
    this.#d = split() | 1;
  }

  /** A uint32. */
  next(): number {
    const b = this.#b;
    const product = Math.imul(b, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9);
    this.#c ^= this.#a;
    this.#d ^= b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= b << 9;
    this.#d = (this.#d << 11) | (this.#d >>> 21);
    return result >>> 0;
  }

  /** A number in [0, 1). */
  unit(): number {
    return this.next() * 2 ** -32;
  }

  /** An integer in [0, limit) for a limit up to 2^32. */
  below(limit: number): number {
    return Math.floor(this.unit() * limit);
  }
}

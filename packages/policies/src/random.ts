// Seeded random numbers for policies that choose by chance: the same seed gives the same run on every
// platform. xorshift32, whose state is in an array because a field that changes with every number
// would cost an object each time.

export class SeededRandom {
  readonly #state = new Uint32Array(1);

  constructor(seed: number) {
    // Neighbouring seeds are spread first; the state must not be 0.
    this.#state[0] = Math.imul(seed + 1, 0x9e3779b1) ^ 0x85ebca6b;
    if (this.#state[0] === 0) this.#state[0] = 1;
  }

  /** A whole number in 0 .. `bound` - 1; uneven by less than `bound` in 2^32. */
  below(bound: number): number {
    const state = this.#state;
    state[0]! ^= state[0]! << 13;
    state[0]! ^= state[0]! >>> 17;
    state[0]! ^= state[0]! << 5;
    return Math.floor((state[0]! / 2 ** 32) * bound);
  }
}

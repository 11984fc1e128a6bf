// Who is given which numbers, against a plain twin that says of each number whether it may be this
// one, by looking at all runs.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NumberRuns, RUN_NUMBERS, RunList } from '../../src/behind/number-runs.ts';
import { randomFrom } from '../fixtures/pages.mjs';
import { SEED } from '../helpers/pool-host.ts';

const TAKER_COUNT = 5;

/** All runs that there are: who takes from each, and what of it is in use. */
class PlainRuns {
  readonly used: Set<number>[];
  readonly #capacity: number;
  readonly #owners: (RunList | null)[];

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.used = Array.from({ length: Math.ceil(capacity / RUN_NUMBERS) }, () => new Set<number>());
    this.#owners = this.used.map(() => null);
  }

  get usedCount(): number {
    return this.used.reduce((sum, { size }) => sum + size, 0);
  }

  take(taker: RunList, number: number): void {
    must(number >= 0 && number < this.#capacity, `there is no number ${number}`);
    const run = Math.floor(number / RUN_NUMBERS);
    const used = this.used[run]!;
    must(!used.has(number), `${number} is in use`);
    if (this.#owners[run] !== taker) {
      const isEmpty = (other: number): boolean => this.used[other]!.size === 0;
      const hasOwn = this.#hasOpen((other) => this.#owners[other] === taker);
      must(!hasOwn, `${number} is of another's run, and the taker's own have room`);
      const hasEmpty = this.#hasOpen(isEmpty);
      must(isEmpty(run) === hasEmpty, `${number} is of a run in use, and others are not`);
      const hasTried = this.#hasOpen((other) => isEmpty(other) && this.#owners[other] !== null);
      must(
        this.#owners[run] !== null || !hasTried,
        `${number} is fresh, and a run came free before`,
      );
    }
    this.#owners[run] = taker;
    used.add(number);
  }

  #hasOpen(isSo: (run: number) => boolean): boolean {
    return this.used.some(({ size }, run) => size < this.#sizeOf(run) && isSo(run));
  }

  #sizeOf(run: number): number {
    return Math.min(RUN_NUMBERS, this.#capacity - run * RUN_NUMBERS);
  }
}

class RunHistory {
  readonly #capacity: number;
  readonly #runs: NumberRuns;
  readonly #plain: PlainRuns;
  /** Whose numbers are which. Takers come and go. */
  readonly #takers = Array.from({ length: TAKER_COUNT }, () => new RunList());
  readonly #numbers: number[][] = this.#takers.map(() => []);
  #end = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#runs = new NumberRuns(capacity);
    this.#plain = new PlainRuns(capacity);
  }

  take(at: number, count: number): void {
    for (let i = 0; i < count && this.#runs.freeCount > 0; i++) {
      const number = this.#runs.take(this.#takers[at]!);
      this.#plain.take(this.#takers[at]!, number);
      this.#numbers[at]!.push(number);
      this.#end = Math.max(this.#end, number + 1);
    }
  }

  give(at: number, count: number, random: () => number): void {
    const numbers = this.#numbers[at]!;
    for (let i = 0; i < count && numbers.length > 0; i++) {
      const index = Math.floor(random() * numbers.length);
      const number = numbers[index]!;
      numbers[index] = numbers.at(-1)!;
      numbers.pop();
      this.#runs.give(number);
      this.#plain.used[Math.floor(number / RUN_NUMBERS)]!.delete(number);
    }
  }

  /** Gives all back, and is somebody else from then on. */
  replace(at: number): void {
    this.give(at, this.#capacity, () => 0);
    this.#takers[at] = new RunList();
  }

  check(): void {
    expect(this.#runs.freeCount).toBe(this.#capacity - this.#plain.usedCount);
    expect(this.#runs.end).toBe(this.#end);
  }

  /** Whoever takes, and whatever was before: each number is to be had. */
  exhaust(): void {
    for (let at = 0; this.#runs.freeCount > 0; at = (at + 1) % TAKER_COUNT) this.take(at, 1);
    expect(this.#plain.usedCount).toBe(this.#capacity);
    this.check();
  }
}

const operations = fc.array(
  fc.record({
    kind: fc.constantFrom('take', 'take', 'take', 'give', 'give', 'replace'),
    taker: fc.nat({ max: TAKER_COUNT - 1 }),
    count: fc.constantFrom(1, 2, 100, RUN_NUMBERS - 1, RUN_NUMBERS, 3 * RUN_NUMBERS),
  }),
  { maxLength: 40 },
);
const capacities = fc.constantFrom(
  0,
  1,
  RUN_NUMBERS,
  RUN_NUMBERS + 1,
  3 * RUN_NUMBERS - 7,
  6 * RUN_NUMBERS,
);

test('numbers are of runs of their own while there are runs, and none is lost', () => {
  fc.assert(
    fc.property(capacities, operations, fc.nat(), (capacity, steps, seed) => {
      const history = new RunHistory(capacity);
      const random = randomFrom(seed);
      for (const { kind, taker, count } of steps) {
        if (kind === 'take') history.take(taker, count);
        else if (kind === 'give') history.give(taker, count, random);
        else history.replace(taker);
        history.check();
      }
      history.exhaust();
      for (let taker = 0; taker < TAKER_COUNT; taker++) history.replace(taker);
      history.check();
      history.exhaust();
    }),
    { seed: SEED, numRuns: 40 },
  );
});

/** As `expect`, which takes too long for what is done millions of times. */
function must(isSo: boolean, what: string): void {
  if (!isSo) throw new Error(what);
}

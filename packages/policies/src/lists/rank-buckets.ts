// Pages by rank, coarsely: a bucket for each quarter of an octave, within it a queue in the order of
// arrival. Putting a page, moving it and finding the lowest take a handful of steps whatever the
// number of pages, where a heap would pay for an exactness that no estimate deserves.

import { assert } from '../errors.ts';
import { NO_PAGE } from '../reference.ts';
import { FrameSet } from './frame-set.ts';

/** Ranks from 2^-40 up to 2^24 are told apart; those beyond share the outermost buckets. */
const EXPONENT_MIN = -40;
const EXPONENT_MAX = 24;
/** Bits of the mantissa that count: four buckets an octave. */
const MANTISSA_BITS = 2;
const FLOAT_MANTISSA_BITS = 23;
const FLOAT_BIAS = 127;

export const RANK_BUCKETS = (EXPONENT_MAX - EXPONENT_MIN) << MANTISSA_BITS;
const FIRST = (EXPONENT_MIN + FLOAT_BIAS) << MANTISSA_BITS;

const float = new Float32Array(1);
const floatBits = new Int32Array(float.buffer);

/** The bucket of a rank of at least 0; never lower for a greater rank. */
export function rankBucket(rank: number): number {
  float[0] = rank;
  const bucket = (floatBits[0]! >>> (FLOAT_MANTISSA_BITS - MANTISSA_BITS)) - FIRST;
  return bucket < 0 ? 0 : bucket < RANK_BUCKETS ? bucket : RANK_BUCKETS - 1;
}

export class RankBuckets {
  /** Pages in all buckets. */
  count = 0;
  readonly #filled = new FrameSet(RANK_BUCKETS);
  readonly #heads = new Int32Array(RANK_BUCKETS).fill(NO_PAGE);
  readonly #tails = new Int32Array(RANK_BUCKETS).fill(NO_PAGE);
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  /** Per page: its bucket plus 1; 0 for a page that is in none. */
  readonly #buckets: Uint16Array;

  constructor(pageCount: number) {
    this.#next = new Int32Array(pageCount);
    this.#previous = new Int32Array(pageCount);
    this.#buckets = new Uint16Array(pageCount);
  }

  has(page: number): boolean {
    return this.#buckets[page] !== 0;
  }

  /** The page's bucket; -1 for none. */
  bucketOf(page: number): number {
    return this.#buckets[page]! - 1;
  }

  /** Puts the page last in a bucket; a page that is in that bucket already keeps its place. */
  put(page: number, bucket: number): void {
    const from = this.#buckets[page]! - 1;
    if (from === bucket) return;
    if (from >= 0) this.remove(page);
    const tail = this.#tails[bucket]!;
    if (tail === NO_PAGE) {
      this.#heads[bucket] = page;
      this.#filled.add(bucket);
    } else {
      this.#next[tail] = page;
    }
    this.#previous[page] = tail;
    this.#next[page] = NO_PAGE;
    this.#tails[bucket] = page;
    this.#buckets[page] = bucket + 1;
    this.count++;
  }

  /** The first page of the lowest bucket that holds any; NO_PAGE where none does. */
  lowest(): number {
    const bucket = this.#filled.firstFrom(0);
    return bucket < 0 ? NO_PAGE : this.#heads[bucket]!;
  }

  /** Takes the page out, if it is in a bucket. */
  remove(page: number): void {
    const bucket = this.#buckets[page]! - 1;
    if (bucket < 0) return;
    const next = this.#next[page]!;
    const previous = this.#previous[page]!;
    if (previous === NO_PAGE) this.#heads[bucket] = next;
    else this.#next[previous] = next;
    if (next === NO_PAGE) this.#tails[bucket] = previous;
    else this.#previous[next] = previous;
    if (this.#heads[bucket] === NO_PAGE) this.#filled.delete(bucket);
    this.#buckets[page] = 0;
    this.count--;
  }

  /** Throws where links and counts disagree. */
  check(): void {
    let held = 0;
    for (let bucket = 0; bucket < RANK_BUCKETS; bucket++) {
      let previous = NO_PAGE;
      for (let page = this.#heads[bucket]!; page !== NO_PAGE; page = this.#next[page]!) {
        assert(this.#buckets[page] === bucket + 1, 'a page is in the bucket that it names');
        assert(this.#previous[page] === previous, 'a page names the one before it');
        previous = page;
        held++;
      }
      assert(this.#tails[bucket] === previous, 'a bucket ends at its tail');
    }
    assert(held === this.count, `buckets hold ${held} pages and count ${this.count}`);
  }
}

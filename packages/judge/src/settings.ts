// What a judge may be told, and what it does otherwise.

import type { Costs } from '@pagelend/policies';
import { JudgeError } from './errors.ts';
import { SHIFT_MAX } from './sample.ts';
import { type ShadowPolicy, shadowPolicy } from './shadow.ts';

/** Memories that the pool's own policy is tried with, as multiples of what the lease has. */
export const SIZES_DEFAULT: readonly number[] = [0.5, 0.75, 1, 1.25, 1.5, 2, 3];

/**
 * CLOCK is the yardstick, LRU the best that recency alone can do, CRAW-RM and WAGER spare writes. A
 * shadow costs as much as any other, so there is one of each kind: FIFO, for one, hardly ever beats
 * CLOCK, and who wants to know asks for it.
 */
export const CANDIDATES_DEFAULT: readonly string[] = ['clock', 'craw-rm:link=lazy', 'lru', 'wager'];

/** Pages of a lease in its sample at most: see SAMPLE_PAGES of the laboratory's curves. */
export const SAMPLE_PAGES_DEFAULT = 8192;

/** Below so many frames a shadow's lists do not do what a memory's do: it is too coarse. */
export const SHADOW_FRAMES_MIN = 16;

/** Below so many sampled events a percentage says nothing, and none is given. */
export const EVENTS_MIN = 50;

/** What was counted so many references ago has half of its weight, ... */
export const HALF_LIFE_DEFAULT = 2 ** 20;
/** ... or so many references per resident page ago, where that is more. */
export const HALF_LIFE_PER_PAGE = 8;

export interface JudgeSettings {
  /** The pool's own policy. */
  readonly policy: string;
  /** Microseconds that the device takes for one page. */
  readonly costs: Costs;
  readonly candidates?: readonly string[];
  /** Multiples of the lease's memory; 1 is always among them. */
  readonly sizes?: readonly number[];
  readonly samplePages?: number;
  readonly halfLifeReferences?: number;
}

/** A shadow of each lease: a policy at a multiple of the lease's memory. */
export interface ShadowSpec {
  readonly policy: ShadowPolicy;
  readonly size: number;
}

export interface JudgePlan {
  readonly costs: Costs;
  readonly own: ShadowPolicy;
  /** The own policy at each size, in rising order, then each candidate at size 1. */
  readonly shadows: readonly ShadowSpec[];
  readonly sizes: readonly number[];
  /** Index in `shadows` of the own policy at size 1: what everything is compared with. */
  readonly base: number;
  readonly samplePages: number;
  readonly halfLifeReferences: number;
  /** The sparsest rate is 1 / 2^this. */
  readonly shiftMax: number;
}

/** Sub-samples hold at least this many pages, or rates would change all the time. */
const SAMPLE_PAGES_MIN = 64;
const SAMPLE_PAGES_MAX = 2 ** 20;

/** Throws a JudgeError or a PolicyError where a setting has no meaning. */
export function judgePlan(settings: JudgeSettings): JudgePlan {
  const { policy, costs, candidates = CANDIDATES_DEFAULT } = settings;
  const own = shadowPolicy(policy);
  mustBe('costs.read', costs.read, costs.read >= 0, 'microseconds a page');
  mustBe('costs.write', costs.write, costs.write >= 0, 'microseconds a page');
  const sizes = [...new Set([1, ...(settings.sizes ?? SIZES_DEFAULT)])].sort((a, b) => a - b);
  for (const size of sizes) {
    mustBe('sizes', size, size > 0 && size <= 64, 'multiples above 0, up to 64');
  }
  const samplePages = settings.samplePages ?? SAMPLE_PAGES_DEFAULT;
  mustBe(
    'samplePages',
    samplePages,
    Number.isSafeInteger(samplePages) &&
      samplePages >= SAMPLE_PAGES_MIN &&
      samplePages <= SAMPLE_PAGES_MAX,
    `a whole number from ${SAMPLE_PAGES_MIN} to ${SAMPLE_PAGES_MAX}`,
  );
  const halfLifeReferences = settings.halfLifeReferences ?? HALF_LIFE_DEFAULT;
  mustBe('halfLifeReferences', halfLifeReferences, halfLifeReferences >= 1, 'at least 1');
  const others = [...new Set(candidates)].filter((asked) => asked !== policy);
  return {
    costs,
    own,
    sizes,
    base: sizes.indexOf(1),
    shadows: [
      ...sizes.map((size) => ({ policy: own, size })),
      ...others.map((asked) => ({ policy: shadowPolicy(asked), size: 1 })),
    ],
    samplePages,
    halfLifeReferences,
    shiftMax: SHIFT_MAX,
  };
}

function mustBe(name: string, value: number, isFine: boolean, expected: string): void {
  if (isFine && Number.isFinite(value)) return;
  throw new JudgeError('JUDGE_SETTINGS', `judge: ${name} ${value}: expected ${expected}`);
}

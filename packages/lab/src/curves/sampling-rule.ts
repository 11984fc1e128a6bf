// Whether a trace is sampled, and how densely.

import { assert } from '@pagelend/policies';

/**
 * Pages in each sample by default. Waldspurger et al. find that 8,192 give a mean absolute error of
 * the miss ratio below 0.01; SPECIFICATION.md has what was measured here.
 */
export const SAMPLE_PAGES = 8192;

/** Samples by default: fewer give no spread worth the name. */
export const SEEDS_DEFAULT = 4;

/**
 * Fewer frames than this in a sample are not simulated: a policy's lists of one or two pages do not
 * do what its lists of a thousand do. Such sizes are run whole.
 */
export const SCALED_FRAMES_MIN = 16;

export interface SamplingRule {
  readonly sampledPages: number;
  readonly rate: number;
  readonly seeds: number;
}

/** Null where the trace is to be replayed whole. `rate` is what the user asked for, if anything. */
export function samplingRule(
  pageCount: number,
  rate: number | undefined,
  seeds: number = SEEDS_DEFAULT,
): SamplingRule | null {
  assert(seeds >= 2, `${seeds} samples: a spread takes two`);
  // So many samples of so many pages are as much work as the whole, which has no error.
  if (rate === undefined && pageCount <= SAMPLE_PAGES * seeds) return null;
  const wanted = rate === undefined ? SAMPLE_PAGES : Math.round(pageCount * rate);
  const sampledPages = Math.max(1, wanted);
  if (sampledPages >= pageCount) return null;
  return { sampledPages, rate: sampledPages / pageCount, seeds };
}

/** False where a sample would have too few frames for the size. */
export function canSample(frames: number, { rate }: SamplingRule): boolean {
  return frames * rate >= SCALED_FRAMES_MIN;
}

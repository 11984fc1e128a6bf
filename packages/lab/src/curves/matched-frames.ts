// How many frames a sample gets to stand for a memory of so many frames.
//
// The plain answer scales them like the pages. But which of the few hot pages of a program fall into a
// sample is luck, and with one too many of them the sample thrashes in a memory that is too small for
// it. Both LRU curves are known, that of the whole and that of the sample, each from one pass; so the
// sample gets the memory in which LRU does to it what it does to the whole. Only luck is put right: of
// the pages that a memory of f frames holds, the number in a sample of share r is spread by about
// sqrt(f r (1 - r)), and sizes further off than twice that are not considered.
//
// Ours. Mean error of I/O time by plain scale and so, for CLOCK, CRAW-RM and ARC from four samples:
// sqlite3.plt at 10 % of the pages 12 and 4 %, perl.plt at 25 % 31 and 4 %, a made-up trace of 264,000
// pages at 2 % 1.4 and 0.9 %. Scaling the counts instead, by what the sample makes of LRU, was as good
// on programs and did harm at the edges of loops.

import type { LruCurve } from './lru-curve.ts';
import { SCALED_FRAMES_MIN } from './sampling-rule.ts';

/** Beyond so many standard deviations a difference is no luck. */
const DEVIATIONS = 2;

/** By scale alone, a whole number of at least 1. */
export function scaledFrames(frames: number, rate: number): number {
  return Math.max(1, Math.round(frames * rate));
}

/** A whole number of frames for the sample whose LRU curve is `sample`. */
export function matchedFrames(
  frames: number,
  rate: number,
  whole: LruCurve,
  sample: LruCurve,
): number {
  const middle = scaledFrames(frames, rate);
  // The draw is without replacement: of all pages the sample always holds the same number.
  const rest = Math.max(0, 1 - frames / whole.pageCount);
  const spread = DEVIATIONS * Math.sqrt(frames * rate * (1 - rate) * rest);
  const low = Math.min(middle, Math.max(SCALED_FRAMES_MIN, Math.ceil(frames * rate - spread)));
  const high = Math.max(middle, Math.floor(frames * rate + spread));
  const wanted = whole.warmFaultsAt(frames) * rate;
  // Faults only fall with memory, so this is the first size with no more of them than wanted.
  let below = low - 1;
  let at = high;
  while (at - below > 1) {
    const half = (below + at) >> 1;
    if (sample.warmFaultsAt(half) <= wanted) at = half;
    else below = half;
  }
  return nearest(
    sample,
    wanted,
    middle,
    [at - 1, at].filter((size) => size >= low),
  );
}

/** Of neighbouring sizes the better; where more sizes are as good, that nearest to plain scale. */
function nearest(
  sample: LruCurve,
  wanted: number,
  middle: number,
  sizes: readonly number[],
): number {
  const miss = (size: number): number =>
    Math.abs(Math.log((1 + sample.warmFaultsAt(size)) / (1 + wanted)));
  let best = middle;
  for (const size of sizes) {
    if (miss(size) < miss(best)) best = size;
  }
  return best;
}

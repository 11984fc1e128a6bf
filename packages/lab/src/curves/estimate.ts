// From the counts of several samples to an estimate and its error.
//
// Each sample holds a share of the pages and all references to them, so its faults on pages that were
// resident before, and its write-backs, are that share of the whole's on average. First touches are
// known exactly and are not estimated. Dividing by the share of pages, not of references, is what
// Waldspurger et al. call SHARDS-adj: a sample that happens to hold a hot page has more hits, not
// more faults.

import type { LruCurve } from './lru-curve.ts';

/** Faults on pages that were resident before, and write-backs. */
export interface Transfers {
  readonly warmFaults: number;
  readonly writebacks: number;
}

export interface Estimate extends Transfers {
  /** The same from each sample alone. */
  readonly bySeed: readonly Transfers[];
}

export function lruTransfers(curve: LruCurve, frames: number): Transfers {
  return {
    warmFaults: curve.warmFaultsAt(frames),
    writebacks: curve.writebacksAt(frames),
  };
}

/** From what was counted in each sample of a share `rate` of the pages. */
export function estimateOf(counted: readonly Transfers[], rate: number): Estimate {
  const bySeed = counted.map(({ warmFaults, writebacks }) => ({
    warmFaults: warmFaults / rate,
    writebacks: writebacks / rate,
  }));
  return {
    warmFaults: meanOf(bySeed.map(({ warmFaults }) => warmFaults)),
    writebacks: meanOf(bySeed.map(({ writebacks }) => writebacks)),
    bySeed,
  };
}

export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Of the mean of these values: their standard deviation over the root of their number. */
export function standardErrorOf(values: readonly number[]): number {
  const mean = meanOf(values);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1) / values.length);
}

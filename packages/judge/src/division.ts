// Divides a pool among leases by what each further byte saves: device time over the last interval,
// times the lease's weight. Greedy along convex hulls is the best division there is of them.
//
// - A lease of which nothing is known gets the share that its weight gives it.
// - Nobody is sent below the smallest memory that its curve knows, whatever others would gain there:
//   the next division knows more.
// - Memory that would save nothing to anybody stays where it is, and is given out by weight where
//   nobody has it.
// - One step moves little, and small differences move nothing, because pages that change sides for
//   noise cost device time on both.

import { JudgeError } from './errors.ts';
import { type CostPoint, convexHull } from './hull.ts';
import { levelTo } from './level.ts';
import type { LeaseVerdict } from './verdict.ts';

/** A step moves at most this share of the pool, ... */
export const STEP_SHARE_DEFAULT = 0.1;
/** ... and none is made that would move less than this. */
export const DEAD_SHARE_DEFAULT = 0.02;

export interface LeaseDemand {
  /** Above 0. */
  readonly weight: number;
  /** Kept whatever others do. */
  readonly floorBytes: number;
  readonly capBytes: number | null;
  readonly residentBytes: number;
  /** What the last division gave; null for a lease that is new to it. */
  readonly targetBytes: number | null;
  /** See `demandCurve`; null where nothing is known. */
  readonly curve: readonly CostPoint[] | null;
}

export interface DivisionSettings {
  readonly totalBytes: number;
  readonly stepShare?: number;
  readonly deadShare?: number;
}

/** What the verdict says of the lease's cost over an interval of so many of its references. */
export function demandCurve(verdict: LeaseVerdict, references: number): CostPoint[] | null {
  const known = verdict.curve.filter(({ unknown }) => unknown === null);
  // One point has no slope; and a curve that begins above what the lease has would let ignorance of
  // what it does with less be a reason to give it more.
  if (known.length < 2 || known[0]!.size > 1) return null;
  return known.map(({ bytes, deviceMicroseconds }) => ({
    bytes,
    microseconds: (deviceMicroseconds! / 1000) * references,
  }));
}

/**
 * Target bytes of each lease, whole numbers between its floor and its cap. Their sum is the pool, or
 * that of all caps where it is less. Throws where floors exceed the pool.
 */
export function divide(leases: readonly LeaseDemand[], settings: DivisionSettings): number[] {
  const { totalBytes, stepShare = STEP_SHARE_DEFAULT, deadShare = DEAD_SHARE_DEFAULT } = settings;
  const bounds = boundsOf(leases, totalBytes);
  const start = startOf(leases, bounds);
  const best = bestDivision(leases, bounds, start);
  const moved = best.reduce((sum, bytes, i) => sum + Math.max(0, bytes - start[i]!), 0);
  if (moved < deadShare * totalBytes) return whole(start, bounds);
  // Both ends keep to all bounds and have the same sum, so whatever lies between them does.
  const share = Math.min(1, (stepShare * totalBytes) / moved);
  return whole(
    start.map((bytes, i) => bytes + share * (best[i]! - bytes)),
    bounds,
  );
}

/** The best division at once, however far it is from the present one. */
export function divideAtOnce(leases: readonly LeaseDemand[], totalBytes: number): number[] {
  const bounds = boundsOf(leases, totalBytes);
  return whole(bestDivision(leases, bounds, startOf(leases, bounds)), bounds);
}

interface Bounds {
  readonly lows: readonly number[];
  readonly highs: readonly number[];
  /** What all leases together get. */
  readonly budget: number;
}

function boundsOf(leases: readonly LeaseDemand[], totalBytes: number): Bounds {
  const lows = leases.map(({ floorBytes }) => floorBytes);
  const promised = sum(lows);
  if (promised > totalBytes) {
    throw new JudgeError(
      'JUDGE_FLOORS',
      `leases are promised ${promised} bytes of a pool of ${totalBytes}; lower their floors or enlarge it`,
    );
  }
  const highs = leases.map(({ floorBytes, capBytes }) =>
    Math.max(floorBytes, Math.min(capBytes ?? totalBytes, totalBytes)),
  );
  return { lows, highs, budget: Math.min(totalBytes, sum(highs)) };
}

/** Where leases stand, brought within bounds: limits, leases and the pool may have changed. */
function startOf(leases: readonly LeaseDemand[], bounds: Bounds): number[] {
  const held = leases.map(({ targetBytes, residentBytes }, i) =>
    within(targetBytes ?? residentBytes, bounds, i),
  );
  return levelTo(shrunk(held, bounds), weightsOf(leases), bounds.highs, bounds.budget);
}

function bestDivision(
  leases: readonly LeaseDemand[],
  bounds: Bounds,
  start: readonly number[],
): number[] {
  const weights = weightsOf(leases);
  const weightSum = sum(weights);
  const hulls = leases.map(({ curve }) => (curve === null ? null : convexHull(curve)));
  const first = hulls.map((hull, i) =>
    within(hull?.[0]?.bytes ?? (bounds.budget * weights[i]!) / weightSum, bounds, i),
  );
  const given = shrunk(first, bounds);
  let left = bounds.budget - sum(given);
  for (const step of stepsOf(hulls, weights)) {
    const from = Math.max(given[step.lease]!, step.fromBytes);
    const to = Math.min(step.toBytes, bounds.highs[step.lease]!);
    // A step is taken only from where the one before it ended, or from within.
    if (from !== given[step.lease] || to <= from) continue;
    const isWhole = to - from <= left;
    given[step.lease] = isWhole ? to : from + left;
    left = isWhole ? left - (to - from) : 0;
  }
  return levelTo(kept(given, start, left), weights, bounds.highs, bounds.budget);
}

/** Leases keep what they have beyond what was given to them, as far as `left` reaches. */
function kept(given: readonly number[], start: readonly number[], left: number): number[] {
  const wished = given.map((bytes, i) => Math.max(0, start[i]! - bytes));
  const wishes = sum(wished);
  const share = wishes > left ? left / wishes : 1;
  return given.map((bytes, i) => bytes + share * wished[i]!);
}

interface Step {
  readonly lease: number;
  readonly fromBytes: number;
  readonly toBytes: number;
  /** Weighted microseconds per byte. */
  readonly gain: number;
}

/** The hulls' edges, those that save most first; of a lease, they come in order of bytes. */
function stepsOf(hulls: readonly (CostPoint[] | null)[], weights: readonly number[]): Step[] {
  const steps = hulls.flatMap((hull, lease) =>
    (hull ?? []).slice(1).map((to, i) => {
      const from = hull![i]!;
      const saved = from.microseconds - to.microseconds;
      const gain = (weights[lease]! * saved) / (to.bytes - from.bytes);
      return { lease, fromBytes: from.bytes, toBytes: to.bytes, gain };
    }),
  );
  return steps.sort((a, b) => b.gain - a.gain || a.lease - b.lease || a.fromBytes - b.fromBytes);
}

/** The same in less memory, where it is too much: what is above the floors shrinks alike. */
function shrunk(wanted: readonly number[], { lows, budget }: Bounds): number[] {
  const excess = sum(wanted) - budget;
  if (excess <= 0) return [...wanted];
  const share = 1 - excess / (sum(wanted) - sum(lows));
  return wanted.map((bytes, i) => lows[i]! + share * (bytes - lows[i]!));
}

/** Whole bytes; what rounding leaves over goes to the first leases that may have it. */
function whole(bytes: readonly number[], { lows, highs, budget }: Bounds): number[] {
  const rounded = bytes.map((value, i) =>
    Math.max(lows[i]!, Math.min(highs[i]!, Math.floor(value))),
  );
  let left = budget - sum(rounded);
  for (let i = 0; i < rounded.length && left > 0; i++) {
    const more = Math.min(left, highs[i]! - rounded[i]!);
    rounded[i]! += more;
    left -= more;
  }
  return rounded;
}

function within(bytes: number, { lows, highs }: Bounds, i: number): number {
  return Math.max(lows[i]!, Math.min(highs[i]!, bytes));
}

function weightsOf(leases: readonly LeaseDemand[]): number[] {
  return leases.map(({ weight }) => weight);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

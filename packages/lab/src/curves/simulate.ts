// Counts of points by simulation: over the whole trace, or over samples of it at smaller sizes
// ("miniature simulations": Waldspurger, Saemundsson, Ahmad, Park, USENIX ATC 2017).

import type { CellResult } from '../cell.ts';
import { type MemoryTrace, nextUseOf } from '../memory-trace.ts';
import { runCells } from '../worker-pool.ts';
import { type Estimate, estimateOf, lruTransfers, type Transfers } from './estimate.ts';
import { type LruCurve, lruCurveOf } from './lru-curve.ts';
import { matchedFrames, scaledFrames } from './matched-frames.ts';
import { samplePages } from './page-sample.ts';
import { cellOf, type Point, pointKey, transfersOf } from './point.ts';
import type { SamplingRule } from './sampling-rule.ts';

export interface SimulationInput {
  readonly trace: MemoryTrace;
  readonly warmupReferences: number;
  readonly jobs: number;
  /** Gets the references replayed since its last call. */
  readonly onReplayed: (references: number) => void;
}

/** By key of the point. */
export type Counted = ReadonlyMap<string, Transfers>;
export type Estimated = ReadonlyMap<string, Estimate>;

/** Simulates the points over the whole trace. */
export async function simulatePoints(
  points: readonly Point[],
  input: SimulationInput,
): Promise<Counted> {
  const results = await replay(points, input);
  return new Map(points.map((point, i) => [pointKey(point), transfersOf(results[i]!)]));
}

export interface Sampled {
  readonly points: Estimated;
  /** What the same samples make of LRU at plainly scaled sizes, by frames of the whole. */
  readonly lru: ReadonlyMap<number, Estimate>;
}

/** Estimates the points; `whole` is LRU's curve over the whole trace. */
export async function samplePoints(
  points: readonly Point[],
  rule: SamplingRule,
  whole: LruCurve,
  input: SimulationInput,
): Promise<Sampled> {
  const sizes = [...new Set(points.map(({ frames }) => frames))];
  const bySeed: Transfers[][] = [];
  const lruBySeed: Transfers[][] = [];
  for (let seed = 1; seed <= rule.seeds; seed++) {
    const sample = samplePages(input.trace, rule.sampledPages, seed, input.warmupReferences);
    const curve = await lruCurveOf(sample.trace, sample.warmupReferences);
    const matched = new Map(
      sizes.map((frames) => [frames, matchedFrames(frames, rule.rate, whole, curve)]),
    );
    const scaled = points.map((point) => ({ ...point, frames: matched.get(point.frames)! }));
    const counted = await simulatePoints(distinct(scaled), { ...input, ...sample });
    bySeed.push(scaled.map((point) => counted.get(pointKey(point))!));
    lruBySeed.push(sizes.map((frames) => lruTransfers(curve, scaledFrames(frames, rule.rate))));
  }
  return {
    points: estimates(points.map(pointKey), bySeed, rule.rate),
    lru: estimates(sizes, lruBySeed, rule.rate),
  };
}

/** By key, in their order, from the counts of each sample in the same order. */
function estimates<Key>(
  keys: readonly Key[],
  bySeed: readonly (readonly Transfers[])[],
  rate: number,
): Map<Key, Estimate> {
  return new Map(
    keys.map((key, i) => {
      const counted = bySeed.map((sample) => sample[i]!);
      return [key, estimateOf(counted, rate)];
    }),
  );
}

/** Neighbouring sizes of the whole may be one in a sample. */
function distinct(points: readonly Point[]): Point[] {
  return [...new Map(points.map((point) => [pointKey(point), point])).values()];
}

async function replay(
  points: readonly Point[],
  { trace, warmupReferences, jobs, onReplayed }: SimulationInput,
): Promise<CellResult[]> {
  if (points.length === 0) return [];
  const needsFuture = points.some(({ observes }) => observes === 'future');
  let before = 0;
  const results = await runCells(
    points.map(cellOf),
    {
      trace,
      nextUse: needsFuture ? nextUseOf(trace) : null,
      writes: null,
      writesNextUse: null,
      warmupReferences,
    },
    jobs,
    (done) => {
      onReplayed(done - before);
      before = done;
    },
  );
  onReplayed(points.length * trace.referenceCount - before);
  return results;
}

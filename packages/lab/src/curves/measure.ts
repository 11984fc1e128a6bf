// Curves of traces: LRU exactly at every size, from one pass; any other policy by simulation at the
// sizes asked for, over the whole trace or, where that has many pages, over samples of it.

import { availableParallelism } from 'node:os';
import type { PolicySpec } from '@pagelend/policies';
import { type AskedPolicy, checkPolicy } from '../asked-policy.ts';
import { decodeTrace } from '../decode.ts';
import { type FrameRequest, resolveFrames } from '../frames.ts';
import { type CostPair, checkCosts } from '../media.ts';
import type { MemoryTrace } from '../memory-trace.ts';
import type { ColdRead } from '../result.ts';
import { VERSION } from '../version.ts';
import { resolveWarmup, type WarmupRequest } from '../warmup.ts';
import { autoFrames } from './auto-frames.ts';
import { CURVE_SCHEMA, type CurveResult, type CurveRow, type CurveTrace } from './curve-result.ts';
import { curveRow, lruKnots, samplingCheck } from './curve-rows.ts';
import { type Estimate, lruTransfers, type Transfers } from './estimate.ts';
import { type LruCurve, lruCurveOf } from './lru-curve.ts';
import { type Point, pointKey, pointsOf } from './point.ts';
import { canSample, type SamplingRule, samplingRule } from './sampling-rule.ts';
import { type Sampled, samplePoints, simulatePoints } from './simulate.ts';

/** Sizes at which results carry LRU's curve: more than a figure can show apart. */
const KNOTS = 256;

/** The one policy whose curve one pass tells; it has no options. */
const LRU = 'lru';

export interface CurvePlan {
  /** Paths of trace files; `-` is stdin. */
  readonly traces: readonly string[];
  readonly policies: readonly PolicySpec[];
  readonly frames: readonly FrameRequest[];
  readonly costs: readonly CostPair[];
  readonly coldRead?: ColdRead | undefined;
  readonly warmup?: WarmupRequest | undefined;
  /** Share of the pages in each sample, above 0; 1 for none. Default: see sampling-rule.ts. */
  readonly sampleRate?: number | undefined;
  /** Samples, at least 2. */
  readonly seeds?: number | undefined;
  /** Worker threads; default, one per core. */
  readonly jobs?: number | undefined;
}

export interface CurveProgress {
  readonly trace: string;
  readonly stage: 'decode' | 'curve' | 'replay';
  /** References of this trace done in this stage, and how many there will be (null: unknown). */
  readonly done: number;
  readonly total: number | null;
}

/** Runs the plan. The result is the same on every run and for any number of jobs. */
export async function measureCurves(
  plan: CurvePlan,
  onProgress: (progress: CurveProgress) => void = () => {},
): Promise<CurveResult> {
  for (const costs of plan.costs) checkCosts(costs);
  const asked = await Promise.all(plan.policies.map((spec) => checkPolicy(spec)));
  const traces: CurveTrace[] = [];
  const rows: CurveRow[] = [];
  for (const path of plan.traces) {
    const part = await measureTrace(path, plan, asked, onProgress);
    traces.push(part.trace);
    rows.push(...part.rows);
  }
  return {
    schema: CURVE_SCHEMA,
    version: VERSION,
    cold_read: plan.coldRead ?? 'all',
    traces,
    rows,
  };
}

async function measureTrace(
  path: string,
  plan: CurvePlan,
  asked: readonly AskedPolicy[],
  onProgress: (progress: CurveProgress) => void,
): Promise<{ trace: CurveTrace; rows: CurveRow[] }> {
  const { trace, facts } = await decodeTrace(path, (done, total) =>
    onProgress({ trace: path, stage: 'decode', done, total }),
  );
  const warmupReferences = resolveWarmup(plan.warmup, trace.referenceCount, path);
  const total = trace.referenceCount;
  const curve = await lruCurveOf(trace, warmupReferences, (done) =>
    onProgress({ trace: path, stage: 'curve', done, total }),
  );
  const frames = resolveFrames(plan.frames, trace.pageCount, (count) => autoFrames(curve, count));
  const points = pointsOf(
    asked.filter((policy) => policy.asked !== LRU),
    frames,
    plan.costs,
  );
  const rule = samplingRule(trace.pageCount, plan.sampleRate, plan.seeds);
  const { counted, sampled } = await countPoints(points, rule, {
    trace,
    curve,
    warmupReferences,
    jobs: plan.jobs ?? availableParallelism(),
    onProgress: (done, whole) => onProgress({ trace: path, stage: 'replay', done, total: whole }),
  });
  const coldRead = plan.coldRead ?? 'all';
  const rows = asked.flatMap(({ asked: policy, observes, usesCosts }) =>
    frames.flatMap((count) =>
      plan.costs.map((costs) => {
        const key = { policy, observes, frames: count, costs: usesCosts ? costs : null };
        const found = policy === LRU ? lruTransfers(curve, count) : counted.get(pointKey(key))!;
        const settings = { trace: path, policy, observes, frames: count, costs, coldRead };
        return curveRow(settings, found, curve);
      }),
    ),
  );
  const about: CurveTrace = {
    ...facts,
    warmup_references: warmupReferences,
    sampling: sampled === null ? null : samplingCheck(rule!, sampled.lru, curve),
    lru: lruKnots(curve, knotsOf(curve, frames), coldRead),
  };
  return { trace: about, rows };
}

interface CountInput {
  readonly trace: MemoryTrace;
  readonly curve: LruCurve;
  readonly warmupReferences: number;
  readonly jobs: number;
  readonly onProgress: (done: number, total: number) => void;
}

/** Every point, from the whole trace or from samples, as the rule and the size of each say. */
async function countPoints(
  points: readonly Point[],
  rule: SamplingRule | null,
  { trace, curve, warmupReferences, jobs, onProgress }: CountInput,
): Promise<{ counted: Map<string, Transfers | Estimate>; sampled: Sampled | null }> {
  const estimated = points.filter(({ frames }) => rule !== null && canSample(frames, rule));
  const whole = points.filter((point) => !estimated.includes(point));
  // How many references the samples will hold is known when they are drawn, and cells that are
  // shared are found then; this is about right and ends at the whole.
  const shares = whole.length + estimated.length * (rule?.rate ?? 0) * (rule?.seeds ?? 0);
  const total = Math.ceil(shares * trace.referenceCount);
  let done = 0;
  const onReplayed = (references: number): void => {
    done += references;
    onProgress(Math.min(done, total), total);
  };
  const input = { trace, warmupReferences, jobs, onReplayed };
  const exact = await simulatePoints(whole, input);
  const sampled =
    estimated.length === 0 ? null : await samplePoints(estimated, rule!, curve, input);
  return { counted: new Map([...exact, ...(sampled?.points ?? [])]), sampled };
}

/** Sizes that draw LRU's curve over the sizes asked for and where it changes. */
function knotsOf(curve: LruCurve, frames: readonly number[]): number[] {
  return [...new Set([...autoFrames(curve, KNOTS), ...frames])].sort((a, b) => a - b);
}

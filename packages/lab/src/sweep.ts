// A sweep: traces × policies × frame counts × cost pairs. Each trace is decoded once for all its
// cells, cells that cannot differ are run once (a policy that does not look at costs counts the same
// under all of them), and CLOCK, against which rows are stated, runs whether or not it was asked for.

import { availableParallelism } from 'node:os';
import type { Observation, PolicySpec } from '@pagelend/policies';
import { type AskedPolicy, checkPolicy } from './asked-policy.ts';
import type { Cell, CellInput } from './cell.ts';
import { autoFrames } from './curves/auto-frames.ts';
import { lruCurveOf } from './curves/lru-curve.ts';
import { decodeTrace } from './decode.ts';
import { LabError } from './errors.ts';
import { explanationsOf, type WantedRun, wantedRuns } from './explain/wanted-runs.ts';
import { type FrameRequest, needsCurve, resolveFrames } from './frames.ts';
import { type CostPair, checkCosts } from './media.ts';
import { type MemoryTrace, nextUseOf, writesOnly } from './memory-trace.ts';
import {
  type ColdRead,
  SIM_SCHEMA,
  type SimExplanation,
  type SimResult,
  type SimRow,
  type SimTrace,
} from './result.ts';
import { type CellsOfRow, rowOf } from './rows.ts';
import { VERSION } from './version.ts';
import { resolveWarmup, type WarmupRequest } from './warmup.ts';
import { runCells } from './worker-pool.ts';

export interface SweepPlan {
  /** Paths of trace files; `-` is stdin. */
  readonly traces: readonly string[];
  readonly policies: readonly PolicySpec[];
  readonly frames: readonly FrameRequest[];
  readonly costs: readonly CostPair[];
  readonly coldRead?: ColdRead | undefined;
  readonly warmup?: WarmupRequest | undefined;
  /** Also computes the separable lower bound; refused after a warm-up, where it has no meaning. */
  readonly bound?: boolean | undefined;
  /** A policy whose runs are looked at on their way; it needs not be one of `policies`. */
  readonly explain?: PolicySpec | undefined;
  /** What the host shows; policies that observe more are refused. Default: what each observes. */
  readonly offers?: Observation | undefined;
  /** Worker threads; default, one per core. */
  readonly jobs?: number | undefined;
}

export interface SweepProgress {
  readonly trace: string;
  readonly stage: 'decode' | 'curve' | 'replay';
  /** References of this trace done in this stage, and how many there will be (null: unknown). */
  readonly done: number;
  readonly total: number | null;
}

/** Runs the plan. Counts are exact integers and the same on every run and any number of jobs. */
export async function sweep(
  plan: SweepPlan,
  onProgress: (progress: SweepProgress) => void = () => {},
): Promise<SimResult> {
  for (const costs of plan.costs) checkCosts(costs);
  const asked = await Promise.all(plan.policies.map((spec) => checkPolicy(spec, plan.offers)));
  const explained =
    plan.explain === undefined ? null : await checkPolicy(plan.explain, plan.offers);
  const traces: SimTrace[] = [];
  const rows: SimRow[] = [];
  const warmups: number[] = [];
  const explanations: SimExplanation[] = [];
  for (const path of plan.traces) {
    const part = await sweepTrace(path, plan, asked, explained, onProgress);
    traces.push(part.trace);
    rows.push(...part.rows);
    explanations.push(...part.explanations);
    warmups.push(part.warmupReferences);
  }
  return {
    schema: SIM_SCHEMA,
    version: VERSION,
    cold_read: plan.coldRead ?? 'all',
    warmup_references: warmups,
    traces,
    rows,
    ...(explained === null ? {} : { explanations }),
  };
}

interface TracePart {
  readonly trace: SimTrace;
  readonly rows: readonly SimRow[];
  readonly explanations: readonly SimExplanation[];
  readonly warmupReferences: number;
}

async function sweepTrace(
  path: string,
  plan: SweepPlan,
  asked: readonly AskedPolicy[],
  explained: AskedPolicy | null,
  onProgress: (progress: SweepProgress) => void,
): Promise<TracePart> {
  const { trace, facts } = await decodeTrace(path, (done, total) =>
    onProgress({ trace: path, stage: 'decode', done, total }),
  );
  const warmupReferences = resolveWarmup(plan.warmup, trace.referenceCount, path);
  const hasBound = plan.bound === true;
  if (hasBound && warmupReferences > 0) {
    throw new LabError(
      'LAB_WARMUP',
      `${path}: the bound has no meaning after a warm-up (of ${warmupReferences} references); ask for one of them`,
    );
  }
  const frames = await framesFor(plan.frames, trace, warmupReferences, (done, total) =>
    onProgress({ trace: path, stage: 'curve', done, total }),
  );
  const cells = new CellSet(plan.offers ?? null);
  const runs: WantedRun[] =
    explained === null
      ? []
      : wantedRuns(
          { trace: path, offers: plan.offers ?? explained.observes, warmupReferences },
          explained,
          frames,
          plan.costs,
          (frameCount, costs) => cells.addExplained(explained.asked, frameCount, costs),
        );
  const wanted: CellsOfRow[] = [];
  for (const policy of asked) {
    for (const frameCount of frames) {
      for (const costs of plan.costs) {
        wanted.push({
          policy: policy.asked,
          observes: policy.observes,
          frames: frameCount,
          costs,
          cell: cells.add(policy.asked, frameCount, policy.usesCosts ? costs : null),
          clock: cells.addFree('clock', frameCount),
          boundReads: hasBound ? cells.addFree('min', frameCount) : null,
          boundWrites: hasBound ? cells.addFree('min', frameCount, 'writes') : null,
        });
      }
    }
  }
  const needsFuture =
    hasBound ||
    [...asked, ...(explained === null ? [] : [explained])].some(seesFuture) ||
    plan.offers === 'future';
  const input = prepare(trace, needsFuture, hasBound, warmupReferences);
  const total = cells.list.length * trace.referenceCount;
  const jobs = plan.jobs ?? availableParallelism();
  const results = await runCells(cells.list, input, jobs, (done) =>
    onProgress({ trace: path, stage: 'replay', done, total }),
  );
  onProgress({ trace: path, stage: 'replay', done: total, total });
  const coldRead = plan.coldRead ?? 'all';
  const rows = wanted.map((cellsOfRow) => rowOf(path, cellsOfRow, results, coldRead));
  const explanations = explanationsOf(runs, results);
  return { trace: facts, rows, explanations, warmupReferences };
}

function seesFuture({ observes }: AskedPolicy): boolean {
  return observes === 'future';
}

async function framesFor(
  requests: readonly FrameRequest[],
  trace: MemoryTrace,
  warmupReferences: number,
  onProgress: (done: number, total: number) => void,
): Promise<number[]> {
  if (!needsCurve(requests)) return resolveFrames(requests, trace.pageCount);
  const curve = await lruCurveOf(trace, warmupReferences, (done) =>
    onProgress(done, trace.referenceCount),
  );
  return resolveFrames(requests, trace.pageCount, (count) => autoFrames(curve, count));
}

function prepare(
  trace: MemoryTrace,
  needsFuture: boolean,
  hasBound: boolean,
  warmupReferences: number,
): CellInput {
  const writes = hasBound ? writesOnly(trace) : null;
  return {
    trace,
    nextUse: needsFuture ? nextUseOf(trace) : null,
    writes,
    writesNextUse: writes === null ? null : nextUseOf(writes),
    warmupReferences,
  };
}

/** The cells of a trace, each once, however many rows need it. */
class CellSet {
  readonly list: Cell[] = [];
  readonly #indexes = new Map<string, number>();
  readonly #offers: Observation | null;

  constructor(offers: Observation | null) {
    this.#offers = offers;
  }

  /** A cell that is looked at on its way. A row that asks for the same later is made from it too. */
  addExplained(policy: string, frames: number, costs: CostPair | null): number {
    return this.add(policy, frames, costs, { isExplained: true });
  }

  /** A cell as asked for; `costs` is null where the policy does not look at them. */
  add(
    policy: string,
    frames: number,
    costs: CostPair | null,
    more: Pick<Cell, 'isExplained'> = {},
  ): number {
    const { read, write } = costs ?? { read: 1, write: 1 };
    return this.#add({
      policy,
      frames,
      costs: { read, write },
      over: 'trace',
      offers: this.#offers,
      ...more,
    });
  }

  /** A cell of the baseline or the bound, which no restriction of the host applies to. */
  addFree(policy: string, frames: number, over: Cell['over'] = 'trace'): number {
    return this.#add({ policy, frames, costs: { read: 1, write: 1 }, over, offers: null });
  }

  #add(cell: Cell): number {
    const key = JSON.stringify({ ...cell, isExplained: undefined });
    const known = this.#indexes.get(key);
    if (known !== undefined) return known;
    this.#indexes.set(key, this.list.length);
    return this.list.push(cell) - 1;
  }
}

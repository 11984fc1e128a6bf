// A sweep: traces × policies × frame counts × cost pairs. Each trace is decoded once for all its
// cells, cells that cannot differ are run once (a policy that does not look at costs counts the same
// under all of them), and CLOCK, against which rows are stated, runs whether or not it was asked for.

import { availableParallelism } from 'node:os';
import {
  type Observation,
  offersEnough,
  optionsOf,
  PolicyError,
  type PolicySpec,
} from '@pagelend/policies';
import { openTrace, TraceError } from '@pagelend/trace';
import type { Cell, CellInput } from './cell.ts';
import { LabError } from './errors.ts';
import { type FrameRequest, resolveFrames } from './frames.ts';
import { type CostPair, checkCosts } from './media.ts';
import { loadTrace, type MemoryTrace, nextUseOf, writesOnly } from './memory-trace.ts';
import { loadPolicy, observationIn } from './policy-file.ts';
import { type ColdRead, SIM_SCHEMA, type SimResult, type SimRow, type SimTrace } from './result.ts';
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
  /** What the host shows; policies that observe more are refused. Default: what each observes. */
  readonly offers?: Observation | undefined;
  /** Worker threads; default, one per core. */
  readonly jobs?: number | undefined;
}

export interface SweepProgress {
  readonly trace: string;
  readonly stage: 'decode' | 'replay';
  /** References decoded or replayed, of this trace, and how many there will be (null: unknown). */
  readonly done: number;
  readonly total: number | null;
}

interface AskedPolicy {
  readonly asked: string;
  readonly observes: Observation;
  readonly usesCosts: boolean;
}

/** Runs the plan. Counts are exact integers and the same on every run and any number of jobs. */
export async function sweep(
  plan: SweepPlan,
  onProgress: (progress: SweepProgress) => void = () => {},
): Promise<SimResult> {
  for (const costs of plan.costs) checkCosts(costs);
  const asked = await Promise.all(plan.policies.map((spec) => checkPolicy(spec, plan.offers)));
  const traces: SimTrace[] = [];
  const rows: SimRow[] = [];
  const warmups: number[] = [];
  for (const path of plan.traces) {
    const part = await sweepTrace(path, plan, asked, onProgress);
    traces.push(part.trace);
    rows.push(...part.rows);
    warmups.push(part.warmupReferences);
  }
  return {
    schema: SIM_SCHEMA,
    version: VERSION,
    cold_read: plan.coldRead ?? 'all',
    warmup_references: warmups,
    traces,
    rows,
  };
}

/** Everything that can be wrong with a policy as asked for is said before any work starts. */
async function checkPolicy(spec: PolicySpec, offers?: Observation): Promise<AskedPolicy> {
  const definition = await loadPolicy(spec.name);
  const observes = observationIn(spec.name, definition, optionsOf(definition, spec.options));
  if (offers !== undefined && !offersEnough(offers, observes)) {
    throw new PolicyError(
      'POLICY_OBSERVES',
      `policy ${spec.asked} observes ${observes}, and the host shows no more than ${offers}`,
    );
  }
  return { asked: spec.asked, observes, usesCosts: definition.usesCosts === true };
}

interface TracePart {
  readonly trace: SimTrace;
  readonly rows: readonly SimRow[];
  readonly warmupReferences: number;
}

async function sweepTrace(
  path: string,
  plan: SweepPlan,
  asked: readonly AskedPolicy[],
  onProgress: (progress: SweepProgress) => void,
): Promise<TracePart> {
  const { trace, facts } = await decode(path, onProgress);
  if (trace.referenceCount === 0) {
    throw new TraceError('TRACE_EMPTY', 'the trace holds no reference to replay', { file: path });
  }
  const frames = resolveFrames(plan.frames, trace.pageCount);
  const warmupReferences = resolveWarmup(plan.warmup, trace.referenceCount, path);
  const hasBound = plan.bound === true;
  if (hasBound && warmupReferences > 0) {
    throw new LabError(
      'LAB_WARMUP',
      `${path}: the bound has no meaning after a warm-up (of ${warmupReferences} references); ask for one of them`,
    );
  }
  const cells = new CellSet(plan.offers ?? null);
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
    hasBound || asked.some(({ observes }) => observes === 'future') || plan.offers === 'future';
  const input = prepare(trace, needsFuture, hasBound, warmupReferences);
  const total = cells.list.length * trace.referenceCount;
  const jobs = plan.jobs ?? availableParallelism();
  const results = await runCells(cells.list, input, jobs, (done) =>
    onProgress({ trace: path, stage: 'replay', done, total }),
  );
  onProgress({ trace: path, stage: 'replay', done: total, total });
  const coldRead = plan.coldRead ?? 'all';
  const rows = wanted.map((cellsOfRow) => rowOf(path, cellsOfRow, results, coldRead));
  return { trace: facts, rows, warmupReferences };
}

async function decode(
  path: string,
  onProgress: (progress: SweepProgress) => void,
): Promise<{ trace: MemoryTrace; facts: SimTrace }> {
  const reader = await openTrace(path);
  try {
    const total = reader.summary?.references ?? null;
    const trace = await loadTrace(reader, (done) =>
      onProgress({ trace: path, stage: 'decode', done, total }),
    );
    const { references, reads, writes, pages } = reader.summary!;
    const { pageSizeBytes, provenance } = reader.header;
    const facts: SimTrace = {
      trace: path,
      references,
      read_references: reads,
      write_references: writes,
      pages,
      page_size_bytes: pageSizeBytes,
      origin: provenance.command ?? provenance.note ?? '',
    };
    return { trace, facts };
  } finally {
    await reader.close();
  }
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

  /** A cell as asked for; `costs` is null where the policy does not look at them. */
  add(policy: string, frames: number, costs: CostPair | null): number {
    const { read, write } = costs ?? { read: 1, write: 1 };
    return this.#add({
      policy,
      frames,
      costs: { read, write },
      over: 'trace',
      offers: this.#offers,
    });
  }

  /** A cell of the baseline or the bound, which no restriction of the host applies to. */
  addFree(policy: string, frames: number, over: Cell['over'] = 'trace'): number {
    return this.#add({ policy, frames, costs: { read: 1, write: 1 }, over, offers: null });
  }

  #add(cell: Cell): number {
    const key = JSON.stringify(cell);
    const known = this.#indexes.get(key);
    if (known !== undefined) return known;
    this.#indexes.set(key, this.list.length);
    return this.list.push(cell) - 1;
  }
}

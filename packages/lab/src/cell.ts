// A cell of a sweep: one policy, under one set of options, with one frame count and, where it looks
// at costs, one cost pair, over one trace. Cells share the decoded trace and nothing else.

import { resolve } from 'node:path';
import {
  type Costs,
  isPolicyFile,
  type Observation,
  optionsOf,
  PolicyError,
  parsePolicySpec,
} from '@pagelend/policies';
import { LabError } from './errors.ts';
import { samplePoints } from './explain/sample-points.ts';
import { Sampler, type Samples } from './explain/sampler.ts';
import { type MemoryTrace, WINDOW_REFERENCES, windowOf } from './memory-trace.ts';
import { loadPolicy } from './policy-file.ts';
import { type Counts, Simulation } from './simulation.ts';

export interface Cell {
  /** The policy as asked for, NAME[:key=value…]. */
  readonly policy: string;
  readonly frames: number;
  readonly costs: Costs;
  /** 'writes': over the trace reduced to its writes, for the lower bound. */
  readonly over: 'trace' | 'writes';
  /** What the host shows; null for just what the policy observes. */
  readonly offers: Observation | null;
  /** The run is looked at on its way, so it goes alone. */
  readonly isExplained?: boolean;
}

export interface CellResult {
  /** Counts when the warm-up ended, and at the end. */
  readonly warm: Counts;
  readonly end: Counts;
  readonly residentCount: number;
  /** Of an explained cell. */
  readonly samples?: Samples;
}

/** A trace, its writes and their futures; the last three only where a cell needs them. */
export interface CellInput {
  readonly trace: MemoryTrace;
  readonly nextUse: Int32Array | null;
  readonly writes: MemoryTrace | null;
  readonly writesNextUse: Int32Array | null;
  readonly warmupReferences: number;
}

/** Runs a cell. `onWindow` gets the references replayed since its last call. */
export async function runCell(
  cell: Cell,
  input: CellInput,
  onWindow: (references: number) => void,
): Promise<CellResult> {
  const simulation = await simulationFor(cell, input);
  const sampler = cell.isExplained === true ? await samplerOf(cell, input, simulation) : null;
  let warm = simulation.counts;
  await replayWindows(
    traceOf(cell, input),
    input.warmupReferences,
    (window, from, to) => runMember(cell, () => (sampler ?? simulation).run(window, from, to)),
    () => {
      warm = simulation.counts;
    },
    onWindow,
  );
  const result = resultOf(cell, simulation, warm);
  return sampler === null ? result : { ...result, samples: sampler.samples };
}

async function samplerOf(cell: Cell, input: CellInput, simulation: Simulation): Promise<Sampler> {
  const definition = await loadPolicy(parsePolicySpec(cell.policy).name);
  const points = samplePoints(traceOf(cell, input).referenceCount, input.warmupReferences);
  return runMember(cell, () => new Sampler(simulation, definition, points));
}

export function traceOf(cell: Cell, input: CellInput): MemoryTrace {
  return cell.over === 'writes' ? input.writes! : input.trace;
}

/** The cell's simulation before its first reference. */
export async function simulationFor(cell: Cell, input: CellInput): Promise<Simulation> {
  const spec = parsePolicySpec(cell.policy);
  const definition = await loadPolicy(spec.name);
  const nextUse = cell.over === 'writes' ? input.writesNextUse : input.nextUse;
  return runMember(
    cell,
    () =>
      new Simulation({
        definition,
        options: optionsOf(definition, spec.options),
        frames: cell.frames,
        costs: cell.costs,
        pageCount: traceOf(cell, input).pageCount,
        nextUse: nextUse ?? undefined,
        offers: cell.offers ?? undefined,
      }),
  );
}

/** Checks the simulation at its end and sums it up. */
export function resultOf(cell: Cell, simulation: Simulation, warm: Counts): CellResult {
  runMember(cell, () => simulation.check());
  return { warm, end: simulation.counts, residentCount: simulation.table.residentCount };
}

/** Runs a piece of the cell's work; what a policy throws there is told with the cell's name. */
export function runMember<T>(cell: Cell, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw failureIn(cell, error);
  }
}

export function failureIn(cell: Cell, error: unknown): unknown {
  if (error instanceof PolicyError && error.code !== 'POLICY_VICTIM') return error;
  const why = error instanceof Error ? error.message : String(error);
  const place = placeIn(parsePolicySpec(cell.policy).name, error);
  return new LabError(
    'LAB_POLICY_FAILED',
    `policy ${cell.policy}, ${cell.frames} frames: ${why}${place === null ? '' : ` (${place})`}`,
  );
}

/** FILE:LINE of the innermost call inside a user's own file; null where there is none. */
function placeIn(file: string, error: unknown): string | null {
  if (!isPolicyFile(file) || !(error instanceof Error)) return null;
  const path = resolve(file);
  for (const frame of (error.stack ?? '').split('\n')) {
    const at = frame.trimStart().startsWith('at ') ? frame.indexOf(`${path}:`) : -1;
    const line = at < 0 ? null : /^\d+/.exec(frame.slice(at + path.length + 1));
    if (line !== null) return `${file}:${line[0]}`;
  }
  return null;
}

/**
 * Hands the trace over window by window. `onWarm` is called once the warm-up is over, where there is
 * one, and `onWindow` after each window.
 */
export async function replayWindows(
  trace: MemoryTrace,
  warmupReferences: number,
  run: (window: Uint32Array, from: number, to: number) => void,
  onWarm: () => void,
  onWindow: (references: number) => void,
): Promise<void> {
  // A copy of each window in ordinary memory: the engine's fast path is for unshared arrays.
  const local = new Uint32Array(Math.min(WINDOW_REFERENCES, trace.referenceCount));
  for (let from = 0; from < trace.referenceCount; from += WINDOW_REFERENCES) {
    const to = Math.min(from + WINDOW_REFERENCES, trace.referenceCount);
    local.set(windowOf(trace, from, to));
    const coldPart = Math.min(Math.max(warmupReferences - from, 0), to - from);
    run(local, 0, coldPart);
    if (coldPart > 0) onWarm();
    run(local, coldPart, to - from);
    onWindow(to - from);
    // A user's policy may have put off something that fails: now, and not after a million windows.
    await null;
  }
}

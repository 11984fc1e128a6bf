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
}

export interface CellResult {
  /** Counts when the warm-up ended, and at the end. */
  readonly warm: Counts;
  readonly end: Counts;
  readonly residentCount: number;
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
  const spec = parsePolicySpec(cell.policy);
  const definition = await loadPolicy(spec.name);
  const overWrites = cell.over === 'writes';
  const trace = overWrites ? input.writes! : input.trace;
  try {
    const simulation = new Simulation({
      definition,
      options: optionsOf(definition, spec.options),
      frames: cell.frames,
      costs: cell.costs,
      pageCount: trace.pageCount,
      nextUse: (overWrites ? input.writesNextUse : input.nextUse) ?? undefined,
      offers: cell.offers ?? undefined,
    });
    return replay(simulation, trace, input.warmupReferences, onWindow);
  } catch (error) {
    if (error instanceof PolicyError && error.code !== 'POLICY_VICTIM') throw error;
    const why = error instanceof Error ? error.message : String(error);
    const place = placeIn(spec.name, error);
    throw new LabError(
      'LAB_POLICY_FAILED',
      `policy ${cell.policy}, ${cell.frames} frames: ${why}${place === null ? '' : ` (${place})`}`,
    );
  }
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

function replay(
  simulation: Simulation,
  trace: MemoryTrace,
  warmupReferences: number,
  onWindow: (references: number) => void,
): CellResult {
  // A copy of each window in ordinary memory: the engine's fast path is for unshared arrays.
  const local = new Uint32Array(Math.min(WINDOW_REFERENCES, trace.referenceCount));
  let warm = simulation.counts;
  for (let from = 0; from < trace.referenceCount; from += WINDOW_REFERENCES) {
    const to = Math.min(from + WINDOW_REFERENCES, trace.referenceCount);
    local.set(windowOf(trace, from, to));
    const coldPart = Math.min(Math.max(warmupReferences - from, 0), to - from);
    simulation.run(local, 0, coldPart);
    if (coldPart > 0) warm = simulation.counts;
    simulation.run(local, coldPart, to - from);
    onWindow(to - from);
  }
  simulation.check();
  return { warm, end: simulation.counts, residentCount: simulation.table.residentCount };
}

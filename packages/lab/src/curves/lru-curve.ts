// The LRU curve of a trace: faults and write-backs at every number of frames, of the references after
// the warm-up, exactly as `Simulation` counts them.

import { setImmediate } from 'node:timers/promises';
import { type MemoryTrace, WINDOW_REFERENCES, windowOf } from '../memory-trace.ts';
import { LruPass, type LruSnapshot } from './lru-pass.ts';

/** How often the pass lets signals and timers in. */
const BREATH_MS = 50;

export interface LruCurve {
  readonly pageCount: number;
  /** Those counted: after the warm-up. */
  readonly references: number;
  readonly coldFaults: number;
  readonly coldWriteFaults: number;
  /** Faults on pages that were resident before. */
  warmFaultsAt(frames: number): number;
  writebacksAt(frames: number): number;
}

/** Passes over the trace once. `onProgress` gets the references passed so far. */
export async function lruCurveOf(
  trace: MemoryTrace,
  warmupReferences = 0,
  onProgress: (references: number) => void = () => {},
): Promise<LruCurve> {
  const { referenceCount, pageCount } = trace;
  const pass = new LruPass(pageCount);
  let warm: LruSnapshot | null = null;
  // A copy of each window in ordinary memory: the engine's fast path is for unshared arrays.
  const local = new Uint32Array(Math.min(WINDOW_REFERENCES, referenceCount));
  let breath = performance.now();
  for (let from = 0; from < referenceCount; from += WINDOW_REFERENCES) {
    const to = Math.min(from + WINDOW_REFERENCES, referenceCount);
    local.set(windowOf(trace, from, to));
    const coldPart = Math.min(Math.max(warmupReferences - from, 0), to - from);
    pass.run(local, 0, coldPart);
    if (coldPart > 0 && from + coldPart === warmupReferences) warm = pass.snapshot();
    pass.run(local, coldPart, to - from);
    if (performance.now() - breath < BREATH_MS) continue;
    onProgress(to);
    await setImmediate();
    breath = performance.now();
  }
  onProgress(referenceCount);
  return curveBetween(warm, pass.snapshot(), pageCount);
}

/** What happened after `warm` was taken; null for the start. More frames than pages are as many. */
function curveBetween(warm: LruSnapshot | null, end: LruSnapshot, pageCount: number): LruCurve {
  const at = (table: Float64Array | undefined, frames: number): number =>
    table === undefined ? 0 : table[Math.min(frames, pageCount)]!;
  return {
    pageCount,
    references: end.references - (warm?.references ?? 0),
    coldFaults: end.coldFaults - (warm?.coldFaults ?? 0),
    coldWriteFaults: end.coldWriteFaults - (warm?.coldWriteFaults ?? 0),
    warmFaultsAt: (frames) => at(end.warmFaults, frames) - at(warm?.warmFaults, frames),
    writebacksAt: (frames) => at(end.writebacks, frames) - at(warm?.writebacks, frames),
  };
}

// The shipped recordings, decoded, and LRU's curve over them against simulations.

import { openTrace } from '@pagelend/trace';
import { expect } from 'vitest';
import { type LruCurve, lruCurveOf } from '../../src/curves/lru-curve.ts';
import { loadTrace, type MemoryTrace } from '../../src/memory-trace.ts';
import { recording, simulationOf } from '../helpers.ts';

export async function load(name: string): Promise<MemoryTrace> {
  const reader = await openTrace(recording(name));
  try {
    return await loadTrace(reader);
  } finally {
    await reader.close();
  }
}

/** A dozen sizes, from one frame to all pages, from the start and after the warm-up. */
export async function expectDozenSizes(trace: MemoryTrace, warmup: number): Promise<void> {
  const whole = await lruCurveOf(trace);
  const later = await lruCurveOf(trace, warmup);
  // A copy outside of shared memory, which is replayed many times faster.
  const packed = new Uint32Array(trace.buffer, 0, trace.referenceCount).slice();
  const shares = [0, 0.002, 0.005, 0.01, 0.04, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9, 1];
  for (const share of shares) {
    const frames = Math.max(1, Math.round(share * trace.pageCount));
    const simulation = simulationOf('lru', [[trace.pageCount - 1, 0]], { frames });
    simulation.run(packed, 0, warmup);
    const { faults, writebacks } = simulation.counts;
    simulation.run(packed, warmup);
    const end = simulation.counts;
    expect([frames, ...transfers(whole, frames)]).toEqual([frames, end.faults, end.writebacks]);
    expect([frames, ...transfers(later, frames)]).toEqual([
      frames,
      end.faults - faults,
      end.writebacks - writebacks,
    ]);
  }
}

function transfers(curve: LruCurve, frames: number): [faults: number, writebacks: number] {
  return [curve.coldFaults + curve.warmFaultsAt(frames), curve.writebacksAt(frames)];
}

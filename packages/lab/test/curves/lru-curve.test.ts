// One pass tells for LRU at every number of frames exactly what a simulation at that number counts.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Reference } from '../../../policies/test/host.ts';
import { SEED, scenes } from '../../../policies/test/traces.ts';
import { type LruCurve, lruCurveOf } from '../../src/curves/lru-curve.ts';
import { memoryTraceOf, pack, randomTrace, renumber, simulationOf } from '../helpers.ts';
import { expectDozenSizes, load } from './recordings.ts';

interface Expected {
  readonly references: number;
  readonly coldFaults: number;
  readonly coldWriteFaults: number;
  readonly warmFaults: number;
  readonly writebacks: number;
}

function bySimulation(trace: readonly Reference[], frames: number, warmup: number): Expected {
  const simulation = simulationOf('lru', trace, { frames });
  const references = pack(trace);
  simulation.run(references, 0, warmup);
  const warm = simulation.counts;
  simulation.run(references, warmup);
  const end = simulation.counts;
  const coldFaults = end.coldFaults - warm.coldFaults;
  return {
    references: end.references - warm.references,
    coldFaults,
    coldWriteFaults: end.coldWriteFaults - warm.coldWriteFaults,
    warmFaults: end.faults - warm.faults - coldFaults,
    writebacks: end.writebacks - warm.writebacks,
  };
}

function byCurve(curve: LruCurve, frames: number): Expected {
  return {
    references: curve.references,
    coldFaults: curve.coldFaults,
    coldWriteFaults: curve.coldWriteFaults,
    warmFaults: curve.warmFaultsAt(frames),
    writebacks: curve.writebacksAt(frames),
  };
}

test('every size of random traces, after any warm-up', async () => {
  const shares = fc.constantFrom(0, 0, 0.1, 0.5, 0.9);
  await fc.assert(
    fc.asyncProperty(scenes, shares, async ({ trace: scene }, share) => {
      const trace = renumber(scene);
      const warmup = Math.floor(share * trace.length);
      const curve = await lruCurveOf(memoryTraceOf(trace), warmup);
      for (let frames = 1; frames <= curve.pageCount + 2; frames++) {
        expect({ frames, ...byCurve(curve, frames) }).toEqual({
          frames,
          ...bySimulation(trace, frames, warmup),
        });
      }
    }),
    { seed: SEED, numRuns: 300 },
  );
});

test('times that run out many times over, on more pages than one word of them', async () => {
  // 900 pages take 4,096 times, so these references renumber them some forty times.
  const trace = renumber(randomTrace(120_000, 900, 7));
  const curve = await lruCurveOf(memoryTraceOf(trace), 30_011);
  for (const frames of [1, 2, 3, 31, 32, 33, 100, 450, 800, curve.pageCount]) {
    expect(byCurve(curve, frames)).toEqual(bySimulation(trace, frames, 30_011));
  }
});

test('a dozen sizes over the start of a recording, with and without a warm-up', async () => {
  const whole = await load('sort');
  await expectDozenSizes({ ...whole, referenceCount: 4_000_000 }, 1_500_001);
});

test('progress ends at the whole, and a warm-up at the very end leaves nothing', async () => {
  const trace = renumber(randomTrace(200_000, 300));
  const seen: number[] = [];
  await lruCurveOf(memoryTraceOf(trace), 0, (done) => seen.push(done));
  expect(seen.at(-1)).toBe(200_000);
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
  const none = await lruCurveOf(memoryTraceOf(trace), 200_000);
  expect(byCurve(none, 10)).toEqual({
    references: 0,
    coldFaults: 0,
    coldWriteFaults: 0,
    warmFaults: 0,
    writebacks: 0,
  });
});

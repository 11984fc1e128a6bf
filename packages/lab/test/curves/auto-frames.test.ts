// The frame counts of `--frames auto`, and how users ask for them.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Reference } from '../../../policies/test/host.ts';
import { SEED, scenes } from '../../../policies/test/traces.ts';
import { autoFrames } from '../../src/curves/auto-frames.ts';
import { type LruCurve, lruCurveOf } from '../../src/curves/lru-curve.ts';
import { needsCurve, parseFrames, resolveFrames } from '../../src/frames.ts';
import { sweep } from '../../src/sweep.ts';
import { codeOf, memoryTraceOf, planFor, randomTrace, renumber, scratch } from '../helpers.ts';

const curveOf = (trace: readonly Reference[]): Promise<LruCurve> =>
  lruCurveOf(memoryTraceOf(renumber(trace)));

test('ascending, at least 1, no more than asked for, ending at the first size with cold faults only', async () => {
  await fc.assert(
    fc.asyncProperty(scenes, fc.integer({ min: 2, max: 40 }), async ({ trace }, count) => {
      const curve = await curveOf(trace);
      const sizes = autoFrames(curve, count);
      expect(sizes).toEqual([...new Set(sizes)].sort((a, b) => a - b));
      expect(sizes.length).toBeGreaterThan(0);
      expect(sizes.length).toBeLessThanOrEqual(count);
      expect(sizes[0]).toBeGreaterThanOrEqual(1);
      const last = sizes.at(-1)!;
      expect(curve.warmFaultsAt(last)).toBe(0);
      if (last > 1) expect(curve.warmFaultsAt(last - 1)).toBeGreaterThan(0);
      expect(autoFrames(curve, count)).toEqual(sizes);
    }),
    { seed: SEED, numRuns: 200 },
  );
});

test('a loop: both sides of its edge are among them', async () => {
  // 60 hot pages at random, and a loop of 300 that needs 360 frames in all.
  const hot = randomTrace(20_000, 60, 3);
  const trace = hot.map(
    ([page, op], i): Reference => (i % 4 === 0 ? [60 + ((i / 4) % 300), 0] : [page, op]),
  );
  const curve = await curveOf(trace);
  const sizes = autoFrames(curve, 16);
  const edge = sizes.at(-1)!;
  expect(curve.warmFaultsAt(edge - 1)).toBeGreaterThan(0);
  // Between two neighbours of them the curve falls by most of the loop's faults.
  const falls = sizes.slice(1).map((size, i) => ({
    by: curve.warmFaultsAt(sizes[i]!) - curve.warmFaultsAt(size),
    over: size - sizes[i]!,
  }));
  const steepest = falls.reduce((a, b) => (b.by > a.by ? b : a));
  expect(steepest.by).toBeGreaterThan(3_000);
  expect(steepest.over).toBeLessThan(20);
});

test('a trace of one page has one size', async () => {
  expect(
    autoFrames(
      await curveOf([
        [0, 0],
        [0, 1],
      ]),
      16,
    ),
  ).toEqual([1]);
});

describe('as users ask for them', () => {
  test('auto and auto:24 stand in a list with others, each count once', () => {
    const requests = parseFrames('50%,auto,7,auto:3');
    expect(requests[1]).toEqual({ autoCount: 16 });
    expect(requests[3]).toEqual({ autoCount: 3 });
    expect(needsCurve(requests)).toBe(true);
    expect(needsCurve(parseFrames('50%,7'))).toBe(false);
    const chosen = resolveFrames(requests, 100, (count) => [1, 50, count]);
    expect(chosen).toEqual([50, 1, 16, 7, 3]);
  });

  test.each(['auto:0', 'auto:1', 'auto:', 'auto:x', 'auto:2.5', 'auto:99999', 'Auto'])(
    '%s is refused',
    async (text) => expect(await codeOf(() => parseFrames(text))).toBe('LAB_FRAMES'),
  );

  test('a sweep chooses them for each trace by itself, after the warm-up', async () => {
    const here = scratch();
    const traces = [
      here.trace('a.plt', renumber(randomTrace(5_000, 200, 1))),
      here.trace('b.plt', renumber(randomTrace(5_000, 50, 2))),
    ];
    const frames = parseFrames('auto:6');
    const stages = new Set<string>();
    const plan = { ...planFor(traces, 'clock', []), frames };
    const { rows } = await sweep(plan, ({ stage }) => stages.add(stage));
    expect(stages).toEqual(new Set(['decode', 'curve', 'replay']));
    for (const [i, path] of traces.entries()) {
      const mine = rows.filter(({ trace }) => trace === path).map((row) => row.frames);
      const seed = i + 1;
      const curve = await curveOf(randomTrace(5_000, i === 0 ? 200 : 50, seed));
      expect(mine).toEqual(autoFrames(curve, 6));
    }
    const warm = await sweep({ ...plan, warmup: { value: 50, isPercent: true } });
    expect(warm.rows.length).toBeGreaterThan(0);
    // All counts after a warm-up are of what comes after it, and so is the choice.
    const after = await lruCurveOf(memoryTraceOf(renumber(randomTrace(5_000, 200, 1))), 2_500);
    expect(warm.rows.filter(({ trace }) => trace === traces[0]).map((row) => row.frames)).toEqual(
      autoFrames(after, 6),
    );
  });
});

// Where an explained run is looked at.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { samplePoints } from '../../src/explain/sample-points.ts';

test('points ascend from nothing to everything, by equal windows, past the end of the warm-up', () => {
  const run = fc
    .integer({ min: 1, max: 100_000 })
    .chain((count) => fc.tuple(fc.constant(count), fc.nat(count - 1)));
  fc.assert(
    fc.property(run, ([count, warmup]) => {
      const points = samplePoints(count, warmup);
      expect(points[0]).toBe(0);
      expect(points.at(-1)).toBe(count);
      expect(points).toContain(warmup);
      expect(points.length).toBeLessThanOrEqual(302);
      expect(points.length).toBeGreaterThanOrEqual(Math.min(count + 1, 300));
      for (const [from, to] of [
        [0, warmup],
        [warmup, count],
      ] as const) {
        const within = points.filter((point) => point >= from && point <= to);
        const windows = within.slice(1).map((point, i) => point - within[i]!);
        if (windows.length === 0) continue;
        expect(Math.min(...windows)).toBeGreaterThan(0);
        expect(Math.max(...windows) - Math.min(...windows)).toBeLessThanOrEqual(1);
      }
    }),
    { seed: 7, numRuns: 300 },
  );
});

test('small runs are looked at after every reference', () => {
  expect(samplePoints(3, 0)).toEqual([0, 1, 2, 3]);
  expect(samplePoints(1, 0)).toEqual([0, 1]);
  expect(samplePoints(3, 2)).toEqual([0, 1, 2, 3]);
  expect(samplePoints(600, 0)).toEqual(Array.from({ length: 301 }, (_, i) => 2 * i));
});

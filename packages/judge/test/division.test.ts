// How a pool is divided: bounds and sums whatever is asked, the best there is by trying all, and the
// cases for which it was made.

import {
  type CostPoint,
  convexHull,
  demandCurve,
  divide,
  divideAtOnce,
  hullCost,
  type LeaseDemand,
} from '@pagelend/judge';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SEED } from '../../policies/test/traces.ts';
import { loop, skewed, verdictAfter } from './streams.ts';

function demand(changes: Partial<LeaseDemand> = {}): LeaseDemand {
  return {
    weight: 1,
    floorBytes: 0,
    capBytes: null,
    residentBytes: 0,
    targetBytes: null,
    curve: null,
    ...changes,
  };
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

const points: fc.Arbitrary<CostPoint[]> = fc.array(
  fc.record({ bytes: fc.nat(24), microseconds: fc.nat(1000) }),
  { minLength: 2, maxLength: 6 },
);

const demands: fc.Arbitrary<LeaseDemand> = fc.record({
  weight: fc.constantFrom(0.5, 1, 3),
  floorBytes: fc.nat(4),
  capBytes: fc.option(fc.integer({ min: 1, max: 30 })),
  residentBytes: fc.nat(20),
  targetBytes: fc.option(fc.nat(20)),
  curve: fc.option(points),
});

const pools = fc.record({
  totalBytes: fc.integer({ min: 16, max: 40 }),
  leases: fc.array(demands, { minLength: 1, maxLength: 4 }),
});

function expectWithinBounds(
  targets: readonly number[],
  leases: readonly LeaseDemand[],
  totalBytes: number,
): void {
  const highs = leases.map(({ capBytes, floorBytes }) =>
    Math.max(floorBytes, Math.min(capBytes ?? totalBytes, totalBytes)),
  );
  expect(sum(targets)).toBe(Math.min(totalBytes, sum(highs)));
  for (const [i, target] of targets.entries()) {
    expect(Number.isInteger(target)).toBe(true);
    expect(target).toBeGreaterThanOrEqual(leases[i]!.floorBytes);
    expect(target).toBeLessThanOrEqual(highs[i]!);
  }
}

test('targets are whole, within floor and cap, and their sum is the pool', () => {
  fc.assert(
    fc.property(pools, fc.constantFrom(0.1, 1), ({ totalBytes, leases }, stepShare) => {
      expectWithinBounds(divide(leases, { totalBytes, stepShare }), leases, totalBytes);
      expectWithinBounds(divideAtOnce(leases, totalBytes), leases, totalBytes);
      // Of byte counts as pools have them, too.
      const scale = 2 ** 31 + 7;
      const large = leases.map((lease) => ({
        ...lease,
        floorBytes: lease.floorBytes * scale,
        capBytes: lease.capBytes === null ? null : lease.capBytes * scale,
        residentBytes: lease.residentBytes * scale,
        targetBytes: lease.targetBytes === null ? null : lease.targetBytes * scale,
        curve: lease.curve?.map((point) => ({ ...point, bytes: point.bytes * scale })) ?? null,
      }));
      const many = totalBytes * scale;
      expectWithinBounds(divide(large, { totalBytes: many, stepShare }), large, many);
    }),
    { seed: SEED, numRuns: 1000 },
  );
});

test('a hull is under its points, falling, convex, and as high as it can be', () => {
  fc.assert(
    fc.property(points, (curve) => {
      const hull = convexHull(curve);
      for (let bytes = 0; bytes <= 30; bytes++) {
        expect(hullCost(hull, bytes)).toBeCloseTo(slowHull(curve, bytes), 9);
      }
      const slopes = hull
        .slice(1)
        .map((to, i) => (to.microseconds - hull[i]!.microseconds) / (to.bytes - hull[i]!.bytes));
      for (const [i, slope] of slopes.entries()) {
        expect(slope).toBeLessThan(0);
        if (i > 0) expect(slope).toBeGreaterThan(slopes[i - 1]!);
      }
    }),
    { seed: SEED, numRuns: 500 },
  );
});

/** The least that any mixture of two points with no more than so many bytes on average costs. */
function slowHull(curve: readonly CostPoint[], bytes: number): number {
  const least = Math.min(...curve.map((point) => point.bytes));
  const at = Math.max(bytes, least);
  let best = Number.POSITIVE_INFINITY;
  for (const left of curve) {
    if (left.bytes > at) continue;
    best = Math.min(best, left.microseconds);
    for (const right of curve) {
      if (right.bytes <= at) continue;
      const share = (at - left.bytes) / (right.bytes - left.bytes);
      best = Math.min(best, left.microseconds + share * (right.microseconds - left.microseconds));
    }
  }
  return best;
}

test('no division in whole bytes costs less, of all that there are', () => {
  const known = fc.record({
    weight: fc.constantFrom(0.5, 1, 3),
    floorBytes: fc.nat(3),
    capBytes: fc.option(fc.integer({ min: 3, max: 30 })),
    curve: points.map((curve) => [{ bytes: 0, microseconds: 1000 }, ...curve]),
  });
  fc.assert(
    fc.property(
      fc.integer({ min: 9, max: 22 }),
      fc.array(known, { minLength: 2, maxLength: 3 }),
      (totalBytes, given) => {
        const leases = given.map((lease) => demand(lease));
        const cost = (targets: readonly number[]) =>
          sum(targets.map((bytes, i) => leases[i]!.weight * slowHull(leases[i]!.curve!, bytes)));
        let best = Number.POSITIVE_INFINITY;
        for (const targets of allDivisions(leases, totalBytes)) {
          best = Math.min(best, cost(targets));
        }
        // Rounding down leaves a byte to a lease, and another lease may have needed its fraction.
        const steepest = Math.max(
          ...leases.map(({ weight, curve }) => weight * steepestOf(curve!)),
        );
        const found = cost(divideAtOnce(leases, totalBytes));
        expect(found).toBeLessThanOrEqual(best + steepest * leases.length + 1e-6);
        // Hulls with corners at whole bytes have a best division in whole bytes.
        expect(found).toBeGreaterThanOrEqual(best - 1e-6);
        expect(found).toBeCloseTo(best, 6);
      },
    ),
    { seed: SEED, numRuns: 500 },
  );
});

function steepestOf(curve: readonly CostPoint[]): number {
  const hull = convexHull(curve);
  const slopes = hull
    .slice(1)
    .map((to, i) => (hull[i]!.microseconds - to.microseconds) / (to.bytes - hull[i]!.bytes));
  return Math.max(0, ...slopes);
}

function* allDivisions(leases: readonly LeaseDemand[], bytes: number): Generator<number[]> {
  if (leases.length === 0) {
    yield [];
    return;
  }
  const [first, ...rest] = leases;
  const high = Math.min(bytes, first!.capBytes ?? bytes);
  for (let given = first!.floorBytes; given <= high; given++) {
    for (const others of allDivisions(rest, bytes - given)) yield [given, ...others];
  }
}

describe('cases', () => {
  const MIB = 2 ** 20;
  const settings = { totalBytes: 1000 * MIB };

  /** Divides again and again, with the same curves, until nothing moves. */
  function settled(leases: readonly LeaseDemand[]): number[] {
    let now = leases;
    for (let step = 0; step < 100; step++) {
      const targets = divide(now, settings);
      if (targets.every((bytes, i) => bytes === now[i]!.targetBytes)) return targets;
      now = now.map((lease, i) => ({ ...lease, targetBytes: targets[i]! }));
    }
    throw new Error('memory keeps moving');
  }

  const needy: CostPoint[] = [
    { bytes: 100 * MIB, microseconds: 9e6 },
    { bytes: 800 * MIB, microseconds: 1e6 },
  ];
  const streaming: CostPoint[] = [
    { bytes: 100 * MIB, microseconds: 9e9 },
    { bytes: 900 * MIB, microseconds: 9e9 },
  ];

  test('a guest that streams takes nothing, however much it asks for', () => {
    const leases = [
      demand({ curve: streaming, targetBytes: 500 * MIB }),
      demand({ curve: needy, targetBytes: 500 * MIB }),
    ];
    const [stream, other] = settled(leases);
    expect(other).toBeGreaterThan(780 * MIB);
    expect(stream).toBeLessThan(220 * MIB);
  });

  test('a lease with a floor keeps it', () => {
    const leases = [
      demand({ curve: streaming, floorBytes: 400 * MIB, targetBytes: 500 * MIB }),
      demand({ curve: needy, targetBytes: 500 * MIB, weight: 1000 }),
    ];
    expect(settled(leases)[0]).toBeGreaterThanOrEqual(400 * MIB);
    expect(settled(leases)[0]).toBeLessThan(421 * MIB);
  });

  test('what nothing is known of gets its share by weight', () => {
    const leases = [1, 3].map((weight) => demand({ weight }));
    expect(divideAtOnce(leases, settings.totalBytes)).toEqual([250 * MIB, 750 * MIB]);
    const capped = [demand(), demand({ weight: 3, capBytes: 300 * MIB })];
    expect(divideAtOnce(capped, settings.totalBytes)).toEqual([700 * MIB, 300 * MIB]);
  });

  test('a weight outbids its price', () => {
    const leases = [1, 10].map((weight) => demand({ weight, curve: needy }));
    expect(divideAtOnce(leases, settings.totalBytes)).toEqual([200 * MIB, 800 * MIB]);
  });

  test('a cliff is worth climbing as a whole, though its first step gains nothing', () => {
    const cliff = [
      { bytes: 100 * MIB, microseconds: 9e6 },
      { bytes: 500 * MIB, microseconds: 9e6 },
      { bytes: 600 * MIB, microseconds: 0 },
    ];
    const gentle = [
      { bytes: 100 * MIB, microseconds: 2e6 },
      { bytes: 900 * MIB, microseconds: 0 },
    ];
    const leases = [demand({ curve: cliff }), demand({ curve: gentle })];
    expect(divideAtOnce(leases, settings.totalBytes)).toEqual([600 * MIB, 400 * MIB]);
  });

  test('a step moves a tenth of the pool, and nothing moves for less than a fiftieth', () => {
    const at = (first: number) => [
      demand({ curve: streaming, targetBytes: first * MIB }),
      demand({ curve: needy, targetBytes: (1000 - first) * MIB }),
    ];
    expect(divide(at(500), settings)).toEqual([400 * MIB, 600 * MIB]);
    expect(divide(at(219), settings)).toEqual([219 * MIB, 781 * MIB]);
    expect(divide(at(221), settings)).toEqual([200 * MIB, 800 * MIB]);
  });

  test('limits hold at once, whatever the step', () => {
    const leases = [
      demand({ curve: needy, targetBytes: 900 * MIB, capBytes: 300 * MIB }),
      demand({ curve: streaming, targetBytes: 100 * MIB }),
    ];
    expect(divide(leases, settings)).toEqual([300 * MIB, 700 * MIB]);
    const shrunk = divide(leases, { totalBytes: 200 * MIB });
    expect(sum(shrunk)).toBe(200 * MIB);
  });

  test('floors beyond the pool are refused', () => {
    expect(() => divide([demand({ floorBytes: 1001 * MIB })], settings)).toThrow(
      expect.objectContaining({ code: 'JUDGE_FLOORS' }),
    );
    expect(divide([], settings)).toEqual([]);
  });

  test('from verdicts: a loop that would fit outbids a stream that would not', () => {
    const looping = verdictAfter(
      loop({ pages: 600, references: 40_000, writeShare: 0, seed: 1 }),
      400,
    );
    const stream = verdictAfter(
      loop({ pages: 40_000, references: 40_000, writeShare: 0, seed: 1 }),
      400,
    );
    const calm = verdictAfter(
      skewed({ pages: 300, references: 40_000, writeShare: 0.2, seed: 1 }),
      400,
    );
    const leases = [looping, stream, calm].map((verdict) =>
      demand({ residentBytes: 400_000, curve: demandCurve(verdict, 100_000) }),
    );
    const [fits, streams, rests] = divideAtOnce(leases, 1_200_000);
    expect(fits).toBeGreaterThanOrEqual(600_000);
    expect(streams).toBeLessThan(320_000);
    expect(rests).toBeGreaterThanOrEqual(200_000);
    for (const part of [looping.curve.slice(0, 1), looping.curve.slice(3)]) {
      expect(demandCurve({ ...looping, curve: part }, 1)).toBe(null);
    }
  });
});

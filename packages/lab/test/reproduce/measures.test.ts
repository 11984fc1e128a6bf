// Averages and verdicts on made-up rows, worked by hand.

import { describe, expect, test } from 'vitest';
import type { Average, Claim, CrawRmResult } from '../../src/reproduce/result.ts';
import { COLD_READS, madeUpResult, type PointOf, workload } from './made-up.ts';

/** CAR saves nothing; CRAW 20 %, CRAW-RM as much but 10 points more at 500 frames. */
function steady({ policy, frames }: PointOf): number {
  if (policy === 'car') return 0;
  return policy.startsWith('craw-rm') && frames === 500 ? 30 : 20;
}

function average(result: CrawRmResult, wanted: Partial<Average>): Average {
  const found = result.averages.filter((one) =>
    Object.entries(wanted).every(([key, value]) => one[key as keyof Average] === value),
  );
  expect(found).toHaveLength(1);
  return found[0]!;
}

function claim(result: CrawRmResult, id: string): Claim {
  return result.claims.find((one) => one.id === id)!;
}

describe('averages', () => {
  const result = madeUpResult(steady);
  const rm = { policy: 'craw-rm', write_cost: 2, cold_faults: 'with' } as const;

  test('at the paper’s sizes are the mean over its points', () => {
    const mean = average(result, { ...rm, sizes: 'paper' });
    expect(mean.saved_over_clock_percent).toBeCloseTo((30 + 20 + 30 + 20) / 4, 10);
    expect(mean.saved_over_car_percent).toBeCloseTo(25, 10);
    expect(mean.apart_from_craw_points).toBeCloseTo((10 + 0 + 10 + 0) / 4, 10);
  });

  test('over all sizes give each workload the same weight and end below the footprint', () => {
    const mean = average(result, { ...rm, sizes: 'curve' });
    const viewer = (20 + 30 + 20 + 20) / 4;
    const player = (30 + 20) / 2;
    expect(mean.saved_over_clock_percent).toBeCloseTo((viewer + player) / 2, 10);
  });

  test('without cold faults are of what is left', () => {
    const mean = average(result, { ...rm, sizes: 'paper', cold_faults: 'without' });
    const left = 200 - COLD_READS;
    expect(mean.saved_over_clock_percent).toBeCloseTo((100 * 50) / left, 10);
  });

  test('over CAR are means of ratios to CAR', () => {
    const saves = ({ policy }: PointOf): number => (policy === 'car' ? 50 : 60);
    const mean = average(madeUpResult(saves), { ...rm, sizes: 'paper' });
    expect(mean.saved_over_car_percent).toBeCloseTo(100 * (1 - 40 / 50), 10);
  });

  test('compare each CRAW-RM with the CRAW of its own link', () => {
    const saves = ({ policy }: PointOf): number =>
      ({ car: 0, craw: 10, 'craw-rm': 10, 'craw:link=lazy': 5, 'craw-rm:link=lazy': 8 })[policy]!;
    const lazy = { ...rm, policy: 'craw-rm:link=lazy', sizes: 'paper' } as const;
    const lazyResult = madeUpResult(saves);
    expect(average(lazyResult, lazy).apart_from_craw_points).toBeCloseTo(3, 10);
    expect(average(lazyResult, { ...lazy, policy: 'craw' }).apart_from_craw_points).toBeNull();
  });

  test('of the paper’s sizes alone where nothing else was replayed', () => {
    const quick = madeUpResult(steady, [workload('viewer', [500, 2000])]);
    expect(new Set(quick.averages.map(({ sizes }) => sizes))).toEqual(new Set(['paper']));
    for (const { cases } of quick.claims) {
      expect(cases.filter(({ where }) => where.includes('all sizes'))).toEqual([]);
    }
    expect(claim(quick, 'converging').verdict).toBe('not measured');
  });
});

describe('verdicts', () => {
  test('all cases, none, or some', () => {
    const agreeing = madeUpResult(steady);
    expect(claim(agreeing, 'better-than-clock')).toMatchObject({ verdict: 'agrees', agreeing: 8 });
    const worse = madeUpResult(({ policy }) => (policy === 'car' ? 0 : -1));
    expect(claim(worse, 'better-than-clock')).toMatchObject({ verdict: 'disagrees', agreeing: 0 });
    const mixed = madeUpResult(({ policy, writeCost }) =>
      policy === 'car' ? 0 : writeCost === 8 ? 5 : -5,
    );
    expect(claim(mixed, 'better-than-clock')).toMatchObject({ verdict: 'in part', agreeing: 4 });
  });

  test('CRAW alone being better is not enough', () => {
    const result = madeUpResult(({ policy }) => (policy.startsWith('craw-rm') ? -1 : 1));
    expect(claim(result, 'better-than-clock').verdict).toBe('disagrees');
  });

  test('a published number agrees where the cost ratios span it', () => {
    const spanning = madeUpResult(({ policy, writeCost }) =>
      policy === 'car' ? 0 : writeCost === 2 ? 10 : 40,
    );
    const { cases } = claim(spanning, 'saved-over-clock');
    expect(cases[0]).toMatchObject({ measured: '10.0 to 40.0 %', agrees: true });
    expect(cases).toHaveLength(4);
    const short = madeUpResult(({ policy }) => (policy === 'car' ? 0 : 23.4));
    expect(claim(short, 'saved-over-clock').cases[0]!.agrees).toBe(false);
  });

  test('near is a mean distance, in both directions, up to the line', () => {
    const within = ({ policy, frames }: PointOf): number =>
      policy === 'craw-rm' ? (frames === 500 ? 21.9 : 18.1) : 20;
    const far = ({ policy, frames }: PointOf): number =>
      policy === 'craw-rm' ? (frames === 500 ? 26 : 14) : 20;
    const cases = claim(madeUpResult(within), 'near-craw-at-points').cases;
    expect(cases[0]).toMatchObject({ measured: '1.9 points apart', agrees: true });
    // The same saving on average, and yet not near.
    expect(claim(madeUpResult(far), 'near-craw-at-points').verdict).toBe('disagrees');
    expect(claim(madeUpResult(far), 'near-craw-on-average').cases[0]!.agrees).toBe(true);
    const apart = ({ policy }: PointOf): number => (policy === 'craw-rm' ? 17.9 : 20);
    expect(claim(madeUpResult(apart), 'near-craw-on-average').verdict).toBe('disagrees');
  });

  test('convergence is of every policy, at that size, of those workloads', () => {
    const atEnd = ({ policy, workload: name, frames }: PointOf): number =>
      policy !== 'car' && (name === 'viewer' || frames !== 2000) ? 20 : 0;
    expect(claim(madeUpResult(atEnd), 'converging').verdict).toBe('agrees');
    const carAway: (point: PointOf) => number = (point) =>
      point.policy === 'car' ? 3 : atEnd(point);
    expect(claim(madeUpResult(carAway), 'converging').verdict).toBe('disagrees');
  });
});

// Curves as data: exact rows are the rows of a sweep; estimated rows repeat, say their error and keep
// near the truth.

import {
  type CurvePlan,
  type CurveResult,
  type CurveRow,
  measureCurves,
  parseFrames,
  sweep,
} from '@pagelend/lab';
import { parsePolicyList } from '@pagelend/policies';
import { describe, expect, test } from 'vitest';
import { SAMPLE_PAGES, samplingRule } from '../../src/curves/sampling-rule.ts';
import { codeOf, randomTrace, recording, renumber, scratch } from '../helpers.ts';

const here = scratch();
const small = here.trace('small.plt', renumber(randomTrace(40_000, 900, 11)));
const other = here.trace('other.plt', renumber(randomTrace(9_000, 120, 12)));

function planOf(
  traces: readonly string[],
  policies: string,
  rest: Partial<CurvePlan> = {},
): CurvePlan {
  return {
    traces,
    policies: parsePolicyList(policies),
    frames: parseFrames('5,auto:6,50%'),
    costs: [
      { medium: null, read: 1, write: 4 },
      { medium: 'slc', read: 25, write: 250 },
    ],
    ...rest,
  };
}

describe('exact rows are those of a sweep', () => {
  const settings: readonly [string, Partial<CurvePlan>][] = [
    ['from the start', {}],
    ['after a warm-up', { warmup: { value: 30, isPercent: true } }],
    ['cold reads only', { coldRead: 'reads-only' }],
    ['no cold reads', { coldRead: 'none' }],
    ['on one thread', { jobs: 1 }],
  ];
  test.each(settings)('%s', async (_, rest) => {
    const plan = planOf([small, other], 'lru,clock:init=0,craw-rm,min', rest);
    const [curves, swept] = [await measureCurves(plan), await sweep(plan)];
    const shared = curves.rows.map(
      ({
        trace,
        policy,
        observes,
        frames,
        medium,
        read_cost,
        write_cost,
        references,
        faults,
        cold_faults,
        reads,
        writebacks,
        io_time,
      }) => ({
        trace,
        policy,
        observes,
        frames,
        medium,
        read_cost,
        write_cost,
        references,
        faults,
        cold_faults,
        reads,
        writebacks,
        io_time,
      }),
    );
    expect(shared).toHaveLength(swept.rows.length);
    for (const [i, row] of shared.entries()) expect(swept.rows[i]).toMatchObject(row);
    for (const row of curves.rows) {
      expect(row).toMatchObject({ exact: true, io_time_standard_error: null });
      expect(row.miss_ratio).toBe(row.faults / row.references);
    }
    expect(curves.traces.map(({ sampling }) => sampling)).toEqual([null, null]);
    expect(curves.traces.map((trace) => trace.warmup_references)).toEqual(swept.warmup_references);
  });
});

test('the knots are LRU at every size asked for and more, ascending', async () => {
  const { rows, traces } = await measureCurves(planOf([small], 'lru'));
  const { lru } = traces[0]!;
  expect(lru.frames).toEqual([...new Set(lru.frames)].sort((a, b) => a - b));
  expect(lru.frames.length).toBeGreaterThan(40);
  for (const row of rows) {
    const at = lru.frames.indexOf(row.frames);
    expect([lru.faults[at], lru.reads[at], lru.writebacks[at]]).toEqual([
      row.faults,
      row.reads,
      row.writebacks,
    ]);
  }
});

describe('sampled', () => {
  const plan = planOf([small], 'lru,clock,cflru', { sampleRate: 0.3, seeds: 3 });

  test('the same on every run and for any number of jobs; progress ends at the whole', async () => {
    let last = { done: 0, total: 0 as number | null };
    const stages = new Set<string>();
    const first = await measureCurves(plan, ({ stage, done, total }) => {
      stages.add(stage);
      if (stage === 'replay') {
        expect(done).toBeGreaterThanOrEqual(last.done);
        last = { done, total };
      }
    });
    expect(stages).toEqual(new Set(['decode', 'curve', 'replay']));
    expect(last.done).toBeLessThanOrEqual(last.total!);
    expect(last.done).toBeGreaterThan(0.7 * last.total!);
    expect(await measureCurves({ ...plan, jobs: 1 })).toEqual(first);
  });

  test('says what is estimated and how; LRU and small sizes stay exact', async () => {
    const { rows, traces } = await measureCurves(plan);
    const { sampling } = traces[0]!;
    expect(sampling).toMatchObject({ seeds: 3, sampled_pages: Math.round(traces[0]!.pages * 0.3) });
    expect(sampling!.lru_transfers_mean_relative_error).toBeGreaterThan(0);
    expect(sampling!.lru_transfers_mean_relative_error).toBeLessThan(0.3);
    for (const row of rows) {
      const isExact = row.policy === 'lru' || row.frames * sampling!.sample_rate < 16;
      expect(row.exact).toBe(isExact);
      expect(row.io_time_standard_error === null).toBe(isExact);
      expect(Number.isInteger(row.faults) && Number.isInteger(row.writebacks)).toBe(true);
      expect(row.cold_faults).toBe(traces[0]!.pages);
    }
    expect(rows.some(({ exact }) => !exact)).toBe(true);
    const { sampling: none } = (await measureCurves({ ...plan, sampleRate: 1 })).traces[0]!;
    expect(none).toBeNull();
  });

  test('costs change what depends on them alone', async () => {
    const { rows } = await measureCurves(plan);
    const at = (policy: string, medium: string | null): CurveRow[] =>
      rows.filter((row) => row.policy === policy && row.medium === medium);
    for (const [i, row] of at('clock', null).entries()) {
      const dear = at('clock', 'slc')[i]!;
      expect([dear.faults, dear.writebacks]).toEqual([row.faults, row.writebacks]);
      expect(dear.io_time).toBe(row.reads * 25 + row.writebacks * 250);
    }
  });

  test('more samples than pages would take are refused by the rule', () => {
    expect(samplingRule(4 * SAMPLE_PAGES, undefined)).toBeNull();
    expect(samplingRule(4 * SAMPLE_PAGES + 1, undefined)).toMatchObject({
      sampledPages: SAMPLE_PAGES,
    });
    expect(samplingRule(100, 1)).toBeNull();
    expect(samplingRule(100, 0.001)).toMatchObject({ sampledPages: 1, seeds: 4 });
  });
});

describe('how far samples are off', () => {
  // Bounds are about twice what was measured.
  test('half of the pages of a recording: the mean error of I/O time', async () => {
    const plan: CurvePlan = {
      traces: [recording('sort')],
      policies: parsePolicyList('clock,car,craw-rm'),
      frames: parseFrames('8%,20%,45%,70%,90%'),
      costs: [{ medium: null, read: 1, write: 4 }],
    };
    const { misses, times } = await errorsOf(plan, { sampleRate: 0.5 });
    expect(times.length).toBe(15);
    expect(mean(misses)).toBeLessThan(4e-5);
    expect(mean(times)).toBeLessThan(0.1);
  });

  test('70,000 pages under the default rule', async () => {
    const trace = here.trace('large.plt', renumber(randomTrace(600_000, 70_000, 21)));
    const plan: CurvePlan = {
      traces: [trace],
      policies: parsePolicyList('clock,craw-rm'),
      frames: parseFrames('5%,20%,60%'),
      costs: [{ medium: null, read: 1, write: 4 }],
    };
    const { misses, times, sampling } = await errorsOf(plan, {});
    expect(times).toHaveLength(6);
    // Chosen by the rule, without a word from the user.
    expect(sampling).toMatchObject({ sampled_pages: SAMPLE_PAGES, seeds: 4 });
    expect(mean(misses)).toBeLessThan(0.01);
    expect(mean(times)).toBeLessThan(0.02);
  });
});

/** Of each estimated row against a full simulation: miss ratio absolutely, I/O time relatively. */
async function errorsOf(plan: CurvePlan, sampling: Partial<CurvePlan>) {
  const exact: CurveResult = await measureCurves({ ...plan, sampleRate: 1 });
  const sampled = await measureCurves({ ...plan, ...sampling });
  const pairs = sampled.rows
    .map((row, i) => [row, exact.rows[i]!] as const)
    .filter(([row]) => !row.exact);
  return {
    sampling: sampled.traces[0]!.sampling,
    misses: pairs.map(([row, truth]) => Math.abs(row.miss_ratio - truth.miss_ratio)),
    times: pairs.map(([row, truth]) => Math.abs(row.io_time / truth.io_time - 1)),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

test('what cannot be computed is refused before any work', async () => {
  const free = { medium: null, read: 0, write: 1 };
  expect(await codeOf(() => measureCurves(planOf([small], 'lru', { costs: [free] })))).toBe(
    'LAB_COSTS',
  );
  expect(await codeOf(() => measureCurves(planOf([small], 'lru,nope')))).toBe('POLICY_UNKNOWN');
  const warmup = { value: 40_000, isPercent: false };
  expect(await codeOf(() => measureCurves(planOf([small], 'lru', { warmup })))).toBe('LAB_WARMUP');
});

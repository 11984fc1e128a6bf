// The lower bound beside each row: what two slow runs of MIN say, and never above any policy.

import { sweep } from '@pagelend/lab';
import { parsePolicyList, policies } from '@pagelend/policies';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SEED, scenes } from '../../policies/test/traces.ts';
import { slowBound } from '../../policies/test/twins/bound.ts';
import { optimalTime } from '../../policies/test/twins/optimum.ts';
import { planFor, rowsOf, scratch } from './helpers.ts';

const { trace: writeTrace } = scratch();

const everyPolicy = policies.map(({ name }) => name).join(',');
const costs = [0.3, 1, 4, 18].map((write) => ({ medium: null, read: 1, write }));

test('equals the slow twin, and no policy goes below it', async () => {
  await fc.assert(
    fc.asyncProperty(scenes, async ({ frames, trace }) => {
      const path = writeTrace('bound.plt', trace);
      const rows = await rowsOf([path], everyPolicy, [frames, 2 * frames], { costs, bound: true });
      for (const row of rows) {
        const bound = slowBound(trace, row.frames);
        expect(row.lower_bound_reads).toBe(bound.pageins);
        expect(row.lower_bound_writebacks).toBe(bound.writebacks);
        expect(row.lower_bound_io_time).toBe(
          bound.pageins * row.read_cost + bound.writebacks * row.write_cost,
        );
        expect(row.reads).toBeGreaterThanOrEqual(row.lower_bound_reads!);
        expect(row.writebacks).toBeGreaterThanOrEqual(row.lower_bound_writebacks!);
        expect(row.io_time).toBeGreaterThanOrEqual(row.lower_bound_io_time!);
      }
      for (const row of rows.filter(({ policy }) => policy === 'min')) {
        expect(row.reads).toBe(row.lower_bound_reads);
      }
    }),
    { seed: SEED, numRuns: 60 },
  );
});

test('is not above the true optimum of tiny instances', async () => {
  await fc.assert(
    fc.asyncProperty(scenes, async ({ frames, trace }) => {
      const tiny = trace.slice(0, 60).map(([page, op]) => [page % 6, op] as const);
      const path = writeTrace('tiny.plt', tiny);
      const few = 1 + (frames % 4);
      for (const row of await rowsOf([path], 'fifo', [few], { costs, bound: true })) {
        const best = optimalTime(tiny, few, { read: row.read_cost, write: row.write_cost });
        expect(row.lower_bound_io_time).toBeLessThanOrEqual(best + 1e-9);
        expect(row.io_time).toBeGreaterThanOrEqual(best - 1e-9);
      }
    }),
    { seed: SEED, numRuns: 40 },
  );
});

test('follows the way cold faults are charged, and still no policy goes below it', async () => {
  await fc.assert(
    fc.asyncProperty(
      scenes,
      fc.constantFrom<'reads-only' | 'none'>('reads-only', 'none'),
      async ({ frames, trace }, coldRead) => {
        const path = writeTrace('cold.plt', trace);
        const first = new Map(trace.toReversed().map(([page, op]) => [page, op]));
        const free = [...first.values()].filter((op) => coldRead === 'none' || op === 1).length;
        const rows = await rowsOf([path], everyPolicy, [frames], { coldRead, bound: true });
        for (const row of rows) {
          expect(row.lower_bound_reads).toBe(slowBound(trace, frames).pageins - free);
          expect(row.io_time).toBeGreaterThanOrEqual(row.lower_bound_io_time!);
        }
      },
    ),
    { seed: SEED, numRuns: 40 },
  );
});

test('a trace without a write has a bound without write-backs', async () => {
  const path = writeTrace(
    'reads.plt',
    [1, 2, 3, 1, 2, 3].map((page) => [page, 0]),
  );
  // Two frames: MIN keeps 1 when 3 comes, then 2 and 3 must come back once more in turn or together.
  const [row] = await rowsOf([path], 'lru', [2], { bound: true });
  expect(row).toMatchObject({ lower_bound_reads: 4, lower_bound_writebacks: 0, reads: 6 });
});

test('is computed when asked for, and refused after a warm-up of at least one reference', async () => {
  const path = writeTrace(
    'warm.plt',
    [1, 2, 3, 1, 2, 3].map((page) => [page, 1]),
  );
  const none = {
    lower_bound_reads: null,
    lower_bound_writebacks: null,
    lower_bound_io_time: null,
  };
  expect((await rowsOf([path], 'lru', [2]))[0]).toMatchObject(none);
  const warmUp = (value: number, isPercent: boolean) =>
    rowsOf([path], 'lru', [2], { bound: true, warmup: { value, isPercent } });
  await expect(warmUp(2, false)).rejects.toMatchObject({
    code: 'LAB_WARMUP',
    message: expect.stringContaining('the bound has no meaning after a warm-up (of 2 references)'),
  });
  await expect(warmUp(50, true)).rejects.toMatchObject({ code: 'LAB_WARMUP' });
  // What counts is what the request comes to: a tenth of six references is none.
  for (const warmup of [warmUp(0, false), warmUp(10, true)]) {
    expect((await warmup)[0]!.lower_bound_reads).toBe(4);
  }
});

test('needs no permission to see the future: it restricts the policies, not the bound', async () => {
  const path = writeTrace(
    'offers.plt',
    [1, 2, 3, 1, 2, 3].map((page) => [page, 1]),
  );
  const plan = planFor([path], 'clock', [2], { bound: true, offers: 'reference' });
  const { rows } = await sweep(plan);
  expect(rows[0]!.lower_bound_reads).toBe(4);
  await expect(sweep({ ...plan, policies: parsePolicyList('clock,min') })).rejects.toMatchObject({
    code: 'POLICY_OBSERVES',
  });
});

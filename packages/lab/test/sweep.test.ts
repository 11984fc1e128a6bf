// Sweeps: which rows there are and in which order, and how a row's figures follow from counts.

import { type SimRow, sweep } from '@pagelend/lab';
import type { Op } from '@pagelend/policies';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Host, type Reference } from '../../policies/test/host.ts';
import { SEED, scenes } from '../../policies/test/traces.ts';
import { planFor, randomTrace, rowsOf, scratch } from './helpers.ts';

const { trace: writeTrace } = scratch();

const ratios = (...writes: number[]) => writes.map((write) => ({ medium: null, read: 1, write }));

/** A trace of reads of these pages. */
const readsOf = (...pages: number[]): Reference[] => pages.map((page) => [page, 0]);

describe('rows', () => {
  const a = writeTrace('a.plt', randomTrace(5000, 60, 1));
  const b = writeTrace('b.plt', randomTrace(4000, 90, 2));

  test('one for each trace, policy, frame count and cost pair, in this order', async () => {
    const asked = ['lru', 'clock:init=0', 'craw-rm:link=lazy', 'min'];
    const rows = await rowsOf([b, a], asked.join(','), [30, 10], { costs: ratios(8, 2) });
    const expected = [b, a].flatMap((trace) =>
      asked.flatMap((policy) =>
        [30, 10].flatMap((frames) => [8, 2].map((write) => [trace, policy, frames, write])),
      ),
    );
    expect(rows.map((row) => [row.trace, row.policy, row.frames, row.write_cost])).toEqual(
      expected,
    );
  });

  test('CLOCK and the bound add fields, not rows', async () => {
    const rows = await rowsOf([a], 'lru', [20], { bound: true });
    expect(rows).toHaveLength(1);
    const [both] = await rowsOf([a], 'clock', [20]);
    expect(rows[0]!.relative_to_clock).toBe(rows[0]!.io_time / both!.io_time);
    expect(both!.relative_to_clock).toBe(1);
  });

  test('a percentage is of each trace, and equal frame counts are one', async () => {
    const { rows, traces } = await sweep({
      ...planFor([a, b], 'fifo', []),
      frames: [
        { value: 50, isPercent: true },
        { value: Math.floor((await pagesOf(a)) / 2), isPercent: false },
      ],
    });
    const halves = traces.map(({ pages }) => Math.floor(pages / 2));
    expect(rows.map(({ frames }) => frames)).toEqual([halves[0], halves[1], halves[0]]);
  });

  test('a policy that looks at costs runs under each pair; others count the same', async () => {
    const rows = await rowsOf([b], 'craw,car', [25], { costs: ratios(1, 18) });
    const [cheap, dear, car1, car18] = rows as [SimRow, SimRow, SimRow, SimRow];
    expect([car1.faults, car1.writebacks]).toEqual([car18.faults, car18.writebacks]);
    expect([cheap.faults, cheap.writebacks]).not.toEqual([dear.faults, dear.writebacks]);
    for (const row of [cheap, dear]) {
      const [alone] = await rowsOf([b], 'craw', [25], { costs: ratios(row.write_cost) });
      expect(alone).toEqual(row);
    }
  });

  async function pagesOf(path: string): Promise<number> {
    return (await sweep(planFor([path], 'fifo', [1]))).traces[0]!.pages;
  }
});

describe('worker threads', () => {
  test('any number of them gives the same result, and progress ends at the total', async () => {
    // 18 cells of 230,000 references: past the 4 million from which threads are started.
    const path = writeTrace('long.plt', randomTrace(230_000, 2000, 3));
    const plan = planFor([path], 'lru,car,craw,craw-rm,min', [150, 900], {
      costs: ratios(2, 8),
      bound: true,
    });
    const one = await sweep({ ...plan, jobs: 1 });
    for (const jobs of [2, 5]) {
      const replayed: number[] = [];
      const many = await sweep({ ...plan, jobs }, ({ stage, done, total }) => {
        if (stage === 'replay') replayed.push(done / total!);
      });
      expect(many).toEqual(one);
      expect(replayed.at(-1)).toBe(1);
      expect(Math.max(...replayed)).toBe(1);
    }
    // Started without threads, the same cells count the same.
    const few = await sweep({ ...planFor([path], 'car', [900]), costs: ratios(8) });
    expect(one.rows).toContainEqual({
      ...few.rows[0]!,
      lower_bound_reads: expect.any(Number),
      lower_bound_writebacks: expect.any(Number),
      lower_bound_io_time: expect.any(Number),
    });
  });
});

describe('cold faults', () => {
  test.each(['all', 'reads-only', 'none'] as const)('%s', async (coldRead) => {
    await fc.assert(
      fc.asyncProperty(scenes, async ({ frames, trace }) => {
        const path = writeTrace('cold.plt', trace);
        const [row] = await rowsOf([path], 'car', [frames], { coldRead });
        const host = new Host('car', { frames, trace }).run(trace);
        const first = new Map<number, Op>(trace.toReversed());
        const atReads = [...first.values()].filter((op) => op === 0).length;
        const charged = { all: first.size, 'reads-only': atReads, none: 0 }[coldRead];
        expect(row).toMatchObject({
          faults: host.faults,
          cold_faults: first.size,
          reads: host.faults - first.size + charged,
          cold_reads: charged,
          writebacks: host.writebacks,
          io_time: host.faults - first.size + charged + 4 * host.writebacks,
          io_time_without_cold: host.faults - first.size + 4 * host.writebacks,
        });
      }),
      { seed: SEED, numRuns: 50 },
    );
  });
});

describe('warm-up', () => {
  test('counts are those of the whole run less those of its start', async () => {
    await fc.assert(
      fc.asyncProperty(
        scenes,
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        async ({ frames, trace }, share) => {
          const path = writeTrace('warm.plt', trace);
          const value = Math.floor(share * trace.length);
          const warmup = { value, isPercent: false };
          const [row] = await rowsOf([path], 'craw-rm', [frames], { warmup });
          const host = new Host('craw-rm', { frames, trace }).run(trace.slice(0, value));
          const before = [host.faults, host.coldFaults, host.writebacks] as const;
          host.run(trace.slice(value));
          expect(row).toMatchObject({
            references: trace.length - value,
            faults: host.faults - before[0],
            cold_faults: host.coldFaults - before[1],
            writebacks: host.writebacks - before[2],
          });
        },
      ),
      { seed: SEED, numRuns: 100 },
    );
  });

  test('may end within, at and after a window of the replay', async () => {
    const trace = randomTrace(140_000, 500, 7);
    const path = writeTrace('windows.plt', trace);
    for (const value of [1, 65_535, 65_536, 65_537, 131_072, 139_999]) {
      const [row] = await rowsOf([path], 'clock', [100], { warmup: { value, isPercent: false } });
      const host = new Host('clock', { frames: 100, pageCount: 500 }).run(trace.slice(0, value));
      const before = [host.faults, host.writebacks] as const;
      host.run(trace.slice(value));
      expect(row!.references).toBe(140_000 - value);
      expect([row!.faults, row!.writebacks]).toEqual([
        host.faults - before[0],
        host.writebacks - before[1],
      ]);
    }
  });

  test('as a percentage it is of each trace, rounded down, and the result says so', async () => {
    const paths = [7, 1000].map((count) => writeTrace(`${count}.plt`, randomTrace(count, 30)));
    const warmup = { value: 50, isPercent: true };
    const result = await sweep(planFor(paths, 'lru', [9], { warmup }));
    expect(result.warmup_references).toEqual([3, 500]);
    expect(result.rows.map(({ references }) => references)).toEqual([4, 500]);
  });
});

describe('relative to CLOCK', () => {
  // Two frames: 0 1 0 2 1. At 2, LRU drops 1 and needs it again; CLOCK, all bits set, drops 0.
  const path = writeTrace('relative.plt', readsOf(0, 1, 0, 2, 1));

  test('is a quotient', async () => {
    const [row] = await rowsOf([path], 'lru', [2]);
    expect([row!.io_time, row!.relative_to_clock]).toEqual([4, 4 / 3]);
  });

  test('is null where CLOCK needs no time and the policy does, and 1 where neither does', async () => {
    const rows = await rowsOf([path], 'lru,fifo,clock', [2], { coldRead: 'none' });
    expect(rows.map((row) => [row.io_time, row.relative_to_clock])).toEqual([
      [1, null],
      [0, 1],
      [0, 1],
    ]);
  });

  test('without cold faults has a null of its own', async () => {
    const [row] = await rowsOf([path], 'lru', [2]);
    expect(row!.relative_to_clock_without_cold).toBeNull();
  });
});

describe('small and roomy', () => {
  test('a trace of one reference', async () => {
    for (const op of [0, 1] as const) {
      const path = writeTrace('one.plt', [[5, op]]);
      const rows = await rowsOf([path], 'fifo,clock,car,craw,craw-rm,lru,arc,min', [1, 7], {
        bound: true,
      });
      for (const row of rows) {
        expect(row).toMatchObject({ faults: 1, cold_faults: 1, reads: 1, writebacks: 0 });
        expect([row.lower_bound_reads, row.lower_bound_writebacks]).toEqual([1, 0]);
        expect([row.io_time_without_cold, row.relative_to_clock_without_cold]).toEqual([0, 1]);
      }
    }
  });

  test('a trace without a reference is refused by name', async () => {
    const path = writeTrace('none.plt', []);
    const warmup = { value: 0, isPercent: false };
    for (const rest of [{}, { warmup }, { bound: true }]) {
      await expect(sweep(planFor([path], 'lru', [3], rest))).rejects.toMatchObject({
        code: 'TRACE_EMPTY',
        message: expect.stringContaining(`${path}: the trace holds no reference`),
      });
    }
  });

  test('with frames for all pages every policy faults once a page and writes nothing', async () => {
    const trace = randomTrace(3000, 80, 4);
    const pages = new Set(trace.map(([page]) => page)).size;
    const path = writeTrace('roomy.plt', trace);
    const every = 'fifo,clock,esc,car,craw-rm,craw,lru,arc,cflru,min';
    for (const row of await rowsOf([path], every, [pages, pages + 1, 1_000_000])) {
      expect([row.policy, row.faults, row.writebacks]).toEqual([row.policy, pages, 0]);
    }
  });

  test('costs that cannot be computed with are refused before any trace is opened', async () => {
    const plan = planFor(['/nonexistent.plt'], 'lru', [1], { costs: ratios(Number.NaN) });
    await expect(sweep(plan)).rejects.toMatchObject({ code: 'LAB_COSTS' });
  });
});

// A small result with round numbers, worked by hand: CLOCK reads 100 pages and writes 50, CAR saves
// reads, CRAW-RM saves writes. Ten reads of each are cold.

import {
  SIM_SCHEMA,
  type SimExplanation,
  type SimResult,
  type SimRow,
  type SimTrace,
} from '../../src/result.ts';

interface Shape {
  readonly traces?: readonly string[];
  readonly frameCounts?: readonly number[];
  readonly writeCosts?: readonly number[];
  readonly policies?: readonly (readonly [policy: string, observes: string])[];
  readonly bound?: boolean;
  readonly coldReads?: number;
}

const counts: Readonly<Record<string, readonly [reads: number, writebacks: number]>> = {
  clock: [100, 50],
  car: [90, 50],
  'craw-rm': [110, 20],
  min: [70, 60],
};

export const usualPolicies = [
  ['clock', 'reference'],
  ['car', 'reference'],
  ['craw-rm', 'reference+modified'],
  ['min', 'future'],
] as const;

export function madeUp({
  traces = ['runs/feh.plt', 'runs/xpdf.plt'],
  frameCounts = [500, 1000, 2000],
  writeCosts = [4],
  policies = usualPolicies,
  bound = true,
  coldReads = 10,
}: Shape = {}): SimResult {
  const rows = traces.flatMap((trace) =>
    frameCounts.flatMap((frames) =>
      writeCosts.flatMap((writeCost) =>
        policies.map(([policy, observes]) =>
          row({ trace, frames, writeCost, policy, observes, bound, coldReads }),
        ),
      ),
    ),
  );
  return {
    schema: SIM_SCHEMA,
    version: '0.1.0',
    cold_read: coldReads === 0 ? 'none' : 'all',
    warmup_references: traces.map(() => 0),
    traces: traces.map(traceOf),
    rows,
  };
}

function traceOf(trace: string): SimTrace {
  return {
    trace,
    references: 1_234_567,
    read_references: 1_000_000,
    write_references: 234_567,
    pages: 4096,
    page_size_bytes: 4096,
    origin: 'feh --fullscreen photo.jpg',
  };
}

interface Cell {
  readonly trace: string;
  readonly frames: number;
  readonly writeCost: number;
  readonly policy: string;
  readonly observes: string;
  readonly bound: boolean;
  readonly coldReads: number;
}

function row({ trace, frames, writeCost, policy, observes, bound, coldReads }: Cell): SimRow {
  const [reads, writebacks] = counts[policy] ?? [100, 45];
  const time = reads + writebacks * writeCost;
  const clockTime = 100 + 50 * writeCost;
  return {
    trace,
    policy,
    observes,
    frames,
    medium: null,
    read_cost: 1,
    write_cost: writeCost,
    references: 1_234_567,
    faults: reads,
    cold_faults: 10,
    reads,
    cold_reads: coldReads,
    writebacks,
    io_time: time,
    io_time_without_cold: time - coldReads,
    relative_to_clock: time / clockTime,
    relative_to_clock_without_cold: (time - coldReads) / (clockTime - coldReads),
    lower_bound_reads: bound ? 60 : null,
    lower_bound_writebacks: bound ? 10 : null,
    lower_bound_io_time: bound ? 60 + 10 * writeCost : null,
  };
}

/** Four windows of 100 references, with 10, 0, 2 and 18 faults, and a gauge of each kind. */
export function madeExplanation({ frames }: { readonly frames: number }): SimExplanation {
  return {
    trace: 'runs/feh.plt',
    policy: 'craw-rm',
    observes: 'reference',
    frames,
    medium: null,
    read_cost: 1,
    write_cost: 4,
    warmup_references: 0,
    references: 400,
    faults: 30,
    cold_faults: 12,
    writebacks: 5,
    gauges: [
      {
        name: 'T1',
        kind: 'pages',
        says: 'seen once',
        start: 0,
        end: 12,
        least: 0,
        most: 12,
        mean: 8.6,
        samples: [0, 10, 10, 11, 12],
      },
      {
        name: 'p',
        kind: 'target',
        says: 'what T1 aims at',
        start: 0,
        end: 6.5,
        least: 0,
        most: 7,
        mean: 3.7,
        samples: [0, 0, 5, 7, 6.5],
      },
      {
        name: 'scanned',
        kind: 'count',
        says: 'pages looked at',
        total: 70,
        per_fault: 70 / 30,
        samples: [0, 30, 1, 3, 36],
      },
      {
        name: 'B1 hits',
        kind: 'count',
        says: 'ghosts that came back',
        total: 3,
        per_fault: 0.1,
        samples: [0, 0, 0, 1, 2],
      },
    ],
    samples: {
      references: [0, 100, 200, 300, 400],
      faults: [0, 10, 0, 2, 18],
      cold_faults: [0, 10, 0, 2, 0],
      writebacks: [0, 0, 0, 1, 4],
      resident_pages: [0, 10, 10, 12, 12],
      referenced_pages: [0, 10, 4, 6, 8],
      modified_pages: null,
      dirty_pages: [0, 3, 3, 2, 5],
    },
  };
}

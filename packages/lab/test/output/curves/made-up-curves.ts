// A small result of curves with round numbers: LRU exactly, CLOCK estimated where asked for.

import { CURVE_SCHEMA, type CurveResult, type CurveRow } from '../../../src/curves/curve-result.ts';

interface Shape {
  readonly traces?: readonly string[];
  readonly policies?: readonly (readonly [policy: string, observes: string])[];
  readonly writeCosts?: readonly number[];
  readonly sampled?: boolean;
}

const FRAMES = [10, 20, 40, 80];
const REFERENCES = 1_000_000;

/** At 10 frames 10,000 faults, half of that with each doubling; a tenth as many write-backs. */
const lruAt = (frames: number): { faults: number; writebacks: number } => ({
  faults: 100_000 / frames,
  writebacks: 10_000 / frames,
});

/** Other policies take so many times LRU's. */
const TIMES: Readonly<Record<string, number>> = { lru: 1, clock: 1.5 };

export function madeUpCurves({
  traces = ['runs/feh.plt'],
  policies = [
    ['lru', 'every-reference'],
    ['clock', 'reference'],
  ],
  writeCosts = [4],
  sampled = false,
}: Shape = {}): CurveResult {
  return {
    schema: CURVE_SCHEMA,
    version: '0.1.0',
    cold_read: 'all',
    traces: traces.map((trace) => ({
      trace,
      references: REFERENCES,
      read_references: 800_000,
      write_references: 200_000,
      pages: 1000,
      page_size_bytes: 4096,
      origin: 'feh --fullscreen photo.jpg',
      warmup_references: 0,
      sampling: sampled
        ? {
            sampled_pages: 250,
            sample_rate: 0.25,
            seeds: 4,
            sizes: 4,
            lru_miss_ratio_mean_absolute_error: 0.0001,
            lru_transfers_mean_relative_error: 0.05,
            lru_faults_within_two_standard_errors: 0.75,
          }
        : null,
      lru: {
        frames: FRAMES,
        faults: FRAMES.map((frames) => lruAt(frames).faults),
        reads: FRAMES.map((frames) => lruAt(frames).faults),
        writebacks: FRAMES.map((frames) => lruAt(frames).writebacks),
      },
    })),
    rows: traces.flatMap((trace) =>
      policies.flatMap(([policy, observes]) =>
        FRAMES.flatMap((frames) =>
          writeCosts.map((writeCost) =>
            row(trace, policy, observes, frames, writeCost, sampled && policy !== 'lru'),
          ),
        ),
      ),
    ),
  };
}

function row(
  trace: string,
  policy: string,
  observes: string,
  frames: number,
  writeCost: number,
  estimated: boolean,
): CurveRow {
  const times = TIMES[policy] ?? 1;
  const faults = lruAt(frames).faults * times;
  const writebacks = lruAt(frames).writebacks * times;
  const error = (count: number): number | null => (estimated ? count / 20 : null);
  return {
    trace,
    policy,
    observes,
    frames,
    medium: null,
    read_cost: 1,
    write_cost: writeCost,
    references: REFERENCES,
    faults,
    cold_faults: 1000,
    reads: faults,
    writebacks,
    miss_ratio: faults / REFERENCES,
    io_time: faults + writebacks * writeCost,
    exact: !estimated,
    faults_standard_error: error(faults),
    writebacks_standard_error: error(writebacks),
    miss_ratio_standard_error: error(faults / REFERENCES),
    io_time_standard_error: error(faults + writebacks * writeCost),
  };
}

// A small experiment with round numbers, worked by hand. At every point CLOCK reads 100 pages and
// writes 50; `saves` says how much of CLOCK's I/O time each policy saves there.

import { resultOf } from '../../src/reproduce/craw-rm.ts';
import type { Experiment } from '../../src/reproduce/experiment.ts';
import type { CrawRmResult, WorkloadResult } from '../../src/reproduce/result.ts';
import type { SimRow } from '../../src/result.ts';

export const experiment: Experiment = {
  says: 'A made-up experiment',
  workloads: [
    { name: 'viewer', title: 'document viewer' },
    { name: 'player', title: 'media player' },
  ],
  policies: ['clock', 'car', 'craw', 'craw-rm', 'craw:link=lazy', 'craw-rm:link=lazy'],
  writeCosts: [2, 8],
  frames: { paper: [500, 2000], curveSizes: 2, fromPercentOfFootprint: 5, fromAtLeast: 50 },
  published: {
    savedOverClockPercent: 23.5,
    savedOverCarPercent: 22.8,
    besideCraw: 'nearly equal',
    converging: { frames: 2000, workloads: ['player'] },
  },
  nearPoints: 2,
};

export interface PointOf {
  readonly workload: string;
  readonly frames: number;
  readonly policy: string;
  readonly writeCost: number;
}

/** Percent of CLOCK's I/O time, cold faults included, that is saved at a point. */
export type Saves = (point: PointOf) => number;

export const COLD_READS = 20;

export function workload(
  name: string,
  frameCounts: readonly number[],
  pages = 4000,
): WorkloadResult {
  return {
    trace: name,
    title: experiment.workloads.find((one) => one.name === name)?.title ?? name,
    references: 1000,
    read_references: 800,
    write_references: 200,
    pages,
    page_size_bytes: 4096,
    origin: `${name} --fullscreen`,
    frame_counts: frameCounts,
  };
}

export function madeUpResult(
  saves: Saves,
  workloads: readonly WorkloadResult[] = [
    workload('viewer', [300, 500, 1000, 2000]),
    workload('player', [500, 700, 2000], 1500),
  ],
): CrawRmResult {
  const rows = workloads.flatMap(({ trace, frame_counts }) =>
    experiment.policies.flatMap((policy) =>
      frame_counts.flatMap((frames) =>
        experiment.writeCosts.map((writeCost) =>
          rowOf({ workload: trace, frames, policy, writeCost }, saves),
        ),
      ),
    ),
  );
  return resultOf(experiment, workloads, rows);
}

function rowOf(point: PointOf, saves: Saves): SimRow {
  const { workload: trace, frames, policy, writeCost } = point;
  const clock = 100 + 50 * writeCost;
  const time = policy === 'clock' ? clock : clock * (1 - saves(point) / 100);
  return {
    trace,
    policy,
    observes: policy === 'clock' || policy === 'car' ? 'reference' : 'every-reference',
    frames,
    medium: null,
    read_cost: 1,
    write_cost: writeCost,
    references: 1000,
    faults: 100,
    cold_faults: COLD_READS,
    reads: 100,
    cold_reads: COLD_READS,
    writebacks: (time - 100) / writeCost,
    io_time: time,
    io_time_without_cold: time - COLD_READS,
    relative_to_clock: time / clock,
    relative_to_clock_without_cold: (time - COLD_READS) / (clock - COLD_READS),
    lower_bound_reads: null,
    lower_bound_writebacks: null,
    lower_bound_io_time: null,
  };
}

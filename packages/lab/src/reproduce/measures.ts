// Averages over the rows of the experiment. The paper's are means over its points, which it does not
// define; here each workload counts the same, whatever its number of sizes, and at the paper's sizes
// that is the mean over all points.

import type { SimRow } from '../result.ts';
import type { Average, ColdFaults, Sizes, View, WorkloadResult } from './result.ts';

export class Rows {
  readonly workloads: readonly WorkloadResult[];
  readonly #paper: readonly number[];
  readonly #rows = new Map<string, SimRow>();

  constructor(
    workloads: readonly WorkloadResult[],
    rows: readonly SimRow[],
    paperFrames: readonly number[],
  ) {
    this.workloads = workloads;
    this.#paper = paperFrames;
    for (const row of rows)
      this.#rows.set(keyOf(row.trace, row.write_cost, row.frames, row.policy), row);
  }

  /** False where the paper's sizes alone were replayed. */
  get hasCurve(): boolean {
    return this.workloads.some(({ frame_counts }) => frame_counts.length > this.#paper.length);
  }

  /** Every charging over every set of sizes, in the order of tables. */
  views(writeCosts: readonly number[]): View[] {
    const sets: readonly Sizes[] = this.hasCurve ? ['paper', 'curve'] : ['paper'];
    return sets.flatMap((sizes) =>
      (['with', 'without'] as const).flatMap((cold_faults) =>
        writeCosts.map((write_cost) => ({ sizes, cold_faults, write_cost })),
      ),
    );
  }

  /** What a view looks at; from the footprint on nothing is left to choose. */
  framesIn({ frame_counts, pages }: WorkloadResult, sizes: Sizes): readonly number[] {
    return sizes === 'paper' ? this.#paper : frame_counts.filter((frames) => frames < pages);
  }

  /** I/O time over that of `baseline`, at one point; null where only the baseline's is 0. */
  ratio(
    workload: string,
    frames: number,
    { write_cost, cold_faults }: View,
    policy: string,
    baseline: string,
  ): number | null {
    const time = (name: string): number | null => {
      const row = this.#rows.get(keyOf(workload, write_cost, frames, name));
      return row === undefined ? null : timeOf(row, cold_faults);
    };
    const [own, other] = [time(policy), time(baseline)];
    if (own === null || other === null) return null;
    if (other === 0) return own === 0 ? 1 : null;
    return own / other;
  }

  /** Mean over workloads of the mean over sizes of what `measure` gives; nulls are left out. */
  mean(sizes: Sizes, measure: (workload: string, frames: number) => number | null): number | null {
    return meanOf(
      this.workloads.map((workload) =>
        meanOf(this.framesIn(workload, sizes).map((frames) => measure(workload.trace, frames))),
      ),
    );
  }

  saved(view: View, policy: string, baseline: string): number | null {
    const share = this.mean(view.sizes, (workload, frames) =>
      this.ratio(workload, frames, view, policy, baseline),
    );
    return share === null ? null : 100 * (1 - share);
  }

  /** Mean distance of two policies, in percent of CLOCK's I/O time. */
  apart(view: View, policy: string, other: string): number | null {
    return this.mean(view.sizes, (workload, frames) => {
      const own = this.ratio(workload, frames, view, policy, 'clock');
      const theirs = this.ratio(workload, frames, view, other, 'clock');
      return own === null || theirs === null ? null : 100 * Math.abs(own - theirs);
    });
  }
}

export function averagesOf(
  rows: Rows,
  policies: readonly string[],
  writeCosts: readonly number[],
): Average[] {
  return rows.views(writeCosts).flatMap((view) =>
    policies
      .filter((policy) => policy !== 'clock')
      .map((policy) => {
        const craw = crawBeside(policy);
        return {
          ...view,
          policy,
          saved_over_clock_percent: rows.saved(view, policy, 'clock'),
          saved_over_car_percent: policy === 'car' ? null : rows.saved(view, policy, 'car'),
          apart_from_craw_points: craw === null ? null : rows.apart(view, policy, craw),
        };
      }),
  );
}

/** The CRAW that a CRAW-RM is to be compared with: the one of the same options. */
export function crawBeside(policy: string): string | null {
  const match = /^craw-rm(:.*)?$/.exec(policy);
  return match === null ? null : `craw${match[1] ?? ''}`;
}

function timeOf(row: SimRow, cold: ColdFaults): number {
  return cold === 'with' ? row.io_time : row.io_time_without_cold;
}

function meanOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}

function keyOf(workload: string, writeCost: number, frames: number, policy: string): string {
  return `${workload}\n${writeCost}\n${frames}\n${policy}`;
}

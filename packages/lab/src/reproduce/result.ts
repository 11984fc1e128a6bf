// The result of `reproduce craw-rm` as data: what --json prints and what the table and the page are
// made from. Keys are the contract with users, hence snake_case.

import type { SimRow, SimTrace } from '../result.ts';

export const REPRODUCE_CRAW_RM_SCHEMA = 'pagelend.reproduce-craw-rm/1';

/** `paper`: at the paper's sizes. `curve`: at all that were replayed and are below the footprint. */
export type Sizes = 'paper' | 'curve';

/** With or without the first touches, which no policy avoids. */
export type ColdFaults = 'with' | 'without';

/** Under which charging, over which sizes. */
export interface View {
  readonly sizes: Sizes;
  readonly cold_faults: ColdFaults;
  readonly write_cost: number;
}

/** Means over the workloads of the means over a workload's sizes; null where nothing can be said. */
export interface Average extends View {
  readonly policy: string;
  readonly saved_over_clock_percent: number | null;
  readonly saved_over_car_percent: number | null;
  /** Of CRAW-RM: mean distance from CRAW under the same `link`, in percent of CLOCK's I/O time. */
  readonly apart_from_craw_points: number | null;
}

export type Verdict = 'agrees' | 'in part' | 'disagrees' | 'not measured';

/** One statement of the paper, held against every view that it can be looked at in. */
export interface Claim {
  readonly id: string;
  /** What the paper says. */
  readonly says: string;
  /** When a view agrees with it. */
  readonly rule: string;
  readonly verdict: Verdict;
  readonly agreeing: number;
  readonly cases: readonly ClaimCase[];
}

export interface ClaimCase {
  /** In words: `paper's sizes, with cold faults, write cost 4`. */
  readonly where: string;
  /** What was measured, in words. */
  readonly measured: string;
  readonly agrees: boolean;
}

export interface WorkloadResult extends SimTrace {
  /** `trace` is the workload's name, so that the result does not depend on where files lie. */
  readonly title: string;
  readonly frame_counts: readonly number[];
}

export interface CrawRmResult {
  readonly schema: typeof REPRODUCE_CRAW_RM_SCHEMA;
  readonly version: string;
  readonly says: string;
  readonly published: {
    readonly saved_over_clock_percent: number;
    readonly saved_over_car_percent: number;
    readonly beside_craw: string;
  };
  readonly near_points: number;
  readonly paper_frames: readonly number[];
  readonly write_costs: readonly number[];
  readonly policies: readonly string[];
  readonly workloads: readonly WorkloadResult[];
  readonly averages: readonly Average[];
  readonly claims: readonly Claim[];
  readonly rows: readonly SimRow[];
}

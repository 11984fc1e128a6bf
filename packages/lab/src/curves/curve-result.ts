// The curves of a run as data: what `curve --json` prints and what the text, the CSV and the page are
// made from. Keys are the contract with users, hence snake_case here.

import type { ColdRead, SimTrace } from '../result.ts';

export const CURVE_SCHEMA = 'pagelend.curve/1';

/** One point: a trace, a policy as asked for, a frame count and a cost pair. */
export interface CurveRow {
  readonly trace: string;
  readonly policy: string;
  readonly observes: string;
  readonly frames: number;
  /** Name of the preset that the cost pair comes from; null where costs were given. */
  readonly medium: string | null;
  readonly read_cost: number;
  readonly write_cost: number;
  /** References counted: those after the warm-up. All counts below are of these alone. */
  readonly references: number;
  /** Whole numbers; rounded where they are estimated. */
  readonly faults: number;
  /** Always exact: first touches are the same for every policy. */
  readonly cold_faults: number;
  /** Pages read from storage. */
  readonly reads: number;
  readonly writebacks: number;
  /** faults / references. */
  readonly miss_ratio: number;
  /** reads × read_cost + writebacks × write_cost. */
  readonly io_time: number;
  /** False where the counts are estimated from samples; the errors below are null where it is true. */
  readonly exact: boolean;
  /** Standard errors of the means over the samples. */
  readonly faults_standard_error: number | null;
  readonly writebacks_standard_error: number | null;
  readonly miss_ratio_standard_error: number | null;
  readonly io_time_standard_error: number | null;
}

/**
 * How the estimated rows of a trace were made, and how far the same samples miss LRU's curve. That is
 * the error of plain sampling: rows of policies come from sizes that are matched by LRU, which leaves
 * less of it, and LRU itself would come out right by construction.
 */
export interface CurveSampling {
  /** Pages in each sample, and their share of all pages. */
  readonly sampled_pages: number;
  readonly sample_rate: number;
  /** Samples: one per seed. */
  readonly seeds: number;
  /** Sizes at which something was estimated. */
  readonly sizes: number;
  /** Over those sizes, LRU from the samples by plain scale against LRU exactly. */
  readonly lru_miss_ratio_mean_absolute_error: number;
  readonly lru_transfers_mean_relative_error: number;
  /** Of those sizes, the share with the exact faults within two standard errors. */
  readonly lru_faults_within_two_standard_errors: number;
}

/** LRU exactly, at the sizes that draw its curve: parallel lists. */
export interface LruKnots {
  readonly frames: readonly number[];
  readonly faults: readonly number[];
  readonly reads: readonly number[];
  readonly writebacks: readonly number[];
}

export interface CurveTrace extends SimTrace {
  /** References replayed before counting starts. */
  readonly warmup_references: number;
  /** Null where every row is exact. */
  readonly sampling: CurveSampling | null;
  readonly lru: LruKnots;
}

export interface CurveResult {
  readonly schema: typeof CURVE_SCHEMA;
  /** Version of pagelend that made it. */
  readonly version: string;
  readonly cold_read: ColdRead;
  readonly traces: readonly CurveTrace[];
  readonly rows: readonly CurveRow[];
}

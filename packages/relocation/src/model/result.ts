// The result of the model as data: what --json prints and what text and page are made from. Keys are
// the contract with users, hence snake_case.

import type { MeasuredComparison } from './compare.ts';
import type { ModelRegime } from './model-case.ts';
import type { Scheme } from './schemes.ts';

export const RELOCATION_MODEL_SCHEMA = 'pagelend.relocation-model/1';

/** The inputs of a case, as they were used. */
export interface CaseInputs {
  readonly case: string;
  readonly regime: ModelRegime;
  readonly guests: number;
  readonly busy_guests: number;
  readonly memory_bytes: number;
  readonly hog_bytes: number;
  readonly swapped_share: number;
  readonly hog_content: string;
  readonly job_content: string;
  readonly kernel_bytes: number;
  readonly cache_bytes: number;
  readonly cache_floor_bytes: number;
  readonly file_bytes: number;
  readonly job_bytes: number;
  readonly job_processes: number;
  readonly job_runs: number;
  readonly job_seconds: number;
  readonly swap_bytes: number;
  readonly swappiness: number;
  readonly zsmalloc: string;
}

/** One scheme of a case. Means are over the job's time, up to where memory ran out; pages are of the busy guests, each. */
export interface SchemeOutcome {
  readonly scheme: Scheme;
  readonly free_pages: number;
  readonly free_pages_least: number;
  /** Over all guests, idle ones too. */
  readonly free_pages_of_all: number;
  /** Of files, in the guest. */
  readonly cache_pages: number;
  readonly swapped_pages: number;
  /** In the guest: the pages of zram's pool. */
  readonly guest_pool_pages: number;
  /** At the lender, for all guests together, its tables included. */
  readonly lender_pool_pages: number;
  /** While the job ran, per busy guest. */
  readonly swap_outs: number;
  readonly swap_ins: number;
  readonly file_reads: number;
  /** Counts times assumed costs. */
  readonly stall_seconds: number;
  readonly writing_seconds: number;
  readonly is_out_of_memory: boolean;
}

/** A scheme over the job's time; lists of equal length. */
export interface SchemeCurve {
  readonly case: string;
  readonly scheme: Scheme;
  readonly seconds: readonly number[];
  readonly free_pages: readonly number[];
  readonly swapped_pages: readonly number[];
  readonly guest_pool_pages: readonly number[];
  readonly lender_pool_pages: readonly number[];
}

export interface Bounds {
  /**
   * Free pages a guest if the host moved them between guests and nothing were compressed or swapped:
   * the best that ballooning can do. Below 0: memory would not suffice.
   */
  readonly balloon_free_pages: number;
  /** The same if equal pages of hog and job were merged, by the recorded share of equal ones. */
  readonly shared_free_pages: number;
  readonly equal_pages_percent: number;
}

export interface CaseResult extends CaseInputs {
  readonly schemes: readonly SchemeOutcome[];
  /** Lent over zram, free pages, less 1; null where either ran out of memory. */
  readonly gain_percent: number | null;
  readonly gain_pages: number;
  /** Swapped pages times their compressed share, over zram's free pages; null under pressure. */
  readonly predicted_gain_percent: number | null;
  /** What a page takes in zram's pool, of a page; mean over the hog's recorded contents. */
  readonly compressed_share: number;
  /** Free pages of all guests less what the lender takes, fixed memory included: lent less zram. */
  readonly host_gain_pages: number;
  readonly bounds: Bounds;
}

/** A case or a swept case under one scheme, flat: for tables and CSV. */
export interface ModelRow extends CaseInputs, SchemeOutcome {
  /** The input that is varied; null for the cases themselves. */
  readonly sweep: string | null;
  /** Its value, as text. */
  readonly value: string | null;
  readonly gain_percent: number | null;
  readonly predicted_gain_percent: number | null;
  readonly host_gain_pages: number;
}

export interface ModelResult {
  readonly schema: typeof RELOCATION_MODEL_SCHEMA;
  readonly version: string;
  /** Says that this is a model; shown wherever the result is. */
  readonly says: string;
  readonly published: { readonly gain_percent: number };
  readonly seed: number;
  readonly policy: string;
  readonly trace: {
    readonly name: string;
    readonly origin: string;
    readonly references: number;
    readonly pages: number;
  };
  readonly contents: string;
  readonly costs: readonly {
    readonly scheme: Scheme;
    readonly in_us: number;
    readonly out_us: number;
    readonly says: string;
  }[];
  readonly assumptions: readonly string[];
  readonly not_modelled: readonly string[];
  readonly cases: readonly CaseResult[];
  readonly curves: readonly SchemeCurve[];
  readonly rows: readonly ModelRow[];
  /** The hog at which the gain of the first case passes what the paper published; null: at none. */
  readonly hog_of_published_bytes: number | null;
  /** Beside what real guests did; null where nothing was to be compared. */
  readonly measured: MeasuredComparison | null;
}

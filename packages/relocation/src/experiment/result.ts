// The result of `reproduce relocation` as data: what --json prints and what the table and the page are
// made from. Keys are the contract with users, hence snake_case.

import type { Claim } from '@pagelend/lab';
import type { Configuration, Purpose, Regime } from './plan.ts';
import type { MemoryPart } from './samples.ts';

export const REPRODUCE_RELOCATION_SCHEMA = 'pagelend.reproduce-relocation/1';

/**
 * One run. Pages are means over the samples taken while the job ran, unless they say otherwise; what a
 * configuration does not have is null.
 */
export interface RelocationRow {
  readonly regime: Regime;
  readonly purpose: Purpose;
  readonly configuration: Configuration;
  readonly round: number;
  /** Place in the order of all runs, from 1. */
  readonly order: number;
  readonly hog_bytes: number;
  readonly job_seconds: number;
  /** Time of the host's processors that the guest's machine took meanwhile. */
  readonly job_cpu_seconds: number;
  readonly samples: number;
  readonly total_pages: number;
  readonly free_pages: number;
  /** At rest, just before the job began. */
  readonly free_pages_before_job: number;
  readonly free_pages_least: number;
  readonly free_pages_most: number;
  readonly anonymous_pages: number;
  readonly file_pages: number;
  readonly unevictable_pages: number;
  readonly slab_pages: number;
  readonly kernel_stacks_pages: number;
  readonly page_tables_pages: number;
  readonly per_cpu_pages: number;
  /** Of zram, inside the guest. */
  readonly pool_pages: number;
  readonly rest_pages: number;
  readonly swap_used_pages: number;
  /** Before the job, from the hog's start; then while it ran. */
  readonly swapped_out_pages: number;
  readonly job_swapped_out_pages: number;
  readonly job_swapped_in_pages: number;
  readonly job_major_faults: number;
  /** What keeps the pages compressed, zram or the lender, at the job's end. */
  readonly stored_bytes: number | null;
  readonly compressed_bytes: number | null;
  readonly used_bytes: number | null;
  readonly same_pages: number | null;
  readonly huge_pages: number | null;
  /** The hog's words looked at afterwards, and those that were not what it had written. */
  readonly hog_words: number;
  readonly hog_words_wrong: number;
  /** Lines of both guests' kernel logs that tell of failed input or output, or of a killed process. */
  readonly kernel_complaints: readonly string[];
  readonly companion_looks: number;
  readonly companion_words_wrong: number;
  readonly companion_swapped_out_pages: number;
  readonly companion_swapped_in_pages: number;
}

/** A run over time; lists of equal length. Seconds count from the job's start. */
export interface RelocationCurve {
  readonly order: number;
  readonly seconds: readonly number[];
  readonly free_pages: readonly number[];
  readonly file_pages: readonly number[];
  readonly swap_used_pages: readonly number[];
  readonly pool_pages: readonly number[];
}

export interface RelocationFailure {
  readonly regime: Regime;
  readonly purpose: Purpose;
  readonly configuration: Configuration;
  readonly round: number;
  readonly order: number;
  readonly hog_bytes: number;
  readonly message: string;
}

/** Middle, least and greatest of the rounds. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** All rounds of one configuration. */
export interface RelocationSummary {
  readonly regime: Regime;
  readonly configuration: Configuration;
  readonly hog_bytes: number;
  readonly rounds: number;
  readonly free_pages: Spread;
  readonly job_seconds: Spread;
  readonly job_cpu_seconds: Spread;
  readonly file_pages: Spread;
  readonly swapped_out_pages: Spread;
  readonly job_swapped_in_pages: Spread;
  readonly used_pages: Spread | null;
}

/** Lent beside zram: one hog size in one regime, pairs of the same round. */
export interface RelocationGain {
  readonly regime: Regime;
  readonly hog_bytes: number;
  readonly pairs: number;
  /** Free pages with lent over free pages with zram, less 1. */
  readonly measured_percent: Spread;
  readonly measured_pages: Spread;
  /** The same just before the job, where nothing but the swap differs. */
  readonly measured_before_job_pages: Spread;
  /**
   * Without what the job itself had more or less of, in anonymous pages and page cache: on a host
   * with other work its phases do not take equally long, and means over time differ by that.
   */
  readonly measured_alike_pages: Spread;
  /** The pages of zram's pool: what no longer lies in the guest. */
  readonly predicted_percent: Spread;
  readonly predicted_pages: Spread;
  /** Measured less predicted, in percent of measured; of the medians. */
  readonly apart_percent: number;
  readonly apart_before_job_percent: number;
  readonly apart_alike_percent: number;
}

/** What the gain in free pages is made up of: means over the pairs of one hog size, in pages. */
export interface RelocationAccount {
  readonly regime: Regime;
  readonly hog_bytes: number;
  readonly pairs: number;
  readonly swapped_pages: number;
  /** Compressed size of those pages, by the lender's own counters; null if it stored none. */
  readonly compressed_by_lender_pages: number | null;
  readonly compressed_by_zram_pages: number;
  /** What zram's allocator takes beside them. */
  readonly allocator_pages: number;
  readonly pool_pages: number;
  /** Part of `other_parts.rest`, computed: zram's table of slots, 16 bytes for each page of its disk. */
  readonly slot_table_pages: number;
  /** How much less of each other part there is with lent than with zram. */
  readonly other_parts: Readonly<Record<Exclude<MemoryPart, 'free' | 'pool'>, number>>;
  /** Less of memory in all, with lent; the two kernels are the same, so it should be 0. */
  readonly total_difference_pages: number;
  readonly measured_pages: number;
}

export interface RelocationResult {
  readonly schema: typeof REPRODUCE_RELOCATION_SCHEMA;
  readonly version: string;
  readonly says: string;
  readonly published: {
    readonly gain_percent: number;
    readonly guest_memory_bytes: number;
    readonly host_memory_bytes: number;
    readonly guests: number;
    readonly hypervisor: string;
    readonly kernels: string;
    readonly transfer: string;
    readonly job: string;
  };
  readonly setup: RelocationSetup;
  readonly rows: readonly RelocationRow[];
  readonly curves: readonly RelocationCurve[];
  readonly failures: readonly RelocationFailure[];
  readonly summaries: readonly RelocationSummary[];
  readonly gains: readonly RelocationGain[];
  readonly accounts: readonly RelocationAccount[];
  readonly claims: readonly Claim[];
}

/** What was run on what. */
export interface RelocationSetup {
  readonly guest_kind: string;
  readonly guest_kernel: string;
  readonly host_kernel: string;
  readonly host_cores: number;
  readonly full: boolean;
  readonly memory_bytes: number;
  readonly companion_memory_bytes: number;
  readonly companion_hog_bytes: number;
  readonly compressible_percent: number;
  readonly seed: number;
  readonly rounds: number;
  readonly job: string;
  readonly job_files: number;
  readonly sample_ms: number;
  readonly equal_percent: number;
  /** How the disk configuration's file is opened. */
  readonly disk_cache: string;
  readonly regimes: readonly Regime[];
  readonly configurations: readonly Configuration[];
  readonly wall_seconds: number;
}

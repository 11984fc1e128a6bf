// A plan as data: what --json prints and what the text is made from. Keys are the contract with users,
// hence snake_case.

export const PLAN_SCHEMA = 'pagelend.plan/1';

export interface PageIns {
  readonly policy: string;
  readonly trace: string;
  readonly references: number;
  /** Frames of the recorded program: as large a share of its pages as memory is of the demand. */
  readonly frames: number;
  readonly pages: number;
  /** First touches left out. */
  readonly page_ins_per_million_references: number;
  readonly page_outs_per_million_references: number;
}

export interface PlanResult {
  readonly schema: typeof PLAN_SCHEMA;
  readonly version: string;
  /** Says that this is a model. */
  readonly says: string;
  readonly guests: number;
  readonly memory_bytes: number;
  readonly demand_bytes: number;
  readonly working_set_bytes: number | null;
  /** What each guest has to put elsewhere. */
  readonly short_bytes: number;
  /** What it could: its demand less its working set; null where that was not said. */
  readonly cold_bytes: number | null;
  readonly contents: string;
  readonly confidence_percent: number;
  /** Compressed size over the page, at the lender; mean over the contents. */
  readonly compressed_share: number;
  readonly pool_mean_bytes: number;
  readonly pool_confident_bytes: number;
  /** If no page could be compressed. */
  readonly pool_worst_bytes: number;
  readonly tables_bytes: number;
  readonly daemon_bytes: number;
  /** What to give `serve --memory`, room for gaps after churn and the tables included. */
  readonly serve_memory_bytes: number;
  readonly lease_bytes: number;
  readonly host: {
    readonly guests_bytes: number;
    readonly lending_bytes: number;
    readonly reserve_bytes: number;
    readonly total_bytes: number;
    /** The same guests with memory for their whole demand. */
    readonly without_lending_bytes: number;
  };
  /** With a limit on the pool: what it holds, and what would go to a tier behind it. */
  readonly limited: {
    readonly pool_bytes: number;
    readonly held_bytes: number;
    /** Compressed bytes past the limit, in the mean and at the confidence. */
    readonly not_fitting_mean_bytes: number;
    readonly not_fitting_confident_bytes: number;
    /** What to give `serve --tier-size` for the latter; 0 where all fits. */
    readonly tier_bytes: number;
  } | null;
  /** How many such guests a host has room for, with a pool as large as they need. */
  readonly capacity: {
    readonly host_memory_bytes: number;
    readonly guests_without_lending: number;
    readonly guests_with_lending: number;
  } | null;
  readonly page_ins: PageIns | null;
  readonly commands: readonly string[];
  readonly notes: readonly string[];
}

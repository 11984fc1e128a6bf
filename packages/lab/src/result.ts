// The result of a sweep as data: what `sim --json` prints and what the table, CSV, Parquet and the
// report are made from. Keys are the contract with users, hence snake_case here and nowhere else.

export const SIM_SCHEMA = 'pagelend.sim/1';

/** How a first touch of a page is charged: as a page-in always, at reads only, or never. */
export type ColdRead = 'all' | 'reads-only' | 'none';

/** One trace that was replayed. */
export interface SimTrace {
  /** As given: the path of the file. */
  readonly trace: string;
  readonly references: number;
  readonly read_references: number;
  readonly write_references: number;
  /** Distinct pages. */
  readonly pages: number;
  readonly page_size_bytes: number;
  /** The recorded command, or how the trace came about; empty where unknown. */
  readonly origin: string;
}

/** One cell: a trace, a policy as asked for, a frame count and a cost pair. */
export interface SimRow {
  readonly trace: string;
  readonly policy: string;
  /** What the policy must be shown; see `observations` of @pagelend/policies. */
  readonly observes: string;
  readonly frames: number;
  /** Name of the preset that the cost pair comes from; null where costs were given. */
  readonly medium: string | null;
  readonly read_cost: number;
  readonly write_cost: number;
  /** References counted: those after the warm-up. All counts below are of these alone. */
  readonly references: number;
  readonly faults: number;
  /** Faults of pages that were never resident before. */
  readonly cold_faults: number;
  /** Pages read from storage. */
  readonly reads: number;
  /** Of `reads`, first touches. */
  readonly cold_reads: number;
  /** Modified pages written: at eviction, or when the policy asked for it. */
  readonly writebacks: number;
  /** reads × read_cost + writebacks × write_cost. */
  readonly io_time: number;
  /** The same without `cold_reads`, which no policy can avoid. */
  readonly io_time_without_cold: number;
  /** io_time over that of CLOCK (init=1); 1 where both are 0, null where only CLOCK's is. */
  readonly relative_to_clock: number | null;
  readonly relative_to_clock_without_cold: number | null;
  /** No policy can read or write less: see the separable lower bound. Null unless asked for. */
  readonly lower_bound_reads: number | null;
  readonly lower_bound_writebacks: number | null;
  readonly lower_bound_io_time: number | null;
}

/** What an explained policy did in one run; see `--explain`. */
export interface SimExplanation {
  readonly trace: string;
  readonly policy: string;
  readonly observes: string;
  readonly frames: number;
  readonly medium: string | null;
  /** Null, as `medium` and `write_cost`, where the policy's run is the same under all costs. */
  readonly read_cost: number | null;
  readonly write_cost: number | null;
  /** References before counting starts: those of the samples up to the one at this place. */
  readonly warmup_references: number;
  /** References, faults and write-backs counted, as in a row. */
  readonly references: number;
  readonly faults: number;
  readonly cold_faults: number;
  readonly writebacks: number;
  readonly gauges: readonly ExplainedGauge[];
  readonly samples: ExplainedSamples;
}

/** What a policy shows of itself: sizes and targets in pages, or events. */
export type ExplainedGauge = ExplainedSize | ExplainedCount;

export interface ExplainedSize {
  readonly name: string;
  readonly kind: 'pages' | 'target';
  readonly says: string;
  /** Over the samples from the end of the warm-up on. */
  readonly start: number;
  readonly end: number;
  readonly least: number;
  readonly most: number;
  readonly mean: number;
  /** At each sample. */
  readonly samples: readonly number[];
}

export interface ExplainedCount {
  readonly name: string;
  readonly kind: 'count';
  readonly says: string;
  /** Events counted, and over the faults counted; null where there was none. */
  readonly total: number;
  readonly per_fault: number | null;
  /** Events since the sample before. */
  readonly samples: readonly number[];
}

/** Arrays of equal length, one value a sample. The first sample is that of the empty memory. */
export interface ExplainedSamples {
  /** References replayed before the sample. */
  readonly references: readonly number[];
  /** Since the sample before. */
  readonly faults: readonly number[];
  readonly cold_faults: readonly number[];
  readonly writebacks: readonly number[];
  readonly resident_pages: readonly number[];
  /** Resident pages whose bit is set; null where the host shows no such bit. */
  readonly referenced_pages: readonly number[] | null;
  readonly modified_pages: readonly number[] | null;
  /** Resident pages whose copy on storage is stale. */
  readonly dirty_pages: readonly number[];
}

export interface SimResult {
  readonly schema: typeof SIM_SCHEMA;
  /** Version of pagelend that made it. */
  readonly version: string;
  readonly cold_read: ColdRead;
  /** References replayed before counting starts, per trace in the order of `traces`. */
  readonly warmup_references: readonly number[];
  readonly traces: readonly SimTrace[];
  readonly rows: readonly SimRow[];
  /** Only where a policy was to be explained: a run a trace, frame count and cost pair that it tells apart. */
  readonly explanations?: readonly SimExplanation[];
}

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

export interface SimResult {
  readonly schema: typeof SIM_SCHEMA;
  /** Version of pagelend that made it. */
  readonly version: string;
  readonly cold_read: ColdRead;
  /** References replayed before counting starts, per trace in the order of `traces`. */
  readonly warmup_references: readonly number[];
  readonly traces: readonly SimTrace[];
  readonly rows: readonly SimRow[];
}

// The columns of a row in the order of the JSON contract, with the type each has in a typed file.
// CSV and Parquet are made from this one table, so that they cannot disagree.

import type { SimRow } from '../result.ts';

/** `count` is an exact integer that may pass 2^31; `real` may have decimals. */
export type ColumnType = 'text' | 'count' | 'real';

export interface Column {
  readonly key: keyof SimRow;
  readonly type: ColumnType;
  readonly nullable: boolean;
}

const types = {
  trace: 'text',
  policy: 'text',
  observes: 'text',
  frames: 'count',
  medium: 'text',
  read_cost: 'real',
  write_cost: 'real',
  references: 'count',
  faults: 'count',
  cold_faults: 'count',
  reads: 'count',
  cold_reads: 'count',
  writebacks: 'count',
  io_time: 'real',
  io_time_without_cold: 'real',
  relative_to_clock: 'real',
  relative_to_clock_without_cold: 'real',
  lower_bound_reads: 'count',
  lower_bound_writebacks: 'count',
  lower_bound_io_time: 'real',
} as const satisfies Record<keyof SimRow, ColumnType>;

const nullableKeys: ReadonlySet<keyof SimRow> = new Set([
  'medium',
  'relative_to_clock',
  'relative_to_clock_without_cold',
  'lower_bound_reads',
  'lower_bound_writebacks',
  'lower_bound_io_time',
]);

export const columns: readonly Column[] = (Object.keys(types) as (keyof SimRow)[]).map((key) => ({
  key,
  type: types[key],
  nullable: nullableKeys.has(key),
}));

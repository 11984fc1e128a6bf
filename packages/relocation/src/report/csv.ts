// The runs as CSV: one line a run, keys as in JSON.

import { csvOf } from '@pagelend/lab';
import type { RelocationResult, RelocationRow } from '../experiment/result.ts';

type Key = Exclude<keyof RelocationRow, 'kernel_complaints'>;

/** The compiler holds the list to the rows' keys; the order is that of the columns. */
const columns: Readonly<Record<Key, true>> = {
  order: true,
  regime: true,
  purpose: true,
  configuration: true,
  round: true,
  hog_bytes: true,
  job_seconds: true,
  job_cpu_seconds: true,
  samples: true,
  total_pages: true,
  free_pages: true,
  free_pages_before_job: true,
  free_pages_least: true,
  free_pages_most: true,
  anonymous_pages: true,
  file_pages: true,
  unevictable_pages: true,
  slab_pages: true,
  kernel_stacks_pages: true,
  page_tables_pages: true,
  per_cpu_pages: true,
  pool_pages: true,
  rest_pages: true,
  swap_used_pages: true,
  swapped_out_pages: true,
  job_swapped_out_pages: true,
  job_swapped_in_pages: true,
  job_major_faults: true,
  stored_bytes: true,
  compressed_bytes: true,
  used_bytes: true,
  same_pages: true,
  huge_pages: true,
  hog_words: true,
  hog_words_wrong: true,
  companion_looks: true,
  companion_words_wrong: true,
  companion_swapped_out_pages: true,
  companion_swapped_in_pages: true,
};

export const rowColumns = Object.keys(columns) as Key[];

export function renderRelocationCsv({ rows }: Pick<RelocationResult, 'rows'>): string {
  return csvOf(
    rowColumns,
    rows.map((row) => rowColumns.map((key) => row[key])),
  );
}

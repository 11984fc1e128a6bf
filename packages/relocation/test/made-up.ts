// Rows as a run would give them, for what the analysis must make of them.

import type { RelocationRow } from '../src/experiment/result.ts';

const plain: RelocationRow = {
  regime: 'clean',
  purpose: 'round',
  configuration: 'lent',
  round: 1,
  order: 1,
  hog_bytes: 64 * 2 ** 20,
  job_seconds: 10,
  job_cpu_seconds: 9,
  samples: 50,
  total_pages: 60_000,
  free_pages: 30_000,
  free_pages_before_job: 45_000,
  free_pages_least: 20_000,
  free_pages_most: 40_000,
  anonymous_pages: 10_000,
  file_pages: 8_000,
  unevictable_pages: 1_000,
  slab_pages: 3_000,
  kernel_stacks_pages: 250,
  page_tables_pages: 150,
  per_cpu_pages: 16,
  pool_pages: 0,
  rest_pages: 7_584,
  swap_used_pages: 16_400,
  swapped_out_pages: 16_400,
  job_swapped_out_pages: 0,
  job_swapped_in_pages: 0,
  job_major_faults: 200,
  stored_bytes: 16_384 * 4096,
  compressed_bytes: 7_000 * 4096,
  used_bytes: 7_300 * 4096,
  same_pages: 0,
  huge_pages: 0,
  hog_words: 16_384 * 512,
  hog_words_wrong: 0,
  kernel_complaints: [],
  companion_looks: 5,
  companion_words_wrong: 0,
  companion_swapped_out_pages: 9_000,
  companion_swapped_in_pages: 3_000,
};

export function row(change: Partial<RelocationRow>): RelocationRow {
  return { ...plain, ...change };
}

/** The same with a pool in the guest: `poolPages` fewer are free, and `other` pages of slab more. */
export function zramRow(
  poolPages: number,
  other: number,
  change: Partial<RelocationRow> = {},
): RelocationRow {
  return row({
    configuration: 'zram',
    pool_pages: poolPages,
    free_pages: plain.free_pages - poolPages - other,
    free_pages_before_job: plain.free_pages_before_job - poolPages,
    slab_pages: plain.slab_pages + other,
    ...change,
  });
}

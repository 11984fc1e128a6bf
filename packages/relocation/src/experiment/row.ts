// From what a run gave to its row and its curve.

import type { SwapFigures } from '@pagelend/guests';
import type { StoredPages } from '../backing/swap.ts';
import type { CompanionReport } from './companion.ts';
import type { WordCheck } from './hogs.ts';
import { PAGE_BYTES, type PlannedRun } from './plan.ts';
import type { RelocationCurve, RelocationRow } from './result.ts';
import { meansOf, type Sample } from './samples.ts';

export interface MeasuredJob {
  /** Of the guest's clock. */
  readonly span: { readonly from: number; readonly to: number };
  /** Of the host's processors, by the guest's machine. */
  readonly cpuSeconds: number;
  /** The last sample before the job. */
  readonly rest: Sample;
  /** During that span; at least one. */
  readonly samples: readonly Sample[];
  readonly before: SwapFigures;
  readonly after: SwapFigures;
}

export function rowOf(
  run: PlannedRun,
  order: number,
  { span, cpuSeconds, rest, samples, before, after }: MeasuredJob,
  stored: StoredPages,
  words: WordCheck,
  companion: CompanionReport,
  complaints: readonly string[],
): { row: RelocationRow; curve: RelocationCurve } {
  const means = meansOf(samples);
  const free = samples.map((sample) => sample.free);
  const [first, last] = [samples[0]!, samples.at(-1)!];
  const poolPages = poolOf(means.pool, stored, run);
  const row: RelocationRow = {
    regime: run.regime,
    purpose: run.purpose,
    configuration: run.configuration,
    round: run.round,
    order,
    hog_bytes: run.hogBytes,
    job_seconds: rounded(span.to - span.from),
    job_cpu_seconds: rounded(cpuSeconds),
    samples: samples.length,
    total_pages: last.total,
    free_pages: rounded(means.free),
    free_pages_before_job: rest.free,
    free_pages_least: Math.min(...free),
    free_pages_most: Math.max(...free),
    anonymous_pages: rounded(means.anonymous),
    file_pages: rounded(means.file),
    unevictable_pages: rounded(means.unevictable),
    slab_pages: rounded(means.slab),
    kernel_stacks_pages: rounded(means.kernel_stacks),
    page_tables_pages: rounded(means.page_tables),
    per_cpu_pages: rounded(means.per_cpu),
    pool_pages: rounded(poolPages),
    // Where the kernel does not count the pool's pages, they are part of the rest.
    rest_pages: rounded(means.rest + means.pool - poolPages),
    swap_used_pages: rounded(
      samples.reduce((sum, { swapUsed }) => sum + swapUsed, 0) / samples.length,
    ),
    swapped_out_pages: before.pagesOut,
    job_swapped_out_pages: after.pagesOut - before.pagesOut,
    job_swapped_in_pages: after.pagesIn - before.pagesIn,
    job_major_faults: last.majorFaults - first.majorFaults,
    stored_bytes: stored.storedBytes,
    compressed_bytes: stored.compressedBytes,
    used_bytes: stored.usedBytes,
    same_pages: stored.samePages,
    huge_pages: stored.hugePages,
    hog_words: words.words,
    hog_words_wrong: words.wrong,
    kernel_complaints: complaints,
    companion_looks: companion.looks,
    companion_words_wrong: companion.wrong,
    companion_swapped_out_pages: companion.swappedOut,
    companion_swapped_in_pages: companion.swappedIn,
  };
  return { row, curve: curveOf(order, span.from, samples) };
}

/** In the guest, with zram only. */
function poolOf(
  counted: number,
  { usedBytes }: StoredPages,
  { configuration }: PlannedRun,
): number {
  if (configuration !== 'zram') return 0;
  return counted > 0 ? counted : (usedBytes ?? 0) / PAGE_BYTES;
}

function curveOf(order: number, from: number, samples: readonly Sample[]): RelocationCurve {
  return {
    order,
    seconds: samples.map(({ seconds }) => rounded(seconds - from)),
    free_pages: samples.map(({ free }) => free),
    file_pages: samples.map(({ file }) => file),
    swap_used_pages: samples.map(({ swapUsed }) => swapUsed),
    pool_pages: samples.map(({ pool }) => pool),
  };
}

/** Thousandths of a second, and of a page. */
function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

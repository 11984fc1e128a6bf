// What is derived from runs: means, the paper's formula, what the host gains, and bounds.

import { meanOf } from '../mean.ts';
import type { Content } from './contents.ts';
import { type JobTrace, processesFor } from './job.ts';
import { DAEMON_BYTES } from './lender-memory.ts';
import { type ModelCase, pagesOf } from './model-case.ts';
import type { Bounds, CaseInputs, SchemeOutcome } from './result.ts';
import type { SchemeRun } from './run-case.ts';
import { type Scheme, waiting } from './schemes.ts';

export function caseInputs(one: ModelCase, job: JobTrace): CaseInputs {
  return {
    case: one.name,
    regime: one.regime,
    guests: one.guests,
    busy_guests: one.busyGuests,
    memory_bytes: one.memoryBytes,
    hog_bytes: one.hogBytes,
    swapped_share: one.swappedShare,
    hog_content: one.hogContent,
    job_content: one.jobContent,
    kernel_bytes: one.kernelBytes,
    cache_bytes: one.cacheBytes,
    cache_floor_bytes: one.cacheFloorBytes,
    file_bytes: one.fileBytes,
    job_bytes: one.jobBytes,
    job_processes: processesFor(job, pagesOf(one.jobBytes)),
    job_runs: one.jobRuns,
    job_seconds: one.jobSeconds,
    swap_bytes: one.swapBytes,
    swappiness: one.swappiness,
    zsmalloc: one.zsmalloc,
  };
}

export function outcomeOf(one: ModelCase, scheme: Scheme, run: SchemeRun): SchemeOutcome {
  const freePages = meanOf(run.freePages);
  const idle = one.guests - one.busyGuests;
  const { stallSeconds, writingSeconds } = waiting(scheme, run);
  return {
    scheme,
    free_pages: freePages,
    free_pages_least: run.freePagesLeast,
    free_pages_of_all: (freePages * one.busyGuests + run.idleFreePages * idle) / one.guests,
    cache_pages: meanOf(run.cachePages),
    swapped_pages: meanOf(run.swappedPages),
    guest_pool_pages: meanOf(run.guestPoolPages),
    lender_pool_pages: meanOf(run.lenderPages),
    swap_outs: run.swapOuts,
    swap_ins: run.swapIns,
    file_reads: run.fileReads,
    stall_seconds: stallSeconds,
    writing_seconds: writingSeconds,
    is_out_of_memory: run.isOutOfMemory,
  };
}

/** Null where one of them ran out of memory, so that there is nothing to compare. */
export function gainPercent(lent: SchemeOutcome, zram: SchemeOutcome): number | null {
  if (lent.is_out_of_memory || zram.is_out_of_memory || zram.free_pages <= 0) return null;
  return 100 * (lent.free_pages / zram.free_pages - 1);
}

/**
 * The paper's gain is what is swapped times its compressed share, over the free pages with zram. That
 * is so where a fixed amount is out; under pressure free pages stand at the watermarks, and it is null.
 */
export function predictedPercent(
  { regime }: ModelCase,
  zram: SchemeOutcome,
  compressedShare: number,
): number | null {
  if (regime !== 'clean' || zram.is_out_of_memory || zram.free_pages <= 0) return null;
  return (100 * zram.swapped_pages * compressedShare) / zram.free_pages;
}

/** In pages: what all guests gain by lending, less what the lender takes for it. */
export function hostGainPages(one: ModelCase, lent: SchemeOutcome, zram: SchemeOutcome): number {
  const gained = (lent.free_pages_of_all - zram.free_pages_of_all) * one.guests;
  return gained - lent.lender_pool_pages - pagesOf(DAEMON_BYTES);
}

/**
 * From the run whose swap lies outside of the guests: had nothing left, so many fewer pages would be
 * free. Moved between guests, each could have the mean.
 */
export function boundsOf(
  one: ModelCase,
  lent: SchemeRun,
  hog: readonly Content[],
  job: readonly Content[],
): Bounds {
  const idle = one.guests - one.busyGuests;
  const busyFree = meanOf(lent.freePages) - meanOf(lent.swappedPages);
  const balloon = (busyFree * one.busyGuests + lent.idleFreePages * idle) / one.guests;
  const [hogPages, jobPages] = [pagesOf(one.hogBytes), pagesOf(one.jobBytes)];
  const equal = (hogPages * sharedOf(hog) + jobPages * sharedOf(job)) / 100;
  const anonymous = hogPages + jobPages;
  return {
    balloon_free_pages: balloon,
    shared_free_pages: balloon + (equal * one.busyGuests) / one.guests,
    equal_pages_percent: anonymous === 0 ? 0 : (100 * equal) / anonymous,
  };
}

function sharedOf(contents: readonly Content[]): number {
  return contents.reduce((sum, { sharedPercent }) => sum + sharedPercent, 0) / contents.length;
}

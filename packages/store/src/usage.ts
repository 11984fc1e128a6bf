// The figures of a lease, summed over threads.

import type { LeaseUsage } from './contract.ts';
import {
  CHARGED_BYTES,
  COMPR_DATA_BYTES,
  FAILED_READS,
  FAILED_WRITES,
  HUGE_PAGES,
  READS,
  SAME_PAGES,
  STORED_PAGES,
  sumOf,
  TRIMMED_PAGES,
  WRITES,
} from './counters.ts';
import { PAGE_BYTES } from './layout.ts';

/** `all` are the counters of all threads, `tablePages` what the lease's slots take. */
export function usageOf(
  all: Float64Array,
  index: number,
  tablePages: number,
  limit: number,
): LeaseUsage {
  const of = (counter: number) => sumOf(all, index, counter);
  return {
    origDataBytes: of(STORED_PAGES) * PAGE_BYTES,
    comprDataBytes: of(COMPR_DATA_BYTES),
    memUsedBytes: of(CHARGED_BYTES) + tablePages * PAGE_BYTES,
    limitBytes: limit === Number.POSITIVE_INFINITY ? null : limit,
    storedPages: of(STORED_PAGES),
    samePages: of(SAME_PAGES),
    hugePages: of(HUGE_PAGES),
    reads: of(READS),
    writes: of(WRITES),
    failedReads: of(FAILED_READS),
    failedWrites: of(FAILED_WRITES),
    trimmedPages: of(TRIMMED_PAGES),
  };
}

// The figures of a lease, summed over threads.

import type { LeaseUsage } from './contract.ts';
import {
  BEHIND_PAGES,
  CHARGED_BYTES,
  CLEAN_LEAVINGS,
  COMPR_DATA_BYTES,
  FAILED_READS,
  FAILED_WRITES,
  FETCHED_PAGES,
  HUGE_PAGES,
  READS,
  SAME_PAGES,
  STORED_PAGES,
  sumOf,
  TRIMMED_PAGES,
  WRITES,
  WRITTEN_BEHIND_PAGES,
} from './counters.ts';
import { PAGE_BYTES } from './layout.ts';
import type { PoolAttachment } from './lent-lease.ts';
import { LIMIT_PAGES, TABLE_PAGES } from './pool-share.ts';

/** A little more than the high mark of room that is made ahead of need; see behind/room.ts. */
const FREE_SHARE = 1 / 24;

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
    behindPages: of(BEHIND_PAGES),
    fetchedPages: of(FETCHED_PAGES),
    writtenBehindPages: of(WRITTEN_BEHIND_PAGES),
    cleanLeavings: of(CLEAN_LEAVINGS),
  };
}

/** The figures of a lease, for any thread. */
export function leaseUsage({ share, limits }: PoolAttachment, index: number): LeaseUsage {
  const counters = new Float64Array(share.counters);
  return usageOf(counters, index, limits.tablePages[index]!, limits.limits[index]!);
}

/** Bytes of the pool that leases' pages can have, what is kept free ahead of need set aside. */
export function poolBytesToShare({ share }: PoolAttachment): number {
  const control = new Int32Array(share.control);
  const pages = control[LIMIT_PAGES]! - control[TABLE_PAGES]!;
  return Math.max(0, pages * PAGE_BYTES * (1 - FREE_SHARE));
}

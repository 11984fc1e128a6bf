// The figures of a lease, summed over threads, and of the pool.

import type { LeaseUsage, PoolOptions, PoolUsage } from './contract.ts';
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
import {
  IDLE_EIGHTHS,
  LIMIT_PAGES,
  PAGES_COMPACTED,
  RESERVED_PAGES,
  TABLE_PAGES,
} from './pool-share.ts';

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

/** The figures of a pool of these leases. */
export function poolUsage(
  control: Int32Array,
  leases: readonly LeaseUsage[],
  { memoryBytes, codec }: PoolOptions,
): PoolUsage {
  const reserved = control[RESERVED_PAGES]!;
  const tables = control[TABLE_PAGES]!;
  const total = (of: (usage: LeaseUsage) => number) =>
    leases.reduce((sum, one) => sum + of(one), 0);
  return {
    origDataBytes: total((one) => one.origDataBytes),
    comprDataBytes: total((one) => one.comprDataBytes),
    memUsedBytes: (reserved + tables) * PAGE_BYTES,
    memLimitBytes: memoryBytes,
    tableBytes: tables * PAGE_BYTES,
    idleBytes: (control[IDLE_EIGHTHS]! >>> 0) * 8,
    storedPages: total((one) => one.storedPages),
    samePages: total((one) => one.samePages),
    hugePages: total((one) => one.hugePages),
    reads: total((one) => one.reads),
    writes: total((one) => one.writes),
    failedReads: total((one) => one.failedReads),
    failedWrites: total((one) => one.failedWrites),
    trimmedPages: total((one) => one.trimmedPages),
    behindPages: total((one) => one.behindPages),
    fetchedPages: total((one) => one.fetchedPages),
    writtenBehindPages: total((one) => one.writtenBehindPages),
    cleanLeavings: total((one) => one.cleanLeavings),
    pagesCompacted: control[PAGES_COMPACTED]!,
    codec,
  };
}

/** Bytes of the pool that leases' pages can have, what is kept free ahead of need set aside. */
export function poolBytesToShare({ share }: PoolAttachment): number {
  const control = new Int32Array(share.control);
  const pages = control[LIMIT_PAGES]! - control[TABLE_PAGES]!;
  return Math.max(0, pages * PAGE_BYTES * (1 - FREE_SHARE));
}

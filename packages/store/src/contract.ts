// What the control side of a host sees of the store: a pool in a directory, leases in it, figures.
// All calls are for one thread, the one that opened the pool; pages are read and written by threads
// that attach to it (PageStore).

import type { CodecName } from '@pagelend/codec';
import type { TierChoice } from './behind/open-behind.ts';
import type { LeaseCopy } from './lease-copy.ts';

export interface PoolOptions {
  /** Where the pool's files are; made if missing. Tmpfs, if pages shall be memory. */
  readonly directory: string;
  /** Whose pool it is, as the path of a state directory; one of another owner is refused. */
  readonly owner: string;
  /** Real memory that the pool's files may take: pages, their tables, what lies idle between. */
  readonly memoryBytes: number;
  /** For pages written from now on; pages that are there stay as they are. */
  readonly codec: CodecName;
  /** Threads that will attach besides the opening one and the keeper of the tier. */
  readonly threadCountMax: number;
  /** None unless given; 'lost' where slots may name pages in one that is gone, which answer EIO. */
  readonly tier?: TierChoice | 'lost' | null | undefined;
}

export interface LeaseSpec {
  /** Names the lease's file of slots: letters, digits and hyphens; never used again after deletion. */
  readonly id: string;
  /** Virtual size, a multiple of 4096. */
  readonly bytes: number;
  /** Bytes that the lease may be charged (`memUsedBytes`); null for no limit but the pool's. */
  readonly limitBytes: number | null;
}

/** Figures of one lease. Those of what is stored are exact; counts of calls begin with the process. */
export interface LeaseUsage {
  /** Pages stored times 4096, same-filled ones included. */
  readonly origDataBytes: number;
  /** What those pages are compressed, without headers and rounding. */
  readonly comprDataBytes: number;
  /** What the lease is charged: places with their rounding, and its table of slots. */
  readonly memUsedBytes: number;
  readonly limitBytes: number | null;
  readonly storedPages: number;
  readonly samePages: number;
  /** Pages that did not shrink and are kept as they are. */
  readonly hugePages: number;
  readonly reads: number;
  readonly writes: number;
  readonly failedReads: number;
  readonly failedWrites: number;
  /** Slots freed by TRIM and WRITE_ZEROES. */
  readonly trimmedPages: number;
  /** Of the stored pages, those that are in the tier behind the pool and take no memory. */
  readonly behindPages: number;
  /** Pages read from the tier, and pages written to it. */
  readonly fetchedPages: number;
  readonly writtenBehindPages: number;
  /** Pages that left the pool without a write, since their copy in the tier was still good. */
  readonly cleanLeavings: number;
}

export interface PoolUsage extends Omit<LeaseUsage, 'limitBytes'> {
  /** The limit: `memoryBytes` of the options. */
  readonly memLimitBytes: number;
  /** Of `memUsedBytes`, which here is what the pool's files take: the leases' tables of slots. */
  readonly tableBytes: number;
  /** Free places inside of blocks in use: fragmentation. */
  readonly idleBytes: number;
  /** Pages moved by compaction since the process began. */
  readonly pagesCompacted: number;
  /** What pages are compressed by that are written from now on. */
  readonly codec: CodecName;
}

export interface Lease {
  readonly id: string;
  /** Small number by which threads know the lease. */
  readonly index: number;
  readonly bytes: number;
  /** Whether its slots were made now rather than found. */
  readonly isFresh: boolean;
  usage(): LeaseUsage;
  /** Below what is stored it refuses new pages until enough is freed. */
  setLimit(bytes: number | null): void;
}

export interface Pool {
  readonly options: PoolOptions;
  /** Lease by id; undefined after deletion. */
  lease(id: string): Lease | undefined;
  /** With a tier behind a full pool, pages leave for its table. */
  createLease(spec: LeaseSpec): Promise<Lease>;
  /** Frees all its pages. No thread may have it in use. */
  deleteLease(id: string): Promise<void>;
  /** Frees slots past the end. No thread may have it in use; the returned lease replaces it. */
  resizeLease(id: string, bytes: number): Promise<Lease>;
  /** The pages of a lease for copying them, on the thread that opened the pool. */
  copyOf(id: string): LeaseCopy;
  usage(): PoolUsage;
  /** Ends housekeeping and unlocks the directory; all pages stay where they are. */
  close(): void;
}

/** What was found when a pool was opened. */
export interface OpenReport {
  readonly isFresh: boolean;
  readonly pages: number;
  readonly milliseconds: number;
  /** Why the pool could not be locked in memory, as an errno's name; null if it is. */
  readonly lockRefusal: string | null;
  /** Ids of slots that no lease claimed; their files were removed. */
  readonly removed: readonly string[];
}

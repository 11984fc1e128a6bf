// What a check of a pool that nobody serves is asked, and what it answers.

import type { Findings } from './findings.ts';

export interface CheckOptions {
  readonly directory: string;
  /** The path of the lender's state directory; a pool of another owner is refused. */
  readonly owner: string;
  /** Those whose pages are here. */
  readonly leases: readonly CheckedLease[];
  /** Whether there are none besides: a table that none of them has is a stray then. */
  readonly knowsAll: boolean;
  /** Null where it is not known; pages that are behind the pool are then not checked. */
  readonly tierPath: string | null;
  /** Heads and entries alone: no page is decompressed, and no record read. */
  readonly isQuick: boolean;
  readonly findings: Findings;
  /** Places of the tier that are collected at a time, for tests. */
  readonly batchPlaces?: number;
  /** Told now and then which part of the work is how far, 0 to 1. */
  readonly onProgress: (part: string, share: number) => void;
}

export interface CheckedLease {
  readonly id: string;
  readonly name: string;
  readonly bytes: number;
}

/** What was found of one lease. */
export interface LeaseCheck {
  readonly name: string;
  readonly id: string;
  readonly bytes: number;
  readonly pages: number;
  /** Pages that stand in their entries: they repeat 16 bits. */
  readonly samePages: number;
  readonly pagesInPool: number;
  readonly pagesBehind: number;
  readonly damagedPages: number;
}

export type Tally = { -readonly [K in keyof LeaseCheck]: LeaseCheck[K] };

export interface PoolCheck {
  readonly leases: readonly LeaseCheck[];
  readonly blockCount: number;
  /** What the files of pages take, and what of it places in use do; tables are apart. */
  readonly paidBytes: number;
  readonly placeBytes: number;
  readonly tableBytes: number;
  /** Null where it was not opened. */
  readonly tier: TierCheck | null;
}

export interface TierCheck {
  readonly path: string;
  readonly extentCount: number;
  readonly isEncrypted: boolean;
  readonly readBytes: number;
}

// Figures that threads count and one thread reads. Each thread has numbers of its own for every
// lease, so that counting needs no atomic operation; the sums are exact, because each number is.

import { LEASE_COUNT_MAX } from './layout.ts';

const names = [
  'storedPages',
  'comprDataBytes',
  'chargedBytes',
  'samePages',
  'hugePages',
  'reads',
  'writes',
  'failedReads',
  'failedWrites',
  'trimmedPages',
  'behindPages',
  'fetchedPages',
  'writtenBehindPages',
  'cleanLeavings',
] as const;

export const STORED_PAGES = 0;
export const COMPR_DATA_BYTES = 1;
export const CHARGED_BYTES = 2;
export const SAME_PAGES = 3;
export const HUGE_PAGES = 4;
export const READS = 5;
export const WRITES = 6;
export const FAILED_READS = 7;
export const FAILED_WRITES = 8;
export const TRIMMED_PAGES = 9;
/** Pages whose entry names a record in the tier. */
export const BEHIND_PAGES = 10;
/** Pages read from the tier, pages written to it, and pages that left the pool without a write. */
export const FETCHED_PAGES = 11;
export const WRITTEN_BEHIND_PAGES = 12;
export const CLEAN_LEAVINGS = 13;
export const COUNTER_COUNT = names.length;

const PER_THREAD = LEASE_COUNT_MAX * COUNTER_COUNT;

export function makeCounters(threadCount: number): SharedArrayBuffer {
  return new SharedArrayBuffer(threadCount * PER_THREAD * Float64Array.BYTES_PER_ELEMENT);
}

/** The numbers of one thread: lease index times COUNTER_COUNT, plus which. */
export function countersOf(buffer: SharedArrayBuffer, thread: number): Float64Array {
  const at = thread * PER_THREAD * Float64Array.BYTES_PER_ELEMENT;
  return new Float64Array(buffer, at, PER_THREAD);
}

/** One figure of a lease, over all threads. */
export function sumOf(all: Float64Array, lease: number, counter: number): number {
  let sum = 0;
  for (let at = lease * COUNTER_COUNT + counter; at < all.length; at += PER_THREAD) sum += all[at]!;
  return sum;
}

/** Forgets a lease that is gone, so that another can have its number. */
export function clearCounters(all: Float64Array, lease: number): void {
  for (let at = lease * COUNTER_COUNT; at < all.length; at += PER_THREAD) {
    all.fill(0, at, at + COUNTER_COUNT);
  }
}

// A spatially hashed sample: all references to a share of a lease's slots and no others, chosen by a
// hash of lease and slot (SHARDS: Waldspurger, Park, Garthwaite, Ahmad, FAST 2015). What is counted
// there, over the share, is an estimate of the whole.
//
// Threads that serve pages ask `isSampled` on every page, so it is whole numbers alone: one multiply
// on the way from the slot to the answer, and one of the lease, which is not waited for.

/** The threshold under which every page is in the sample. */
export const SAMPLE_ALL = 2 ** 30;

/** Rates are 1 / 2^shift; at the last of them the oldest page makes room for the newest. */
export const SHIFT_MAX = 10;

/** 2^32 over the golden ratio: slots in a row are spread evenly, whatever the rate. */
const GOLDEN = 0x9e3779b9 | 0;
const LEASE_SALT = 0x85ebca6b | 0;

/** The threshold of the rate 1 / 2^shift. */
export function thresholdOf(shift: number): number {
  return SAMPLE_ALL >> shift;
}

/** True where the slot belongs to the sample under `threshold`; it stays so under greater ones. */
export function isSampled(lease: number, slot: number, threshold: number): boolean {
  const salted = slot ^ Math.imul(lease + 1, LEASE_SALT);
  // The shift breaks the multiply's regularity: without it, slots of some strides are all alike.
  return Math.imul(salted ^ (salted >>> 9), GOLDEN) >>> 2 < threshold;
}

/** Which of `count` (a power of two) sub-samples has the slot, whatever the threshold. */
export function subsampleOf(lease: number, slot: number, count: number): number {
  let mixed = slot ^ Math.imul(lease + 1, GOLDEN);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) & (count - 1);
}

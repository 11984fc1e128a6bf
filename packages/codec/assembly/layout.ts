// Sizes that the kernels share with their host, and where in a thread's scratch memory things lie.
// Nothing has a fixed address: the memory is shared by all threads, and each has scratch of its own.

/** Bytes of a page. */
export const PAGE_BYTES: u32 = 4096;

/** Positions of the page by hash of the bytes there: u16 each. */
export const HASH_BITS: u32 = 12;
export const HASH_TABLE_BYTES: u32 = 2 << HASH_BITS;

/** Masks for distances 0 to 16, 16 bytes each, behind the hash table. */
export const MASKS_AT: u32 = HASH_TABLE_BYTES;
export const MASKS_BYTES: u32 = 17 * 16;

export const SCRATCH_BYTES: u32 = MASKS_AT + MASKS_BYTES;

// Sizes that the kernels share with their host, and where in a thread's scratch memory things lie.
// Nothing has a fixed address: the memory is shared by all threads, and each has scratch of its own.
// src/kernels.ts repeats SCRATCH_BYTES; a test compares the two.

/** Bytes of a page. */
export const PAGE_BYTES: u32 = 4096;

/** Positions in the page by the hash of the 4 bytes there: u16 each. */
export const SHORT_BITS: u32 = 12;
export const SHORT_TABLE_BYTES: u32 = 2 << SHORT_BITS;

/** Positions in the page by the hash of the 8 bytes there, behind the other table: u16 each. */
export const LONG_BITS: u32 = 11;
export const LONG_TABLE_BYTES: u32 = 2 << LONG_BITS;

export const TABLES_BYTES: u32 = SHORT_TABLE_BYTES + LONG_TABLE_BYTES;

/** Masks for distances 0 to 16, 16 bytes each, behind the tables. */
export const MASKS_AT: u32 = TABLES_BYTES;
export const MASKS_BYTES: u32 = 17 * 16;

export const SCRATCH_BYTES: u32 = MASKS_AT + MASKS_BYTES;

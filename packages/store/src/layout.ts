// Where things lie. A pool is a row of blocks of 64 KiB; a block is cut into places of one size
// class; a place holds one compressed page. Blocks lie in windows, one WebAssembly memory each,
// because such a memory ends at 4 GiB. Every window begins with the same I/O area, mapped from one
// file, so that a codec reaches socket buffers and places alike, whichever window it works in.

export const PAGE_BYTES = 4096;

export const BLOCK_BYTES = 65_536;
export const BLOCK_SHIFT = 16;
export const PAGES_PER_BLOCK = BLOCK_BYTES / PAGE_BYTES;

/** Bits of a place's index within its block; the smallest class has 64 bytes. */
export const INDEX_BITS = 10;
export const PLACE_BYTES_MIN = BLOCK_BYTES >> INDEX_BITS;

/** Block numbers have 21 bits, and block 0 is never used, so that an entry of 0 can say "hole". */
export const BLOCK_COUNT_MAX = 2 ** (31 - INDEX_BITS);

const WINDOW_BITS = 15;
export const BLOCKS_PER_WINDOW = 2 ** WINDOW_BITS;
export const WINDOW_SHIFT = WINDOW_BITS;
export const WINDOW_MASK = BLOCKS_PER_WINDOW - 1;

/** The I/O area: scratch of every thread, then buffers of connections. */
export const IO_BYTES = 64 * 2 ** 20;
export const SCRATCH_BYTES_PER_THREAD = 65_536;
/** The thread that opens the pool, and 16 that serve. */
export const THREAD_COUNT_MAX = 17;
/** Where the part of the I/O area begins that is the host's to give to its connections. */
export const BUFFERS_AT = SCRATCH_BYTES_PER_THREAD * THREAD_COUNT_MAX;

/** Real memory that a pool can hold; some block numbers are left for blocks that are partly used. */
export const POOL_BYTES_MAX = (BLOCK_COUNT_MAX / 2) * BLOCK_BYTES;
/** Blocks beyond those that the limit pays for, since blocks are paid for page by page. */
export const SPARE_BLOCK_COUNT = 512;

export const LEASE_COUNT_MAX = 1024;
/** Slots of a lease: what a memory of 4 GiB holds at four bytes a slot, its head set aside. */
export const SLOT_COUNT_MAX = 2 ** 30 - 2 ** 20;

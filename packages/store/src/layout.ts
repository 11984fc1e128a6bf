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

/**
 * The I/O area: scratch of every thread, buffers of connections, and what goes to and comes from the
 * tier. What is never touched of it is no memory.
 */
export const SCRATCH_BYTES_PER_THREAD = 65_536;
/** The thread that opens the pool, 16 that serve, and the keeper of the tier. */
export const THREAD_COUNT_MAX = 18;
/** Where the part of the I/O area begins that is the host's to give to its connections. */
export const BUFFERS_AT = SCRATCH_BYTES_PER_THREAD * THREAD_COUNT_MAX;
export const BUFFERS_END = 64 * 2 ** 20;

/** Rows of the board between connections and keeper: one for each pair of buffers of a host. */
export const HOST_ROW_COUNT = 256;
/** And those of the thread that opened the pool; see behind/board.ts. */
export const ROW_COUNT = HOST_ROW_COUNT + 16;
/** Pages that a connection has on their way from the tier at the same time. */
export const CELLS_PER_ROW = 16;
/** A cell holds a whole record, with its head. */
export const CELL_BYTES = 8192;
export const CELLS_AT = BUFFERS_END;
/** What was read last from the tier, in windows of some blocks. */
export const WINDOWS_AT = CELLS_AT + ROW_COUNT * CELLS_PER_ROW * CELL_BYTES;
export const WINDOWS_BYTES = 8 * 2 ** 20;
/** Extents that are being filled, written or cleaned. */
export const EXTENTS_AT = WINDOWS_AT + WINDOWS_BYTES;
export const EXTENTS_BYTES = 8 * 2 ** 20;
export const IO_BYTES = EXTENTS_AT + EXTENTS_BYTES;

/** Real memory that a pool can hold; some block numbers are left for blocks that are partly used. */
export const POOL_BYTES_MAX = (BLOCK_COUNT_MAX / 2) * BLOCK_BYTES;
/** Blocks beyond those that the limit pays for, since blocks are paid for page by page. */
export const SPARE_BLOCK_COUNT = 512;

export const LEASE_COUNT_MAX = 1024;
/** Slots of a lease: what a memory of 4 GiB holds at four bytes a slot, its head set aside. */
export const SLOT_COUNT_MAX = 2 ** 30 - 2 ** 20;

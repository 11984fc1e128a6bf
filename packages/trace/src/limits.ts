// Every limit of the room by name. A limit that a file can claim (a length, a count) is checked
// before anything is allocated for it, so that a hostile file costs no more than an honest one.

/** References in one block of the binary format: 1 MiB of packed references when decoded. */
export const BLOCK_REFERENCES_MAX = 2 ** 18;

/** Page numbers are below this: 64-bit addresses of 4-KiB pages, exact in a double. */
export const PAGE_NUMBER_LIMIT = 2 ** 52;

/** Page sizes are powers of two up to this. */
export const PAGE_SIZE_BYTES_MAX = 2 ** 30;
export const PAGE_SIZE_BYTES_DEFAULT = 4096;

/** Counts in a trailer are below this, so that they are exact as numbers. */
export const COUNT_LIMIT = 2 ** 53;

/** The JSON that says where a trace comes from. */
export const PROVENANCE_BYTES_MAX = 2 ** 16;

/** A text line that is longer is not one of the formats read here. */
export const LINE_BYTES_MAX = 2 ** 16;

/** One memory access touches at most this many bytes; the widest known instruction saves 11 KiB. */
export const ACCESS_BYTES_MAX = 2 ** 20;

/** Read and write granularity of files and pipes. */
export const CHUNK_BYTES = 2 ** 20;

/** Window of a zstd frame, as large as the zstd command accepts without being told to. */
export const ZSTD_WINDOW_BYTES_MAX = 2 ** 27;

/** At most this often is progress reported. */
export const PROGRESS_INTERVAL_MS = 200;

/** Messages of Valgrind kept for an error, and the length of each. */
export const VALGRIND_MESSAGES_MAX = 40;
export const VALGRIND_MESSAGE_CHARACTERS_MAX = 300;

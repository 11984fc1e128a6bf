// The interface of all codecs. A codec works on pages that lie in a shared memory of WebAssembly,
// by address, so that nothing is copied in or out: socket buffers and the compressed store lie in the
// same memory.

/** Bytes of a page. */
export const PAGE_BYTES = 4096;

/** Room that `compress` needs at its target; no codec here writes more. */
export const COMPRESSED_BYTES_MAX = 4672;

export interface PageCodec {
  readonly name: CodecName;
  /**
   * Compresses the page at `source` to `target`, where COMPRESSED_BYTES_MAX bytes have room. Returns
   * the count of bytes, which may exceed PAGE_BYTES; the rest of the room may have been written to.
   * Reads no byte outside of the page.
   */
  compress(source: number, target: number): number;
  /**
   * Decompresses the `bytes` bytes at `source` to the page at `target`. Returns whether they were a
   * sound stream of exactly one page; if not, the page's contents are unspecified. Reads nothing
   * outside of the stream and writes nothing outside of the page, whatever the stream says.
   */
  decompress(source: number, bytes: number, target: number): boolean;
}

/** What works on pages besides codecs. */
export interface PageKernels {
  /** Whether the page at `source` repeats one 64-bit word, which then stands at its beginning. */
  isSameFilled(source: number): boolean;
  /** Fills the page at `target` with the 64-bit word at `word` (any alignment). */
  fillPage(word: number, target: number): void;
  /** Copies bytes; the ranges do not overlap. */
  copy(source: number, target: number, bytes: number): void;
}

/** Codec names to the numbers that stored pages carry; a number is never given anew. */
export const codecIds = { lzo: 1, zstd: 2, lz4: 3 } as const;
export type CodecName = keyof typeof codecIds;

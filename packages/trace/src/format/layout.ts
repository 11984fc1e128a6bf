// The bytes of the binary format, described in docs/trace-format.md. All integers are
// little-endian. A trace is one header, blocks, one trailer, and nothing after it.

/** First bytes of every trace. As in PNG, they catch text-mode transfers and cut-off bit 7. */
export const MAGIC: readonly number[] = [0x89, 0x50, 0x4c, 0x54, 0x0d, 0x0a, 0x1a, 0x0a];

export const FORMAT_VERSION = 1;

/** Header up to the provenance: magic 8, version u16, zero u16, page size u32, length u32. */
export const HEADER_FIXED_BYTES = 20;

/** "BLK1" and "END1": what follows the header or a block is told by its first four bytes. */
export const BLOCK_TAG = 0x314b4c42;
export const TRAILER_TAG = 0x31444e45;

/**
 * Block header: tag, index, references, writes, first new page id, new pages, raw payload bytes,
 * stored payload bytes, method, checksum; ten u32.
 */
export const BLOCK_HEADER_BYTES = 40;
export const BLOCK_CHECKSUM_AT = 36;

/** The stored payload is followed by its length once more, for readers that walk backwards. */
export const BLOCK_FOOTER_BYTES = 4;

export const METHOD_STORED = 0;
export const METHOD_DEFLATE = 1;

/** Tag u32, blocks u32, references u64, reads u64, writes u64, pages u32, zero u32, CRC u32, tag u32. */
export const TRAILER_BYTES = 48;
export const TRAILER_CHECKSUM_AT = 40;

/** The payload begins with the lengths of three of its four streams, three u32. */
export const PAYLOAD_HEADER_BYTES = 12;

/** Symbol: bit 0 the operation, bits 1-5 a rank or one of the two escapes, bits 6-7 a run code. */
export const RANK_COUNT = 30;
export const RANK_NEW_PAGE = 30;
export const RANK_ESCAPE = 31;
/** Run code 3 means 4 references or more, the excess over 4 standing in the run stream. */
export const RUN_IN_SYMBOL_MAX = 3;

/**
 * Largest payload of a block: per reference one symbol, at most 5 bytes of escape and 3 of run,
 * and at most 8 bytes of page number.
 */
export function payloadBytesMax(references: number, newPages: number): number {
  return PAYLOAD_HEADER_BYTES + references * 9 + newPages * 8;
}

/** What the format needs from a compression library; node:zlib here, something else in a browser. */
export interface BlockCodec {
  deflate(raw: Uint8Array): Uint8Array;
  /** Throws unless `stored` is one complete stream of exactly `rawBytes` bytes. */
  inflate(stored: Uint8Array, rawBytes: number): Uint8Array;
  /** CRC-32 as in zlib; `seed` continues an earlier one. */
  crc32(bytes: Uint8Array, seed?: number): number;
}

/** Where a trace comes from. Free form beside the keys that this program writes. */
export interface Provenance {
  readonly tool?: string;
  readonly command?: string;
  readonly source?: string;
  readonly note?: string;
  readonly [key: string]: JsonValue | undefined;
}

export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue | undefined };

export interface TraceHeader {
  readonly version: number;
  readonly pageSizeBytes: number;
  readonly provenance: Provenance;
}

/** Exact counts of a whole trace, from its trailer. */
export interface TraceSummary {
  readonly references: number;
  readonly reads: number;
  readonly writes: number;
  readonly pages: number;
  readonly blocks: number;
}

// The inverse of block-encoder.ts. Everything a block claims is checked against what its streams
// hold, so that a block either yields exactly the references that were written or an error.
import { BLOCK_REFERENCES_MAX } from '../limits.ts';
import { PAYLOAD_HEADER_BYTES, RANK_COUNT, RANK_NEW_PAGE, RUN_IN_SYMBOL_MAX } from './layout.ts';

/** The four streams of a payload. */
export interface BlockStreams {
  readonly symbols: Uint8Array;
  readonly escapes: Uint8Array;
  readonly runs: Uint8Array;
  readonly pages: Uint8Array;
}

/** Cuts an inflated payload into its streams; null if their lengths do not fit into it. */
export function splitPayload(raw: Uint8Array): BlockStreams | null {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const escapeBytes = view.getUint32(0, true);
  const runBytes = view.getUint32(4, true);
  const pageBytes = view.getUint32(8, true);
  const symbolBytes = raw.length - PAYLOAD_HEADER_BYTES - escapeBytes - runBytes - pageBytes;
  if (symbolBytes < 1) return null;
  const escapesAt = PAYLOAD_HEADER_BYTES + symbolBytes;
  const runsAt = escapesAt + escapeBytes;
  const pagesAt = runsAt + runBytes;
  return {
    symbols: raw.subarray(PAYLOAD_HEADER_BYTES, escapesAt),
    escapes: raw.subarray(escapesAt, runsAt),
    runs: raw.subarray(runsAt, pagesAt),
    pages: raw.subarray(pagesAt),
  };
}

export class BlockDecoder {
  /** The decoded references of the last block; only the first `references` of them are valid. */
  readonly references = new Uint32Array(BLOCK_REFERENCES_MAX);
  /** Writes among them. */
  writes = 0;

  readonly #ranked = new Int32Array(RANK_COUNT);
  #at = 0;

  /** Decodes `count` references into `references`; returns what is wrong, or ''. */
  decode(streams: BlockStreams, count: number, firstPage: number, newPages: number): string {
    const { symbols, escapes, runs } = streams;
    const target = this.references;
    const ranked = this.#ranked.fill(-1);
    const symbolBytes = symbols.length;
    let filled = 0;
    let writes = 0;
    let escapesAt = 0;
    let runsAt = 0;
    let nextNew = firstPage;
    let lastEscaped = 0;
    for (let at = 0; at < symbolBytes; at++) {
      const symbol = symbols[at]!;
      let rank = (symbol >>> 1) & 31;
      let page: number;
      if (rank < RANK_COUNT) {
        page = ranked[rank]!;
        if (page < 0) return 'a rank that no page holds yet';
      } else {
        if (rank === RANK_NEW_PAGE) {
          page = nextNew++;
        } else {
          const zigzag = this.#varint(escapes, escapesAt);
          if (zigzag < 0) return 'an escaped page that does not end';
          escapesAt = this.#at;
          // A corrupt zigzag may exceed 32 bits; the range check below then refuses the sum.
          page = lastEscaped + ((zigzag >>> 1) ^ -(zigzag & 1));
          lastEscaped = page;
          if (!(page >= 0 && page < nextNew)) return `a reference to page ${page}`;
        }
        rank = RANK_COUNT - 1;
      }
      for (; rank > 0; rank--) ranked[rank] = ranked[rank - 1]!;
      ranked[0] = page;

      const op = symbol & 1;
      const packed = ((page << 1) | op) >>> 0;
      let repeats = symbol >>> 6;
      if (repeats === RUN_IN_SYMBOL_MAX) {
        const excess = this.#varint(runs, runsAt);
        if (excess < 0) return 'a run that does not end';
        runsAt = this.#at;
        repeats += excess;
      }
      const end = filled + repeats + 1;
      if (end > count) return `more than ${count} references`;
      while (filled < end) target[filled++] = packed;
      writes += op * (repeats + 1);
    }
    this.writes = writes;
    if (filled !== count) return `${filled} references`;
    if (nextNew !== firstPage + newPages) return `${nextNew - firstPage} new pages`;
    if (escapesAt !== escapes.length || runsAt !== runs.length) return 'bytes that nothing uses';
    return '';
  }

  /** Reads a varint of at most 5 bytes and leaves `#at` behind it; -1 if it does not end. */
  #varint(bytes: Uint8Array, from: number): number {
    let at = from;
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      if (at === bytes.length) return -1;
      const byte = bytes[at++]!;
      value = shift < 28 ? value | ((byte & 127) << shift) : value + (byte & 127) * 268435456;
      if (byte < 128) {
        this.#at = at;
        return value;
      }
    }
    return -1;
  }
}

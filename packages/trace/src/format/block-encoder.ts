// Turns up to 2^18 packed references into one self-contained block. What repeats in programs is
// which of the few recent pages comes next, so a reference is a rank in a move-to-front list: loops
// then become repeating bytes, which deflate finds. Prototypes with fixed slots instead of ranks
// (replaced first-in first-out or by CLOCK) encoded in two thirds of the time and took 1.6 to 2.2
// times the bytes.

import { BLOCK_REFERENCES_MAX } from '../limits.ts';
import {
  BLOCK_CHECKSUM_AT,
  BLOCK_FOOTER_BYTES,
  BLOCK_HEADER_BYTES,
  BLOCK_TAG,
  type BlockCodec,
  METHOD_DEFLATE,
  METHOD_STORED,
  PAYLOAD_HEADER_BYTES,
  RANK_COUNT,
  RANK_ESCAPE,
  RANK_NEW_PAGE,
  RUN_IN_SYMBOL_MAX,
} from './layout.ts';
import type { PageNumbering } from './page-numbering.ts';

export class BlockEncoder {
  readonly #symbols = new Uint8Array(BLOCK_REFERENCES_MAX);
  readonly #escapes = new Uint8Array(BLOCK_REFERENCES_MAX * 5);
  readonly #runs = new Uint8Array(BLOCK_REFERENCES_MAX);
  readonly #pages = new Uint8Array(BLOCK_REFERENCES_MAX * 8);
  readonly #ranked = new Int32Array(RANK_COUNT);
  readonly #codec: BlockCodec;
  #symbolBytes = 0;
  #escapeBytes = 0;
  #runBytes = 0;

  constructor(codec: BlockCodec) {
    this.#codec = codec;
  }

  /**
   * Encodes packed references with dense ids. Ids from `firstPage` on are new in this block and
   * appear in ascending order; `numbering` knows their page numbers.
   */
  encode(
    references: Uint32Array,
    index: number,
    firstPage: number,
    writes: number,
    numbering: PageNumbering,
  ): Uint8Array {
    const newPages = this.#encodeSymbols(references, firstPage);
    const pageBytes = this.#encodePages(firstPage, newPages, numbering);
    const raw = this.#payload(pageBytes);
    const deflated = this.#codec.deflate(raw);
    const shrinks = deflated.length < raw.length;
    const stored = shrinks ? deflated : raw;

    const bytes = new Uint8Array(BLOCK_HEADER_BYTES + stored.length + BLOCK_FOOTER_BYTES);
    const view = new DataView(bytes.buffer);
    const fields = [
      BLOCK_TAG,
      index,
      references.length,
      writes,
      firstPage,
      newPages,
      raw.length,
      stored.length,
      shrinks ? METHOD_DEFLATE : METHOD_STORED,
    ];
    fields.forEach((field, at) => {
      view.setUint32(at * 4, field, true);
    });
    const headerSum = this.#codec.crc32(bytes.subarray(0, BLOCK_CHECKSUM_AT));
    view.setUint32(BLOCK_CHECKSUM_AT, this.#codec.crc32(stored, headerSum), true);
    bytes.set(stored, BLOCK_HEADER_BYTES);
    view.setUint32(BLOCK_HEADER_BYTES + stored.length, stored.length, true);
    return bytes;
  }

  /** Fills the symbol, escape and run streams; returns how many pages are new. */
  #encodeSymbols(references: Uint32Array, firstPage: number): number {
    const symbols = this.#symbols;
    const escapes = this.#escapes;
    const runs = this.#runs;
    const ranked = this.#ranked.fill(-1);
    const count = references.length;
    let symbolBytes = 0;
    let escapeBytes = 0;
    let runBytes = 0;
    let nextNew = firstPage;
    let lastEscaped = 0;
    for (let at = 0; at < count; ) {
      const reference = references[at]!;
      const start = at;
      do at++;
      while (at < count && references[at] === reference);
      const page = reference >>> 1;
      const runCode = Math.min(at - start - 1, RUN_IN_SYMBOL_MAX);
      if (runCode === RUN_IN_SYMBOL_MAX) {
        runBytes = writeVarint(runs, runBytes, at - start - 1 - RUN_IN_SYMBOL_MAX);
      }

      let rank = 0;
      while (rank < RANK_COUNT && ranked[rank] !== page) rank++;
      let symbol = rank;
      if (rank === RANK_COUNT) {
        rank = RANK_COUNT - 1;
        if (page === nextNew) {
          symbol = RANK_NEW_PAGE;
          nextNew++;
        } else {
          symbol = RANK_ESCAPE;
          const delta = page - lastEscaped;
          escapeBytes = writeVarint(escapes, escapeBytes, ((delta << 1) ^ (delta >> 31)) >>> 0);
          lastEscaped = page;
        }
      }
      for (; rank > 0; rank--) ranked[rank] = ranked[rank - 1]!;
      ranked[0] = page;
      symbols[symbolBytes++] = (reference & 1) | (symbol << 1) | (runCode << 6);
    }
    this.#symbolBytes = symbolBytes;
    this.#escapeBytes = escapeBytes;
    this.#runBytes = runBytes;
    return nextNew - firstPage;
  }

  /** Page numbers of the new pages as zigzag differences; numbers need 52 bits, so no shifts. */
  #encodePages(firstPage: number, newPages: number, numbering: PageNumbering): number {
    const pages = this.#pages;
    let at = 0;
    let previous = 0;
    for (let page = firstPage; page < firstPage + newPages; page++) {
      const pageNumber = numbering.numberOf(page);
      const delta = pageNumber - previous;
      previous = pageNumber;
      let rest = delta >= 0 ? delta * 2 : -delta * 2 - 1;
      for (; rest >= 128; rest = Math.floor(rest / 128)) pages[at++] = (rest % 128) | 128;
      pages[at++] = rest;
    }
    return at;
  }

  #payload(pageBytes: number): Uint8Array {
    const streams = [
      this.#symbols.subarray(0, this.#symbolBytes),
      this.#escapes.subarray(0, this.#escapeBytes),
      this.#runs.subarray(0, this.#runBytes),
      this.#pages.subarray(0, pageBytes),
    ];
    let bytes = PAYLOAD_HEADER_BYTES;
    for (const stream of streams) bytes += stream.length;
    const raw = new Uint8Array(bytes);
    const view = new DataView(raw.buffer);
    view.setUint32(0, this.#escapeBytes, true);
    view.setUint32(4, this.#runBytes, true);
    view.setUint32(8, pageBytes, true);
    let at = PAYLOAD_HEADER_BYTES;
    for (const stream of streams) {
      raw.set(stream, at);
      at += stream.length;
    }
    return raw;
  }
}

function writeVarint(target: Uint8Array, at: number, value: number): number {
  let rest = value;
  let next = at;
  for (; rest > 127; rest >>>= 7) target[next++] = (rest & 127) | 128;
  target[next++] = rest;
  return next;
}

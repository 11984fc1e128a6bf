// Pages that stand in the pool: each place can be one, no two slots name the same, and what stands
// there is a page. The pool has no checksums: of a page that is kept as it is, of a repeated word, and
// of the bytes that a stream copies as they are, any bytes are a page.

import { blockOf, HEADER_BYTES, indexOf, kindIn, lengthIn, PATTERN } from '../entry.ts';
import { BLOCKS_PER_WINDOW, INDEX_BITS, PAGE_BYTES } from '../layout.ts';
import { RECORD_RAW, RECORD_WORD, WORD_BYTES } from '../lease-chunks.ts';
import { CLASS_COUNT, classBytes, classOf, classPlaces, RAW_CLASS } from '../size-classes.ts';
import type { Findings, PoolPlace } from './findings.ts';
import { INPUT_AT, type PageReader } from './page-reader.ts';
import { type PoolView, pageBits } from './pool-view.ts';

const PLACE_MASK_BYTES = 2 ** INDEX_BITS / 8;

/** What is wrong with a slot's page. */
export interface PageFault {
  readonly kind: 'place' | 'page' | 'record';
  readonly says: string;
}

export class PlaceCheck {
  /** Bytes of all places that are in use. */
  placeBytes = 0;
  readonly #pool: PoolView;
  readonly #reader: PageReader | null;
  readonly #findings: Findings;
  /** One bit a place. Of this much address space only what is touched becomes memory. */
  readonly #inUse: Uint8Array;
  /** By block: one bit for each of its pages that places in use touch. */
  readonly #pagesUsed: Uint16Array;

  /** Without a reader places are not looked into. */
  constructor(pool: PoolView, reader: PageReader | null, findings: Findings) {
    this.#pool = pool;
    this.#reader = reader;
    this.#findings = findings;
    this.#inUse = new Uint8Array(pool.blockCount * PLACE_MASK_BYTES);
    this.#pagesUsed = new Uint16Array(pool.blockCount);
  }

  /** What is wrong with the page that a slot has in a place; null where it is sound. */
  check(lease: string, slot: number, entry: number): PageFault | null {
    const place = { block: blockOf(entry), index: indexOf(entry) };
    const { block, index } = place;
    const sizeClass = this.#pool.classes[block] ?? 0;
    const badPlace = this.#claim(place, sizeClass);
    if (badPlace !== null) return { kind: 'place', says: badPlace };
    const bytes = classBytes[sizeClass]!;
    this.placeBytes += bytes;
    this.#pagesUsed[block]! |= pageBits(index * bytes, bytes);
    if (this.#reader === null) return null;
    const target = this.#reader.bytes.subarray(INPUT_AT, INPUT_AT + bytes);
    const unread = this.#pool.read(block, index * bytes, target);
    const says = unread ?? this.#contents(this.#reader, sizeClass);
    if (says !== null) return { kind: 'page', says };
    this.#lookPast(lease, slot, place, target, sizeClass);
    return null;
  }

  /** Says of files that have less memory than the places in them need; on tmpfs alone that is known. */
  checkMemory(): void {
    if (!this.#pool.isMemory) return;
    for (let window = 0; window < this.#pool.windowCount; window++) {
      const from = window * BLOCKS_PER_WINDOW;
      let pages = 0;
      for (const bits of this.#pagesUsed.subarray(from, from + BLOCKS_PER_WINDOW)) {
        for (let rest = bits; rest !== 0; rest &= rest - 1) pages += 1;
      }
      const paidPages = this.#pool.paidBytes(window) / PAGE_BYTES;
      if (paidPages >= pages) continue;
      const says = `pages.${window} has ${paidPages} pages of memory, and its places need ${pages}`;
      this.#findings.add('memory', `${says}: what is missing reads as zeroes`);
    }
  }

  /** Says of blocks that no slot names and that are of no class; a start gives them back. */
  checkBlocks(): void {
    const { classes, directory } = this.#pool;
    for (let block = 0; block < classes.length; block++) {
      if (classes[block]! < CLASS_COUNT || this.#pagesUsed[block] !== 0) continue;
      const says = `${directory}/pool: block ${block}, which no slot names, is of a class ${classes[block]}`;
      this.#findings.add('padding', says);
    }
  }

  #claim({ block, index }: PoolPlace, sizeClass: number): string | null {
    if (block === 0) return 'it names block 0, which is never used';
    if (block >= this.#pool.blockCount) {
      return `it names block ${block}, and the pool has ${this.#pool.blockCount}`;
    }
    if (sizeClass === 0) return `it names block ${block}, which is free`;
    if (sizeClass >= CLASS_COUNT) return `it names block ${block}, of a class ${sizeClass}`;
    const places = classPlaces[sizeClass]!;
    if (index >= places) return `it names place ${index} of block ${block}, which has ${places}`;
    const at = block * PLACE_MASK_BYTES + (index >> 3);
    const bit = 1 << (index & 7);
    if ((this.#inUse[at]! & bit) !== 0) {
      return `it names place ${index} of block ${block}, which another slot names too`;
    }
    this.#inUse[at]! |= bit;
    return null;
  }

  /** What is wrong with the place that was read. */
  #contents(reader: PageReader, sizeClass: number): string | null {
    const { bytes } = reader;
    if (sizeClass === RAW_CLASS) {
      // One that repeats a word takes no place of this class; memory that was lost does.
      const repeats = repeatsWord(bytes.subarray(INPUT_AT, INPUT_AT + PAGE_BYTES));
      if (repeats) return 'it is kept as it is and repeats one word, which is kept otherwise';
      return reader.fault(RECORD_RAW, INPUT_AT, PAGE_BYTES);
    }
    const header = bytes[INPUT_AT]! | (bytes[INPUT_AT + 1]! << 8);
    const kind = kindIn(header);
    const length = lengthIn(header);
    const total = length + HEADER_BYTES;
    if (length === 0) return 'its header says that it has no bytes';
    if (total > PAGE_BYTES || classOf(total) !== sizeClass) {
      return `its header says ${length} bytes, and places of ${classBytes[sizeClass]} hold others`;
    }
    if (kind === RECORD_RAW) return `it is kept as kind ${kind}, which no version has`;
    return reader.fault(kind === PATTERN ? RECORD_WORD : kind, INPUT_AT + HEADER_BYTES, length);
  }

  /** The rest of a place is written with zeroes. */
  #lookPast(
    lease: string,
    slot: number,
    place: PoolPlace,
    target: Uint8Array,
    sizeClass: number,
  ): void {
    if (sizeClass === RAW_CLASS) return;
    const end = HEADER_BYTES + lengthIn(target[0]! | (target[1]! << 8));
    for (let at = end; at < target.length; at++) {
      if (target[at] === 0) continue;
      const says = `byte ${at} of its place, past its ${end}, is not 0`;
      this.#findings.add('padding', says, { lease, slot, place });
      return;
    }
  }
}

function repeatsWord(page: Uint8Array): boolean {
  for (let at = WORD_BYTES; at < page.length; at++) {
    if (page[at] !== page[at - WORD_BYTES]) return false;
  }
  return true;
}

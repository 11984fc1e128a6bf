// One thread's way to the pages of a pool: codec, scratch, counters and the shared tables together.
//
// A page is compressed into the thread's scratch, without any lock; then, under its slot's lock, it
// is copied to a place, and the slot's entry is set last. A process killed at any moment has either
// the old page or the new one, and what it answered is in the files. Readers hold the same lock, so
// that a place can't be given to another lease while it is read.

import {
  COMPRESSED_BYTES_MAX,
  type CodecName,
  codecIds,
  createCodec,
  createKernels,
  type PageCodec,
  type PageKernels,
  SCRATCH_BYTES,
} from '@pagelend/codec';
import { addressOf } from '@pagelend/linux';
import { BlockAllocator, NO_PLACE } from './block-allocator.ts';
import { countersOf } from './counters.ts';
import { blockOf, HEADER_BYTES, headerOf, indexOf, kindIn, lengthIn, PATTERN } from './entry.ts';
import {
  BLOCK_BYTES,
  IO_BYTES,
  PAGE_BYTES,
  SCRATCH_BYTES_PER_THREAD,
  WINDOW_MASK,
  WINDOW_SHIFT,
} from './layout.ts';
import { RECORD_RAW, RECORD_WORD, WORD_BYTES } from './lease-chunks.ts';
import { bufferOf } from './pool-files.ts';
import type { PoolShare } from './pool-share.ts';
import { classBytes, classOf, PACKED_BYTES_MAX, RAW_CLASS } from './size-classes.ts';

const codecNames = Object.fromEntries(
  Object.entries(codecIds).map(([name, id]) => [id, name]),
) as Record<number, CodecName>;

/** The scratch of a thread: the codecs' own, then room for a compressed page and for two pages. */
const PACKED_AT = SCRATCH_BYTES * Object.keys(codecIds).length;
const PAGE_AT = PACKED_AT + HEADER_BYTES + COMPRESSED_BYTES_MAX + 62;

/** The codecs of a window, by their number; made when the first page needs one. */
interface Window {
  readonly memory: WebAssembly.Memory;
  readonly kernels: PageKernels;
  readonly codecs: PageCodec[];
  readonly bytes: Uint8Array<SharedArrayBuffer>;
}

export class PageStore {
  readonly share: PoolShare;
  readonly thread: number;
  readonly allocator: BlockAllocator;
  readonly control: Int32Array<SharedArrayBuffer>;
  readonly counters: Float64Array;
  /** The first window's memory, as bytes: the I/O area is the same in all of them. */
  readonly io: Uint8Array<SharedArrayBuffer>;
  /** A page of this thread's own, for whoever works on a part of one. */
  readonly pageAt: number;
  readonly #scratch: number;
  readonly #packedAt: number;
  readonly #windows: Window[] = [];
  readonly #kind: number;
  readonly #first: Window;

  constructor(share: PoolShare, thread: number) {
    this.share = share;
    this.thread = thread;
    this.allocator = new BlockAllocator(share, share.windows.map(addressOf));
    this.control = new Int32Array(share.control);
    this.counters = countersOf(share.counters, thread);
    this.#scratch = thread * SCRATCH_BYTES_PER_THREAD;
    this.#packedAt = this.#scratch + PACKED_AT;
    this.pageAt = this.#scratch + PAGE_AT;
    this.#kind = codecIds[share.codec];
    this.#first = this.#window(0);
    this.io = this.#first.bytes;
    // Now rather than at the first page: a library that is missing is said at the start.
    this.#codec(this.#first, this.#kind);
  }

  /** Whether the page in the I/O area repeats one 64-bit word. */
  isSameFilled(source: number): boolean {
    return this.#first.kernels.isSameFilled(source);
  }

  /** Fills a page of the I/O area with the 64-bit word that stands at `word`. */
  fill(word: number, target: number): void {
    this.#first.kernels.fillPage(word, target);
  }

  /**
   * Compresses the page at `source` into the thread's scratch, with its header. Returns the bytes of
   * both, or PAGE_BYTES where the page is to be kept as it is.
   */
  pack(source: number): number {
    const codec = this.#codec(this.#first, this.#kind);
    const bytes = codec.compress(source, this.#packedAt + HEADER_BYTES);
    const total = bytes + HEADER_BYTES;
    if (total > PACKED_BYTES_MAX) return PAGE_BYTES;
    this.#setHeader(bytes, this.#kind);
    return total;
  }

  /** Puts the page's first word into the scratch, with its header: it stands for the whole page. */
  packPattern(source: number): number {
    this.io.copyWithin(this.#packedAt + HEADER_BYTES, source, source + 8);
    this.#setHeader(8, PATTERN);
    return HEADER_BYTES + 8;
  }

  /**
   * Puts what `pack` returned into a new place: the scratch, or the page at `source` itself. What is
   * left of the place is cleared, so that nothing of its last page stays. NO_PLACE: the pool is full.
   */
  place(total: number, source: number, replaces: boolean): number {
    const isRaw = total === PAGE_BYTES;
    const sizeClass = isRaw ? RAW_CLASS : classOf(total);
    const place = this.allocator.allocate(sizeClass, replaces);
    if (place === NO_PLACE) return NO_PLACE;
    const block = blockOf(place);
    const window = this.#window(block >>> WINDOW_SHIFT);
    const at = this.#addressIn(block, indexOf(place), sizeClass);
    window.kernels.copy(isRaw ? source : this.#packedAt, at, total);
    const end = at + classBytes[sizeClass]!;
    const { bytes } = window;
    for (let rest = at + total; rest < end; rest++) bytes[rest] = 0;
    return place;
  }

  /** Puts the page that stands in a place at `target`. False where it is damaged. */
  unpack(place: number, target: number): boolean {
    const block = blockOf(place);
    const sizeClass = this.allocator.classes[block]!;
    const window = this.#window(block >>> WINDOW_SHIFT);
    const at = this.#addressIn(block, indexOf(place), sizeClass);
    if (sizeClass === RAW_CLASS) {
      window.kernels.copy(at, target, PAGE_BYTES);
      return true;
    }
    const header = headerAt(window.bytes, at);
    const bytes = lengthIn(header);
    const kind = kindIn(header);
    if (bytes + HEADER_BYTES > classBytes[sizeClass]!) return false;
    if (kind === PATTERN) {
      window.kernels.fillPage(at + HEADER_BYTES, target);
      return bytes === 8;
    }
    const codec = this.#codecThatRead(window, kind);
    return codec?.decompress(at + HEADER_BYTES, bytes, target) ?? false;
  }

  /**
   * Puts the page that `bytes` are the stream of at `target`. Returns below 0 where they are no sound
   * stream of one page (or the codec's library is missing); the bytes of stream and header where the
   * pool compresses by that codec, and the thread's scratch then has it as from `pack`; else 0.
   */
  unpackStream(kind: number, bytes: Uint8Array, target: number): number {
    const at = this.#packedAt + HEADER_BYTES;
    this.io.set(bytes, at);
    const codec = this.#codecThatRead(this.#first, kind);
    if (codec === null || !codec.decompress(at, bytes.length, target)) return -1;
    const total = bytes.length + HEADER_BYTES;
    if (kind !== this.#kind || total > PACKED_BYTES_MAX) return 0;
    this.#setHeader(bytes.length, kind);
    return total;
  }

  /** Puts a page at `target` of which `bytes` are kept at `at` of the I/O area. False if damaged. */
  unpackBytes(kind: number, at: number, bytes: number, target: number): boolean {
    if (kind === RECORD_RAW) {
      if (bytes !== PAGE_BYTES) return false;
      this.#first.kernels.copy(at, target, PAGE_BYTES);
      return true;
    }
    if (kind === RECORD_WORD) {
      if (bytes !== WORD_BYTES) return false;
      this.#first.kernels.fillPage(at, target);
      return true;
    }
    return this.#codecThatRead(this.#first, kind)?.decompress(at, bytes, target) ?? false;
  }

  /** Puts what is kept of a page into a new place, as it came. NO_PLACE: there is no room. */
  putRecord(kind: number, bytes: Uint8Array): number {
    const isRaw = kind === RECORD_RAW;
    const total = isRaw ? PAGE_BYTES : bytes.length + HEADER_BYTES;
    if (!isRaw) {
      this.io.set(bytes, this.#packedAt + HEADER_BYTES);
      this.#setHeader(bytes.length, kind === RECORD_WORD ? PATTERN : kind);
    } else this.io.set(bytes, this.pageAt);
    return this.place(total, this.pageAt, false);
  }

  /** How what stands in a place is kept: a codec's number, or those of lease-chunks.ts. */
  kindOf(place: number): number {
    const header = this.header(place);
    if (header < 0) return RECORD_RAW;
    return kindIn(header) === PATTERN ? RECORD_WORD : kindIn(header);
  }

  /** Whether a place's header says no more bytes than the place has. */
  isSound(place: number): boolean {
    const header = this.header(place);
    if (header < 0) return true;
    const bytes = lengthIn(header);
    return bytes >= 1 && bytes + HEADER_BYTES <= this.placeBytes(place);
  }

  /** The bytes that stand in a place, without their header; they are the pool's. */
  storedBytes(place: number): Uint8Array {
    const block = blockOf(place);
    const { bytes } = this.#window(block >>> WINDOW_SHIFT);
    const at = this.#addressIn(block, indexOf(place), this.allocator.classes[block]!);
    const header = this.header(place);
    if (header < 0) return bytes.subarray(at, at + PAGE_BYTES);
    return bytes.subarray(at + HEADER_BYTES, at + HEADER_BYTES + lengthIn(header));
  }

  /** The header of a place; -1 where the page is kept as it is. */
  header(place: number): number {
    const block = blockOf(place);
    const sizeClass = this.allocator.classes[block]!;
    if (sizeClass === RAW_CLASS) return -1;
    const { bytes } = this.#window(block >>> WINDOW_SHIFT);
    const at = this.#addressIn(block, indexOf(place), sizeClass);
    return headerAt(bytes, at);
  }

  /** Bytes that a place takes, header and rounding included. */
  placeBytes(place: number): number {
    return classBytes[this.allocator.classes[blockOf(place)]!]!;
  }

  /** Copies a place's contents to another of the same class. */
  move(from: number, to: number): void {
    const sizeClass = this.allocator.classes[blockOf(from)]!;
    const source = this.#window(blockOf(from) >>> WINDOW_SHIFT);
    const target = this.#window(blockOf(to) >>> WINDOW_SHIFT);
    const at = this.#addressIn(blockOf(from), indexOf(from), sizeClass);
    const bytes = source.bytes.subarray(at, at + classBytes[sizeClass]!);
    target.bytes.set(bytes, this.#addressIn(blockOf(to), indexOf(to), sizeClass));
  }

  #addressIn(block: number, index: number, sizeClass: number): number {
    return IO_BYTES + (block & WINDOW_MASK) * BLOCK_BYTES + index * classBytes[sizeClass]!;
  }

  #setHeader(bytes: number, kind: number): void {
    const header = headerOf(bytes, kind);
    this.io[this.#packedAt] = header & 0xff;
    this.io[this.#packedAt + 1] = header >> 8;
  }

  #window(index: number): Window {
    let window = this.#windows[index];
    if (window === undefined) {
      const memory = this.share.windows[index]!;
      window = {
        memory,
        kernels: createKernels(memory),
        codecs: [],
        bytes: new Uint8Array(bufferOf(memory)),
      };
      this.#windows[index] = window;
    }
    return window;
  }

  /** The codec of pages that are there; null where its library is gone since they were written. */
  #codecThatRead(window: Window, kind: number): PageCodec | null {
    try {
      return this.#codec(window, kind);
    } catch {
      return null;
    }
  }

  #codec(window: Window, kind: number): PageCodec {
    let codec = window.codecs[kind];
    if (codec === undefined) {
      const name = codecNames[kind];
      if (name === undefined) throw new RangeError(`no codec has the number ${kind}`);
      codec = createCodec(name, window.memory, this.#scratch + (kind - 1) * SCRATCH_BYTES);
      window.codecs[kind] = codec;
    }
    return codec;
  }
}

function headerAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8);
}

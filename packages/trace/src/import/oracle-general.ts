// libCacheSim's oracleGeneral: packed little-endian records of 24 bytes, u32 time, u64 object id,
// u32 object size, i64 next access. There is no operation, so every reference reads. The object id is taken
// for the page number; ids are often 64-bit hashes, which `renumber` replaces by
// numbers in order of first appearance.
import { PAGE_COUNT_MAX, READ } from '@pagelend/policies';
import { TraceError } from '../errors.ts';
import { PAGE_NUMBER_LIMIT } from '../limits.ts';
import { mixPair } from '../mix.ts';
import type { ImportParser, ReferenceSink } from './parser.ts';

export const ORACLE_RECORD_BYTES = 24;

export class OracleGeneralParser implements ImportParser {
  skipped = 0;
  readonly #file: string;
  readonly #sink: ReferenceSink;
  readonly #ids: WideNumbering | null;
  readonly #carry = new Uint8Array(ORACLE_RECORD_BYTES);
  #carried = 0;
  #offset = 0;

  constructor(file: string, sink: ReferenceSink, options: { readonly renumber: boolean }) {
    this.#file = file;
    this.#sink = sink;
    this.#ids = options.renumber ? new WideNumbering() : null;
  }

  push(chunk: Uint8Array): void {
    let from = 0;
    if (this.#carried > 0) {
      from = Math.min(ORACLE_RECORD_BYTES - this.#carried, chunk.length);
      this.#carry.set(chunk.subarray(0, from), this.#carried);
      this.#carried += from;
      if (this.#carried < ORACLE_RECORD_BYTES) return;
      this.#carried = 0;
      this.#parse(this.#carry, 0, ORACLE_RECORD_BYTES);
    }
    const to = chunk.length - ((chunk.length - from) % ORACLE_RECORD_BYTES);
    this.#parse(chunk, from, to);
    this.#carry.set(chunk.subarray(to));
    this.#carried = chunk.length - to;
  }

  end(): void {
    if (this.#carried === 0) return;
    throw new TraceError('TRACE_TRUNCATED', 'the last record is cut off', {
      file: this.#file,
      offset: this.#offset,
      found: `${this.#carried} bytes`,
      expected: `a record of ${ORACLE_RECORD_BYTES} bytes`,
    });
  }

  #parse(bytes: Uint8Array, from: number, to: number): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const sink = this.#sink;
    const ids = this.#ids;
    for (let at = from; at < to; at += ORACLE_RECORD_BYTES) {
      const low = view.getUint32(at + 4, true);
      const high = view.getUint32(at + 8, true);
      const page = ids === null ? high * 4294967296 + low : ids.idOf(high, low);
      if (page >= PAGE_NUMBER_LIMIT) throw this.#range(view.getBigUint64(at + 4, true));
      sink.add(page, READ);
      this.#offset += ORACLE_RECORD_BYTES;
    }
  }

  #range(id: bigint): TraceError {
    return new TraceError('TRACE_PAGE_RANGE', 'the object id cannot be a page number', {
      file: this.#file,
      offset: this.#offset,
      found: String(id),
      expected: 'an id below 2^52',
      hint: '--renumber numbers 64-bit ids by first appearance',
    });
  }
}

/** 64-bit ids -> dense numbers: open addressing with the id in two halves as the key. */
class WideNumbering {
  #highs = new Uint32Array(2048);
  #lows = new Uint32Array(2048);
  #table = new Int32Array(4096).fill(-1);
  #count = 0;

  idOf(high: number, low: number): number {
    const mask = this.#table.length - 1;
    let slot = mixPair(high, low) & mask;
    for (let id = this.#table[slot]!; id >= 0; id = this.#table[slot]!) {
      if (this.#lows[id] === low && this.#highs[id] === high) return id;
      slot = (slot + 1) & mask;
    }
    const id = this.#count++;
    // The sink has the same limit and the better message.
    if (id >= PAGE_COUNT_MAX - 1) return id;
    this.#table[slot] = id;
    this.#highs[id] = high;
    this.#lows[id] = low;
    if (this.#count === this.#lows.length) this.#grow();
    return id;
  }

  #grow(): void {
    const ids = this.#table.length;
    const highs = new Uint32Array(ids);
    const lows = new Uint32Array(ids);
    highs.set(this.#highs);
    lows.set(this.#lows);
    const table = new Int32Array(ids * 2).fill(-1);
    for (let id = 0; id < this.#count; id++) {
      let slot = mixPair(highs[id]!, lows[id]!) & (table.length - 1);
      while (table[slot]! >= 0) slot = (slot + 1) & (table.length - 1);
      table[slot] = id;
    }
    this.#highs = highs;
    this.#lows = lows;
    this.#table = table;
  }
}

// Gives every page number (below 2^52) a dense id in order of first appearance. A direct-mapped
// cache answers nearly all look-ups of a real program without touching the table; behind it is an
// open-addressing table whose keys are the page numbers themselves. Measured by
// bench/trace-parse.mjs beside a Map.
import { PAGE_COUNT_MAX } from '@pagelend/policies';
import { TraceError } from '../errors.ts';
import { PAGE_NUMBER_LIMIT } from '../limits.ts';
import { mixPair } from '../mix.ts';

const CACHE_SLOTS = 1024;
const TABLE_SLOTS_MIN = 4096;

export class PageNumbering {
  /** Pages numbered so far; the next new page gets this id. */
  count = 0;

  #numbers = new Float64Array(TABLE_SLOTS_MIN / 2);
  #tableIds = new Int32Array(TABLE_SLOTS_MIN).fill(-1);
  #mask = TABLE_SLOTS_MIN - 1;
  readonly #cacheNumbers = new Float64Array(CACHE_SLOTS).fill(Number.NaN);
  readonly #cacheIds = new Int32Array(CACHE_SLOTS);

  /** The dense id of a page number, given now if it is new (then `count` grows by one). */
  idOf(pageNumber: number): number {
    const low = pageNumber >>> 0;
    const cached = low & (CACHE_SLOTS - 1);
    if (this.#cacheNumbers[cached] === pageNumber) return this.#cacheIds[cached]!;
    const id = this.#look(pageNumber, low);
    this.#cacheNumbers[cached] = pageNumber;
    this.#cacheIds[cached] = id;
    return id;
  }

  /** The page number of a dense id below `count`. */
  numberOf(id: number): number {
    return this.#numbers[id]!;
  }

  /** Dense id -> page number, a view that is valid until the next new page. */
  get pageNumbers(): Float64Array {
    return this.#numbers.subarray(0, this.count);
  }

  #look(pageNumber: number, low: number): number {
    const numbers = this.#numbers;
    const ids = this.#tableIds;
    const mask = this.#mask;
    let slot = hash(pageNumber, low) & mask;
    for (let id = ids[slot]!; id >= 0; id = ids[slot]!) {
      if (numbers[id] === pageNumber) return id;
      slot = (slot + 1) & mask;
    }
    return this.#insert(pageNumber, slot);
  }

  #insert(pageNumber: number, slot: number): number {
    if (!(pageNumber >= 0 && pageNumber < PAGE_NUMBER_LIMIT && Number.isInteger(pageNumber))) {
      throw new TraceError('TRACE_PAGE_RANGE', 'the page number cannot be held exactly', {
        found: String(pageNumber),
        expected: 'an integer from 0 to 2^52 - 1',
      });
    }
    const id = this.count;
    if (id >= PAGE_COUNT_MAX - 1) {
      const data = { expected: `fewer than ${PAGE_COUNT_MAX} pages` };
      throw new TraceError('TRACE_LIMIT', 'the trace touches too many pages', data);
    }
    this.#tableIds[slot] = id;
    this.#numbers[id] = pageNumber;
    this.count = id + 1;
    // Half full at most, so that chains of probes stay short.
    if (this.count === this.#numbers.length) this.#grow();
    return id;
  }

  #grow(): void {
    const slots = this.#tableIds.length * 2;
    const numbers = new Float64Array(slots / 2);
    numbers.set(this.#numbers);
    const ids = new Int32Array(slots).fill(-1);
    const mask = slots - 1;
    for (let id = 0; id < this.count; id++) {
      const pageNumber = numbers[id]!;
      let slot = hash(pageNumber, pageNumber >>> 0) & mask;
      while (ids[slot]! >= 0) slot = (slot + 1) & mask;
      ids[slot] = id;
    }
    this.#numbers = numbers;
    this.#tableIds = ids;
    this.#mask = mask;
  }
}

/** Mixes the 52 bits of a page number. */
function hash(pageNumber: number, low: number): number {
  return mixPair((pageNumber / 4294967296) >>> 0, low);
}

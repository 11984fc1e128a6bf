// The way of a lease's requests from the threads that serve them to the one that tells of them: a
// ring of fixed size in shared memory. Places are claimed one after another by all threads, which is
// the order of the recording. Nobody waits: where the ring is full a request is lost and counted.

import type { RequestKind, RequestObserver } from '@pagelend/nbd';
import { RECORD_BYTES, RECORD_KINDS, type RecordKind, writeRecord } from './stream-format.ts';

/** Requests that the ring holds: those of most of a second at 300,000 a second. */
export const RING_RECORDS = 2 ** 18;

/** The control words: places taken so far, places emptied so far (both wrap), requests lost. */
const TAIL = 0;
const HEAD = 1;
const LOST = 2;
const CONTROL_WORDS = 16;
/** A place: kind plus one (0 while it is not written), connection, slot, count. */
const WORDS = 4;

export function makeRequestRing(records = RING_RECORDS): SharedArrayBuffer {
  // The place of a number that wraps is found by a mask.
  if (2 ** Math.round(Math.log2(records)) !== records) throw new RangeError(`${records} records`);
  return new SharedArrayBuffer((CONTROL_WORDS + records * WORDS) * Int32Array.BYTES_PER_ELEMENT);
}

interface Views {
  readonly control: Int32Array<SharedArrayBuffer>;
  readonly places: Int32Array<SharedArrayBuffer>;
  readonly records: number;
}

function viewsOf(ring: SharedArrayBuffer): Views {
  const control = new Int32Array(ring, 0, CONTROL_WORDS);
  const places = new Int32Array(ring, CONTROL_WORDS * Int32Array.BYTES_PER_ELEMENT);
  return { control, places, records: places.length / WORDS };
}

/** One connection's side: any number of threads may write at once. */
export class RingWriter implements RequestObserver {
  readonly #control: Int32Array<SharedArrayBuffer>;
  readonly #places: Int32Array<SharedArrayBuffer>;
  readonly #records: number;
  readonly #connection: number;

  constructor(ring: SharedArrayBuffer, connection: number) {
    const { control, places, records } = viewsOf(ring);
    this.#control = control;
    this.#places = places;
    this.#records = records;
    this.#connection = connection;
  }

  begun(kind: RequestKind, slot: number, count: number): void {
    const control = this.#control;
    for (;;) {
      const tail = Atomics.load(control, TAIL);
      if (((tail - Atomics.load(control, HEAD)) | 0) >= this.#records) {
        Atomics.add(control, LOST, 1);
        return;
      }
      if (Atomics.compareExchange(control, TAIL, tail, (tail + 1) | 0) !== tail) continue;
      const places = this.#places;
      const at = (tail & (this.#records - 1)) * WORDS;
      places[at + 1] = this.#connection;
      places[at + 2] = slot;
      places[at + 3] = count;
      // Last of all, so that whoever sees the kind sees the rest.
      Atomics.store(places, at, kind + 1);
      return;
    }
  }
}

/** The other side, for one thread. */
export class RingReader {
  readonly #control: Int32Array<SharedArrayBuffer>;
  readonly #places: Int32Array<SharedArrayBuffer>;
  readonly #records: number;
  #head = 0;

  constructor(ring: SharedArrayBuffer) {
    const { control, places, records } = viewsOf(ring);
    this.#control = control;
    this.#places = places;
    this.#records = records;
  }

  /**
   * At most `countMax` requests as they are streamed, oldest first; behind them, where some were lost
   * since the last call, how many. Null where there is nothing.
   */
  take(countMax: number): Uint8Array<ArrayBuffer> | null {
    const places = this.#places;
    const bytes = new Uint8Array((this.#ready(countMax) + 1) * RECORD_BYTES);
    const view = new DataView(bytes.buffer);
    let end = 0;
    for (; end < bytes.length - RECORD_BYTES; end += RECORD_BYTES) {
      const at = (this.#head & (this.#records - 1)) * WORDS;
      const kind = (places[at]! - 1) as RecordKind;
      // As unsigned: a place has room for the number of any slot.
      writeRecord(view, end, kind, places[at + 1]!, places[at + 2]! >>> 0, places[at + 3]! >>> 0);
      places[at] = 0;
      this.#head = (this.#head + 1) | 0;
    }
    // Places are told to be empty once they are.
    Atomics.store(this.#control, HEAD, this.#head);
    const lost = Atomics.exchange(this.#control, LOST, 0) >>> 0;
    if (lost > 0) {
      writeRecord(view, end, RECORD_KINDS.lost, 0, 0, lost);
      end += RECORD_BYTES;
    }
    return end === 0 ? null : bytes.subarray(0, end);
  }

  /** Has all requests that are there visited, oldest first. Returns how many were lost before. */
  visit(
    visit: (kind: RequestKind, connection: number, slot: number, count: number) => void,
  ): number {
    const places = this.#places;
    for (let left = this.#ready(this.#records); left > 0; left--) {
      const at = (this.#head & (this.#records - 1)) * WORDS;
      const kind = (places[at]! - 1) as RequestKind;
      visit(kind, places[at + 1]!, places[at + 2]! >>> 0, places[at + 3]! >>> 0);
      places[at] = 0;
      this.#head = (this.#head + 1) | 0;
    }
    Atomics.store(this.#control, HEAD, this.#head);
    return Atomics.exchange(this.#control, LOST, 0) >>> 0;
  }

  /** How many places in a row are written. */
  #ready(countMax: number): number {
    const places = this.#places;
    const most = Math.min(countMax, this.#records);
    let count = 0;
    while (count < most) {
      const at = ((this.#head + count) & (this.#records - 1)) * WORDS;
      if (Atomics.load(places, at) === 0) break;
      count++;
    }
    return count;
  }
}

// LRU: the page whose last reference is oldest leaves. It must be told of every reference, which
// no MMU does; it is here as the yardstick that the bit-driven policies approximate.
//
// Recency is a log of references with one live entry per resident page (lists/page-queues.ts tells
// why). LRU keeps a log of its own rather than a queue, so that `replay` can be one loop.

import { assert } from '../errors.ts';
import { DIRTY, MODIFIED, type PageTable, RESIDENT, SEEN } from '../page-table.ts';
import type { Policy, PolicyDefinition, PolicySettings, ReplayCounts } from '../policy.ts';
import { admissionTraps } from '../policy.ts';
import { NO_PAGE } from '../reference.ts';

const LOG_MIN = 1024;
const LOG_MAX = 2 ** 30;
/** The log is so many times longer than the list, or making room would be most of the work. */
const LOG_PER_PAGE = 6;

export const lru: PolicyDefinition = {
  name: 'lru',
  summary: 'Evicts the page whose last reference is oldest.',
  source: 'Mattson, Gecsei, Slutz, Traiger, Evaluation techniques for storage hierarchies, 1970',
  observes: 'every-reference',
  gauges: [{ name: 'list', kind: 'pages', says: 'resident pages in the order of their last use' }],
  create: (settings) => new Lru(settings),
};

class Lru implements Policy {
  readonly #table: PageTable;
  #frames: number;
  /** Per page: index of its live entry in the log, plus 1; 0 for none. */
  readonly #places: Int32Array;
  #log = new Int32Array(LOG_MIN);
  #head = 0;
  #tail = 0;
  #count = 0;

  constructor({ table, frames }: PolicySettings) {
    this.#table = table;
    this.#frames = frames;
    this.#places = new Int32Array(table.pageCount);
  }

  fault(page: number): void {
    this.#count++;
    this.touch(page);
  }

  touch(page: number): void {
    if (this.#tail === this.#log.length) this.#makeRoom();
    this.#log[this.#tail++] = page;
    this.#places[page] = this.#tail;
  }

  victim(): number {
    if (this.#count === 0) return NO_PAGE;
    let page = this.#log[this.#head++]!;
    while (this.#places[page] !== this.#head) page = this.#log[this.#head++]!;
    this.#places[page] = 0;
    this.#count--;
    return page;
  }

  // The loop of Simulation, `touch`, `fault` and `victim` in one.
  replay(references: Uint32Array, from: number, to: number, counts: ReplayCounts): void {
    const table = this.#table;
    const { bits, readSets } = table;
    const writeAddsTo = table.writeSets - readSets;
    const admitted = SEEN | admissionTraps(this);
    const places = this.#places;
    let log = this.#log;
    let tail = this.#tail;
    for (let i = from; i < to; i++) {
      const reference = references[i]!;
      const page = reference >>> 1;
      const op = reference & 1;
      if (tail === log.length) {
        this.#tail = tail;
        this.#makeRoom();
        log = this.#log;
        tail = this.#tail;
      }
      const pageBits = bits[page]!;
      const sets = RESIDENT | (readSets + op * writeAddsTo);
      if ((pageBits & sets) !== sets) {
        if ((pageBits & RESIDENT) === 0) {
          counts.faults++;
          if ((pageBits & SEEN) === 0) {
            counts.coldFaults++;
            counts.coldWriteFaults += op;
          }
          if (table.residentCount >= this.#frames) {
            const victim = this.victim();
            if ((bits[victim]! & (MODIFIED | DIRTY)) !== 0) counts.writebacks++;
            bits[victim] = SEEN;
          } else {
            table.residentCount++;
          }
          this.#count++;
        }
        bits[page] = pageBits | sets | admitted;
      }
      log[tail++] = page;
      places[page] = tail;
    }
    this.#tail = tail;
  }

  forget(page: number): void {
    if (this.#places[page] === 0) return;
    this.#places[page] = 0;
    this.#count--;
  }

  resize(frames: number): void {
    this.#frames = frames;
  }

  /** Drops stale entries, and doubles the log where they are few. */
  #makeRoom(): void {
    const old = this.#log;
    const places = this.#places;
    let log = old;
    if (this.#count * LOG_PER_PAGE > old.length && old.length < LOG_MAX) {
      log = new Int32Array(old.length * 2);
    }
    let tail = 0;
    for (let i = this.#head; i < this.#tail; i++) {
      const page = old[i]!;
      if (places[page] !== i + 1) continue;
      log[tail++] = page;
      places[page] = tail;
    }
    assert(tail < log.length, 'the log of LRU is full');
    this.#log = log;
    this.#head = 0;
    this.#tail = tail;
  }

  readGauges(into: Float64Array): void {
    into[0] = this.#count;
  }

  check(): void {
    assert(this.#count === this.#table.residentCount, 'LRU holds all resident pages');
  }
}

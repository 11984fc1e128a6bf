// MIN: the page whose next use lies farthest ahead leaves. It needs the future, so it is a bound,
// and one on page-ins only: its I/O time can exceed CLOCK's, because it ignores write-backs.
//
// The heap is kept in the order of next uses lazily: hits only note the page, and notes are worked
// in when a victim is wanted, each page once however often it was hit.

import { assert } from '../errors.ts';
import { PageHeap } from '../lists/page-heap.ts';
import { NEVER, type PageTable } from '../page-table.ts';
import type { Policy, PolicyDefinition, PolicySettings } from '../policy.ts';
import { NO_PAGE } from '../reference.ts';

export const min: PolicyDefinition = {
  name: 'min',
  summary:
    'Offline: evicts the page whose next use is farthest; fewest page-ins, not least I/O time.',
  source: 'Belady, A study of replacement algorithms for a virtual-storage computer, 1966',
  departures: ['among pages that are never used again, clean ones leave first'],
  observes: 'future',
  gauges: [
    { name: 'heap', kind: 'pages', says: 'resident pages in the order of their next uses' },
    { name: 'noted', kind: 'pages', says: 'pages used since the last eviction' },
    { name: 'reordered', kind: 'count', says: 'pages whose new next use was worked into the heap' },
    { name: 'done with', kind: 'count', says: 'pages that left and are never used again' },
  ],
  create: (settings) => new Min(settings),
};

const REORDERED = 0;
const DONE_WITH = 1;

class Min implements Policy {
  readonly #table: PageTable;
  readonly #nextUse: Int32Array;
  readonly #heap: PageHeap;
  /** Per page: position of its next use, as of its last reference. */
  readonly #next: Int32Array;
  readonly #isNoted: Uint8Array;
  readonly #noted: Int32Array;
  #notedCount = 0;
  readonly #counts = new Float64Array(2);

  constructor({ table }: PolicySettings) {
    assert(table.nextUse !== null, 'a table that offers the future has next uses');
    this.#table = table;
    this.#nextUse = table.nextUse;
    this.#heap = new PageHeap(table.pageCount);
    this.#next = new Int32Array(table.pageCount);
    this.#isNoted = new Uint8Array(table.pageCount);
    this.#noted = new Int32Array(table.pageCount);
  }

  fault(page: number): void {
    this.#note(page, this.#nextUse[this.#table.position]!);
  }

  touch(page: number): void {
    this.#note(page, this.#nextUse[this.#table.position]!);
  }

  touchRun(references: Uint32Array, from: number, to: number): void {
    const shift = this.#table.position - from;
    for (let i = from; i < to; i++) this.#note(references[i]! >>> 1, this.#nextUse[i + shift]!);
  }

  victim(): number {
    for (let i = 0; i < this.#notedCount; i++) {
      const page = this.#noted[i]!;
      this.#isNoted[page] = 0;
      if (this.#table.isResident(page)) this.#heap.set(page, this.#key(page));
    }
    this.#counts[REORDERED]! += this.#notedCount;
    this.#notedCount = 0;
    if (this.#heap.count === 0) return NO_PAGE;
    const page = this.#heap.takeMax();
    if (this.#next[page] === NEVER) this.#counts[DONE_WITH]!++;
    return page;
  }

  /** Farther is larger; of two pages that are never used again the clean one is larger. */
  #key(page: number): number {
    const next = this.#next[page]!;
    return 2 * next + (next === NEVER && !this.#table.isDirty(page) ? 1 : 0);
  }

  #note(page: number, next: number): void {
    this.#next[page] = next;
    if (this.#isNoted[page] !== 0) return;
    this.#isNoted[page] = 1;
    this.#noted[this.#notedCount++] = page;
  }

  forget(page: number): void {
    this.#heap.remove(page);
  }

  resize(): void {}

  readGauges(into: Float64Array): void {
    into[0] = this.#heap.count;
    into[1] = this.#notedCount;
    into[2] = this.#counts[REORDERED]!;
    into[3] = this.#counts[DONE_WITH]!;
  }

  check(): void {
    const { residentCount } = this.#table;
    let known = this.#heap.count;
    for (const page of this.#noted.subarray(0, this.#notedCount)) {
      if (!this.#heap.has(page) && this.#table.isResident(page)) known++;
    }
    assert(known === residentCount, `MIN knows ${known} pages of ${residentCount}`);
  }
}

// LRU-WSR, write sequence reordering: LRU that spares a dirty page once. A dirty page that comes to
// the old end is marked cold and goes back to the recent end, and leaves when it comes there again
// without a hit in between; a clean page leaves at once.
//
// The search ends, because it finds each page cold the second time, and costs no more steps than
// there were hits and faults, because only those take the mark away.

import { assert } from '../errors.ts';
import { type PageQueue, PageQueues } from '../lists/page-queues.ts';
import type { PageTable } from '../page-table.ts';
import type { Policy, PolicyDefinition, PolicySettings } from '../policy.ts';
import { NO_PAGE } from '../reference.ts';

export const lruWsr: PolicyDefinition = {
  name: 'lru-wsr',
  summary: 'LRU that gives a dirty page a second turn before it leaves, and a clean page none.',
  source:
    'Jung, Shim, Park, Kang, Cha, LRU-WSR: Integration of LRU and writes sequence reordering for flash memory, IEEE Transactions on Consumer Electronics 54(3), 2008',
  departures: [
    'written from descriptions and two public implementations, which agree: the text was not available',
  ],
  observes: 'every-reference',
  gauges: [
    { name: 'cold', kind: 'pages', says: 'dirty pages spared once and not referenced since' },
    { name: 'spared', kind: 'count', says: 'second turns given to dirty pages' },
  ],
  create: (settings) => new LruWsr(settings),
};

class LruWsr implements Policy {
  readonly #table: PageTable;
  readonly #family: PageQueues;
  readonly #order: PageQueue;
  /** Per page: 1 where it was spared and not referenced since. */
  readonly #cold: Uint8Array;
  #coldCount = 0;
  readonly #spared = new Float64Array(1);

  constructor({ table }: PolicySettings) {
    this.#table = table;
    this.#family = new PageQueues(table.pageCount, 1);
    this.#order = this.#family.queues[0]!;
    this.#cold = new Uint8Array(table.pageCount);
  }

  fault(page: number): void {
    this.#order.push(page);
  }

  touch(page: number): void {
    this.#order.push(page);
    this.#warm(page);
  }

  touchRun(references: Uint32Array, from: number, to: number): void {
    this.#order.pushRun(references, from, to);
    if (this.#coldCount === 0) return;
    for (let i = from; i < to; i++) this.#warm(references[i]! >>> 1);
  }

  victim(): number {
    const order = this.#order;
    for (;;) {
      const page = order.oldest();
      if (page === NO_PAGE) return NO_PAGE;
      if (this.#cold[page] === 1 || !this.#table.isDirty(page)) {
        this.forget(page);
        return page;
      }
      this.#cold[page] = 1;
      this.#coldCount++;
      this.#spared[0]!++;
      order.push(page);
    }
  }

  #warm(page: number): void {
    this.#coldCount -= this.#cold[page]!;
    this.#cold[page] = 0;
  }

  forget(page: number): void {
    this.#family.remove(page);
    this.#warm(page);
  }

  resize(): void {}

  check(): void {
    const { count } = this.#order;
    assert(count === this.#table.residentCount, 'LRU-WSR holds all resident pages');
    let coldCount = 0;
    for (const page of this.#order.pages()) {
      if (this.#cold[page] === 0) continue;
      coldCount++;
      assert(this.#table.isDirty(page), 'only dirty pages are marked cold');
    }
    assert(coldCount === this.#coldCount, `${coldCount} cold pages, counted ${this.#coldCount}`);
  }

  readGauges(into: Float64Array): void {
    into[0] = this.#coldCount;
    into[1] = this.#spared[0]!;
  }
}

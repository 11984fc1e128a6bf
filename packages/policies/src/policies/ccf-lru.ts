// CCF-LRU, cold-clean-first: pages that were read once wait in a list of their own and leave first.
// All others are in the mixed list, whose old end is scanned where the cold-clean list is empty: a
// cold page leaves; a hot one turns cold and goes to the recent end, of the cold-clean list if it is
// clean, of the mixed list if it is dirty. A hit makes a page hot and the most recent of the mixed
// list.

import { assert } from '../errors.ts';
import { type PageQueue, PageQueues } from '../lists/page-queues.ts';
import type { PageTable } from '../page-table.ts';
import type { Policy, PolicyDefinition, PolicySettings } from '../policy.ts';
import { NO_PAGE, type Op, READ } from '../reference.ts';

export const ccfLru: PolicyDefinition = {
  name: 'ccf-lru',
  summary: 'Evicts clean pages that were read once, then cold dirty pages, then hot ones.',
  source:
    'Li, Jin, Su, Cui, Yue, CCF-LRU: A new buffer replacement algorithm for flash memory, IEEE Transactions on Consumer Electronics 55(3), 2009',
  departures: [
    'written from the abstract and two public implementations: the text was not available',
    'scan=mixed: a scan that made a clean page cold goes on to a cold page of the mixed list, which delays the eviction of hot clean pages as the abstract says; both implementations do so (one moves clean pages a turn later), and fail where the list holds no such page: here the oldest cold clean page leaves then',
    'a page whose fault was a write enters hot, as in one of the implementations; in the other it enters cold',
  ],
  observes: 'every-reference',
  options: {
    scan: {
      kind: 'choice',
      default: 'mixed',
      choices: ['mixed', 'clean'],
      says: 'what leaves once the scan of the mixed list made a clean page cold: the next cold page of the mixed list, or that clean page',
    },
  },
  gauges: [
    { name: 'cold clean', kind: 'pages', says: 'cold clean pages' },
    { name: 'mixed', kind: 'pages', says: 'all other pages' },
    { name: 'cooled clean', kind: 'count', says: 'clean pages that a scan made cold' },
    { name: 'cooled dirty', kind: 'count', says: 'dirty pages that a scan made cold' },
  ],
  create: (settings) => new CcfLru(settings),
};

class CcfLru implements Policy {
  readonly #table: PageTable;
  readonly #family: PageQueues;
  readonly #coldClean: PageQueue;
  readonly #mixed: PageQueue;
  /** Per page of the mixed list: 1 where a scan found it dirty and it was not referenced since. */
  readonly #cold: Uint8Array;
  readonly #prefersClean: boolean;
  /** Clean and dirty pages that scans made cold. */
  readonly #cooled = new Float64Array(2);

  constructor({ table, options }: PolicySettings) {
    this.#table = table;
    this.#family = new PageQueues(table.pageCount, 2);
    const [coldClean, mixed] = this.#family.queues;
    this.#coldClean = coldClean!;
    this.#mixed = mixed!;
    this.#cold = new Uint8Array(table.pageCount);
    this.#prefersClean = options.scan === 'clean';
  }

  fault(page: number, op: Op): void {
    (op === READ ? this.#coldClean : this.#mixed).push(page);
  }

  touch(page: number): void {
    this.#mixed.push(page);
    this.#cold[page] = 0;
  }

  touchRun(references: Uint32Array, from: number, to: number): void {
    this.#mixed.pushRun(references, from, to);
    const cold = this.#cold;
    for (let i = from; i < to; i++) cold[references[i]! >>> 1] = 0;
  }

  victim(): number {
    if (this.#coldClean.count > 0) return this.#coldClean.shift();
    const mixed = this.#mixed;
    for (;;) {
      const page = mixed.oldest();
      // Without a cold page in it, the scan has emptied the mixed list into the cold-clean one.
      if (page === NO_PAGE) return this.#coldClean.shift();
      if (this.#cold[page] === 1) {
        this.forget(page);
        return page;
      }
      if (this.#table.isDirty(page)) {
        this.#cold[page] = 1;
        this.#cooled[1]!++;
        mixed.push(page);
      } else {
        this.#cooled[0]!++;
        this.#coldClean.push(page);
        if (this.#prefersClean) return this.#coldClean.shift();
      }
    }
  }

  forget(page: number): void {
    this.#family.remove(page);
    this.#cold[page] = 0;
  }

  resize(): void {}

  check(): void {
    const held = this.#coldClean.count + this.#mixed.count;
    assert(held === this.#table.residentCount, 'CCF-LRU holds all resident pages');
    for (const page of this.#coldClean.pages()) {
      assert(!this.#table.isDirty(page) && this.#cold[page] === 0, 'cold-clean pages are clean');
    }
    for (const page of this.#mixed.pages()) {
      assert(this.#cold[page] === 0 || this.#table.isDirty(page), 'cold mixed pages are dirty');
    }
  }

  readGauges(into: Float64Array): void {
    into[0] = this.#coldClean.count;
    into[1] = this.#mixed.count;
    into[2] = this.#cooled[0]!;
    into[3] = this.#cooled[1]!;
  }
}

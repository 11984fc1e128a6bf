// 2Q, full version: a page enters a FIFO queue A1in, where further references, likely to be parts of
// one use, change nothing. As it leaves that queue its id is remembered for a while in A1out, and
// only a page that is wanted again while it is remembered enters Am, an LRU list.
// The paper's pseudo-code stands at each function.

import { assert } from '../errors.ts';
import { type PageQueue, PageQueues } from '../lists/page-queues.ts';
import type { PageTable } from '../page-table.ts';
import type { Policy, PolicyDefinition, PolicySettings } from '../policy.ts';
import { NO_PAGE } from '../reference.ts';

export const twoQueue: PolicyDefinition = {
  name: '2q',
  summary: 'A FIFO queue for new pages, an LRU list for pages that were wanted again after it.',
  source: 'Johnson, Shasha, 2Q: A low overhead high performance buffer management, VLDB 1994',
  departures: [
    'the shares of the frames are rounded down to whole pages',
    'where Am is empty and A1in is not above its share, which the pseudo-code leaves open, A1in gives the page',
  ],
  observes: 'every-reference',
  options: {
    kin: {
      kind: 'number',
      default: 0.25,
      min: 0,
      max: 1,
      says: 'Kin, the size up to which A1in is left alone, as a share of the frames',
    },
    kout: {
      kind: 'number',
      default: 0.5,
      min: 0,
      max: 4,
      says: 'Kout, the page ids that A1out remembers, as a share of the frames',
    },
  },
  gauges: [
    { name: 'a1in', kind: 'pages', says: 'resident pages that came in as new' },
    { name: 'am', kind: 'pages', says: 'resident pages that were wanted again after A1in' },
    { name: 'a1out', kind: 'pages', says: 'ids of pages that left A1in lately' },
    { name: 'kin', kind: 'target', says: 'size up to which A1in is left alone' },
    { name: 'returned', kind: 'count', says: 'faults on pages that A1out remembered' },
  ],
  create: (settings) => new TwoQueue(settings),
};

class TwoQueue implements Policy {
  readonly #table: PageTable;
  readonly #family: PageQueues;
  readonly #a1in: PageQueue;
  readonly #a1out: PageQueue;
  readonly #am: PageQueue;
  readonly #kinShare: number;
  readonly #koutShare: number;
  #kin = 0;
  #kout = 0;
  /** The page that `victim` made room for and found in A1out, from which it is gone since. */
  #returning = NO_PAGE;
  readonly #returned = new Float64Array(1);

  constructor({ table, frames, options }: PolicySettings) {
    this.#table = table;
    this.#family = new PageQueues(table.pageCount, 3);
    const [a1in, a1out, am] = this.#family.queues;
    this.#a1in = a1in!;
    this.#a1out = a1out!;
    this.#am = am!;
    this.#kinShare = Number(options.kin);
    this.#koutShare = Number(options.kout);
    this.resize(frames);
  }

  // On accessing a page X:
  //   if X is in Am: move X to the head of Am
  //   else if X is in A1in: do nothing
  touch(page: number): void {
    if (this.#am.has(page)) this.#am.push(page);
  }

  touchRun(references: Uint32Array, from: number, to: number): void {
    const am = this.#am;
    let last = NO_PAGE;
    for (let i = from; i < to; i++) {
      const page = references[i]! >>> 1;
      if (page === last) continue;
      last = page;
      if (am.has(page)) am.push(page);
    }
  }

  //   else if X is in A1out: reclaimfor(X); add X to the head of Am
  //   else: reclaimfor(X); add X to the head of A1in
  fault(page: number): void {
    const isReturning = page === this.#returning || this.#a1out.has(page);
    this.#returning = NO_PAGE;
    if (isReturning) this.#returned[0]!++;
    (isReturning ? this.#am : this.#a1in).push(page);
  }

  // reclaimfor(X), where no page slot is free:
  //   if |A1in| > Kin: page out the tail of A1in, Y; add Y's id to the head of A1out
  //                    if |A1out| > Kout: remove the id at the tail of A1out
  //   else: page out the tail of Am; do not put it on A1out
  victim(incoming: number = NO_PAGE): number {
    // X's own id must not take a place in A1out, let alone be pushed out of it by Y.
    if (incoming !== NO_PAGE && this.#a1out.has(incoming)) {
      this.#family.remove(incoming);
      this.#returning = incoming;
    }
    if (this.#a1in.count > this.#kin || this.#am.count === 0) {
      const page = this.#a1in.oldest();
      if (page === NO_PAGE) return NO_PAGE;
      this.#a1out.push(page);
      this.#trim();
      return page;
    }
    return this.#am.shift();
  }

  forget(page: number): void {
    this.#family.remove(page);
    if (page === this.#returning) this.#returning = NO_PAGE;
  }

  resize(frames: number): void {
    this.#kin = Math.floor(this.#kinShare * frames);
    this.#kout = Math.floor(this.#koutShare * frames);
    this.#trim();
  }

  #trim(): void {
    while (this.#a1out.count > this.#kout) this.#a1out.shift();
  }

  readGauges(into: Float64Array): void {
    into[0] = this.#a1in.count;
    into[1] = this.#am.count;
    into[2] = this.#a1out.count;
    into[3] = this.#kin;
    into[4] = this.#returned[0]!;
  }

  check(): void {
    const held = this.#a1in.count + this.#am.count;
    assert(held === this.#table.residentCount, 'A1in and Am hold all resident pages');
    assert(this.#a1out.count <= this.#kout, 'A1out holds at most Kout ids');
    for (const page of this.#a1out.pages()) {
      assert(!this.#table.isResident(page), 'a page in A1out is absent');
    }
  }
}

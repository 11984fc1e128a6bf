// ARC, adaptive replacement cache: LRU lists T1 (seen once lately) and T2 (seen again), their
// ghosts B1 and B2, and a target `p` for T1's size that ghost hits move. Unlike CAR it adapts `p`
// before it replaces, and it must be told of every reference.

import { assert } from '../errors.ts';
import { type PageQueue, PageQueues } from '../lists/page-queues.ts';
import type { PageTable } from '../page-table.ts';
import type { Policy, PolicyDefinition, PolicySettings } from '../policy.ts';
import { NO_PAGE } from '../reference.ts';

export const arc: PolicyDefinition = {
  name: 'arc',
  summary: 'Balances recency against frequency by hits on the ghosts of what each list evicted.',
  source: 'Megiddo, Modha, ARC: A self-tuning, low overhead replacement cache, FAST 2003',
  observes: 'every-reference',
  create: (settings) => new Arc(settings),
};

class Arc implements Policy {
  readonly #table: PageTable;
  readonly #family: PageQueues;
  readonly #t1: PageQueue;
  readonly #t2: PageQueue;
  readonly #b1: PageQueue;
  readonly #b2: PageQueue;
  #frames: number;
  /** Target size of T1, in frames; a real number. */
  #p = 0;
  /** The fault that `victim` has already adapted for. */
  #preparedFor = NO_PAGE;

  constructor({ table, frames }: PolicySettings) {
    this.#table = table;
    this.#family = new PageQueues(table.pageCount, 4);
    const [t1, t2, b1, b2] = this.#family.queues;
    this.#t1 = t1!;
    this.#t2 = t2!;
    this.#b1 = b1!;
    this.#b2 = b2!;
    this.#frames = frames;
  }

  // Case I, x in T1 or T2: move x to the MRU end of T2.
  touch(page: number): void {
    this.#t2.push(page);
  }

  touchRun(references: Uint32Array, from: number, to: number): void {
    this.#t2.pushRun(references, from, to);
  }

  // Case II, x in B1:  p = min(p + max(1, |B2|/|B1|), c); REPLACE(x, p)
  // Case III, x in B2: p = max(p - max(1, |B1|/|B2|), 0); REPLACE(x, p)
  // Case IV, a miss:
  //   A: |T1|+|B1| = c:  if |T1| < c: drop the LRU of B1; REPLACE(x, p)
  //                      else: drop the LRU of T1, without a ghost
  //   B: |T1|+|B1| < c and the total >= c:
  //                      if the total = 2c: drop the LRU of B2
  //                      REPLACE(x, p)
  victim(incoming: number = NO_PAGE): number {
    if (incoming === NO_PAGE) return this.#replace(false);
    this.#preparedFor = incoming;
    const isInB2 = this.#b2.has(incoming);
    if (isInB2 || this.#b1.has(incoming)) {
      this.#adapt(incoming);
      return this.#replace(isInB2);
    }
    if (this.#b1.count === 0 && this.#t1.count >= this.#frames) return this.#t1.shift();
    this.#trimGhosts();
    return this.#replace(false);
  }

  // Cases II and III: fetch x to the MRU end of T2. Case IV: to that of T1.
  fault(page: number): void {
    const wasGhost = this.#b1.has(page) || this.#b2.has(page);
    if (this.#preparedFor !== page) {
      if (wasGhost) this.#adapt(page);
      else this.#trimGhosts();
    }
    this.#preparedFor = NO_PAGE;
    (wasGhost ? this.#t2 : this.#t1).push(page);
  }

  #adapt(page: number): void {
    const [b1, b2] = [this.#b1.count, this.#b2.count];
    this.#p = this.#b1.has(page)
      ? Math.min(this.#p + Math.max(1, b2 / b1), this.#frames)
      : Math.max(this.#p - Math.max(1, b1 / b2), 0);
  }

  // REPLACE(x, p): if |T1| >= 1 and (|T1| > p or (x in B2 and |T1| = p)):
  //                  demote the LRU of T1 to the MRU of B1
  //                else demote the LRU of T2 to the MRU of B2
  #replace(isInB2: boolean): number {
    const t1 = this.#t1.count;
    const fromT1 = t1 >= 1 && (t1 > this.#p || (isInB2 && t1 === this.#p) || this.#t2.count === 0);
    const page = (fromT1 ? this.#t1 : this.#t2).oldest();
    if (page !== NO_PAGE) (fromT1 ? this.#b1 : this.#b2).push(page);
    return page;
  }

  #trimGhosts(): void {
    const ofT1 = this.#t1.count + this.#b1.count;
    const all = ofT1 + this.#t2.count + this.#b2.count;
    if (ofT1 >= this.#frames && this.#b1.count > 0) this.#b1.shift();
    else if (all >= 2 * this.#frames && this.#b2.count > 0) this.#b2.shift();
  }

  forget(page: number): void {
    this.#family.remove(page);
  }

  resize(frames: number): void {
    this.#frames = frames;
    this.#p = Math.min(this.#p, frames);
    while (this.#t1.count + this.#b1.count > frames && this.#b1.count > 0) this.#b1.shift();
    while (this.#b2.count > 2 * frames) this.#b2.shift();
  }

  check(): void {
    const [t1, t2, b1, b2] = [this.#t1.count, this.#t2.count, this.#b1.count, this.#b2.count];
    const c = this.#frames;
    assert(t1 + t2 === this.#table.residentCount && t1 + t2 <= c, '|T1|+|T2| <= c');
    assert(t1 + b1 <= c, '|T1|+|B1| <= c');
    assert(t1 + t2 + b1 + b2 <= 2 * c, 'all four lists hold at most 2c pages');
    assert(this.#p >= 0 && this.#p <= c, `0 <= p = ${this.#p} <= c`);
  }
}

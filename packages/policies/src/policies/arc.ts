// ARC, adaptive replacement cache: LRU lists T1 (seen once lately) and T2 (seen again), their
// ghosts B1 and B2, and a target `p` for T1's size that ghost hits move. Unlike CAR it adapts `p`
// before it replaces, and it must be told of every reference.

import { AdaptiveLists, adaptiveGauges } from '../lists/adaptive-lists.ts';
import type { PageTable } from '../page-table.ts';
import type { Policy, PolicyDefinition, PolicySettings } from '../policy.ts';
import { NO_PAGE } from '../reference.ts';

export const arc: PolicyDefinition = {
  name: 'arc',
  summary: 'Balances recency against frequency by hits on the ghosts of what each list evicted.',
  source: 'Megiddo, Modha, ARC: A self-tuning, low overhead replacement cache, FAST 2003',
  observes: 'every-reference',
  gauges: adaptiveGauges,
  create: (settings) => new Arc(settings),
};

class Arc implements Policy {
  readonly #table: PageTable;
  readonly #lists: AdaptiveLists;
  /** The fault that `victim` has already adapted for. */
  #preparedFor = NO_PAGE;

  constructor({ table, frames }: PolicySettings) {
    this.#table = table;
    this.#lists = new AdaptiveLists(table.pageCount, frames);
  }

  // Case I, x in T1 or T2: move x to the MRU end of T2.
  touch(page: number): void {
    this.#lists.t2.push(page);
  }

  touchRun(references: Uint32Array, from: number, to: number): void {
    this.#lists.t2.pushRun(references, from, to);
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
    const lists = this.#lists;
    if (incoming === NO_PAGE) return this.#replace(false);
    this.#preparedFor = incoming;
    if (lists.isGhost(incoming)) {
      lists.adapt(incoming);
      return this.#replace(lists.b2.has(incoming));
    }
    if (lists.b1.count === 0 && lists.t1.count >= lists.frames) return lists.t1.shift();
    lists.makeGhostRoom();
    return this.#replace(false);
  }

  // Cases II and III: fetch x to the MRU end of T2. Case IV: to that of T1.
  fault(page: number): void {
    const lists = this.#lists;
    const wasGhost = lists.isGhost(page);
    if (this.#preparedFor !== page) {
      if (wasGhost) lists.adapt(page);
      else lists.makeGhostRoom();
    }
    this.#preparedFor = NO_PAGE;
    (wasGhost ? lists.t2 : lists.t1).push(page);
  }

  // REPLACE(x, p): if |T1| >= 1 and (|T1| > p or (x in B2 and |T1| = p)):
  //                  demote the LRU of T1 to the MRU of B1
  //                else demote the LRU of T2 to the MRU of B2
  #replace(isInB2: boolean): number {
    const { t1, t2, b1, b2, p } = this.#lists;
    const fromT1 = t1.count >= 1 && (t1.count > p || (isInB2 && t1.count === p) || t2.count === 0);
    const page = (fromT1 ? t1 : t2).oldest();
    if (page === NO_PAGE) return NO_PAGE;
    (fromT1 ? b1 : b2).push(page);
    // A ghost that is coming back must still be found as one by `fault`, so the limits are
    // restored at once only where nothing comes in.
    if (this.#preparedFor === NO_PAGE) this.#lists.fitGhosts();
    return page;
  }

  forget(page: number): void {
    this.#lists.family.remove(page);
  }

  resize(frames: number): void {
    this.#lists.resize(frames);
  }

  readGauges(into: Float64Array): void {
    this.#lists.readGauges(into);
  }

  check(): void {
    this.#lists.check(this.#table.residentCount);
  }
}

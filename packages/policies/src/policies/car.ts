// CAR, CLOCK with adaptive replacement: two clocks, T1 for pages seen once lately and T2 for pages
// seen again, two ghost lists B1 and B2 of pages that left them, and a target `p` for T1's size
// that ghost hits move. Pseudo-code of the paper, with its line numbers, stands at each function.

import { assert } from '../errors.ts';
import { type PageQueue, PageQueues } from '../lists/page-queues.ts';
import { type PageTable, REFERENCED } from '../page-table.ts';
import type { Policy, PolicyDefinition, PolicySettings } from '../policy.ts';
import { NO_PAGE } from '../reference.ts';

export const car: PolicyDefinition = {
  name: 'car',
  summary:
    'Two clocks for recency and frequency, sized by hits on the ghosts of what they evicted.',
  source: 'Bansal, Modha, CAR: Clock with adaptive replacement, FAST 2004',
  departures: ['looks at no modified bit: the write-back of a dirty page is charged as it leaves'],
  observes: 'reference',
  options: {
    ratio: {
      kind: 'choice',
      default: 'real',
      choices: ['real', 'integer'],
      says: 'step of the target, |B2|/|B1| or its inverse: real as in the paper, or rounded down',
    },
  },
  create: (settings) => new Car(settings),
};

class Car implements Policy {
  readonly #table: PageTable;
  readonly #family: PageQueues;
  readonly #t1: PageQueue;
  readonly #t2: PageQueue;
  readonly #b1: PageQueue;
  readonly #b2: PageQueue;
  readonly #integerRatio: boolean;
  #frames: number;
  /** Target size of T1, in frames; a real number. */
  #p = 0;

  constructor({ table, frames, options }: PolicySettings) {
    this.#table = table;
    this.#family = new PageQueues(table.pageCount, 4);
    const [t1, t2, b1, b2] = this.#family.queues;
    this.#t1 = t1!;
    this.#t2 = t2!;
    this.#b1 = b1!;
    this.#b2 = b2!;
    this.#integerRatio = options.ratio === 'integer';
    this.#frames = frames;
  }

  //  2 if |T1|+|T2| == c:
  //  3    replace()
  //         repeat
  //           if |T1| >= max(1,p):
  //             if refbit[head T1] == 0: demote head of T1 to MRU of B1; done
  //             else refbit = 0; move it to tail of T2
  //           else:
  //             if refbit[head T2] == 0: demote head of T2 to MRU of B2; done
  //             else refbit = 0; move it to tail of T2
  victim(): number {
    const { bits } = this.#table;
    const t1 = this.#t1;
    const t2 = this.#t2;
    for (;;) {
      // T2 is empty only where T1 was emptied below its target by freed pages.
      const fromT1 = t1.count > 0 && (t1.count >= Math.max(1, this.#p) || t2.count === 0);
      const page = fromT1 ? t1.oldest() : t2.oldest();
      if (page === NO_PAGE) return NO_PAGE;
      const pageBits = bits[page]!;
      if ((pageBits & REFERENCED) === 0) {
        (fromT1 ? this.#b1 : this.#b2).push(page);
        return page;
      }
      this.#table.clearReferenced(page);
      t2.push(page);
    }
  }

  //  4    if x not in B1 ∪ B2 and |T1|+|B1| == c:                  discard LRU of B1
  //  5    elif x not in B1 ∪ B2 and |T1|+|T2|+|B1|+|B2| == 2c:     discard LRU of B2
  //  6 if x not in B1 ∪ B2: insert x at tail of T1; refbit[x] = 0
  //  7 elif x in B1: p = min(p + max(1, |B2|/|B1|), c); move x to tail of T2; refbit[x] = 0
  //  8 else (x in B2): p = max(p - max(1, |B1|/|B2|), 0); move x to tail of T2; refbit[x] = 0
  fault(page: number): void {
    const [b1, b2] = [this.#b1, this.#b2];
    this.#table.clearReferenced(page);
    if (b1.has(page)) {
      this.#p = Math.min(this.#p + this.#step(b2.count, b1.count), this.#frames);
      this.#t2.push(page);
    } else if (b2.has(page)) {
      this.#p = Math.max(this.#p - this.#step(b1.count, b2.count), 0);
      this.#t2.push(page);
    } else {
      this.#trimGhosts();
      this.#t1.push(page);
    }
  }

  #step(other: number, own: number): number {
    const ratio = other / own;
    return Math.max(1, this.#integerRatio ? Math.floor(ratio) : ratio);
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
    assert(t2 + b2 <= 2 * c, '|T2|+|B2| <= 2c');
    assert(t1 + t2 + b1 + b2 <= 2 * c, 'all four lists hold at most 2c pages');
    assert(this.#p >= 0 && this.#p <= c, `0 <= p = ${this.#p} <= c`);
  }
}

// CAR, CLOCK with adaptive replacement: two clocks, T1 for pages seen once lately and T2 for pages
// seen again, two ghost lists B1 and B2 of pages that left them, and a target `p` for T1's size
// that ghost hits move. Pseudo-code of the paper, with its line numbers, stands at each function.

import { AdaptiveLists, adaptiveGauges } from '../lists/adaptive-lists.ts';
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
  gauges: [
    ...adaptiveGauges,
    { name: 'T1 scanned', kind: 'count', says: 'pages that the hand of T1 looked at' },
    { name: 'T2 scanned', kind: 'count', says: 'pages that the hand of T2 looked at' },
    { name: 'T1 to T2', kind: 'count', says: 'pages that moved from T1 to T2 for their set bit' },
    { name: 'T2 spared', kind: 'count', says: 'pages of T2 that their set bit kept there' },
  ],
  create: (settings) => new Car(settings),
};

const OWN_GAUGES = adaptiveGauges.length;

class Car implements Policy {
  readonly #table: PageTable;
  readonly #lists: AdaptiveLists;
  readonly #roundsRatio: boolean;
  /** Pages that left at the hands of T1 and of T2, and pages that the hands spared. */
  readonly #left = new Float64Array(2);
  readonly #spared = new Float64Array(2);

  constructor({ table, frames, options }: PolicySettings) {
    this.#table = table;
    this.#lists = new AdaptiveLists(table.pageCount, frames);
    this.#roundsRatio = options.ratio === 'integer';
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
    const { t1, t2, b1, b2, p } = this.#lists;
    for (;;) {
      // T2 is empty only where freed pages left T1 below its target.
      const fromT1 = t1.count > 0 && (t1.count >= Math.max(1, p) || t2.count === 0);
      const page = (fromT1 ? t1 : t2).oldest();
      if (page === NO_PAGE) return NO_PAGE;
      if ((this.#table.bits[page]! & REFERENCED) === 0) {
        (fromT1 ? b1 : b2).push(page);
        this.#left[fromT1 ? 0 : 1]!++;
        this.#lists.fitGhosts();
        return page;
      }
      this.#table.clearReferenced(page);
      this.#spared[fromT1 ? 0 : 1]!++;
      t2.push(page);
    }
  }

  //  4    if x not in B1 ∪ B2 and |T1|+|B1| == c:                  discard LRU of B1
  //  5    elif x not in B1 ∪ B2 and |T1|+|T2|+|B1|+|B2| == 2c:     discard LRU of B2
  //  6 if x not in B1 ∪ B2: insert x at tail of T1; refbit[x] = 0
  //  7 elif x in B1: p = min(p + max(1, |B2|/|B1|), c); move x to tail of T2; refbit[x] = 0
  //  8 else (x in B2): p = max(p - max(1, |B1|/|B2|), 0); move x to tail of T2; refbit[x] = 0
  fault(page: number): void {
    const lists = this.#lists;
    this.#table.clearReferenced(page);
    if (lists.isGhost(page)) {
      lists.adapt(page, this.#roundsRatio);
      lists.t2.push(page);
    } else {
      lists.makeGhostRoom();
      lists.t1.push(page);
    }
  }

  forget(page: number): void {
    this.#lists.family.remove(page);
  }

  resize(frames: number): void {
    this.#lists.resize(frames);
  }

  readGauges(into: Float64Array): void {
    this.#lists.readGauges(into);
    const [left1, left2] = this.#left;
    const [spared1, spared2] = this.#spared;
    into[OWN_GAUGES] = left1! + spared1!;
    into[OWN_GAUGES + 1] = left2! + spared2!;
    into[OWN_GAUGES + 2] = spared1!;
    into[OWN_GAUGES + 3] = spared2!;
  }

  check(): void {
    this.#lists.check(this.#table.residentCount);
  }
}

// NRU, not recently used: pages fall into four classes by (reference bit, modified bit), the reference
// bits are cleared every tick, and a page of the lowest class that is not empty leaves, chosen at random.
//
//   class 0: (0,0)   class 1: (0,1)   class 2: (1,0)   class 3: (1,1)
//
// Nobody tells of a hit, so a page may be of a higher class than the bag that holds it; never of a lower
// one, because bits are cleared at ticks alone. A draw that hits such a page puts it where it belongs
// and is repeated: what remains is an even choice among the pages of the class, and a page is moved
// three times a tick at most, where a walk through all of memory would be due at each fault.

import { assert } from '../errors.ts';
import { PageBags } from '../lists/page-bags.ts';
import { type PageTable, REFERENCED } from '../page-table.ts';
import type { Gauge, Policy, PolicyDefinition, PolicySettings } from '../policy.ts';
import { SeededRandom } from '../random.ts';
import { NO_PAGE } from '../reference.ts';

const CLASSES = 4;
const TICKS = CLASSES;

const gauges = [
  { name: 'victims 0', kind: 'count', says: 'victims that were unused and clean' },
  { name: 'victims 1', kind: 'count', says: 'victims that were unused and dirty' },
  { name: 'victims 2', kind: 'count', says: 'victims that were used and clean' },
  { name: 'victims 3', kind: 'count', says: 'victims that were used and dirty' },
  { name: 'ticks', kind: 'count', says: 'times that all reference bits were cleared' },
] as const satisfies readonly Gauge[];

export const nru: PolicyDefinition = {
  name: 'nru',
  summary: 'Evicts at random among pages not referenced since the last tick, clean ones first.',
  source: 'Tanenbaum, Modern Operating Systems, on the not-recently-used algorithm',
  departures: [
    'time is counted in references, where the textbook has a clock interrupt of some milliseconds; the length of a tick is our choice',
    'a tick is noticed at the first fault at or after it, so bits set between the two are lost as well; of several ticks without a fault one remains',
    'a new page keeps the bits that its faulting access set',
    'on a host that counts no references there are no ticks',
  ],
  observes: 'reference+modified',
  options: {
    tick: {
      kind: 'number',
      default: 10_000,
      min: 1,
      max: Number.MAX_SAFE_INTEGER,
      integer: true,
      says: 'references from one clearing of the reference bits to the next; both short and long ones can be ruinous',
    },
    seed: {
      kind: 'number',
      default: 1,
      min: 0,
      max: 2 ** 32 - 1,
      integer: true,
      says: 'seed of the random choice; the same seed gives the same run',
    },
  },
  gauges,
  create: (settings) => new Nru(settings),
};

class Nru implements Policy {
  readonly #table: PageTable;
  /** One for each class; a page is of its bag's class or of a higher one. */
  readonly #bags: PageBags;
  readonly #random: SeededRandom;
  readonly #tick: number;
  /** Victims of each class, then ticks. */
  readonly #events = new Float64Array(CLASSES + 1);
  /** Ticks until the last fault, by the table's clock; in an array, as it may pass 2^31. */
  readonly #clock = new Float64Array(1);

  constructor({ table, options }: PolicySettings) {
    this.#table = table;
    this.#bags = new PageBags(table.pageCount, CLASSES);
    this.#random = new SeededRandom(Number(options.seed));
    this.#tick = Number(options.tick);
  }

  fault(page: number): void {
    // Before the page is in a bag: the tick came before the access that set its bits.
    this.#noticeTick();
    this.#bags.put(page, this.#classOf(page));
  }

  victim(): number {
    const bags = this.#bags;
    this.#noticeTick();
    for (let number = 0; number < CLASSES; number++) {
      while (bags.count(number) > 0) {
        const page = bags.at(number, this.#random.below(bags.count(number)));
        const actual = this.#classOf(page);
        if (actual === number) {
          bags.remove(page);
          this.#events[number]!++;
          return page;
        }
        bags.put(page, actual);
      }
    }
    return NO_PAGE;
  }

  forget(page: number): void {
    this.#bags.remove(page);
  }

  resize(): void {}

  #noticeTick(): void {
    const ticks = Math.floor(this.#table.position / this.#tick);
    if (ticks === this.#clock[0]) return;
    this.#clock[0] = ticks;
    this.#events[TICKS]!++;
    this.#clearAll();
  }

  /** Clears the reference bit of every page; what was of a used class becomes of an unused one. */
  #clearAll(): void {
    const bags = this.#bags;
    for (let number = 0; number < CLASSES; number++) {
      // From the end, because a page that is put elsewhere makes room for the last one.
      for (let index = bags.count(number) - 1; index >= 0; index--) {
        const page = bags.at(number, index);
        this.#table.clearReferenced(page);
        const actual = this.#classOf(page);
        if (actual !== number) bags.put(page, actual);
      }
    }
  }

  #classOf(page: number): number {
    const isReferenced = (this.#table.bits[page]! & REFERENCED) !== 0;
    return (isReferenced ? 2 : 0) + (this.#table.isDirty(page) ? 1 : 0);
  }

  readGauges(into: Float64Array): void {
    into.set(this.#events);
  }

  check(): void {
    let held = 0;
    for (let number = 0; number < CLASSES; number++) {
      const count = this.#bags.count(number);
      held += count;
      for (let index = 0; index < count; index++) {
        const page = this.#bags.at(number, index);
        assert(this.#classOf(page) >= number, 'no page is of a lower class than its bag');
      }
    }
    assert(held === this.#table.residentCount, 'the four classes hold all resident pages');
  }
}

// CLOCK-Pro, what LIRS would be with the reference bit alone: hot pages, cold pages, and absent pages
// that left as cold ones lately, all in one clock. A cold page is in its test period from its
// page-in until HAND_hot passes it; wanted again within that period, present or absent, it becomes
// hot. The target of cold pages grows where that happens, and shrinks where a test period ends
// without it.
//
// Pages enter the clock at its head and are moved to it, never anywhere else. So the place of each
// hand follows from the order: HAND_hot is at the oldest hot page, HAND_cold at the oldest resident
// cold one, HAND_test at the oldest one in its test period. The clock therefore is three queues,
// and a stamp per page that says which of two pages came to the head first.

import { assert } from '../errors.ts';
import { type PageQueue, PageQueues } from '../lists/page-queues.ts';
import { type PageTable, REFERENCED } from '../page-table.ts';
import type { Policy, PolicyDefinition, PolicySettings } from '../policy.ts';
import { NO_PAGE } from '../reference.ts';
import {
  clockProDepartures,
  clockProGauges,
  clockProOptions,
  DEMOTED,
  EXPIRED,
  PROMOTED,
} from './clock-pro-options.ts';

/** The fewest frames meant for cold pages, as in the authors' own code. */
const COLD_MIN = 2;

export const clockPro: PolicyDefinition = {
  name: 'clock-pro',
  summary: 'Approximates LIRS by reference bits: cold pages become hot when soon wanted again.',
  source:
    'Jiang, Chen, Zhang, CLOCK-Pro: An effective improvement of the CLOCK replacement, USENIX 2005',
  departures: clockProDepartures,
  observes: (options) => (options.repeats === 'ignore' ? 'every-reference' : 'reference'),
  options: clockProOptions,
  gauges: clockProGauges,
  create: (settings) =>
    settings.options.repeats === 'ignore' ? new TouchedClockPro(settings) : new ClockPro(settings),
};

class ClockPro implements Policy {
  protected readonly table: PageTable;
  readonly #residents: PageQueues;
  readonly #hot: PageQueue;
  readonly #cold: PageQueue;
  readonly #tests: PageQueues;
  /** Pages in their test period, resident or absent. */
  readonly #test: PageQueue;
  /** When the page came to the head of the clock: the larger, the later. */
  readonly #stamps: Float64Array;
  readonly #clock = new Float64Array(1);
  readonly #coldShare: number;
  readonly #absentPerFrame: number;
  readonly #adapts: boolean;
  readonly #evictsPassed: boolean;
  #frames = 0;
  #coldMin = 1;
  #coldMax = 1;
  #coldTarget = 1;
  #absentMax = 0;
  #absentCount = 0;
  readonly #counts = new Float64Array(3);

  constructor({ table, frames, options }: PolicySettings) {
    this.table = table;
    this.#residents = new PageQueues(table.pageCount, 2);
    this.#hot = this.#residents.queues[0]!;
    this.#cold = this.#residents.queues[1]!;
    this.#tests = new PageQueues(table.pageCount, 1);
    this.#test = this.#tests.queues[0]!;
    this.#stamps = new Float64Array(table.pageCount);
    this.#coldShare = Number(options.cold);
    this.#absentPerFrame = Number(options.nonresident);
    this.#adapts = options.adapt === 'on';
    this.#evictsPassed = options.passed === 'evict';
    this.resize(frames);
  }

  protected isReferenced(page: number): boolean {
    return (this.table.bits[page]! & REFERENCED) !== 0;
  }

  protected clearReferenced(page: number): void {
    this.table.clearReferenced(page);
  }

  // A page in the clock becomes hot, and HAND_hot makes room. One that is not is cold, is placed at
  // the head, and its test period begins.
  fault(page: number): void {
    this.clearReferenced(page);
    const freeCount = this.#frames - this.#hot.count - this.#cold.count;
    if (this.#test.has(page)) {
      const isHot = this.#isPromoted(page);
      if (this.#test.has(page)) this.#absentCount--;
      this.#toHead(page, isHot);
    } else {
      this.#toHead(page, freeCount > this.#coldTarget);
    }
  }

  // HAND_cold, at the oldest resident cold page:
  //   bit unset: replace it; in its test period it stays in the clock as an absent page
  //   bit set, in its test period: it becomes hot, and HAND_hot makes room
  //   bit set, not in its test period: no change of status
  //   in both cases reset the bit and move the page to the head
  victim(): number {
    for (;;) {
      if (this.#cold.count === 0 && !this.#runHandHot()) return NO_PAGE;
      const page = this.#cold.oldest();
      const wasReferenced = this.isReferenced(page);
      const isHot = wasReferenced && this.#test.has(page) && this.#isPromoted(page);
      if (!wasReferenced || (this.#evictsPassed && !isHot)) {
        this.#cold.shift();
        if (this.#test.has(page)) this.#absentCount++;
        this.#trim();
        return page;
      }
      this.clearReferenced(page);
      this.#toHead(page, isHot);
    }
  }

  // HAND_test, once there are more absent pages than the limit.
  #trim(): void {
    while (this.#absentCount > this.#absentMax) this.#endTest(this.#test.oldest());
  }

  /**
   * A page was wanted in its test period. True where it becomes hot: there is room among the hot
   * pages, or HAND_hot makes it before it passes the page itself.
   */
  #isPromoted(page: number): boolean {
    this.#moveTarget(+1);
    this.clearReferenced(page);
    while (this.#hot.count >= this.#frames - this.#coldTarget) {
      if (!this.#test.has(page) || !this.#runHandHot(page)) return false;
    }
    this.#counts[PROMOTED]!++;
    return true;
  }

  // HAND_hot, at the oldest hot page:
  //   bit unset: the page turns cold
  //   bit set: spare it, reset the bit, move it to the head, and go on
  //   cold pages that the hand passes are no longer in their test period
  /** True where a hot page turned cold, and that before the hand passed `trigger`, if there is one. */
  #runHandHot(trigger: number = NO_PAGE): boolean {
    for (;;) {
      const page = this.#hot.oldest();
      if (page === NO_PAGE) return false;
      const isSpared = this.isReferenced(page);
      this.clearReferenced(page);
      this.#stamp(page);
      (isSpared ? this.#hot : this.#cold).push(page);
      this.#endTestsBehindHandHot();
      if (!isSpared) {
        this.#counts[DEMOTED]!++;
        return true;
      }
      if (trigger !== NO_PAGE && !this.#test.has(trigger)) return false;
    }
  }

  #endTestsBehindHandHot(): void {
    const hand = this.#hot.oldest();
    if (hand === NO_PAGE) return;
    const stamps = this.#stamps;
    for (;;) {
      const page = this.#test.oldest();
      if (page === NO_PAGE || stamps[page]! > stamps[hand]!) return;
      this.#endTest(page);
    }
  }

  /** `page` is the oldest in its test period; an absent page leaves the clock with it. */
  #endTest(page: number): void {
    this.#test.shift();
    if (!this.#cold.has(page)) {
      this.#absentCount--;
      this.#counts[EXPIRED]!++;
      this.#moveTarget(-1);
    } else if (this.isReferenced(page)) {
      this.#moveTarget(+1);
    } else {
      this.#counts[EXPIRED]!++;
      this.#moveTarget(-1);
    }
  }

  #moveTarget(step: number): void {
    if (!this.#adapts) return;
    const target = this.#coldTarget + step;
    this.#coldTarget = Math.min(this.#coldMax, Math.max(this.#coldMin, target));
  }

  /** Moves the page to the head: hot, or cold and in its test period. */
  #toHead(page: number, isHot: boolean): void {
    this.#stamp(page);
    if (isHot) {
      this.#hot.push(page);
      this.#tests.remove(page);
      // The only hot page is HAND_hot's, which thereby passed all others.
      if (this.#hot.count === 1) this.#endTestsBehindHandHot();
    } else {
      this.#cold.push(page);
      this.#test.push(page);
    }
  }

  #stamp(page: number): void {
    this.#stamps[page] = ++this.#clock[0]!;
  }

  forget(page: number): void {
    if (this.#test.has(page) && !this.#cold.has(page)) this.#absentCount--;
    this.#residents.remove(page);
    this.#tests.remove(page);
    this.#endTestsBehindHandHot();
  }

  resize(frames: number): void {
    const wanted = Math.max(COLD_MIN, Math.floor(this.#coldShare * frames));
    const isFirst = this.#frames === 0;
    this.#frames = frames;
    this.#coldMin = Math.max(1, Math.min(wanted, frames - 1));
    this.#coldMax = Math.max(this.#coldMin, frames - this.#coldMin);
    this.#absentMax = Math.floor(this.#absentPerFrame * frames);
    if (isFirst || !this.#adapts) this.#coldTarget = this.#coldMin;
    this.#moveTarget(0);
    this.#trim();
  }

  readGauges(into: Float64Array): void {
    into[0] = this.#hot.count;
    into[1] = this.#cold.count;
    into[2] = this.#absentCount;
    into[3] = this.#coldTarget;
    into.set(this.#counts, 4);
  }

  check(): void {
    const held = this.#hot.count + this.#cold.count;
    assert(held === this.table.residentCount, 'hot and cold pages are all resident pages');
    assert(this.#absentCount <= this.#absentMax, 'the absent pages in the clock are bounded');
    assert(this.#coldTarget >= this.#coldMin, 'the cold target is not below its minimum');
    assert(this.#coldTarget <= this.#coldMax, 'the cold target is not above its maximum');
    const hand = this.#hot.oldest();
    let absentCount = 0;
    for (const page of this.#test.pages()) {
      assert(!this.#hot.has(page), 'a hot page is in no test period');
      assert(hand < 0 || this.#stamps[page]! > this.#stamps[hand]!, 'tests end at HAND_hot');
      if (!this.#cold.has(page)) absentCount++;
    }
    assert(absentCount === this.#absentCount, 'absent pages are counted');
  }
}

/** With `repeats=ignore`: bits of its own, which a reference to the last page does not set. */
class TouchedClockPro extends ClockPro {
  readonly #isReferenced: Uint8Array;
  #last = NO_PAGE;

  constructor(settings: PolicySettings) {
    super(settings);
    this.#isReferenced = new Uint8Array(settings.table.pageCount);
  }

  touch(page: number): void {
    if (page === this.#last) return;
    this.#last = page;
    this.#isReferenced[page] = 1;
  }

  touchRun(references: Uint32Array, from: number, to: number): void {
    const isReferenced = this.#isReferenced;
    let last = this.#last;
    for (let i = from; i < to; i++) {
      const page = references[i]! >>> 1;
      if (page === last) continue;
      last = page;
      isReferenced[page] = 1;
    }
    this.#last = last;
  }

  override fault(page: number): void {
    this.#last = page;
    super.fault(page);
  }

  protected override isReferenced(page: number): boolean {
    return this.#isReferenced[page] !== 0;
  }

  protected override clearReferenced(page: number): void {
    this.#isReferenced[page] = 0;
  }
}

// WSClock: a clock that knows when each page was used last, as far as its own visits tell, and prefers
// pages out of the working set: unused for longer than tau, and clean. Dirty ones that are out of it are
// written back in advance, to be taken when the hand comes again.
//
//   at the hand:  R = 1:                        R = 0, last use = now, advance
//                 age <= tau:                   advance
//                 age > tau, clean:             evict
//                 age > tau, dirty:             schedule its write, at most `writes` at a time, advance
//   after a turn: a write was scheduled in it:  go on, until one is complete
//                 otherwise:                    evict the first clean page from the hand on,
//                                               or else the page at the hand

import { assert } from '../errors.ts';
import { FrameRing } from '../lists/frame-ring.ts';
import { DIRTY, MODIFIED, type PageTable, REFERENCED } from '../page-table.ts';
import type { Gauge, Policy, PolicyDefinition, PolicySettings } from '../policy.ts';
import { NO_PAGE } from '../reference.ts';

const NOT_FOUND = -1;

const gauges = [
  { name: 'writing', kind: 'pages', says: 'pages whose scheduled write is not complete' },
  { name: 'scheduled', kind: 'count', says: 'writes scheduled' },
  { name: 'aged', kind: 'count', says: 'clean victims that were out of the working set' },
  { name: 'forced', kind: 'count', says: 'victims taken though no page was out of it and clean' },
] as const satisfies readonly Gauge[];

const WRITING = 0;
const SCHEDULED = 1;
const AGED = 2;
const FORCED = 3;

export const wsclock: PolicyDefinition = {
  name: 'wsclock',
  summary:
    'A clock that evicts clean pages out of the working set and writes dirty ones in advance.',
  source:
    'Carr, Hennessy, WSClock: a simple and effective algorithm for virtual memory management, SOSP 1981; Tanenbaum, Modern Operating Systems',
  departures: [
    'virtual time is counted in references; tau and the number of writes are our choice, tau a small one, because without load control a tau that memory cannot hold is ruinous',
    'a scheduled write is charged at once, even if the page is written again before it leaves, and is complete when the hand comes to the page again',
    'no load control: the paper suspends processes where no page can be had; here "any clean page" is the first from the hand on, and each such fault costs a turn of the hand',
    'a new page keeps the reference bit that its faulting access set, and was used last at its fault',
    'on a host that counts no references nothing grows old',
  ],
  observes: 'reference+modified',
  options: {
    tau: {
      kind: 'number',
      default: 1000,
      min: 0,
      max: Number.MAX_SAFE_INTEGER,
      integer: true,
      says: 'age in references past which a page is out of the working set; ruinous where memory is smaller than such a working set',
    },
    writes: {
      kind: 'number',
      default: 8,
      min: 1,
      max: Number.MAX_SAFE_INTEGER,
      integer: true,
      says: 'most scheduled writes that are not complete',
    },
  },
  gauges,
  create: (settings) => new WsClock(settings),
};

class WsClock implements Policy {
  readonly #table: PageTable;
  readonly #ring: FrameRing;
  readonly #tau: number;
  readonly #writesMax: number;
  /** Per page: the position at which it was last seen to have been used. */
  readonly #lastUses: Float64Array;
  /** Per page: 1 where its scheduled write is not complete. */
  readonly #isWriting: Uint8Array;
  /** In the order of the gauges. */
  readonly #events = new Float64Array(4);
  /** Of the last turn that found no page to take: the frame of its first clean one, or first of all. */
  #forced = NOT_FOUND;

  constructor({ table, frames, options }: PolicySettings) {
    this.#table = table;
    this.#ring = new FrameRing(frames, table.pageCount);
    this.#tau = Number(options.tau);
    this.#writesMax = Number(options.writes);
    this.#lastUses = new Float64Array(table.pageCount);
    this.#isWriting = new Uint8Array(table.pageCount);
  }

  fault(page: number): void {
    // The reference bit says as much, where the access that faulted has run again before the next fault.
    this.#lastUses[page] = this.#table.position;
    this.#ring.add(page);
  }

  victim(): number {
    if (this.#ring.count === 0) return NO_PAGE;
    const events = this.#events;
    for (;;) {
      const scheduledBefore = events[SCHEDULED]!;
      const frame = this.#turn();
      if (frame !== NOT_FOUND) {
        events[AGED]!++;
        return this.#take(frame);
      }
      if (events[SCHEDULED] === scheduledBefore) break;
    }
    events[FORCED]!++;
    return this.#take(this.#forced);
  }

  /**
   * One turn of the hand. Returns the frame of the first unused clean page out of the working set, or
   * NOT_FOUND after having noted whom to take by force: where memory is smaller than the working set
   * every fault comes to that, so there is no second look.
   */
  #turn(): number {
    const { pages, usedCount, hand } = this.#ring;
    const table = this.#table;
    const { bits } = table;
    const lastUses = this.#lastUses;
    const isWriting = this.#isWriting;
    const now = table.position;
    const oldest = now - this.#tau;
    let first = NOT_FOUND;
    let firstClean = NOT_FOUND;
    let frame = hand;
    for (let step = 0; step < usedCount; step++) {
      const page = pages[frame]!;
      if (page !== NO_PAGE) {
        if (isWriting[page] === 1) this.#completeWrite(page);
        const pageBits = bits[page]!;
        const isDirty = (pageBits & (MODIFIED | DIRTY)) !== 0;
        if (first === NOT_FOUND) first = frame;
        if (firstClean === NOT_FOUND && !isDirty) firstClean = frame;
        if ((pageBits & REFERENCED) !== 0) {
          table.clearReferenced(page);
          lastUses[page] = now;
        } else if (lastUses[page]! < oldest) {
          if (!isDirty) return frame;
          this.#scheduleWrite(page);
        }
      }
      if (++frame === usedCount) frame = 0;
    }
    this.#forced = firstClean !== NOT_FOUND ? firstClean : first;
    return NOT_FOUND;
  }

  #scheduleWrite(page: number): void {
    const events = this.#events;
    if (events[WRITING]! >= this.#writesMax) return;
    this.#table.requestWriteback(page);
    this.#isWriting[page] = 1;
    events[WRITING]!++;
    events[SCHEDULED]!++;
  }

  #completeWrite(page: number): void {
    if (this.#isWriting[page] === 0) return;
    this.#isWriting[page] = 0;
    this.#events[WRITING]!--;
  }

  #take(frame: number): number {
    const page = this.#ring.take(frame);
    this.#completeWrite(page);
    return page;
  }

  forget(page: number): void {
    this.#ring.remove(page);
    this.#completeWrite(page);
  }

  resize(): void {}

  readGauges(into: Float64Array): void {
    into.set(this.#events);
  }

  check(): void {
    assert(this.#ring.count === this.#table.residentCount, 'WSClock holds all resident pages');
    let writing = 0;
    for (let page = 0; page < this.#isWriting.length; page++) {
      if (this.#isWriting[page] === 0) continue;
      writing++;
      assert(this.#table.isResident(page), 'only a resident page is being written');
    }
    assert(writing === this.#events[WRITING], 'writes that are not complete are counted');
    assert(writing <= this.#writesMax, 'no more writes at a time than allowed');
  }
}

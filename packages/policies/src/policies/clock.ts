// CLOCK: one hand passes the frames; a set reference bit buys the page one more turn.
//
//   at the hand:  if ref = 1: ref = 0, advance
//                 else: evict, put the new page there, advance

import { assert } from '../errors.ts';
import { FrameRing } from '../lists/frame-ring.ts';
import {
  DIRTY,
  MODIFIED,
  type PageTable,
  READ_BIT,
  REFERENCED,
  RESIDENT,
  SEEN,
} from '../page-table.ts';
import type { Policy, PolicyDefinition, PolicySettings, ReplayCounts } from '../policy.ts';
import { NO_PAGE, type Op } from '../reference.ts';

export const clock: PolicyDefinition = {
  name: 'clock',
  summary: 'FIFO that spares, once a turn, each page whose reference bit is set.',
  source: 'Corbato, A paging experiment with the Multics system, 1968',
  observes: 'reference',
  options: {
    init: {
      kind: 'number',
      default: 1,
      min: 0,
      max: 1,
      integer: true,
      says: 'reference bit of a new page: 1, the access that faulted sets it; 0, only later ones do',
    },
  },
  gauges: [
    { name: 'ring', kind: 'pages', says: 'resident pages that the hand passes' },
    { name: 'scanned', kind: 'count', says: 'pages that the hand looked at' },
    { name: 'spared', kind: 'count', says: 'pages whose reference bit was set, and is cleared' },
  ],
  create: (settings) => new Clock(settings),
};

const LEFT = 0;
const PASSED = 1;
const SKIPPED = 2;

class Clock implements Policy {
  readonly #table: PageTable;
  readonly #ring: FrameRing;
  readonly #init: number;
  #frames: number;
  /**
   * Pages that left at the hand, frames that it passed in whole turns, and free ones among those that
   * it passed. What it looked at follows from its place, so that counting costs `replay` nothing.
   */
  readonly #counts = new Float64Array(3);

  constructor({ table, frames, options }: PolicySettings) {
    this.#table = table;
    this.#ring = new FrameRing(frames, table.pageCount);
    this.#init = Number(options.init);
    this.#frames = frames;
  }

  // The loop of Simulation and `victim` in one: the page takes its victim's frame in place. Filling
  // memory, and rings with free frames, go by way of the interface.
  replay(references: Uint32Array, from: number, to: number, counts: ReplayCounts): void {
    const table = this.#table;
    const ring = this.#ring;
    const { bits, readSets } = table;
    const writeAddsTo = table.writeSets - readSets;
    const kept = this.#init === 0 ? ~(REFERENCED | READ_BIT) : ~0;
    const own = this.#counts;
    // Of the faults to come, all but those that go by way of the interface replace a page here.
    own[LEFT]! -= counts.faults;
    for (let i = from; i < to; i++) {
      const reference = references[i]!;
      const page = reference >>> 1;
      const op = reference & 1;
      const pageBits = bits[page]!;
      const sets = RESIDENT | (readSets + op * writeAddsTo);
      if ((pageBits & sets) === sets) continue;
      if ((pageBits & RESIDENT) !== 0) {
        bits[page] = pageBits | sets;
        continue;
      }
      counts.faults++;
      if ((pageBits & SEEN) === 0) {
        counts.coldFaults++;
        counts.coldWriteFaults += op;
      }
      if (table.residentCount < this.#frames || !ring.isPacked) {
        own[LEFT]!--;
        if (table.residentCount >= this.#frames && table.evict(this.victim())) counts.writebacks++;
        table.admit(page, op as Op);
        this.fault(page);
        continue;
      }
      const { pages, usedCount } = ring;
      let frame = ring.hand;
      for (;;) {
        const resident = pages[frame]!;
        const residentBits = bits[resident]!;
        if ((residentBits & REFERENCED) === 0) {
          if ((residentBits & (MODIFIED | DIRTY)) !== 0) counts.writebacks++;
          bits[resident] = SEEN;
          break;
        }
        bits[resident] = residentBits & ~REFERENCED;
        if (++frame === usedCount) {
          frame = 0;
          own[PASSED]! += usedCount;
        }
      }
      pages[frame] = page;
      if (++frame === usedCount) {
        frame = 0;
        own[PASSED]! += usedCount;
      }
      ring.hand = frame;
      bits[page] = SEEN | (sets & kept);
    }
    own[LEFT]! += counts.faults;
  }

  fault(page: number): void {
    if (this.#init === 0) this.#table.clearReferenced(page);
    this.#ring.add(page);
  }

  victim(): number {
    const ring = this.#ring;
    const { pages, usedCount } = ring;
    const { bits } = this.#table;
    if (ring.count === 0) return NO_PAGE;
    let frame = ring.hand;
    for (;;) {
      const page = pages[frame]!;
      if (page !== NO_PAGE) {
        const pageBits = bits[page]!;
        if ((pageBits & REFERENCED) === 0) break;
        bits[page] = pageBits & ~REFERENCED;
      } else {
        this.#counts[SKIPPED]!++;
      }
      if (++frame === usedCount) {
        frame = 0;
        this.#counts[PASSED]! += usedCount;
      }
    }
    this.#counts[LEFT]!++;
    const page = ring.take(frame);
    if (ring.hand === 0) this.#counts[PASSED]! += usedCount;
    return page;
  }

  forget(page: number): void {
    this.#ring.remove(page);
  }

  resize(frames: number): void {
    this.#frames = frames;
  }

  readGauges(into: Float64Array): void {
    into[0] = this.#ring.count;
    const [left, passed, skipped] = this.#counts;
    const scanned = passed! + this.#ring.hand - skipped!;
    into[1] = scanned;
    into[2] = scanned - left!;
  }

  check(): void {
    assert(this.#ring.count === this.#table.residentCount, 'clock holds all resident pages');
  }
}

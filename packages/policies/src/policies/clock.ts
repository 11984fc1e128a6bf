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
  create: (settings) => new Clock(settings),
};

class Clock implements Policy {
  readonly #table: PageTable;
  readonly #ring: FrameRing;
  readonly #init: number;
  #frames: number;

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
        if (++frame === usedCount) frame = 0;
      }
      pages[frame] = page;
      ring.hand = frame + 1 === usedCount ? 0 : frame + 1;
      bits[page] = SEEN | (sets & kept);
    }
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
        if ((pageBits & REFERENCED) === 0) return ring.take(frame);
        bits[page] = pageBits & ~REFERENCED;
      }
      if (++frame === usedCount) frame = 0;
    }
  }

  forget(page: number): void {
    this.#ring.remove(page);
  }

  resize(frames: number): void {
    this.#frames = frames;
  }

  check(): void {
    assert(this.#ring.count === this.#table.residentCount, 'clock holds all resident pages');
  }
}

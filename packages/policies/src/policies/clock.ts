// CLOCK: one hand passes the frames; a set reference bit buys the page one more turn.
//
//   at the hand:  if ref = 1: ref = 0, advance
//                 else: evict, put the new page there, advance

import { assert } from '../errors.ts';
import { FrameRing } from '../lists/frame-ring.ts';
import { type PageTable, REFERENCED } from '../page-table.ts';
import type { Policy, PolicyDefinition, PolicySettings } from '../policy.ts';
import { NO_PAGE } from '../reference.ts';

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

  constructor({ table, frames, options }: PolicySettings) {
    this.#table = table;
    this.#ring = new FrameRing(frames, table.pageCount);
    this.#init = Number(options.init);
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

  resize(): void {}

  check(): void {
    assert(this.#ring.count === this.#table.residentCount, 'clock holds all resident pages');
  }
}

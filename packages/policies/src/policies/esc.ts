// Enhanced second chance: pages fall into four classes by (reference bit, modified bit), and one of
// the lowest class leaves, so that a clean page goes before a dirty one.
//
//   pass 1: one turn of the hand looking for (0,0), clearing nothing
//   pass 2: one turn looking for (0,1), clearing the reference bit of each page skipped
//   repeat 1 and 2; the second round always finds one

import { assert } from '../errors.ts';
import { FrameRing } from '../lists/frame-ring.ts';
import { DIRTY, MODIFIED, type PageTable, REFERENCED } from '../page-table.ts';
import type { Policy, PolicyDefinition, PolicySettings } from '../policy.ts';
import { NO_PAGE } from '../reference.ts';

const CLEAN_AND_UNUSED = 0;
const DIRTY_AND_UNUSED = 1;
const UNUSED_CLASSES = [CLEAN_AND_UNUSED, DIRTY_AND_UNUSED, CLEAN_AND_UNUSED, DIRTY_AND_UNUSED];

export const esc: PolicyDefinition = {
  name: 'esc',
  summary:
    'Enhanced second chance: a clock that prefers unused clean pages, then unused dirty ones.',
  source: 'Silberschatz, Galvin, Gagne, Operating System Concepts; the Macintosh VM system',
  departures: ['a new page keeps the bits that its faulting access set'],
  observes: 'reference+modified',
  create: (settings) => new EnhancedSecondChance(settings),
};

class EnhancedSecondChance implements Policy {
  readonly #table: PageTable;
  readonly #ring: FrameRing;

  constructor({ table, frames }: PolicySettings) {
    this.#table = table;
    this.#ring = new FrameRing(frames, table.pageCount);
  }

  fault(page: number): void {
    this.#ring.add(page);
  }

  victim(): number {
    for (const wanted of UNUSED_CLASSES) {
      const frame = this.#turn(wanted);
      if (frame >= 0) return this.#ring.take(frame);
    }
    assert(this.#ring.count === 0, 'four passes always find a victim');
    return NO_PAGE;
  }

  /** One turn from the hand. Returns the frame of the first page of the wanted class, or -1. */
  #turn(wanted: number): number {
    const { pages, usedCount, hand } = this.#ring;
    const { bits } = this.#table;
    let frame = hand;
    for (let step = 0; step < usedCount; step++) {
      const page = pages[frame]!;
      if (page !== NO_PAGE) {
        const pageBits = bits[page]!;
        if ((pageBits & REFERENCED) === 0) {
          const isDirty = (pageBits & (MODIFIED | DIRTY)) !== 0;
          if (isDirty === (wanted === DIRTY_AND_UNUSED)) return frame;
        } else if (wanted === DIRTY_AND_UNUSED) {
          bits[page] = pageBits & ~REFERENCED;
        }
      }
      if (++frame === usedCount) frame = 0;
    }
    return -1;
  }

  forget(page: number): void {
    this.#ring.remove(page);
  }

  resize(): void {}

  check(): void {
    assert(this.#ring.count === this.#table.residentCount, 'the clock holds all resident pages');
  }
}

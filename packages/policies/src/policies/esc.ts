// Enhanced second chance: pages fall into four classes by (reference bit, modified bit), and one of
// the lowest class leaves, so that a clean page goes before a dirty one.
//
//   pass 1: one turn of the hand looking for (0,0), clearing nothing
//   pass 2: one turn looking for (0,1), clearing the reference bit of each page skipped
//   repeat 1 and 2; the second round always finds one
//
// A page is of class (0,0) only from a pass 2 that cleared its reference bit until it is referenced
// again. So the frames that pass 2 cleared are noted, and pass 1 looks at those alone: it would
// otherwise walk all of memory at each fault where few pages are clean. Nothing else differs.

import { assert } from '../errors.ts';
import { FrameRing } from '../lists/frame-ring.ts';
import { FrameSet } from '../lists/frame-set.ts';
import { DIRTY, MODIFIED, type PageTable, REFERENCED } from '../page-table.ts';
import type { Policy, PolicyDefinition, PolicySettings } from '../policy.ts';
import { NO_PAGE } from '../reference.ts';

export const esc: PolicyDefinition = {
  name: 'esc',
  summary:
    'Enhanced second chance: a clock that prefers unused clean pages, then unused dirty ones.',
  source: 'Silberschatz, Galvin, Gagne, Operating System Concepts; the Macintosh VM system',
  departures: ['a new page keeps the bits that its faulting access set'],
  observes: 'reference+modified',
  gauges: [
    { name: 'ring', kind: 'pages', says: 'resident pages that the hand passes' },
    { name: 'clean pass', kind: 'count', says: 'candidates that pass 1 looked at' },
    { name: 'dirty pass', kind: 'count', says: 'pages that pass 2 looked at' },
    {
      name: 'spared',
      kind: 'count',
      says: 'pages whose reference bit pass 2 found set, and cleared',
    },
    { name: 'clean victims', kind: 'count', says: 'pages that left as unused and clean' },
    { name: 'dirty victims', kind: 'count', says: 'pages that left as unused and dirty' },
  ],
  create: (settings) => new EnhancedSecondChance(settings),
};

const PASS_1 = 0;
const SPARED = 1;
const CLEAN_VICTIMS = 2;
const DIRTY_VICTIMS = 3;

class EnhancedSecondChance implements Policy {
  readonly #table: PageTable;
  readonly #ring: FrameRing;
  /** Frames whose page pass 2 left unused and clean; some may have been referenced since. */
  readonly #candidates: FrameSet;
  readonly #counts = new Float64Array(4);

  constructor({ table, frames }: PolicySettings) {
    this.#table = table;
    this.#ring = new FrameRing(frames, table.pageCount);
    this.#candidates = new FrameSet(Math.min(frames, table.pageCount));
  }

  fault(page: number): void {
    this.#candidates.delete(this.#ring.add(page));
  }

  victim(): number {
    if (this.#ring.count === 0) return NO_PAGE;
    for (;;) {
      const clean = this.#findClean();
      if (clean >= 0) return this.#take(clean, CLEAN_VICTIMS);
      const dirty = this.#findDirty();
      if (dirty >= 0) return this.#take(dirty, DIRTY_VICTIMS);
    }
  }

  #take(frame: number, counter: number): number {
    this.#counts[counter]!++;
    return this.#ring.take(frame);
  }

  /** Pass 1. Returns the frame of the first (0,0) page from the hand on, or -1. */
  #findClean(): number {
    const { hand } = this.#ring;
    const ahead = this.#findCleanFrom(hand, this.#ring.usedCount);
    return ahead >= 0 ? ahead : this.#findCleanFrom(0, hand);
  }

  #findCleanFrom(from: number, to: number): number {
    const { pages } = this.#ring;
    const { bits } = this.#table;
    for (;;) {
      const frame = this.#candidates.firstFrom(from);
      if (frame < 0 || frame >= to) return -1;
      this.#counts[PASS_1]!++;
      const page = pages[frame]!;
      if (page !== NO_PAGE && (bits[page]! & (REFERENCED | MODIFIED | DIRTY)) === 0) return frame;
      this.#candidates.delete(frame);
    }
  }

  /** Pass 2. Returns the frame of the first (0,1) page from the hand on, or -1. */
  #findDirty(): number {
    const { pages, usedCount, hand } = this.#ring;
    const { bits } = this.#table;
    let frame = hand;
    let spared = 0;
    let found = -1;
    for (let step = 0; step < usedCount; step++) {
      const page = pages[frame]!;
      if (page !== NO_PAGE) {
        const pageBits = bits[page]!;
        if ((pageBits & REFERENCED) === 0) {
          found = frame;
          break;
        }
        bits[page] = pageBits & ~REFERENCED;
        spared++;
        if ((pageBits & (MODIFIED | DIRTY)) === 0) this.#candidates.add(frame);
      }
      if (++frame === usedCount) frame = 0;
    }
    this.#counts[SPARED]! += spared;
    return found;
  }

  forget(page: number): void {
    this.#ring.remove(page);
  }

  resize(): void {}

  readGauges(into: Float64Array): void {
    const [pass1, spared, cleanVictims, dirtyVictims] = this.#counts;
    into[0] = this.#ring.count;
    into[1] = pass1!;
    into[2] = spared! + dirtyVictims!;
    into[3] = spared!;
    into[4] = cleanVictims!;
    into[5] = dirtyVictims!;
  }

  check(): void {
    assert(this.#ring.count === this.#table.residentCount, 'the clock holds all resident pages');
  }
}

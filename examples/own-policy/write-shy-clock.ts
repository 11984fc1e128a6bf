// A policy of one's own: CLOCK that gives modified pages a few more turns, because writing them
// back costs more than reading them again. Try it:
//
//   npx pagelend sim recordings/sqlite3.plt --policy clock,./examples/own-policy/write-shy-clock.ts:turns=3
//
// The file may lie anywhere; `@pagelend/policies` resolves to the pagelend that loads it.

import {
  DIRTY,
  FrameRing,
  MODIFIED,
  NO_PAGE,
  type Policy,
  type PolicyDefinition,
  type PolicySettings,
  REFERENCED,
} from '@pagelend/policies';

export const policy: PolicyDefinition = {
  name: 'write-shy-clock',
  summary: 'CLOCK that spares a modified page for some more turns of the hand.',
  source: 'an example',
  // A host that shows less than this refuses the policy.
  observes: 'reference+modified',
  options: {
    turns: {
      kind: 'number',
      default: 2,
      min: 0,
      max: 255,
      integer: true,
      says: 'turns of the hand that a modified page is spared after its last reference',
    },
  },
  create: (settings) => new WriteShyClock(settings),
};

class WriteShyClock implements Policy {
  readonly #settings: PolicySettings;
  readonly #ring: FrameRing;
  readonly #turnsMax: number;
  /** Per page: turns it was spared since its last reference. */
  readonly #turns: Uint8Array;

  constructor(settings: PolicySettings) {
    this.#settings = settings;
    this.#ring = new FrameRing(settings.frames, settings.table.pageCount);
    this.#turnsMax = Number(settings.options.turns);
    this.#turns = new Uint8Array(settings.table.pageCount);
  }

  /** The host has given the page a frame; its bits show the access that faulted. */
  fault(page: number): void {
    this.#turns[page] = 0;
    this.#ring.add(page);
  }

  /** Names the page that leaves. On hits nothing is called: the hardware sets the bits. */
  victim(): number {
    const ring = this.#ring;
    if (ring.count === 0) return NO_PAGE;
    for (let frame = ring.hand; ; frame = frame + 1 === ring.usedCount ? 0 : frame + 1) {
      const page = ring.pages[frame]!;
      if (page !== NO_PAGE && !this.#isSpared(page)) return ring.take(frame);
    }
  }

  #isSpared(page: number): boolean {
    const { table } = this.#settings;
    const bits = table.bits[page]!;
    if ((bits & REFERENCED) !== 0) {
      table.clearReferenced(page);
      this.#turns[page] = 0;
      return true;
    }
    if ((bits & (MODIFIED | DIRTY)) === 0 || this.#turns[page]! >= this.#turnsMax) return false;
    this.#turns[page]!++;
    return true;
  }

  forget(page: number): void {
    this.#ring.remove(page);
  }

  resize(): void {}

  /** Called after each run: a policy that lost count of its pages is worse than none. */
  check(): void {
    const { residentCount } = this.#settings.table;
    if (this.#ring.count === residentCount) return;
    throw new Error(`${this.#ring.count} pages known, ${residentCount} resident`);
  }
}

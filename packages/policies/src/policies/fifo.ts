// FIFO: the page that has been resident longest leaves. It looks at nothing but faults, and more
// frames can make it fault more often (Belady's anomaly).

import { assert } from '../errors.ts';
import { FrameRing } from '../lists/frame-ring.ts';
import type { PageTable } from '../page-table.ts';
import type { Policy, PolicyDefinition, PolicySettings } from '../policy.ts';
import { NO_PAGE } from '../reference.ts';

export const fifo: PolicyDefinition = {
  name: 'fifo',
  summary: 'Evicts the page that has been resident longest.',
  source: 'Belady, A study of replacement algorithms for a virtual-storage computer, 1966',
  observes: 'faults',
  gauges: [{ name: 'queue', kind: 'pages', says: 'resident pages in the order of their faults' }],
  create: (settings) => new Fifo(settings),
};

class Fifo implements Policy {
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
    const ring = this.#ring;
    if (ring.count === 0) return NO_PAGE;
    let frame = ring.hand;
    while (ring.pages[frame] === NO_PAGE) frame = frame + 1 === ring.usedCount ? 0 : frame + 1;
    return ring.take(frame);
  }

  forget(page: number): void {
    this.#ring.remove(page);
  }

  resize(): void {}

  readGauges(into: Float64Array): void {
    into[0] = this.#ring.count;
  }

  check(): void {
    assert(this.#ring.count === this.#table.residentCount, 'FIFO holds all resident pages');
  }
}

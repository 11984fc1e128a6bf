// CLOCK-DWF, clock with dirty bits and write frequency: a clock that spares pages for their writes
// alone. A page that the hand finds modified is counted as written once more; one that was counted
// more than `threshold` times is spared for `expiration` turns without a write.
//
// The paper manages two memories, DRAM and PCM, and this is its scan of DRAM with all of memory as
// DRAM: what the scan moves to PCM leaves here.

import { assert } from '../errors.ts';
import { FrameRing } from '../lists/frame-ring.ts';
import { MODIFIED, type PageTable } from '../page-table.ts';
import type { Policy, PolicyDefinition, PolicySettings } from '../policy.ts';
import { NO_PAGE } from '../reference.ts';

/** Counts saturate here, above every threshold that can be asked for. */
const FREQUENCY_MAX = 255;

export const clockDwf: PolicyDefinition = {
  name: 'clock-dwf',
  summary: 'A clock that spares written pages, and often written ones for several turns.',
  source:
    'Lee, Bahn, Noh, CLOCK-DWF: A write-history-aware page replacement algorithm for hybrid PCM and DRAM memory architectures, IEEE Transactions on Computers 63(9), 2014',
  departures: [
    'only the scan of DRAM, for one memory: reads count for nothing, so a page that is never written leaves when the hand first comes to it',
    'written from the abstract and a public implementation: the text was not available, and the defaults of threshold and expiration are ours',
  ],
  observes: 'reference+modified',
  options: {
    threshold: {
      kind: 'number',
      default: 2,
      min: 0,
      max: FREQUENCY_MAX - 1,
      integer: true,
      says: 'a page found modified more often than this is a hot one',
    },
    expiration: {
      kind: 'number',
      default: 2,
      min: 0,
      max: 255,
      integer: true,
      says: 'turns without a write for which a hot page is spared',
    },
    init: {
      kind: 'choice',
      default: '0',
      choices: ['0', '1'],
      says: 'modified bit of a page whose fault was a write: cleared, or as set by that write',
    },
  },
  gauges: [
    { name: 'hot', kind: 'pages', says: 'pages found modified more often than the threshold' },
    { name: 'modified', kind: 'count', says: 'times that the hand found a page modified' },
    { name: 'spared', kind: 'count', says: 'turns given to hot pages without a write' },
  ],
  create: (settings) => new ClockDwf(settings),
};

class ClockDwf implements Policy {
  readonly #table: PageTable;
  readonly #ring: FrameRing;
  /** Per page: how often the hand found it modified since its fault. */
  readonly #frequency: Uint8Array;
  /** Per page: turns for which it was spared since the hand last found it modified. */
  readonly #over: Uint8Array;
  readonly #threshold: number;
  readonly #expiration: number;
  readonly #clearsOnFault: boolean;
  #hotCount = 0;
  /** Pages found modified, turns given. */
  readonly #events = new Float64Array(2);

  constructor({ table, frames, options }: PolicySettings) {
    this.#table = table;
    this.#ring = new FrameRing(frames, table.pageCount);
    this.#frequency = new Uint8Array(table.pageCount);
    this.#over = new Uint8Array(table.pageCount);
    this.#threshold = Number(options.threshold);
    this.#expiration = Number(options.expiration);
    this.#clearsOnFault = options.init === '0';
  }

  // dirty[p] = init; frq[p] = over[p] = 0
  fault(page: number): void {
    this.#ring.add(page);
    if (this.#clearsOnFault) this.#table.clearModified(page);
  }

  // repeat at the hand:
  //   if dirty[p]:                                   dirty[p] = 0; frq[p] += 1; over[p] = 0; next
  //   elif frq[p] > threshold and over[p] < expiration:  over[p] += 1; next
  //   else: p leaves
  victim(): number {
    const ring = this.#ring;
    if (ring.count === 0) return NO_PAGE;
    const { pages, usedCount } = ring;
    const { bits } = this.#table;
    let frame = ring.hand;
    for (;;) {
      const page = pages[frame]!;
      if (page !== NO_PAGE) {
        if ((bits[page]! & MODIFIED) !== 0) this.#countWrite(page);
        else if (!this.#takesTurn(page)) {
          this.#drop(page);
          return ring.take(frame);
        }
      }
      if (++frame === usedCount) frame = 0;
    }
  }

  #countWrite(page: number): void {
    this.#table.clearModified(page);
    this.#over[page] = 0;
    this.#events[0]!++;
    const frequency = this.#frequency[page]!;
    if (frequency === this.#threshold) this.#hotCount++;
    if (frequency < FREQUENCY_MAX) this.#frequency[page] = frequency + 1;
  }

  #takesTurn(page: number): boolean {
    if (this.#frequency[page]! <= this.#threshold) return false;
    if (this.#over[page]! >= this.#expiration) return false;
    this.#over[page]!++;
    this.#events[1]!++;
    return true;
  }

  #drop(page: number): void {
    if (this.#frequency[page]! > this.#threshold) this.#hotCount--;
    this.#frequency[page] = 0;
    this.#over[page] = 0;
  }

  forget(page: number): void {
    this.#ring.remove(page);
    this.#drop(page);
  }

  resize(): void {}

  check(): void {
    assert(this.#ring.count === this.#table.residentCount, 'the clock holds all resident pages');
    let hotCount = 0;
    for (const [page, frequency] of this.#frequency.entries()) {
      if (frequency > this.#threshold) hotCount++;
      assert(frequency === 0 || this.#table.isResident(page), 'a page that left is not counted');
    }
    assert(hotCount === this.#hotCount, `${hotCount} hot pages, counted ${this.#hotCount}`);
  }

  readGauges(into: Float64Array): void {
    into[0] = this.#hotCount;
    into[1] = this.#events[0]!;
    into[2] = this.#events[1]!;
  }
}

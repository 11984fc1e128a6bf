// WAGER, write-aware Gittins eviction by reference and modified bits. Every page waits for its next
// reference, and a dirty page also for its next write, which a write-back before it would waste.
// From the intervals it has seen the policy learns how likely either is at each age, and the page
// leaves whose frame is expected to save the least:
//
//   rank(p) = cr * worth of its age since the last reference
//           + cw * (worth of its age since the last write + 1 / (now + 1))     if p is dirty
//
// The last term is the chance that nobody ever asks for the write-back: a run that has lasted for
// `now` faults ends with the next one with a chance of about 1 / now, for all we know.
// Time is counted in faults. Each fault looks at the bits of the next few frames in turn, so ages
// and intervals are known to within a turn. docs/wager.md has reasons, measurements and losses.

import { assert } from '../errors.ts';
import { FrameRing } from '../lists/frame-ring.ts';
import { type PageQueue, PageQueues } from '../lists/page-queues.ts';
import { RankBuckets, rankBucket } from '../lists/rank-buckets.ts';
import { MODIFIED, type PageTable, REFERENCED } from '../page-table.ts';
import type { Costs, Gauge, Policy, PolicyDefinition, PolicySettings } from '../policy.ts';
import { NO_PAGE } from '../reference.ts';
import { History } from './wager-history.ts';
import { parseWagerOptions, type WagerChoices, wagerOptions } from './wager-options.ts';

/** Tables are computed anew after so many faults per frame, ... */
const UPDATE_SHARE = 0.5;
/** ... but not more often than this, ... */
const UPDATE_FAULTS_MIN = 16;
/** ... and what they counted before then keeps this share of its weight. */
const KEPT = 0.6;

/** Times are int32: a clock that comes here is set back, ... */
export const CLOCK_MAX = 2 ** 30;
/** ... to this, which is past the first age of the last bin, so that no age changes its bin. */
export const CLOCK_KEPT = 2 ** 25;

const gauges: readonly Gauge[] = [
  { name: 'ghosts', kind: 'pages', says: 'pages that left and whose intervals go on' },
  { name: 'ghost hits', kind: 'count', says: 'faults on ghosts: intervals that ended outside' },
  { name: 'scanned', kind: 'count', says: 'frames looked at in turn' },
  { name: 'checked', kind: 'count', says: 'pages of the lowest rank looked at before they leave' },
  { name: 'referenced', kind: 'count', says: 'looks that found the reference bit set' },
  { name: 'written', kind: 'count', says: 'looks that found the modified bit set' },
];
const [GHOST_HITS, SCANNED, CHECKED, FOUND_REFERENCED, FOUND_WRITTEN, COUNTS] = [0, 1, 2, 3, 4, 5];

export const wager: PolicyDefinition = {
  name: 'wager',
  summary:
    'Evicts the page whose frame is expected to save the least I/O time, by intervals learned from the bits.',
  source: 'pagelend, docs/wager.md',
  observes: 'reference+modified',
  options: wagerOptions,
  usesCosts: true,
  gauges,
  create: (settings) => new Wager(settings),
};

/** `now` is where the clock begins: hosts begin at 0. */
export class Wager implements Policy {
  readonly #table: PageTable;
  readonly #costs: Costs;
  readonly #options: WagerChoices;
  /** Resident pages in the order in which looks pass them. */
  readonly #ring: FrameRing;
  /** Resident pages by rank as of their last look. */
  readonly #ranks: RankBuckets;
  readonly #references: History;
  readonly #writes: History;
  readonly #ghostFamily: PageQueues;
  readonly #ghosts: PageQueue;
  /** The ghosts, copied out for a pass over them. */
  #ghostPages = new Int32Array(0);
  /** Per resident page: the time of its last look. */
  readonly #looked: Int32Array;
  readonly #counts = new Float64Array(COUNTS);
  #frames: number;
  /** Faults since the start, or since the clock was set back; and those that it was set back by. */
  #now = 0;
  #before = 0;
  #nextUpdate = 0;
  /** The scan of the coming fault was made by `victim`. */
  #isScanned = false;

  constructor({ table, frames, costs, options }: PolicySettings, now = 0) {
    const choices = parseWagerOptions(options);
    const { classCount, looksAhead, tellsWritten } = choices;
    this.#table = table;
    this.#costs = costs;
    this.#options = choices;
    this.#frames = frames;
    this.#ring = new FrameRing(frames, table.pageCount);
    this.#ranks = new RankBuckets(table.pageCount);
    const kinds = tellsWritten ? 2 : 1;
    this.#references = new History(table.pageCount, classCount, kinds, looksAhead);
    this.#writes = new History(table.pageCount, classCount, 1, looksAhead);
    this.#ghostFamily = new PageQueues(table.pageCount, 1);
    this.#ghosts = this.#ghostFamily.queues[0]!;
    this.#looked = new Int32Array(table.pageCount);
    this.#now = now;
    this.#before = 0 - now;
    this.#nextUpdate = now;
  }

  // scan(), unless victim() did
  // if p is a ghost: its intervals end here; else they begin
  // clear p's bits; now += 1; rank p
  fault(page: number): void {
    if (!this.#isScanned) this.#scan();
    this.#isScanned = false;
    if (this.#ghosts.has(page)) {
      this.#counts[GHOST_HITS]!++;
      this.#ghostFamily.remove(page);
    }
    this.#ring.add(page);
    this.#see(page, this.#now);
    this.#looked[page] = ++this.#now;
    this.#rank(page);
  }

  // scan()
  // repeat: p = the first page of the lowest rank; look(p)
  // until p's rank is no higher than it was
  // p becomes the newest ghost; the oldest of more than C ghosts is forgotten
  victim(incoming = NO_PAGE): number {
    this.#scan();
    this.#isScanned = incoming !== NO_PAGE;
    for (;;) {
      const page = this.#ranks.lowest();
      if (page === NO_PAGE) return NO_PAGE;
      const bucket = this.#ranks.bucketOf(page);
      this.#counts[CHECKED]!++;
      this.#look(page);
      if (this.#ranks.bucketOf(page) <= bucket) return this.#leave(page);
    }
  }

  #leave(page: number): number {
    this.#ranks.remove(page);
    this.#ring.remove(page);
    this.#ghosts.push(page);
    this.#trimGhosts();
    return page;
  }

  #trimGhosts(): void {
    while (this.#ghosts.count > this.#frames) {
      const page = this.#ghosts.shift();
      this.#references.drop(page, this.#now, true);
      this.#writes.drop(page, this.#now, true);
    }
  }

  /** Looks at the next frames in turn, and now and then computes the tables anew. */
  #scan(): void {
    if (this.#now >= this.#nextUpdate) this.#update();
    const ring = this.#ring;
    const { pages, usedCount } = ring;
    let hand = ring.hand;
    let left = Math.min(this.#options.scanFrames, ring.count);
    this.#counts[SCANNED]! += left;
    while (left > 0) {
      const page = pages[hand]!;
      if (++hand >= usedCount) hand = 0;
      if (page === NO_PAGE) continue;
      this.#look(page);
      left--;
    }
    ring.hand = hand;
  }

  /** Reads and clears the page's bits, and ranks it as of now. */
  #look(page: number): void {
    const now = this.#now;
    const bits = this.#table.bits[page]!;
    if ((bits & REFERENCED) !== 0) {
      this.#counts[FOUND_REFERENCED]!++;
      if ((bits & MODIFIED) !== 0) this.#counts[FOUND_WRITTEN]!++;
      this.#see(page, this.#options.seesInMiddle ? (now + this.#looked[page]!) >>> 1 : now);
    }
    this.#looked[page] = now;
    this.#rank(page);
  }

  /** The page's reference bit is set: it was referenced at `time`, and written if M says so. */
  #see(page: number, time: number): void {
    const isWritten = (this.#table.bits[page]! & MODIFIED) !== 0;
    if (isWritten) this.#writes.see(page, this.#now, 0, this.#frames);
    const isKindWritten = this.#options.tellsWritten && this.#writes.knows(page);
    this.#references.see(page, time, isKindWritten ? 1 : 0, this.#frames);
    this.#table.clearReferenced(page);
    this.#table.clearModified(page);
  }

  #rank(page: number): void {
    const now = this.#now;
    const references = this.#references;
    let worth = this.#costs.read * references.table.worth[references.cell(page, now)]!;
    if (this.#table.isDirty(page)) {
      const writes = this.#writes;
      const unasked = this.#options.expectsEnd ? 1 / (this.#before + now + 1) : 0;
      worth += this.#costs.write * (writes.table.worth[writes.cell(page, now)]! + unasked);
    }
    this.#ranks.put(page, rankBucket(worth));
  }

  /** Pages that wait now count as waiting, resident or not; then the tables are computed anew. */
  #update(): void {
    if (this.#now >= CLOCK_MAX) this.#setClockBack();
    this.#nextUpdate =
      this.#now + Math.max(UPDATE_FAULTS_MIN, Math.floor(this.#frames * UPDATE_SHARE));
    const { pages, usedCount } = this.#ring;
    for (let frame = 0; frame < usedCount; frame++) {
      if (pages[frame]! !== NO_PAGE) this.#countWaiting(pages[frame]!);
    }
    if (this.#ghostPages.length < this.#ghosts.count) {
      this.#ghostPages = new Int32Array(2 * this.#ghosts.count);
    }
    const ghostCount = this.#ghosts.pagesInto(this.#ghostPages);
    for (let i = 0; i < ghostCount; i++) this.#countWaiting(this.#ghostPages[i]!);
    this.#references.table.update(KEPT);
    this.#writes.table.update(KEPT);
  }

  /** Months of a busy lender pass 2^31 faults. */
  #setClockBack(): void {
    const faults = this.#now - CLOCK_KEPT;
    this.#now = CLOCK_KEPT;
    this.#before += faults;
    this.#references.setBack(faults);
    this.#writes.setBack(faults);
    const looked = this.#looked;
    for (let page = 0; page < looked.length; page++) {
      looked[page] = Math.max(0, looked[page]! - faults);
    }
  }

  #countWaiting(page: number): void {
    this.#references.countWaiting(page, this.#now);
    if (this.#writes.knows(page)) this.#writes.countWaiting(page, this.#now);
  }

  forget(page: number): void {
    this.#ranks.remove(page);
    this.#ring.remove(page);
    this.#ghostFamily.remove(page);
    this.#references.drop(page, this.#now, false);
    this.#writes.drop(page, this.#now, false);
  }

  resize(frames: number): void {
    this.#frames = frames;
    this.#trimGhosts();
  }

  readGauges(into: Float64Array): void {
    into[0] = this.#ghosts.count;
    into.set(this.#counts, 1);
  }

  check(): void {
    const { residentCount } = this.#table;
    assert(this.#ring.count === residentCount, 'WAGER scans all resident pages');
    assert(this.#ranks.count === residentCount, 'WAGER ranks all resident pages');
    assert(this.#ghosts.count <= this.#frames, 'at most C ghosts');
    this.#ranks.check();
  }
}

// When each page was last referenced (or last written), how long its intervals have been, and the
// table of intervals that all pages of its class share. Times are counts of faults.

import { AGE_BINS, ageBin, IntervalTable } from './wager-table.ts';

const NEVER_SEEN = -1;

/** Weight of the newest interval in a page's mean: the last three or so decide. */
const NEWEST_WEIGHT = 0.3;
/** Bins per class of intervals: an octave and a half. */
const CLASS_BINS = 3;

export class History {
  readonly table: IntervalTable;
  /** Per page: the time of the last reference, NEVER_SEEN for none. */
  readonly #last: Int32Array;
  /** Per page: mean of the bins of its intervals, that is of their logarithms; -1 for none yet. */
  readonly #means: Float32Array;
  readonly #classes: Uint8Array;
  readonly #classCount: number;

  /**
   * `classCount` classes of intervals, of which 0 is for pages without any, times `kinds` kinds of
   * pages that callers tell apart. `looksAhead`: see IntervalTable.
   */
  constructor(pageCount: number, classCount: number, kinds: number, looksAhead: boolean) {
    this.#last = new Int32Array(pageCount).fill(NEVER_SEEN);
    this.#means = new Float32Array(pageCount).fill(-1);
    this.#classes = new Uint8Array(pageCount);
    this.#classCount = classCount;
    this.table = new IntervalTable(classCount * kinds, looksAhead);
  }

  knows(page: number): boolean {
    return this.#last[page]! !== NEVER_SEEN;
  }

  /** The page was referenced at `time`, for all we know, and is of this kind from now on. */
  see(page: number, time: number, kind: number, frames: number): void {
    const last = this.#last[page]!;
    if (last !== NEVER_SEEN) {
      const interval = time > last ? time - last : 0;
      this.table.end(this.#classes[page]!, interval);
      const bin = ageBin(interval);
      const mean = this.#means[page]!;
      // Two stores, because a choice between a whole and a real number costs an object.
      if (mean < 0) this.#means[page] = bin;
      else this.#means[page] = mean + NEWEST_WEIGHT * (bin - mean);
    }
    this.#last[page] = time;
    this.#classes[page] = this.#classOf(page, frames) + kind * this.#classCount;
  }

  /**
   * Where `table.worth` says what keeping the page is worth, in references per fault. The number
   * itself is not returned, because a real number that is costs an object.
   */
  cell(page: number, now: number): number {
    return this.#classes[page]! * AGE_BINS + ageBin(now - this.#last[page]!);
  }

  /** Counts the page among those that wait. */
  countWaiting(page: number, now: number): void {
    this.table.waiting[this.cell(page, now)]!++;
  }

  /** The clock was set back by `faults`; what is older than the new start counts as of the start. */
  setBack(faults: number): void {
    const last = this.#last;
    for (let page = 0; page < last.length; page++) {
      if (last[page] !== NEVER_SEEN) last[page] = Math.max(0, last[page]! - faults);
    }
  }

  /** Drops what is known of the page; its interval, if it was waiting for its end, is censored. */
  drop(page: number, now: number, isCensored: boolean): void {
    if (!this.knows(page)) return;
    if (isCensored) this.table.censor(this.#classes[page]!, now - this.#last[page]!);
    this.#last[page] = NEVER_SEEN;
    this.#means[page] = -1;
    this.#classes[page] = 0;
  }

  /** Intervals are long or short beside the memory's size: class by mean interval over frames. */
  #classOf(page: number, frames: number): number {
    const mean = this.#means[page]!;
    if (mean < 0 || this.#classCount < 2) return 0;
    const known = this.#classCount - 1;
    const octaves = Math.floor((mean - ageBin(frames)) / CLASS_BINS) + known - 1;
    return 1 + Math.max(0, Math.min(known - 1, octaves));
  }
}

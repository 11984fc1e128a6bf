// WAGER from docs/wager.md, "The policy, exactly", with plain maps and arrays: histories are maps of
// records, tables arrays of arrays, the worth of an age the best over every later age that is tried
// one by one, and the buckets plain arrays of pages in the order in which these came.

import { NO_PAGE, type Op, type OptionValues, WRITE } from '@pagelend/policies';
import { Twin, without } from './twin.ts';

const BINS = 48;
/** The first age of each bin, and of the one behind the last: 0, 1, 2, 3, 4, 6, 8, 12, ... */
export const starts = Array.from({ length: BINS + 1 }, (_, bin) =>
  bin < 2 ? bin : 2 ** Math.floor(bin / 2) * (bin % 2 === 0 ? 1 : 1.5),
);

export interface WagerTwinSettings {
  readonly frames: number;
  readonly costs: { readonly read: number; readonly write: number };
  /** Every option of the policy, resolved. */
  readonly options: OptionValues;
}

/** What a history knows of a page. */
interface Known {
  last: number;
  /** The mean of the bins of its intervals, null before the first. */
  mean: number | null;
  class: number;
}

export class WagerTwin extends Twin {
  now = 0;
  readonly references: TwinHistory;
  readonly writes: TwinHistory;
  /** Oldest first. */
  readonly ghosts: number[] = [];
  /** By the number of the bucket; pages in the order in which they came. */
  readonly buckets = new Map<number, number[]>();
  /** The bucket of each resident page. */
  readonly bucketOf = new Map<number, number>();
  /** The frames used so far, in the order of their first use; NO_PAGE in those that are free. */
  readonly #slots: number[] = [];
  /** In the order in which they were freed. */
  readonly #free: number[] = [];
  readonly #looked = new Map<number, number>();
  readonly #referenced = new Set<number>();
  readonly #modified = new Set<number>();
  readonly #costs: WagerTwinSettings['costs'];
  readonly #options: OptionValues;
  #frameCount: number;
  #hand = 0;
  #nextUpdate = 0;

  constructor({ frames, costs, options }: WagerTwinSettings) {
    super(frames);
    this.#costs = costs;
    this.#options = options;
    this.#frameCount = frames;
    const classes = Number(options.classes);
    const takesBest = options.worth === 'best';
    this.writes = new TwinHistory(classes, takesBest);
    this.references = new TwinHistory(
      options.written === 'apart' ? 2 * classes : classes,
      takesBest,
    );
  }

  protected override hit(page: number, op: Op): void {
    this.#referenced.add(page);
    if (op === WRITE) this.#modified.add(page);
  }

  protected override fault(page: number, op: Op): void {
    this.#updateTables();
    this.#lookAtNextFrames();
    if (this.resident.size === this.#frameCount) this.#evict();

    this.#slots[this.#free.shift() ?? this.#slots.length] = page;
    without(this.ghosts, page);
    if (op === WRITE) this.#noteWrite(page, this.now);
    this.#noteReference(page, this.now);
    this.now++;
    this.#looked.set(page, this.now);
    this.#place(page, op === WRITE);
  }

  /** A page that leaves because the host wants memory back, without a fault. */
  takeVictim(): number {
    this.#updateTables();
    this.#lookAtNextFrames();
    return this.#evict();
  }

  /** The page's owner freed it. */
  forget(page: number): void {
    if (this.resident.delete(page)) this.#freeFrameOf(page);
    this.dirty.delete(page);
    this.#referenced.delete(page);
    this.#modified.delete(page);
    without(this.ghosts, page);
    this.references.known.delete(page);
    this.writes.known.delete(page);
  }

  resize(frames: number): void {
    this.#frameCount = frames;
    this.#trimGhosts();
    while (this.resident.size > frames) this.takeVictim();
  }

  #updateTables(): void {
    if (this.now < this.#nextUpdate) return;
    this.references.update(this.now);
    this.writes.update(this.now);
    this.#nextUpdate = this.now + Math.max(16, Math.floor(this.#frameCount / 2));
  }

  #lookAtNextFrames(): void {
    const count = Math.min(Number(this.#options.scan), this.resident.size);
    for (let looks = 0; looks < count; ) {
      const page = this.#slots[this.#hand]!;
      this.#hand = (this.#hand + 1) % this.#slots.length;
      if (page === NO_PAGE) continue;
      this.#look(page);
      looks++;
    }
  }

  #evict(): number {
    for (;;) {
      const before = Math.min(...this.buckets.keys());
      const page = this.buckets.get(before)![0]!;
      this.#look(page);
      if (this.bucketOf.get(page)! > before) continue;
      this.leave(page);
      this.#freeFrameOf(page);
      this.ghosts.push(page);
      this.#trimGhosts();
      return page;
    }
  }

  #freeFrameOf(page: number): void {
    this.#removeFromBucket(page);
    const frame = this.#slots.indexOf(page);
    this.#slots[frame] = NO_PAGE;
    this.#free.push(frame);
  }

  #trimGhosts(): void {
    while (this.ghosts.length > this.#frameCount) {
      const oldest = this.ghosts.shift()!;
      this.references.censor(oldest, this.now);
      this.writes.censor(oldest, this.now);
    }
  }

  #look(page: number): void {
    if (this.#referenced.delete(page)) {
      if (this.#modified.delete(page)) this.#noteWrite(page, this.now);
      const middle = Math.floor((this.now + this.#looked.get(page)!) / 2);
      this.#noteReference(page, this.#options.seen === 'now' ? this.now : middle);
    }
    this.#looked.set(page, this.now);
    this.#place(page, this.dirty.has(page));
  }

  #noteWrite(page: number, time: number): void {
    this.writes.note(page, time, this.#classOf);
  }

  #noteReference(page: number, time: number): void {
    const isApart = this.#options.written === 'apart' && this.writes.known.has(page);
    const first = isApart ? Number(this.#options.classes) : 0;
    this.references.note(page, time, (mean) => first + this.#classOf(mean));
  }

  #classOf = (mean: number | null): number => {
    const classes = Number(this.#options.classes);
    if (mean === null || classes === 1) return 0;
    const top = classes - 2;
    const step = Math.floor((mean - binOf(this.#frameCount)) / 3) + top;
    return 1 + Math.min(top, Math.max(0, step));
  };

  #place(page: number, isDirty: boolean): void {
    const bucket = bucketOfRank(this.rank(page, isDirty));
    if (this.bucketOf.get(page) === bucket) return;
    this.#removeFromBucket(page);
    if (!this.buckets.has(bucket)) this.buckets.set(bucket, []);
    this.buckets.get(bucket)!.push(page);
    this.bucketOf.set(page, bucket);
  }

  #removeFromBucket(page: number): void {
    const bucket = this.bucketOf.get(page);
    if (bucket === undefined) return;
    const pages = this.buckets.get(bucket)!;
    without(pages, page);
    if (pages.length === 0) this.buckets.delete(bucket);
    this.bucketOf.delete(page);
  }

  rank(page: number, isDirty: boolean): number {
    const { read, write } = this.#costs;
    const rank = read * this.references.worthOf(page, this.now);
    if (!isDirty) return rank;
    const end = this.#options.end === 'lindy' ? 1 / (this.now + 1) : 0;
    return rank + write * (this.writes.worthOf(page, this.now) + end);
  }
}

export class TwinHistory {
  readonly known = new Map<number, Known>();
  /** By class and bin. */
  readonly ends: number[][];
  readonly censored: number[][];
  worth: number[][] = [];
  readonly #takesBest: boolean;

  constructor(classes: number, takesBest: boolean) {
    const zeros = () => Array.from({ length: classes }, () => new Array<number>(BINS).fill(0));
    this.ends = zeros();
    this.censored = zeros();
    this.#takesBest = takesBest;
    this.update(0);
  }

  note(page: number, time: number, classOf: (mean: number | null) => number): void {
    const known = this.known.get(page);
    if (known === undefined) {
      this.known.set(page, { last: time, mean: null, class: classOf(null) });
      return;
    }
    const bin = binOf(Math.max(0, time - known.last));
    this.ends[known.class]![bin]!++;
    const mean = known.mean === null ? bin : known.mean + 0.3 * (bin - known.mean);
    known.mean = Math.fround(mean);
    known.last = time;
    known.class = classOf(known.mean);
  }

  /** The page is forgotten, and the interval that it waited for counted at its present age. */
  censor(page: number, now: number): void {
    const known = this.known.get(page);
    if (known === undefined) return;
    this.censored[known.class]![binOf(now - known.last)]!++;
    this.known.delete(page);
  }

  worthOf(page: number, now: number): number {
    const known = this.known.get(page)!;
    return this.worth[known.class]![binOf(now - known.last)]!;
  }

  update(now: number): void {
    this.worth = this.ends.map((_, index) => this.#worthOfClass(index, now));
    for (const table of [this.ends, this.censored]) {
      for (const row of table) for (const bin of row.keys()) row[bin]! *= 0.6;
    }
  }

  #worthOfClass(index: number, now: number): number[] {
    const ends = this.ends[index]!;
    const waiting = [...this.censored[index]!];
    for (const known of this.known.values()) {
      if (known.class === index) waiting[binOf(now - known.last)]!++;
    }
    return worthOfAges(hazardsOf(ends, waiting), this.#takesBest);
  }
}

/** For each bin the chance per fault that the event comes, from the intervals that reached it. */
export function hazardsOf(ends: readonly number[], waiting: readonly number[]): number[] {
  const hazards = new Array<number>(BINS);
  let later = 0;
  for (let bin = BINS - 1; bin >= 0; bin--) {
    const here = ends[bin]! + waiting[bin]!;
    const width = starts[bin + 1]! - starts[bin]!;
    const middle = (starts[bin]! + starts[bin + 1]!) / 2;
    const exposure = (later + here / 2) * width;
    hazards[bin] = (ends[bin]! + 0.6) / (exposure + 2 * (middle + 1));
    later += here;
  }
  return hazards;
}

/** For each bin the best ratio of chance to time over all bins at whose end to give up. */
export function worthOfAges(hazards: readonly number[], takesBest: boolean): number[] {
  return hazards.map((_, first) => {
    let reached = 1;
    let gain = 0;
    let time = 0;
    let best = 0;
    for (let bin = first; bin < BINS; bin++) {
      const rate = hazards[bin]!;
      const x = rate * (starts[bin + 1]! - starts[bin]!);
      const stay = 1 / (1 + x + (x * x) / 2);
      gain += reached * (1 - stay);
      time += reached * ((1 - stay) / rate);
      reached *= stay;
      best = Math.max(best, gain / time);
      if (!takesBest) break;
    }
    return best;
  });
}

export function binOf(age: number): number {
  let bin = 0;
  while (bin < BINS - 1 && starts[bin + 1]! <= age) bin++;
  return bin;
}

/** Quarters of an octave from 2^-40 to 2^24; ranks beyond share the outermost of them. */
export function bucketOfRank(rank: number): number {
  const single = Math.fround(rank);
  if (single < 2 ** -40) return 0;
  if (single >= 2 ** 24) return 64 * 4 - 1;
  let octave = -40;
  while (2 ** (octave + 1) <= single) octave++;
  return (octave + 40) * 4 + Math.floor((single / 2 ** octave - 1) * 4);
}

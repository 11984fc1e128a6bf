// Which numbers are free, and who is given which. Policies have arrays as long as there are numbers,
// and a part of them that was never written takes no memory. So each policy is given numbers from
// runs of its own: where all took theirs from one list, each would come to write all of its arrays,
// and as many policies would take as many times the memory.
//
// Nothing is lost to that: where no run is left, a run of another that has room becomes the taker's.

/** A run is as many numbers as there are bytes in a page of an array with a byte for each. */
const RUN_SHIFT = 12;
export const RUN_NUMBERS = 1 << RUN_SHIFT;

const NONE = -1;

/** Runs in a list that `RunLinks` keeps; whoever takes numbers has one of the runs it takes from. */
export class RunList {
  first = NONE;
  last = NONE;
}

/** Lists of runs, each of which is in one of these at most. */
class RunLinks {
  readonly #before: Int32Array;
  readonly #after: Int32Array;

  constructor(runCount: number) {
    this.#before = new Int32Array(runCount);
    this.#after = new Int32Array(runCount);
  }

  prepend(list: RunList, run: number): void {
    this.#before[run] = NONE;
    this.#after[run] = list.first;
    if (list.first === NONE) list.last = run;
    else this.#before[list.first] = run;
    list.first = run;
  }

  append(list: RunList, run: number): void {
    this.#before[run] = list.last;
    this.#after[run] = NONE;
    if (list.last === NONE) list.first = run;
    else this.#after[list.last] = run;
    list.last = run;
  }

  remove(list: RunList, run: number): void {
    const before = this.#before[run]!;
    const after = this.#after[run]!;
    if (before === NONE) list.first = after;
    else this.#after[before] = after;
    if (after === NONE) list.last = before;
    else this.#before[after] = before;
  }
}

export class NumberRuns {
  readonly #capacity: number;
  readonly #runCount: number;
  freeCount: number;
  /** Runs from here on were never anybody's. */
  #freshRun = 0;
  /** Per run that was ever taken: from whose list its numbers go. */
  readonly #owners: RunList[] = [];
  /** Per run: numbers in use. */
  readonly #usedCounts: Uint16Array;
  /** Per run: numbers from its beginning that were ever in use. */
  readonly #triedCounts: Uint16Array;
  /** Per run: the number that came back last, plus one; 0 where none is to be had again. */
  readonly #returned: Int32Array;
  /** Per number that came back: the one that did before it, as in `#returned`. */
  readonly #next: Int32Array;
  /**
   * Of each owner, the runs that have room. The one that was full last comes first, so that those with
   * few numbers in use come to lose them.
   */
  readonly #owned: RunLinks;
  /** The same runs of all owners, apart by whether any number is in use; the latest come last. */
  readonly #open: RunLinks;
  readonly #empty = new RunList();
  readonly #partial = new RunList();

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#runCount = Math.ceil(capacity / RUN_NUMBERS);
    this.freeCount = capacity;
    this.#usedCounts = new Uint16Array(this.#runCount);
    this.#triedCounts = new Uint16Array(this.#runCount);
    this.#returned = new Int32Array(this.#runCount);
    this.#next = new Int32Array(capacity);
    this.#owned = new RunLinks(this.#runCount);
    this.#open = new RunLinks(this.#runCount);
  }

  /** Numbers that are or were in use are below this. */
  get end(): number {
    const last = this.#freshRun - 1;
    return last < 0 ? 0 : (last << RUN_SHIFT) + this.#triedCounts[last]!;
  }

  /** A number from a run of the taker's, which may become its own just now. One must be free. */
  take(taker: RunList): number {
    if (taker.first === NONE) this.#acquire(taker);
    const run = taker.first;
    this.#count(run, 1);
    const returned = this.#returned[run]!;
    if (returned === 0) return (run << RUN_SHIFT) + this.#triedCounts[run]!++;
    this.#returned[run] = this.#next[returned - 1]!;
    return returned - 1;
  }

  /** Whoever has its run takes it again. */
  give(number: number): void {
    const run = number >>> RUN_SHIFT;
    this.#next[number] = this.#returned[run]!;
    this.#returned[run] = number + 1;
    this.#count(run, -1);
  }

  /**
   * Gets a run for a taker whose own are full: one that nobody uses, where there is none a new one,
   * and else the one that has had room for the longest time, and thus tends to have much.
   */
  #acquire(taker: RunList): void {
    let run = this.#empty.first;
    if (run === NONE && this.#freshRun < this.#runCount) {
      run = this.#freshRun++;
      this.#open.append(this.#empty, run);
    } else {
      if (run === NONE) run = this.#partial.first;
      this.#owned.remove(this.#owners[run]!, run);
    }
    this.#owners[run] = taker;
    this.#owned.prepend(taker, run);
  }

  #count(run: number, change: 1 | -1): void {
    const before = this.#openListOf(run);
    this.freeCount -= change;
    this.#usedCounts[run]! += change;
    const after = this.#openListOf(run);
    if (before === after) return;
    if (before === null) this.#owned.prepend(this.#owners[run]!, run);
    else this.#open.remove(before, run);
    if (after === null) this.#owned.remove(this.#owners[run]!, run);
    else this.#open.append(after, run);
  }

  /** The list of all owners' runs that it is in: none, where it is full. */
  #openListOf(run: number): RunList | null {
    const usedCount = this.#usedCounts[run]!;
    if (usedCount === 0) return this.#empty;
    const isFull = usedCount === Math.min(RUN_NUMBERS, this.#capacity - (run << RUN_SHIFT));
    return isFull ? null : this.#partial;
  }
}

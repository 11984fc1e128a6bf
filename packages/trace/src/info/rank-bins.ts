// Counts of ranks in bins that double: 1, 2, 3-4, 5-8 and so on. The sum up to a bin is then the
// number of hits that a memory of that many pages would have under the order that the ranks stand for.

export interface RankBin {
  readonly rankFrom: number;
  readonly rankTo: number;
  readonly count: number;
}

const BINS = 33;

export class RankBins {
  readonly #counts = new Float64Array(BINS);

  /** Counts a rank from 1 on. */
  add(rank: number): void {
    const bin = 32 - Math.clz32(rank - 1);
    this.#counts[bin] = this.#counts[bin]! + 1;
  }

  /** All bins up to the last one that holds anything. */
  bins(): RankBin[] {
    let used = BINS;
    while (used > 0 && this.#counts[used - 1] === 0) used--;
    return Array.from(this.#counts.subarray(0, used), (count, bin) => ({
      rankFrom: bin === 0 ? 1 : 2 ** (bin - 1) + 1,
      rankTo: 2 ** bin,
      count,
    }));
  }
}

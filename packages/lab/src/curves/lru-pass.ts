// LRU at every number of frames in one pass over the trace: faults from stack distances, write-backs
// from the largest distance of each dirty interval.
//
// Faults (Mattson et al. 1970): a reference faults at C frames iff its distance exceeds C.
// Write-backs (Thompson and Smith 1989, for caches): a write makes its page dirty, at any C, and the
// page is written back once before its next write iff it leaves memory in between, that is iff the
// largest distance of its references after the write, the next write included, exceeds C. After the
// last write the page's place in the final stack stands for one more distance: a page that is deeper
// than C has left. What is still resident at the end is not written, as in `Simulation`.

import { RecencyTree } from './recency-tree.ts';

/** The largest distance since the last write of a page that was never written. */
const CLEAN = -1;

/** What LRU did since the start, at each number of frames. */
export interface LruSnapshot {
  readonly references: number;
  readonly coldFaults: number;
  readonly coldWriteFaults: number;
  /** By frames, 0 .. pages: faults on pages that were resident before. */
  readonly warmFaults: Float64Array;
  /** By frames, 0 .. pages. */
  readonly writebacks: Float64Array;
}

export class LruPass {
  readonly #pageCount: number;
  readonly #tree: RecencyTree;
  /** Per page the largest distance since its last write, CLEAN for none. */
  readonly #largestSinceWrite: Int32Array;
  /** By distance: references with that distance, and dirty intervals with that largest distance. */
  readonly #distances: Float64Array;
  readonly #intervals: Float64Array;
  #references = 0;
  #coldWriteFaults = 0;
  #lastPage = -1;

  constructor(pageCount: number) {
    this.#pageCount = pageCount;
    this.#tree = new RecencyTree(pageCount);
    this.#largestSinceWrite = new Int32Array(pageCount).fill(CLEAN);
    this.#distances = new Float64Array(pageCount + 1);
    this.#intervals = new Float64Array(pageCount + 1);
  }

  /** Takes `references[from .. to)`, packed as `page << 1 | op`. */
  run(references: Uint32Array, from = 0, to: number = references.length): void {
    const tree = this.#tree;
    const largest = this.#largestSinceWrite;
    const distances = this.#distances;
    const intervals = this.#intervals;
    let lastPage = this.#lastPage;
    for (let i = from; i < to; i++) {
      const reference = references[i]!;
      const page = reference >>> 1;
      const isWrite = (reference & 1) !== 0;
      if (page === lastPage) {
        // A distance of 1 is a hit at every size, and it ends no interval that it was not the
        // largest of, so a repeat changes nothing but whether the page is dirty.
        if (isWrite) {
          const sinceWrite = largest[page]!;
          if (sinceWrite > 0) intervals[sinceWrite] = intervals[sinceWrite]! + 1;
          largest[page] = 0;
        }
        continue;
      }
      lastPage = page;
      const distance = tree.touch(page);
      if (distance === 0) {
        if (isWrite) {
          largest[page] = 0;
          this.#coldWriteFaults++;
        }
        continue;
      }
      distances[distance] = distances[distance]! + 1;
      let sinceWrite = largest[page]!;
      if (sinceWrite === CLEAN) {
        if (isWrite) largest[page] = 0;
        continue;
      }
      if (distance > sinceWrite) sinceWrite = distance;
      if (isWrite) {
        intervals[sinceWrite] = intervals[sinceWrite]! + 1;
        sinceWrite = 0;
      }
      largest[page] = sinceWrite;
    }
    this.#lastPage = lastPage;
    this.#references += to - from;
  }

  /** The counts so far. Takes time in the order of the pages; the pass may go on afterwards. */
  snapshot(): LruSnapshot {
    const intervals = this.#intervals.slice();
    this.#tree.forStack((page, place) => {
      const sinceWrite = this.#largestSinceWrite[page]!;
      if (sinceWrite !== CLEAN) intervals[Math.max(sinceWrite, place)]!++;
    });
    return {
      references: this.#references,
      coldFaults: this.#tree.pages,
      coldWriteFaults: this.#coldWriteFaults,
      warmFaults: countsAbove(this.#distances, this.#pageCount),
      writebacks: countsAbove(intervals, this.#pageCount),
    };
  }
}

/** By C: how many of what was counted by distance lies above it. */
function countsAbove(byDistance: Float64Array, pageCount: number): Float64Array {
  const above = new Float64Array(pageCount + 1);
  for (let frames = pageCount - 1; frames >= 0; frames--) {
    above[frames] = above[frames + 1]! + byDistance[frames + 1]!;
  }
  return above;
}

// Dirty pages in clusters of neighbouring numbers, as CFDC keeps them: within a cluster in the order
// in which they entered, and the clusters by a priority that is low for large, sequential and old ones.
//
//   priority = IPD / (n^2 (globaltime - timestamp))
//   IPD      = sum of |p_i - p_(i-1)| over the n pages in order of entry; 1 where n = 1
//
// The sum is kept up to date as neighbours in that order meet and part. Priorities that are computed
// as clusters change then cost a place in a heap. Priorities of the moment at which a victim is
// wanted change their order as time passes: all clusters are looked at, once for all of the pages
// that the chosen one then gives.

import { assert } from '../errors.ts';
import { NO_PAGE } from '../reference.ts';
import { RankHeap } from './rank-heap.ts';

const NO_CLUSTER = -1;

export class DirtyClusters {
  /** Pages in all clusters. */
  count = 0;
  readonly #size: number;
  /** Per page that is in a cluster: the pages that entered it before and after, NO_PAGE at the ends. */
  readonly #older: Int32Array;
  readonly #newer: Int32Array;
  readonly #isHeld: Uint8Array;
  /** Per cluster: its ends, its length, the sum without the rule for n = 1, and its timestamp. */
  readonly #oldest: Int32Array;
  readonly #newest: Int32Array;
  readonly #lengths: Int32Array;
  readonly #distances: Float64Array;
  readonly #timestamps: Float64Array;
  /** All clusters but the victim. */
  readonly #heap: RankHeap;
  /** The cluster that gives the victims until it is empty. */
  #victim = NO_CLUSTER;
  readonly #agesOnSelection: boolean;
  /** `globaltime`: pages that ever entered. */
  readonly #time = new Float64Array(1);

  /**
   * Clusters of up to `size` pages over the dense page ids below `pageCount`. `agesOnSelection`: the
   * `globaltime` of a priority is that at which a victim is wanted, not that of the last change.
   */
  constructor(pageCount: number, size: number, agesOnSelection: boolean) {
    this.#agesOnSelection = agesOnSelection;
    const clusterCount = Math.ceil(pageCount / size);
    this.#size = size;
    this.#older = new Int32Array(pageCount);
    this.#newer = new Int32Array(pageCount);
    this.#isHeld = new Uint8Array(pageCount);
    this.#oldest = new Int32Array(clusterCount).fill(NO_PAGE);
    this.#newest = new Int32Array(clusterCount).fill(NO_PAGE);
    this.#lengths = new Int32Array(clusterCount);
    this.#distances = new Float64Array(clusterCount);
    this.#timestamps = new Float64Array(clusterCount);
    this.#heap = new RankHeap(clusterCount);
  }

  /** Clusters with a page in them. */
  get clusterCount(): number {
    return this.#heap.count + (this.#victim === NO_CLUSTER ? 0 : 1);
  }

  has(page: number): boolean {
    return this.#isHeld[page] === 1;
  }

  /** Adds a page that is in no cluster. */
  push(page: number): void {
    const cluster = this.#clusterOf(page);
    const before = this.#newest[cluster]!;
    if (before === NO_PAGE) {
      this.#timestamps[cluster] = this.#time[0]!;
      this.#oldest[cluster] = page;
    } else {
      this.#newer[before] = page;
      this.#distances[cluster]! += Math.abs(page - before);
    }
    this.#older[page] = before;
    this.#newer[page] = NO_PAGE;
    this.#newest[cluster] = page;
    this.#isHeld[page] = 1;
    this.#lengths[cluster]!++;
    this.count++;
    this.#time[0]!++;
    this.#rank(cluster);
  }

  /** Takes out a page that was hit: its cluster counts as created anew. */
  removeHit(page: number): void {
    const cluster = this.#clusterOf(page);
    this.#timestamps[cluster] = this.#time[0]!;
    this.remove(page);
  }

  /** Takes the page out, if it is in a cluster. */
  remove(page: number): void {
    if (!this.has(page)) return;
    const cluster = this.#clusterOf(page);
    this.#unlink(page, cluster);
    this.#rank(cluster);
  }

  /** Takes out the oldest page of the victim cluster; NO_PAGE where there is no page at all. */
  takeVictim(): number {
    if (this.count === 0) return NO_PAGE;
    if (this.#victim === NO_CLUSTER) this.#chooseVictim();
    const cluster = this.#victim;
    const page = this.#oldest[cluster]!;
    this.#unlink(page, cluster);
    this.#rank(cluster);
    return page;
  }

  #clusterOf(page: number): number {
    return Math.floor(page / this.#size);
  }

  #unlink(page: number, cluster: number): void {
    const before = this.#older[page]!;
    const after = this.#newer[page]!;
    let distance = this.#distances[cluster]!;
    if (before !== NO_PAGE) distance -= Math.abs(page - before);
    if (after !== NO_PAGE) distance -= Math.abs(after - page);
    if (before !== NO_PAGE && after !== NO_PAGE) distance += Math.abs(after - before);
    this.#distances[cluster] = distance;
    if (before === NO_PAGE) this.#oldest[cluster] = after;
    else this.#newer[before] = after;
    if (after === NO_PAGE) this.#newest[cluster] = before;
    else this.#older[after] = before;
    this.#isHeld[page] = 0;
    this.#lengths[cluster]!--;
    this.count--;
  }

  /** The victim's priority is 0 and stays so: it is not in the heap, and goes where it is empty. */
  #rank(cluster: number): void {
    const length = this.#lengths[cluster]!;
    if (cluster === this.#victim) {
      if (length === 0) this.#victim = NO_CLUSTER;
    } else if (length === 0) {
      this.#heap.remove(cluster);
    } else {
      const distance = length === 1 ? 1 : this.#distances[cluster]!;
      const age = Math.max(1, this.#time[0]! - this.#timestamps[cluster]!);
      this.#heap.ranks[cluster] = distance / (length * length * age);
      this.#heap.update(cluster);
    }
  }

  /**
   * Moves the victim out of the heap. A priority is one division of whole numbers, so equal ones are
   * equal to the last bit. It is written out in both places: as a function it would make an object.
   */
  #chooseVictim(): void {
    const heap = this.#heap;
    if (!this.#agesOnSelection) {
      this.#victim = heap.takeFirst();
      return;
    }
    const lengths = this.#lengths;
    const distances = this.#distances;
    const timestamps = this.#timestamps;
    const time = this.#time[0]!;
    let victim = NO_CLUSTER;
    let lowest = Number.POSITIVE_INFINITY;
    for (let i = 0; i < heap.count; i++) {
      const cluster = heap.idAt(i);
      const length = lengths[cluster]!;
      const distance = length === 1 ? 1 : distances[cluster]!;
      const age = Math.max(1, time - timestamps[cluster]!);
      const priority = distance / (length * length * age);
      if (priority > lowest || (priority === lowest && heap.isOlder(victim, cluster))) continue;
      victim = cluster;
      lowest = priority;
    }
    heap.remove(victim);
    this.#victim = victim;
  }

  /** The pages of each cluster in order of entry; for checks. */
  *clusters(): Generator<number[]> {
    for (const oldest of this.#oldest) {
      if (oldest === NO_PAGE) continue;
      const pages: number[] = [];
      for (let page = oldest; page !== NO_PAGE; page = this.#newer[page]!) pages.push(page);
      yield pages;
    }
  }

  check(): void {
    let count = 0;
    let clusterCount = 0;
    for (const pages of this.clusters()) {
      const cluster = this.#clusterOf(pages[0]!);
      assert(pages.length <= this.#size, `cluster ${cluster} holds ${pages.length} pages`);
      const distance = pages.reduce(
        (sum, page, i) => sum + (i === 0 ? 0 : Math.abs(page - pages[i - 1]!)),
        0,
      );
      assert(distance === this.#distances[cluster], `cluster ${cluster} spans ${distance}`);
      assert(this.#heap.has(cluster) !== (cluster === this.#victim), 'victim or in the heap');
      for (const page of pages) assert(this.has(page), `page ${page} is held`);
      count += pages.length;
      clusterCount++;
    }
    assert(count === this.count, `clusters hold ${count} pages, counted ${this.count}`);
    assert(clusterCount === this.clusterCount, `${clusterCount} clusters`);
  }
}

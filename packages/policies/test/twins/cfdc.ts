// CFDC: a working region by recency and a priority region for what falls out of it: a queue of clean
// pages, and clusters of dirty pages whose numbers lie in the same block of `size`. The oldest clean
// page leaves; where there is none, the oldest page of the cluster of lowest priority, which is the
// victim cluster from then on until it is empty. The priority of a cluster of n pages is
//   IPD / (n^2 (globaltime - timestamp)),  IPD = sum of |p_i - p_(i-1)| by time of entry, 1 if n = 1.
// globaltime counts dirty pages that left the working region; the timestamp is that of the cluster's
// creation, and again of the last hit in it. A difference of 0 counts as 1. `agesOnSelection` says
// whether priorities are computed when a victim is wanted, or as a cluster changes; of equal ones that
// of the cluster that changed least recently is lower. A clean page of the priority region, too, goes back to the working region at a hit. Where there is no page in
// the priority region, the least recent page of the working region leaves. policies.md 4.

import { Twin, without } from './twin.ts';

interface Cluster {
  readonly id: number;
  /** In the order in which they entered. */
  readonly pages: number[];
  timestamp: number;
  priority: number;
  isVictim: boolean;
}

export class CfdcTwin extends Twin {
  readonly working: number[] = [];
  readonly clean: number[] = [];
  /** The one that changed least recently stands first. */
  readonly clusters: Cluster[] = [];
  globaltime = 0;
  readonly #workingMax: number;
  readonly #size: number;
  readonly #agesOnSelection: boolean;

  constructor(frames: number, working: number, size: number, agesOnSelection: boolean) {
    super(frames);
    this.#agesOnSelection = agesOnSelection;
    this.#workingMax = Math.floor(working * frames);
    this.#size = size;
  }

  protected override hit(page: number): void {
    without(this.working, page);
    without(this.clean, page);
    const cluster = this.clusters.find(({ pages }) => pages.includes(page));
    if (cluster !== undefined) {
      without(cluster.pages, page);
      cluster.timestamp = this.globaltime;
      this.#changed(cluster);
    }
    this.#enter(page, this.dirty.has(page));
  }

  protected override fault(page: number, op: number): void {
    if (this.isFull) this.#replace();
    this.#enter(page, op === 1);
  }

  #enter(page: number, isDirty: boolean): void {
    this.working.push(page);
    if (this.working.length <= this.#workingMax) return;
    const old = this.working.shift()!;
    if (old === page ? isDirty : this.dirty.has(old)) this.#enterCluster(old);
    else this.clean.push(old);
  }

  #enterCluster(page: number): void {
    const id = Math.floor(page / this.#size);
    let cluster = this.clusters.find((other) => other.id === id);
    if (cluster === undefined) {
      cluster = { id, pages: [], timestamp: this.globaltime, priority: 0, isVictim: false };
    }
    cluster.pages.push(page);
    this.globaltime++;
    this.#changed(cluster);
  }

  #changed(cluster: Cluster): void {
    const { pages } = cluster;
    const index = this.clusters.indexOf(cluster);
    if (index >= 0) this.clusters.splice(index, 1);
    if (pages.length === 0) return;
    this.#prioritise(cluster);
    this.clusters.push(cluster);
  }

  #prioritise(cluster: Cluster): void {
    const { pages } = cluster;
    let distance = 0;
    for (let i = 1; i < pages.length; i++) distance += Math.abs(pages[i]! - pages[i - 1]!);
    if (pages.length === 1) distance = 1;
    const age = Math.max(1, this.globaltime - cluster.timestamp);
    cluster.priority = cluster.isVictim ? 0 : distance / (pages.length ** 2 * age);
  }

  #replace(): void {
    if (this.clean.length > 0) {
      this.leave(this.clean.shift()!);
      return;
    }
    if (this.clusters.length === 0) {
      this.leave(this.working.shift()!);
      return;
    }
    if (this.#agesOnSelection) for (const cluster of this.clusters) this.#prioritise(cluster);
    const cluster = this.clusters.reduce((a, b) => (b.priority < a.priority ? b : a));
    cluster.isVictim = true;
    cluster.priority = 0;
    this.leave(cluster.pages.shift()!);
    if (cluster.pages.length === 0) this.clusters.splice(this.clusters.indexOf(cluster), 1);
  }
}

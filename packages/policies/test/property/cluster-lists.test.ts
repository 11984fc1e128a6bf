// The heap and the clusters of CFDC against plain arrays, with removals from anywhere, which the
// policy's twin does not see.

import { DirtyClusters, NO_PAGE, RankHeap } from '@pagelend/policies';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { randomFrom, SEED } from '../traces.ts';

const OPERATIONS = 4000;

test('the heap gives the lowest rank, and of equal ones that set least recently', () => {
  fc.assert(
    fc.property(fc.nat(), fc.constantFrom(1, 5, 400), (seed, idCount) => {
      const random = randomFrom(seed);
      const heap = new RankHeap(idCount);
      // A Map keeps the order of insertion: a rank that is set anew moves its id to the end.
      const model = new Map<number, number>();
      for (let i = 0; i < OPERATIONS; i++) {
        const id = Math.floor(random() * idCount);
        const choice = random();
        if (choice < 0.6) {
          const rank = Math.floor(random() * 20);
          heap.ranks[id] = rank;
          heap.update(id);
          model.delete(id);
          model.set(id, rank);
        } else if (choice < 0.8) {
          heap.remove(id);
          model.delete(id);
        } else if (model.size > 0) {
          const [first] = [...model].reduce((a, b) => (b[1] < a[1] ? b : a));
          if (heap.takeFirst() !== first) throw new Error(`operation ${i}: not id ${first}`);
          model.delete(first);
        }
        if (heap.count !== model.size || heap.has(id) !== model.has(id)) {
          throw new Error(`operation ${i}: ${heap.count} ids of ${model.size}`);
        }
      }
    }),
    { seed: SEED, numRuns: 30 },
  );
});

test.each([true, false])('clusters equal arrays, aging on selection: %s', (agesOnSelection) => {
  fc.assert(
    fc.property(fc.nat(), fc.constantFrom(1, 4, 7, 100), (seed, size) => {
      const random = randomFrom(seed);
      const pageCount = 90;
      const clusters = new DirtyClusters(pageCount, size, agesOnSelection);
      const model = new Model(size, agesOnSelection);
      const pushShare = 0.4 + random() * 0.3;
      for (let i = 0; i < OPERATIONS / 4; i++) {
        const page = Math.floor(random() * pageCount);
        const isHit = random() < 0.5;
        if (random() < pushShare) {
          if (clusters.has(page)) continue;
          clusters.push(page);
          model.push(page);
        } else if (random() < 0.5) {
          const held = clusters.has(page);
          if (isHit && held) clusters.removeHit(page);
          else clusters.remove(page);
          model.remove(page, isHit);
        } else {
          const victim = model.takeVictim();
          if (clusters.takeVictim() !== victim) throw new Error(`operation ${i}: not ${victim}`);
        }
        if (i % 50 === 0) clusters.check();
      }
      expect([...clusters.clusters()].sort(byFirst)).toEqual(model.pages().sort(byFirst));
    }),
    { seed: SEED, numRuns: 60 },
  );
});

interface Cluster {
  readonly id: number;
  readonly pages: number[];
  timestamp: number;
  priority: number;
}

class Model {
  /** The one that changed least recently stands first. */
  #clusters: Cluster[] = [];
  #victim: Cluster | null = null;
  #time = 0;
  readonly #size: number;
  readonly #agesOnSelection: boolean;

  constructor(size: number, agesOnSelection: boolean) {
    this.#size = size;
    this.#agesOnSelection = agesOnSelection;
  }

  push(page: number): void {
    const id = Math.floor(page / this.#size);
    const found = this.#clusters.find((other) => other.id === id);
    const cluster = found ?? { id, pages: [], timestamp: this.#time, priority: 0 };
    cluster.pages.push(page);
    this.#time++;
    this.#changed(cluster);
  }

  remove(page: number, isHit: boolean): void {
    const cluster = this.#clusters.find(({ pages }) => pages.includes(page));
    if (cluster === undefined) return;
    cluster.pages.splice(cluster.pages.indexOf(page), 1);
    if (isHit) cluster.timestamp = this.#time;
    this.#changed(cluster);
  }

  takeVictim(): number {
    if (this.#clusters.length === 0) return NO_PAGE;
    if (this.#agesOnSelection) for (const cluster of this.#clusters) this.#prioritise(cluster);
    this.#victim ??= this.#clusters.reduce((a, b) => (b.priority < a.priority ? b : a));
    const victim = this.#victim;
    const page = victim.pages.shift()!;
    this.#changed(victim);
    return page;
  }

  pages(): number[][] {
    return this.#clusters.map(({ pages }) => pages);
  }

  #changed(cluster: Cluster): void {
    this.#clusters = this.#clusters.filter((other) => other !== cluster);
    this.#prioritise(cluster);
    if (cluster.pages.length > 0) this.#clusters.push(cluster);
    else if (cluster === this.#victim) this.#victim = null;
  }

  #prioritise(cluster: Cluster): void {
    const { pages, timestamp } = cluster;
    let distance = 0;
    for (let i = 1; i < pages.length; i++) distance += Math.abs(pages[i]! - pages[i - 1]!);
    const age = Math.max(1, this.#time - timestamp);
    cluster.priority = (pages.length === 1 ? 1 : distance) / (pages.length ** 2 * age);
  }
}

function byFirst(a: readonly number[], b: readonly number[]): number {
  return a[0]! - b[0]!;
}

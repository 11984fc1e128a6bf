// CFDC, clean-first and dirty-clustered: LRU in a working region; what falls out of it waits in a
// priority region, clean pages in a queue that is emptied first, dirty pages in clusters of
// neighbouring numbers that are written back one cluster after another, so that writes lie together.
// A hit in the priority region takes the page back to the working region.

import { assert } from '../errors.ts';
import { DirtyClusters } from '../lists/dirty-clusters.ts';
import { type PageQueue, PageQueues } from '../lists/page-queues.ts';
import type { PageTable } from '../page-table.ts';
import type { Policy, PolicyDefinition, PolicySettings } from '../policy.ts';

export const cfdc: PolicyDefinition = {
  name: 'cfdc',
  summary: 'LRU whose outflow leaves clean pages first, then dirty ones by clusters of neighbours.',
  source:
    'Ou, Härder, Jin, CFDC: A flash-aware replacement policy for database buffer management, DaMoN 2009; CFDC: A flash-aware buffer management algorithm for database systems, ADBIS 2010',
  departures: [
    'written from the abstracts and a public implementation with quotations: the texts were not available, and the defaults of working and cluster are those of the implementation',
    'page numbers are the ids of the page table: in simulations those number pages by first reference, so neighbours are pages first touched one after another, not neighbours in storage',
    'counts write-backs alone: what clustering gains, cheaper writes of neighbours, is not charged here',
    'aging=selection: the globaltime of a priority is that at which a victim is wanted; the implementation computes it as a cluster changes (aging=change), and there divides by zero at each hit',
    'a cluster that was created or hit at the present globaltime counts as one step old, where the formula divides by zero; of equal priorities that of the cluster that changed least recently is lower',
    'the distance between pages is summed over the order of entry',
  ],
  observes: 'every-reference',
  options: {
    working: {
      kind: 'number',
      default: 0.5,
      min: 0,
      max: 1,
      says: 'size of the working region as a share of the frames, rounded down',
    },
    cluster: {
      kind: 'number',
      default: 16,
      min: 1,
      max: 65536,
      integer: true,
      says: 'page numbers in a cluster: pages of equal number / cluster belong together',
    },
    aging: {
      kind: 'choice',
      default: 'selection',
      choices: ['selection', 'change'],
      says: 'when the age in a priority is taken: as a victim is wanted, or as the cluster last changed',
    },
  },
  gauges: [
    { name: 'working', kind: 'pages', says: 'pages of the working region' },
    { name: 'clean', kind: 'pages', says: 'clean pages of the priority region' },
    { name: 'dirty', kind: 'pages', says: 'dirty pages of the priority region' },
    { name: 'clusters', kind: 'pages', says: 'clusters that those are in' },
    { name: 'working target', kind: 'target', says: 'size of the working region when full' },
    { name: 'clean victims', kind: 'count', says: 'clean pages that left the priority region' },
    { name: 'dirty victims', kind: 'count', says: 'dirty pages that left it' },
  ],
  create: (settings) => new Cfdc(settings),
};

class Cfdc implements Policy {
  readonly #table: PageTable;
  readonly #family: PageQueues;
  readonly #working: PageQueue;
  readonly #clean: PageQueue;
  readonly #dirty: DirtyClusters;
  readonly #workingShare: number;
  #workingMax = 0;
  /** Clean and dirty pages that left the priority region. */
  readonly #victims = new Float64Array(2);

  constructor({ table, frames, options }: PolicySettings) {
    this.#table = table;
    this.#family = new PageQueues(table.pageCount, 2);
    const [working, clean] = this.#family.queues;
    this.#working = working!;
    this.#clean = clean!;
    this.#dirty = new DirtyClusters(
      table.pageCount,
      Number(options.cluster),
      options.aging === 'selection',
    );
    this.#workingShare = Number(options.working);
    this.resize(frames);
  }

  fault(page: number): void {
    this.#working.push(page);
    this.#trimWorking();
  }

  // No touchRun: which cluster changed when depends on the outflow between two hits of a run.
  touch(page: number): void {
    if (this.#dirty.has(page)) this.#dirty.removeHit(page);
    this.#working.push(page);
    this.#trimWorking();
  }

  // If the clean queue holds a page: its oldest. Else the oldest page of the victim cluster.
  victim(): number {
    if (this.#clean.count > 0) {
      this.#victims[0]!++;
      return this.#clean.shift();
    }
    if (this.#dirty.count > 0) {
      this.#victims[1]!++;
      return this.#dirty.takeVictim();
    }
    return this.#working.shift();
  }

  forget(page: number): void {
    this.#family.remove(page);
    this.#dirty.remove(page);
  }

  resize(frames: number): void {
    this.#workingMax = Math.floor(this.#workingShare * frames);
    this.#trimWorking();
  }

  /** A page in the priority region stays clean or dirty, since any reference takes it out. */
  #trimWorking(): void {
    while (this.#working.count > this.#workingMax) {
      const page = this.#working.shift();
      (this.#table.isDirty(page) ? this.#dirty : this.#clean).push(page);
    }
  }

  check(): void {
    const held = this.#working.count + this.#clean.count + this.#dirty.count;
    assert(held === this.#table.residentCount, 'CFDC holds all resident pages');
    for (const page of this.#clean.pages()) assert(!this.#table.isDirty(page), 'clean is clean');
    for (const pages of this.#dirty.clusters()) {
      for (const page of pages) assert(this.#table.isDirty(page), 'clustered pages are dirty');
    }
    this.#dirty.check();
  }

  readGauges(into: Float64Array): void {
    into[0] = this.#working.count;
    into[1] = this.#clean.count;
    into[2] = this.#dirty.count;
    into[3] = this.#dirty.clusterCount;
    into[4] = this.#workingMax;
    into[5] = this.#victims[0]!;
    into[6] = this.#victims[1]!;
  }
}

// LRU: the page whose last reference is oldest leaves. It must be told of every reference, which
// no MMU does; it is here as the yardstick that the bit-driven policies approximate.

import { assert } from '../errors.ts';
import { type PageQueue, PageQueues } from '../lists/page-queues.ts';
import type { PageTable } from '../page-table.ts';
import type { Policy, PolicyDefinition, PolicySettings } from '../policy.ts';

export const lru: PolicyDefinition = {
  name: 'lru',
  summary: 'Evicts the page whose last reference is oldest.',
  source: 'Mattson, Gecsei, Slutz, Traiger, Evaluation techniques for storage hierarchies, 1970',
  observes: 'every-reference',
  create: (settings) => new Lru(settings),
};

class Lru implements Policy {
  readonly #table: PageTable;
  readonly #family: PageQueues;
  readonly #recency: PageQueue;

  constructor({ table }: PolicySettings) {
    this.#table = table;
    this.#family = new PageQueues(table.pageCount, 1);
    this.#recency = this.#family.queues[0]!;
  }

  fault(page: number): void {
    this.#recency.push(page);
  }

  touch(page: number): void {
    this.#recency.push(page);
  }

  touchRun(references: Uint32Array, from: number, to: number): void {
    this.#recency.pushRun(references, from, to);
  }

  victim(): number {
    return this.#recency.shift();
  }

  forget(page: number): void {
    this.#family.remove(page);
  }

  resize(): void {}

  check(): void {
    assert(this.#recency.count === this.#table.residentCount, 'LRU holds all resident pages');
  }
}

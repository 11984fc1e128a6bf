// The shadows of one sub-sample of a lease. They share the ids of its slots, so a reference looks
// its slot up once, whatever the number of shadows.

import { type Op, type PageQueue, PageQueues } from '@pagelend/policies';
import { isSampled } from './sample.ts';
import type { Shadow } from './shadow.ts';
import { SlotIds } from './slot-ids.ts';

/** Where the oldest pages are all resident somewhere, no more than so many are looked at. */
const RECYCLE_LOOKS_MAX = 256;

export class ShadowGroup {
  readonly ids: SlotIds;
  readonly shadows: readonly Shadow[];
  /** References since somebody cleared it. */
  references = 0;
  /** Pages by their last reference, or the last time that they were spared. */
  readonly #order: PageQueue;
  readonly #orders: PageQueues;

  constructor(capacity: number, makeShadow: (pageCount: number) => readonly Shadow[]) {
    this.ids = new SlotIds(capacity);
    this.#orders = new PageQueues(capacity, 1);
    this.#order = this.#orders.queues[0]!;
    this.shadows = makeShadow(capacity);
  }

  reference(page: number, op: Op): void {
    this.references++;
    this.#order.push(page);
    const { shadows } = this;
    for (let i = 0; i < shadows.length; i++) shadows[i]!.reference(page, op);
  }

  /** From that of the oldest reference to that of the newest. */
  pages(): number[] {
    return [...this.#order.pages()];
  }

  /** Nothing of what led here counts, and memories are as warm as those of the other group. */
  goOnFrom(other: ShadowGroup): void {
    this.references = 0;
    for (const [i, shadow] of this.shadows.entries()) shadow.goOnFrom(other.shadows[i]!);
  }

  /** The page leaves the sample; nothing of it remains. */
  drop(page: number): void {
    for (const shadow of this.shadows) shadow.forget(page);
    this.#orders.remove(page);
    this.ids.remove(page);
  }

  /** Drops the pages of this lease that are not in the sample under `threshold`. */
  thin(lease: number, threshold: number): void {
    for (const page of this.pages()) {
      if (!isSampled(lease, this.ids.slotOf(page), threshold)) this.drop(page);
    }
  }

  /** Makes room for one: drops the oldest page that is resident nowhere, or the oldest of all. */
  recycle(): void {
    for (let looks = 0; looks < RECYCLE_LOOKS_MAX; looks++) {
      const page = this.#order.oldest();
      if (!this.#isResidentAnywhere(page)) {
        this.drop(page);
        return;
      }
      // Who is kept goes last, or the same pages would be looked at each time.
      this.#order.push(page);
    }
    this.drop(this.#order.oldest());
  }

  #isResidentAnywhere(page: number): boolean {
    const { shadows } = this;
    for (let i = 0; i < shadows.length; i++) if (shadows[i]!.isResident(page)) return true;
    return false;
  }
}

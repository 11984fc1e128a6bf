// CCF-LRU: a read fault enters the cold-clean list, a write fault the mixed list; any hit moves the
// page to the recent end of the mixed list and makes it hot. The oldest page of the cold-clean list
// leaves. Where that list is empty, the mixed list is scanned from its old end: cold -> leaves; hot
// and clean -> cold, to the recent end of the cold-clean list; hot and dirty -> cold, to the recent
// end of the mixed list. `prefersClean` says whether the scan, having moved a clean page, looks at
// the cold-clean list again, or goes on through the mixed list while there is one. policies.md 4.

import { type Op, READ } from '@pagelend/policies';
import { Twin, without } from './twin.ts';

export class CcfLruTwin extends Twin {
  readonly coldClean: number[] = [];
  readonly mixed: number[] = [];
  readonly cold = new Set<number>();
  readonly #prefersClean: boolean;

  constructor(frames: number, prefersClean: boolean) {
    super(frames);
    this.#prefersClean = prefersClean;
  }

  protected override hit(page: number): void {
    without(this.coldClean, page);
    without(this.mixed, page);
    this.mixed.push(page);
    this.cold.delete(page);
  }

  protected override fault(page: number, op: Op): void {
    if (this.isFull) this.#replace();
    this.cold.delete(page);
    if (op === READ) {
      this.cold.add(page);
      this.coldClean.push(page);
    } else {
      this.mixed.push(page);
    }
  }

  #replace(): void {
    if (this.coldClean.length > 0) {
      this.leave(this.coldClean.shift()!);
      return;
    }
    while (this.mixed.length > 0) {
      const page = this.mixed.shift()!;
      if (this.cold.has(page)) {
        this.leave(page);
        return;
      }
      this.cold.add(page);
      if (this.dirty.has(page)) {
        this.mixed.push(page);
        continue;
      }
      this.coldClean.push(page);
      if (this.#prefersClean) break;
    }
    this.leave(this.coldClean.shift()!);
  }
}

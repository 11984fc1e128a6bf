// AD-LRU: a cold and a hot list by recency. A new page enters the cold list, a hit moves a page to
// the recent end of the hot list; either makes it referenced. The cold list gives the victim while
// it holds more than min_lc pages, else the hot list does. Inside a list: the least recent clean
// page; where all are dirty, second chance from the old end (referenced -> no longer so, to the
// recent end; else it leaves). With `demotes`, the hot list gives no victims: its least recent pages
// go to the recent end of the cold list until that holds more than min_lc. policies.md 4.

import { Twin, without } from './twin.ts';

export class AdLruTwin extends Twin {
  readonly coldList: number[] = [];
  readonly hotList: number[] = [];
  readonly referenced = new Set<number>();
  readonly #coldMin: number;
  readonly #demotes: boolean;

  constructor(frames: number, share: number, demotes: boolean) {
    super(frames);
    this.#coldMin = Math.floor(share * frames);
    this.#demotes = demotes;
  }

  protected override hit(page: number): void {
    without(this.coldList, page);
    without(this.hotList, page);
    this.hotList.push(page);
    this.referenced.add(page);
  }

  protected override fault(page: number): void {
    if (this.isFull) this.#replace();
    this.coldList.push(page);
    this.referenced.add(page);
  }

  #replace(): void {
    const { coldList, hotList } = this;
    if (this.#demotes) {
      while (coldList.length <= this.#coldMin && hotList.length > 0) {
        coldList.push(hotList.shift()!);
      }
    }
    const isCold = coldList.length > this.#coldMin || hotList.length === 0;
    this.#replaceIn(isCold ? coldList : hotList);
  }

  #replaceIn(list: number[]): void {
    const clean = list.find((page) => !this.dirty.has(page));
    if (clean !== undefined) {
      without(list, clean);
      this.leave(clean);
      return;
    }
    while (this.referenced.delete(list[0]!)) list.push(list.shift()!);
    this.leave(list.shift()!);
  }
}

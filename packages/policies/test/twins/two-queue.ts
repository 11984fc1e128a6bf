// 2Q, full version, as in policies.md section 4. Lists run from oldest to newest.

import { Twin, without } from './twin.ts';

export class TwoQueueTwin extends Twin {
  readonly a1in: number[] = [];
  readonly a1out: number[] = [];
  readonly am: number[] = [];
  readonly #kin: number;
  readonly #kout: number;

  constructor(frames: number, kin = 0.25, kout = 0.5) {
    super(frames);
    this.#kin = Math.floor(kin * frames);
    this.#kout = Math.floor(kout * frames);
  }

  // Hit in Am: to its most recent end. Hit in A1in: nothing.
  protected override hit(page: number): void {
    if (without(this.am, page)) this.am.push(page);
  }

  // In A1out: reclaim, insert in Am. Else: reclaim, insert in A1in.
  protected override fault(page: number): void {
    const wasRemembered = without(this.a1out, page);
    if (this.isFull) this.#reclaim();
    (wasRemembered ? this.am : this.a1in).push(page);
  }

  // |A1in| > Kin: its oldest leaves, and is remembered in A1out, which is trimmed to Kout. Else the
  // LRU page of Am leaves and is not remembered. Where Am is empty, A1in gives the page.
  #reclaim(): void {
    const { a1in, a1out, am } = this;
    if (a1in.length > this.#kin || am.length === 0) {
      const page = a1in.shift()!;
      this.leave(page);
      a1out.push(page);
      if (a1out.length > this.#kout) a1out.shift();
    } else {
      this.leave(am.shift()!);
    }
  }
}

// The frames in the order in which a clock's hand passes them. A page keeps its frame until it
// leaves; pages that come take the freed frames in the order in which they were freed. Filled by
// faults and emptied at the hand, this is the same as a FIFO list whose spared pages move to the
// tail.

import { NO_PAGE } from '../reference.ts';

export class FrameRing {
  /** Frame index, below `usedCount`, to page; NO_PAGE for a free frame that the hand skips. */
  pages: Int32Array;
  /** The frame that the hand looks at next. */
  hand = 0;
  /** Pages in the ring. */
  count = 0;
  /** Frames below this have been used at least once. */
  usedCount = 0;
  /** Freed frames: a queue in a circular buffer. */
  #free = new Int32Array(8);
  #freeHead = 0;
  #freeCount = 0;
  /**
   * Page to frame index, made at the first removal elsewhere than at the hand; stale, or 0, for a
   * page that has no frame.
   */
  #frames: Int32Array | null = null;
  readonly #pageCount: number;

  constructor(frameCount: number, pageCount: number) {
    this.#pageCount = pageCount;
    this.pages = new Int32Array(Math.max(1, Math.min(frameCount, pageCount)));
  }

  /** Gives the page the frame that was freed first, or one that was never used; returns it. */
  add(page: number): number {
    const frame = this.#freeCount > 0 ? this.#takeFree() : this.usedCount++;
    if (frame === this.pages.length) this.#grow();
    this.pages[frame] = page;
    if (this.#frames !== null) this.#frames[page] = frame;
    this.count++;
    return frame;
  }

  /**
   * True where every frame below `usedCount` holds a page and nothing but `pages` and `hand` says
   * which: a loop may then replace pages in place.
   */
  get isPacked(): boolean {
    return this.#freeCount === 0 && this.#frames === null;
  }

  /** Frees the frame at `frame` and moves the hand past it; returns its page. */
  take(frame: number): number {
    const page = this.pages[frame]!;
    this.#release(frame);
    this.hand = frame + 1 === this.usedCount ? 0 : frame + 1;
    return page;
  }

  /** Frees the page's frame wherever it is, if it has one; the hand stays. */
  remove(page: number): void {
    const frame = this.#frameOf(page);
    if (frame < this.usedCount && this.pages[frame] === page) this.#release(frame);
  }

  #release(frame: number): void {
    this.pages[frame] = NO_PAGE;
    this.count--;
    if (this.#freeCount === this.#free.length) this.#growFree();
    this.#free[(this.#freeHead + this.#freeCount++) & (this.#free.length - 1)] = frame;
  }

  #takeFree(): number {
    const frame = this.#free[this.#freeHead]!;
    this.#freeHead = (this.#freeHead + 1) & (this.#free.length - 1);
    this.#freeCount--;
    return frame;
  }

  #frameOf(page: number): number {
    if (this.#frames === null) {
      this.#frames = new Int32Array(this.#pageCount);
      for (let frame = 0; frame < this.usedCount; frame++) {
        const resident = this.pages[frame]!;
        if (resident !== NO_PAGE) this.#frames[resident] = frame;
      }
    }
    return this.#frames[page]!;
  }

  #grow(): void {
    const wider = new Int32Array(this.pages.length * 2);
    wider.set(this.pages);
    this.pages = wider;
  }

  /** Doubles the queue of freed frames; its length stays a power of two. */
  #growFree(): void {
    const wider = new Int32Array(this.#free.length * 2);
    for (let i = 0; i < this.#freeCount; i++) {
      wider[i] = this.#free[(this.#freeHead + i) & (this.#free.length - 1)]!;
    }
    this.#free = wider;
    this.#freeHead = 0;
  }
}

// A min-heap of pages by two keys, the second of which decides among equal first ones: "least often,
// then least recently used". A page's keys are changed in place, as in PageHeap, which orders by
// one key and leaves the choice among equals open.

export class PagePairHeap {
  /** Pages in the heap. */
  count = 0;
  #pages = new Int32Array(1024);
  readonly #firsts: Float64Array;
  readonly #seconds: Float64Array;
  /** Page to its index in `#pages`, plus 1; 0 for a page that is not in the heap. */
  readonly #indexes: Int32Array;

  constructor(pageCount: number) {
    this.#firsts = new Float64Array(pageCount);
    this.#seconds = new Float64Array(pageCount);
    this.#indexes = new Int32Array(pageCount);
  }

  has(page: number): boolean {
    return this.#indexes[page] !== 0;
  }

  /** The page at an index below `count`, in no order that means anything. */
  at(index: number): number {
    return this.#pages[index]!;
  }

  /** The first key that the page has, or had when it was in the heap last. */
  firstOf(page: number): number {
    return this.#firsts[page]!;
  }

  /** Puts the page in, or gives it other keys. */
  set(page: number, first: number, second: number): void {
    this.#firsts[page] = first;
    this.#seconds[page] = second;
    let index = this.#indexes[page]! - 1;
    if (index < 0) {
      index = this.count++;
      if (index === this.#pages.length) {
        const wider = new Int32Array(index * 2);
        wider.set(this.#pages);
        this.#pages = wider;
      }
      this.#place(page, index);
    }
    this.#sift(index);
  }

  /** Takes out and returns the page with the smallest keys. The heap has one. */
  takeMin(): number {
    const page = this.#pages[0]!;
    this.remove(page);
    return page;
  }

  remove(page: number): void {
    const index = this.#indexes[page]! - 1;
    if (index < 0) return;
    this.#indexes[page] = 0;
    const last = this.#pages[--this.count]!;
    if (last === page) return;
    this.#place(last, index);
    this.#sift(index);
  }

  #isBefore(a: number, b: number): boolean {
    const difference = this.#firsts[a]! - this.#firsts[b]!;
    return difference !== 0 ? difference < 0 : this.#seconds[a]! < this.#seconds[b]!;
  }

  #place(page: number, index: number): void {
    this.#pages[index] = page;
    this.#indexes[page] = index + 1;
  }

  /** Moves the page at `start` up or down to where it belongs. */
  #sift(start: number): void {
    const page = this.#pages[start]!;
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = this.#pages[parent]!;
      if (!this.#isBefore(page, above)) break;
      this.#place(above, index);
      index = parent;
    }
    for (;;) {
      let child = 2 * index + 1;
      if (child >= this.count) break;
      const right = child + 1;
      if (right < this.count && this.#isBefore(this.#pages[right]!, this.#pages[child]!)) {
        child = right;
      }
      const below = this.#pages[child]!;
      if (!this.#isBefore(below, page)) break;
      this.#place(below, index);
      index = child;
    }
    this.#place(page, index);
  }
}

// A max-heap of pages by a key, with a page's key changed in place: its size is the number of
// pages in it, never the number of changes.

export class PageHeap {
  /** Pages in the heap. */
  count = 0;
  #pages = new Int32Array(1024);
  readonly #keys: Float64Array;
  /** Page to its index in `#pages`, plus 1; 0 for a page that is not in the heap. */
  readonly #indexes: Int32Array;

  constructor(pageCount: number) {
    this.#keys = new Float64Array(pageCount);
    this.#indexes = new Int32Array(pageCount);
  }

  has(page: number): boolean {
    return this.#indexes[page] !== 0;
  }

  /** Puts the page in, or gives it another key. */
  set(page: number, key: number): void {
    let index = this.#indexes[page]! - 1;
    const before = this.#keys[page]!;
    this.#keys[page] = key;
    if (index < 0) {
      index = this.count++;
      if (index === this.#pages.length) {
        const wider = new Int32Array(index * 2);
        wider.set(this.#pages);
        this.#pages = wider;
      }
      this.#place(page, index);
      this.#siftUp(index);
    } else if (key > before) this.#siftUp(index);
    else this.#siftDown(index);
  }

  /** Takes out and returns the page with the largest key; of equal keys, any. The heap has one. */
  takeMax(): number {
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
    this.#siftUp(index);
    this.#siftDown(this.#indexes[last]! - 1);
  }

  #place(page: number, index: number): void {
    this.#pages[index] = page;
    this.#indexes[page] = index + 1;
  }

  #siftUp(start: number): void {
    let index = start;
    const page = this.#pages[index]!;
    const key = this.#keys[page]!;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = this.#pages[parent]!;
      if (this.#keys[above]! >= key) break;
      this.#place(above, index);
      index = parent;
    }
    this.#place(page, index);
  }

  #siftDown(start: number): void {
    let index = start;
    const page = this.#pages[index]!;
    const key = this.#keys[page]!;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= this.count) break;
      const right = child + 1;
      if (
        right < this.count &&
        this.#keys[this.#pages[right]!]! > this.#keys[this.#pages[child]!]!
      ) {
        child = right;
      }
      const below = this.#pages[child]!;
      if (this.#keys[below]! <= key) break;
      this.#place(below, index);
      index = child;
    }
    this.#place(page, index);
  }
}

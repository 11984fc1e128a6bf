// How many entries of each page are void in a queue that marks none of them: nearly always none or
// one, so a byte per page, which a scan finds inside a core's cache. What a byte cannot hold is
// carried to a wider array that exists only once some page has needed it.

const LOW_MAX = 255;

export class VoidCounts {
  readonly #low: Uint8Array;
  /** Multiples of LOW_MAX beyond the byte, which is above 0 wherever these are. */
  #high: Uint32Array | null = null;

  /** Counts of 0 for the dense page ids below `pageCount`. */
  constructor(pageCount: number) {
    this.#low = new Uint8Array(pageCount);
  }

  add(page: number): void {
    if (this.#low[page] === LOW_MAX) this.#carry(page);
    else this.#low[page]!++;
  }

  /** Takes one of the page's void entries off its count; false where it has none. */
  take(page: number): boolean {
    const low = this.#low[page]!;
    if (low === 0) return false;
    if (low > 1 || this.#high === null) this.#low[page] = low - 1;
    else this.#borrow(page);
    return true;
  }

  /** Counts that may be used up without a change to these. */
  copy(): VoidCounts {
    const copy = new VoidCounts(this.#low.length);
    copy.#low.set(this.#low);
    copy.#high = this.#high?.slice() ?? null;
    return copy;
  }

  #carry(page: number): void {
    this.#high ??= new Uint32Array(this.#low.length);
    this.#high[page]!++;
    this.#low[page] = 1;
  }

  #borrow(page: number): void {
    const isLast = this.#high![page] === 0;
    if (!isLast) this.#high![page]!--;
    this.#low[page] = isLast ? 0 : LOW_MAX;
  }
}

// Bags of pages, of which a page is in at most one: no order, but the page at any index is at hand, so
// that one can be drawn at random. Taking a page out puts the last one in its place.

import { assert } from '../errors.ts';

/** Low bits of a place that hold the bag's number; 0 means "in no bag". */
const BAG_BITS = 3;
const BAG_MASK = (1 << BAG_BITS) - 1;
const BAGS_MAX = BAG_MASK;
const CAPACITY_MIN = 64;
const CAPACITY_MAX = 2 ** (31 - BAG_BITS);

export class PageBags {
  /** Per page: its index in its bag << BAG_BITS | number of the bag, from 1 on. */
  readonly #places: Int32Array;
  readonly #bags: Int32Array[];
  readonly #counts: Int32Array;

  /** `count` bags, numbered from 0, over the dense page ids below `pageCount`. */
  constructor(pageCount: number, count: number) {
    assert(count >= 1 && count <= BAGS_MAX, `${count} bags`);
    this.#places = new Int32Array(pageCount);
    this.#bags = Array.from({ length: count }, () => new Int32Array(CAPACITY_MIN));
    this.#counts = new Int32Array(count);
  }

  /** Pages in the bag. */
  count(bag: number): number {
    return this.#counts[bag]!;
  }

  /** The page at `index`, which is below the bag's count. */
  at(bag: number, index: number): number {
    return this.#bags[bag]![index]!;
  }

  /** Puts the page in the bag, from whichever holds it, or from none. */
  put(page: number, bag: number): void {
    this.remove(page);
    const index = this.#counts[bag]!++;
    let pages = this.#bags[bag]!;
    if (index === pages.length) {
      assert(index < CAPACITY_MAX, 'a bag of pages is full');
      pages = new Int32Array(index * 2);
      pages.set(this.#bags[bag]!);
      this.#bags[bag] = pages;
    }
    pages[index] = page;
    this.#places[page] = (index << BAG_BITS) | (bag + 1);
  }

  /** Takes the page out of whichever bag holds it. */
  remove(page: number): void {
    const place = this.#places[page]!;
    if (place === 0) return;
    const bag = (place & BAG_MASK) - 1;
    const pages = this.#bags[bag]!;
    const last = pages[--this.#counts[bag]!]!;
    pages[place >>> BAG_BITS] = last;
    this.#places[last] = place;
    this.#places[page] = 0;
  }
}

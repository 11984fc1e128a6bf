// How much memory the lender takes for compressed pages: the store's size classes, and its rule for
// paying blocks, page by page while a class is small. Counted here rather than asked of the store,
// because a model must run where no pool can be mapped; a test holds it to what a real pool takes.
// As with zsmalloc there are no gaps: the store's own churn test holds those below a tenth.

const PAGE_BYTES = 4096;
const BLOCK_BYTES = 65_536;
const BLOCK_PAGES = BLOCK_BYTES / PAGE_BYTES;
const PLACE_BYTES_MIN = 64;
const STEP_BYTES_MIN = 16;
const ALIGN_BYTES = 8;
const HEADER_BYTES = 2;
const SLOTS_PER_TABLE_PAGE = 1024;

/** A class with fewer blocks than the key is paid in steps of so many pages. */
const SMALL_CLASS_BLOCKS = 4;
const MIDDLE_CLASS_BLOCKS = 16;
const MIDDLE_STEP_PAGES = 4;

/** Bytes of a place by class. Class 0 is none: a page that repeats 16 bits stands in its slot's entry. */
export const placeBytes: Uint16Array = Uint16Array.from([0, ...placeSizes()]);
export const NO_PLACE_CLASS = 0;
const RAW_CLASS = placeBytes.length - 1;
const PACKED_BYTES_MAX = placeBytes[RAW_CLASS - 1]!;

/** A page that repeats one longer word keeps that word. */
export const PATTERN_CLASS: number = classOf(HEADER_BYTES + 8);

/** The class of a page that compressed to so many bytes. */
export function lenderClassOf(bytes: number): number {
  const total = bytes + HEADER_BYTES;
  return total > PACKED_BYTES_MAX ? RAW_CLASS : classOf(total);
}

/** Pages that the blocks of a class take when they hold so many places, filled one after another. */
export function lenderClassPages(sizeClass: number, placeCount: number): number {
  if (sizeClass === NO_PLACE_CLASS || placeCount === 0) return 0;
  const places = placesIn(sizeClass);
  const blocks = Math.ceil(placeCount / places);
  const inLast = placeCount - (blocks - 1) * places;
  const needed = Math.ceil((inLast * placeBytes[sizeClass]!) / PAGE_BYTES);
  const step = pagesPaidAtOnce(blocks);
  const last = step === 1 ? needed : Math.min(BLOCK_PAGES, Math.ceil(needed / step) * step);
  return fullBlocksPages(sizeClass, blocks - 1) + last;
}

/** A full block of the page-by-page kind leaves its tail unpaid; the others are paid whole. */
function fullBlocksPages(sizeClass: number, blocks: number): number {
  const used = Math.ceil((placesIn(sizeClass) * placeBytes[sizeClass]!) / PAGE_BYTES);
  let pages = 0;
  let block = 1;
  for (; block <= blocks && pagesPaidAtOnce(block) < BLOCK_PAGES; block++) {
    const step = pagesPaidAtOnce(block);
    pages += Math.min(BLOCK_PAGES, Math.ceil(used / step) * step);
  }
  return pages + Math.max(0, blocks - block + 1) * BLOCK_PAGES;
}

/** Pages for a lease's slots: those written to, 4 bytes each, and what is there from its start. */
export function lenderTablePages(slotCount: number, writtenSlots: number): number {
  const whole = Math.ceil(slotCount / SLOTS_PER_TABLE_PAGE);
  const fixed = 1 + Math.ceil(whole / PAGE_BYTES);
  return fixed + Math.ceil(writtenSlots / SLOTS_PER_TABLE_PAGE);
}

/** The lender's one pool, which all guests share. */
export class LenderPool {
  pages = 0;
  placeCount = 0;
  readonly #places = new Int32Array(placeBytes.length);

  /** Keeps a page of this class; returns the pages of memory that this takes. */
  add(sizeClass: number): number {
    return this.#change(sizeClass, 1);
  }

  /** Lets a page of this class go; returns the pages of memory that this gives back. */
  remove(sizeClass: number): number {
    return -this.#change(sizeClass, -1);
  }

  #change(sizeClass: number, by: 1 | -1): number {
    if (sizeClass === NO_PLACE_CLASS) return 0;
    const places = this.#places;
    const before = lenderClassPages(sizeClass, places[sizeClass]!);
    places[sizeClass]! += by;
    this.placeCount += by;
    const pages = lenderClassPages(sizeClass, places[sizeClass]!) - before;
    this.pages += pages;
    return pages;
  }
}

/** Sizes that divide a block evenly, at least 16 bytes apart. */
function placeSizes(): number[] {
  const sizes: number[] = [];
  for (let count = BLOCK_BYTES / PLACE_BYTES_MIN; count >= BLOCK_PAGES; count--) {
    const bytes = Math.floor(BLOCK_BYTES / count / ALIGN_BYTES) * ALIGN_BYTES;
    const last = sizes.at(-1);
    if (last === undefined || bytes >= last + STEP_BYTES_MIN) sizes.push(bytes);
  }
  if (sizes.at(-1) !== PAGE_BYTES) sizes.push(PAGE_BYTES);
  return sizes;
}

function classOf(bytes: number): number {
  return placeBytes.findIndex((size, index) => index > 0 && size >= bytes);
}

function placesIn(sizeClass: number): number {
  return Math.floor(BLOCK_BYTES / placeBytes[sizeClass]!);
}

/** Pages that are paid for at a time while a class has so many blocks. */
function pagesPaidAtOnce(blocks: number): number {
  if (blocks < SMALL_CLASS_BLOCKS) return 1;
  return blocks < MIDDLE_CLASS_BLOCKS ? MIDDLE_STEP_PAGES : BLOCK_PAGES;
}

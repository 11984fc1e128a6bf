// How much memory zram's allocator takes for compressed pages. zsmalloc cuts chains of a few pages
// ("zspages") into objects of one size class; an object carries a handle of 8 bytes. What it takes is
// a matter of counting, so it is counted here: the chains that so many objects of each class need.
// Rules read from Linux's mm/zsmalloc.c and drivers/block/zram: classes 16 bytes apart from 32 to
// 4096, the chain length of each class by the version's own rule, and pages that would need more than
// the largest class of several objects kept as they are. Frees leave gaps that zsmalloc compacts under
// pressure; here there are none, so the count is a lower bound after churn.

const PAGE_BYTES = 4096;
const CLASS_BYTES_MIN = 32;
const CLASS_STEP_BYTES = 16;
export const HANDLE_BYTES = 8;
const CLASS_COUNT = (PAGE_BYTES - CLASS_BYTES_MIN) / CLASS_STEP_BYTES + 1;

/** Stands for pages that take no memory: same-filled ones. */
export const NO_CLASS = -1;

/** How versions choose the pages of a chain: by the share that is used, or by the bytes left over. */
export const zsmallocRules = {
  '6.1': { pagesMax: 4, says: 'Linux up to 6.2: at most 4 pages, the best share of a chain used' },
  '6.3': { pagesMax: 8, says: 'Linux from 6.3: at most 8 pages by default, the fewest bytes left' },
} as const;
export type ZsmallocVersion = keyof typeof zsmallocRules;

export interface ZsmallocTable {
  /** Class to the class whose chains it shares: neighbours of the same shape are one. */
  readonly sharedWith: Uint8Array;
  /** Class to the pages of a chain, and to the objects in it. */
  readonly chainPages: Uint8Array;
  readonly chainObjects: Uint16Array;
  /** Compressed pages of this many bytes and more are kept as they are. */
  readonly hugeBytes: number;
}

export function zsmallocTable(version: ZsmallocVersion): ZsmallocTable {
  const { pagesMax } = zsmallocRules[version];
  const pagesOf = version === '6.1' ? pagesByShare : pagesByWaste;
  const sharedWith = Uint8Array.from({ length: CLASS_COUNT }, (_, index) => index);
  const chainPages = new Uint8Array(CLASS_COUNT);
  const chainObjects = new Uint16Array(CLASS_COUNT);
  let hugeBytes = 0;
  for (let index = CLASS_COUNT - 1; index >= 0; index--) {
    const bytes = CLASS_BYTES_MIN + index * CLASS_STEP_BYTES;
    const pages = pagesOf(bytes, pagesMax);
    chainPages[index] = pages;
    chainObjects[index] = Math.floor((pages * PAGE_BYTES) / bytes);
    const above = index + 1;
    const isAlike =
      above < CLASS_COUNT &&
      chainPages[above] === pages &&
      chainObjects[above] === chainObjects[index];
    if (isAlike) sharedWith[index] = sharedWith[above]!;
    const isShared = pages !== 1 && chainObjects[index] !== 1;
    if (isShared && hugeBytes === 0) hugeBytes = bytes - (HANDLE_BYTES - 1);
  }
  return { sharedWith, chainPages, chainObjects, hugeBytes };
}

/** The class, of those that share chains the largest, of a page that compressed to so many bytes. */
export function zsmallocClassOf(table: ZsmallocTable, bytes: number): number {
  if (bytes >= table.hugeBytes) return CLASS_COUNT - 1;
  const size = bytes + HANDLE_BYTES;
  const index = Math.max(0, Math.ceil((size - CLASS_BYTES_MIN) / CLASS_STEP_BYTES));
  return table.sharedWith[index]!;
}

/** The pool of one guest's zram: objects by class, and the pages that they take. */
export class ZramPool {
  pages = 0;
  objectCount = 0;
  chainCount = 0;
  readonly #table: ZsmallocTable;
  readonly #objects = new Int32Array(CLASS_COUNT);

  constructor(table: ZsmallocTable) {
    this.#table = table;
  }

  /** Keeps a page of this class; returns the pages of memory that this takes. */
  add(sizeClass: number): number {
    if (sizeClass === NO_CLASS) return 0;
    this.objectCount++;
    const before = this.#objects[sizeClass]!++;
    if (before % this.#table.chainObjects[sizeClass]! !== 0) return 0;
    this.chainCount++;
    const pages = this.#table.chainPages[sizeClass]!;
    this.pages += pages;
    return pages;
  }

  /** Lets a page of this class go; returns the pages of memory that this gives back. */
  remove(sizeClass: number): number {
    if (sizeClass === NO_CLASS) return 0;
    this.objectCount--;
    const left = --this.#objects[sizeClass]!;
    if (left % this.#table.chainObjects[sizeClass]! !== 0) return 0;
    this.chainCount--;
    const pages = this.#table.chainPages[sizeClass]!;
    this.pages -= pages;
    return pages;
  }
}

/** zram's entry of a slot: two words, for every slot of the device from its start on. */
const ENTRY_BYTES = 16;

/** Pages of zram's own table, which is there as long as the device is. */
export function zramTablePages(slotCount: number): number {
  return Math.ceil((slotCount * ENTRY_BYTES) / PAGE_BYTES);
}

function pagesByShare(bytes: number, pagesMax: number): number {
  let best = 1;
  let mostPercent = 0;
  for (let pages = 1; pages <= pagesMax; pages++) {
    const whole = pages * PAGE_BYTES;
    const percent = Math.floor(((whole - (whole % bytes)) * 100) / whole);
    if (percent > mostPercent) {
      mostPercent = percent;
      best = pages;
    }
  }
  return best;
}

function pagesByWaste(bytes: number, pagesMax: number): number {
  // A power of two fits evenly into a page.
  if ((bytes & (bytes - 1)) === 0) return 1;
  let best = 1;
  let least = Number.POSITIVE_INFINITY;
  for (let pages = 1; pages <= pagesMax; pages++) {
    const waste = (pages * PAGE_BYTES) % bytes;
    if (waste < least) {
      least = waste;
      best = pages;
    }
  }
  return best;
}

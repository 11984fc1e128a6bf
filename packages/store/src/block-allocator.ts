// Places for compressed pages. Each size class keeps a list of its blocks that have room: blocks with
// freed places first, the one that is still filling last, so that idle places are used before
// memory is taken. A block is paid for page by page while its class is small, since a pool of few
// pages would else consist of blocks hardly begun; an emptied block goes back to the system at once.
//
// One lock guards it all; it is held for some 100 ns, some microseconds where memory is taken.

import { populate, punchFile, reserveFile } from '@pagelend/linux';
import { blockOf, indexOf, placeOf } from './entry.ts';
import {
  BLOCK_BYTES,
  BLOCK_SHIFT,
  IO_BYTES,
  PAGE_BYTES,
  PAGES_PER_BLOCK,
  WINDOW_MASK,
  WINDOW_SHIFT,
} from './layout.ts';
import { lock, unlock } from './mutex.ts';
import {
  ALLOCATOR_LOCK,
  type BlockViews,
  CLASS_BLOCKS,
  CLASS_HEADS,
  CLASS_TAILS,
  FREE_BLOCK,
  IDLE_EIGHTHS,
  LIMIT_PAGES,
  NEXT_NEW_BLOCK,
  type PoolShare,
  RESERVED_PAGES,
  SPARED_PAGES,
  TABLE_PAGES,
  viewBlocks,
} from './pool-share.ts';
import { classBytes, classPlaces } from './size-classes.ts';

/** What `allocate` returns where there is no room: no place has this number. */
export const NO_PLACE = 0;

/** Pages are paid for one by one while a class has fewer blocks than this. */
export const SMALL_CLASS_BLOCKS = 4;
const MIDDLE_CLASS_BLOCKS = 16;
const MIDDLE_STEP_PAGES = 4;

/**
 * Where pages can leave, tables may have all but a quarter of what is spared for overwriting: those
 * who leave free places among others' and no whole pages, so tables would come last for ever.
 */
const TABLE_SPARE_SHIFT = 2;

export class BlockAllocator {
  readonly blocks: BlockViews;
  readonly classes: Uint8Array<SharedArrayBuffer>;
  readonly #control: Int32Array<SharedArrayBuffer>;
  readonly #blockCount: number;
  readonly #fds: readonly number[];
  readonly #bases: readonly number[];
  readonly #links: readonly Uint16Array[];
  readonly #tableSpareShift: number;

  /** `bases` are the addresses of the windows' memories. */
  constructor(share: PoolShare, bases: readonly number[]) {
    this.blocks = viewBlocks(share.blocks, share.blockCount);
    this.classes = new Uint8Array(share.classes, share.classesAt, share.blockCount);
    this.#control = new Int32Array(share.control);
    this.#blockCount = share.blockCount;
    this.#fds = share.windowFds;
    this.#bases = bases;
    this.#tableSpareShift = share.behind === null ? 0 : TABLE_SPARE_SHIFT;
    this.#links = share.windows.map(({ buffer }) => new Uint16Array(buffer));
  }

  /**
   * A place of the class, or NO_PLACE where the pool is full. Its contents are unspecified. Where
   * it `replaces` a place that is freed next, the pages that are spared for that may be used.
   */
  allocate(sizeClass: number, replaces: boolean): number {
    lock(this.#control, ALLOCATOR_LOCK);
    const place = this.#allocate(sizeClass, replaces ? 0 : this.#control[SPARED_PAGES]!);
    unlock(this.#control, ALLOCATOR_LOCK);
    return place;
  }

  /** Whether `allocate` would find a place of the class now. */
  hasRoom(sizeClass: number): boolean {
    const { free, fresh, reserved } = this.blocks;
    const block = this.#control[CLASS_HEADS + sizeClass]!;
    if (block !== 0) {
      if (free[block] !== 0) return true;
      const end = (fresh[block]! + 1) * classBytes[sizeClass]!;
      if (end <= reserved[block]! * PAGE_BYTES) return true;
    }
    const pages = Math.ceil(classBytes[sizeClass]! / PAGE_BYTES) + 1;
    return this.unsparedPages >= pages;
  }

  /**
   * Whole pages that nobody has paid for. What is spared is there for pages that take the place of
   * others; where that is in use these are below zero.
   */
  get unsparedPages(): number {
    return this.#pagesLeft() - this.#control[SPARED_PAGES]!;
  }

  /** Whether `chargeTable` would find a page now. */
  get hasRoomForTable(): boolean {
    return this.#hasRoomForTable(1);
  }

  #hasRoomForTable(pages: number): boolean {
    const spared = this.#control[SPARED_PAGES]! >> this.#tableSpareShift;
    return this.#pagesLeft() - spared >= pages;
  }

  /** Whether half of the pages that are spared are in use. */
  get isSpareLow(): boolean {
    return this.#pagesLeft() < this.#control[SPARED_PAGES]! >> 1;
  }

  /** Gives a place back. No slot may name it any more. */
  free(place: number): void {
    lock(this.#control, ALLOCATOR_LOCK);
    this.#free(blockOf(place), indexOf(place));
    unlock(this.#control, ALLOCATOR_LOCK);
  }

  /** Takes pages for a table of slots from the pool's limit; false where it would be passed. */
  chargeTable(pages: number): boolean {
    const control = this.#control;
    lock(control, ALLOCATOR_LOCK);
    const fits = pages <= 0 || this.#hasRoomForTable(pages);
    if (fits) control[TABLE_PAGES]! += pages;
    unlock(control, ALLOCATOR_LOCK);
    return fits;
  }

  /** Takes a block off its class's list, so that it only empties. */
  beginLeaving(block: number): void {
    lock(this.#control, ALLOCATOR_LOCK);
    const { used, leaving } = this.blocks;
    const sizeClass = this.classes[block]!;
    if (sizeClass !== 0 && leaving[block] === 0 && used[block]! < classPlaces[sizeClass]!) {
      this.#unlink(sizeClass, block);
      leaving[block] = 1;
    }
    unlock(this.#control, ALLOCATOR_LOCK);
  }

  /** Puts a block that was to leave, and holds pages still, back on the list. */
  endLeaving(block: number): void {
    lock(this.#control, ALLOCATOR_LOCK);
    if (this.blocks.leaving[block] === 1) {
      this.blocks.leaving[block] = 0;
      this.#link(this.classes[block]!, block, this.blocks.free[block] === 0);
    }
    unlock(this.#control, ALLOCATOR_LOCK);
  }

  /** Links a block as the rebuild found it. */
  adopt(block: number): void {
    const sizeClass = this.classes[block]!;
    this.#control[CLASS_BLOCKS + sizeClass]! += 1;
    if (this.blocks.used[block]! < classPlaces[sizeClass]!) {
      this.#link(sizeClass, block, this.blocks.free[block] === 0);
    }
  }

  #allocate(sizeClass: number, sparedPages: number): number {
    const control = this.#control;
    const { used, free, fresh, reserved } = this.blocks;
    let block = control[CLASS_HEADS + sizeClass]!;
    if (block === 0) {
      block = this.#open(sizeClass);
      if (block === 0) return NO_PLACE;
    }
    const bytes = classBytes[sizeClass]!;
    const hadIdle = free[block] !== 0;
    let index: number;
    if (hadIdle) {
      index = free[block]! - 1;
      free[block] = this.#linkIn(block, index * bytes);
      control[IDLE_EIGHTHS]! -= bytes >> 3;
    } else {
      index = fresh[block]!;
      const end = (index + 1) * bytes;
      if (end > reserved[block]! * PAGE_BYTES && !this.#pay(sizeClass, block, end, sparedPages)) {
        if (used[block] === 0) this.#close(sizeClass, block);
        return NO_PLACE;
      }
      fresh[block] = index + 1;
    }
    used[block]! += 1;
    const isFull = used[block] === classPlaces[sizeClass];
    if (isFull || (hadIdle && free[block] === 0)) {
      this.#unlink(sizeClass, block);
      // Without idle places it goes on filling, after those that have some.
      if (!isFull) this.#link(sizeClass, block, true);
    }
    return placeOf(block, index);
  }

  #free(block: number, index: number): void {
    const { used, free, leaving } = this.blocks;
    const sizeClass = this.classes[block]!;
    const bytes = classBytes[sizeClass]!;
    const isListed = leaving[block] === 0;
    const wasFull = used[block] === classPlaces[sizeClass];
    const wasFilling = free[block] === 0;
    this.#setLink(block, index * bytes, free[block]!);
    free[block] = index + 1;
    used[block]! -= 1;
    this.#control[IDLE_EIGHTHS]! += bytes >> 3;
    if (isListed && wasFilling) {
      // It has an idle place now, so it goes to the front.
      if (!wasFull) this.#unlink(sizeClass, block);
      this.#link(sizeClass, block, false);
    }
    if (used[block] === 0) this.#close(sizeClass, block);
  }

  /** A free block for the class, linked; 0 where there is none. Nothing of it is paid for yet. */
  #open(sizeClass: number): number {
    const control = this.#control;
    const { next, used, free, fresh, reserved } = this.blocks;
    let block = control[FREE_BLOCK]!;
    if (block !== 0) {
      control[FREE_BLOCK] = next[block]!;
    } else {
      block = control[NEXT_NEW_BLOCK]!;
      if (block >= this.#blockCount) return 0;
      control[NEXT_NEW_BLOCK] = block + 1;
    }
    used[block] = 0;
    free[block] = 0;
    fresh[block] = 0;
    reserved[block] = 0;
    this.classes[block] = sizeClass;
    control[CLASS_BLOCKS + sizeClass]! += 1;
    this.#link(sizeClass, block, true);
    return block;
  }

  /** Gives an empty block's memory back. */
  #close(sizeClass: number, block: number): void {
    const control = this.#control;
    const { next, fresh, reserved, leaving } = this.blocks;
    if (leaving[block] === 0) this.#unlink(sizeClass, block);
    leaving[block] = 0;
    control[IDLE_EIGHTHS]! -= fresh[block]! * (classBytes[sizeClass]! >> 3);
    control[CLASS_BLOCKS + sizeClass]! -= 1;
    if (reserved[block] !== 0) {
      punchFile(this.#fd(block), this.#offset(block), reserved[block]! * PAGE_BYTES);
      control[RESERVED_PAGES]! -= reserved[block]!;
      reserved[block] = 0;
    }
    this.classes[block] = 0;
    next[block] = control[FREE_BLOCK]!;
    control[FREE_BLOCK] = block;
  }

  /** Pays for the block's pages up to `end` bytes, and some more where the class is large. */
  #pay(sizeClass: number, block: number, end: number, sparedPages: number): boolean {
    const control = this.#control;
    const { reserved } = this.blocks;
    const from = reserved[block]!;
    const needed = Math.ceil(end / PAGE_BYTES) - from;
    const inClass = control[CLASS_BLOCKS + sizeClass]!;
    const step =
      inClass < SMALL_CLASS_BLOCKS
        ? needed
        : inClass < MIDDLE_CLASS_BLOCKS
          ? MIDDLE_STEP_PAGES
          : PAGES_PER_BLOCK;
    const left = this.#pagesLeft() - sparedPages;
    if (needed > left) return false;
    let pages = Math.min(Math.max(step, needed), PAGES_PER_BLOCK - from, left);
    const fd = this.#fd(block);
    const at = this.#offset(block) + from * PAGE_BYTES;
    if (reserveFile(fd, at, pages * PAGE_BYTES) !== 0) {
      // The file system is nearly full: what is needed now may fit still.
      if (pages === needed || reserveFile(fd, at, needed * PAGE_BYTES) !== 0) return false;
      pages = needed;
    }
    populate(this.#bases[block >>> WINDOW_SHIFT]! + IO_BYTES + at, pages * PAGE_BYTES);
    reserved[block] = from + pages;
    control[RESERVED_PAGES]! += pages;
    return true;
  }

  #pagesLeft(): number {
    const control = this.#control;
    return control[LIMIT_PAGES]! - control[RESERVED_PAGES]! - control[TABLE_PAGES]!;
  }

  #link(sizeClass: number, block: number, isLast: boolean): void {
    const control = this.#control;
    const { next, previous } = this.blocks;
    const head = control[CLASS_HEADS + sizeClass]!;
    const tail = control[CLASS_TAILS + sizeClass]!;
    next[block] = isLast ? 0 : head;
    previous[block] = isLast ? tail : 0;
    if (isLast && tail !== 0) next[tail] = block;
    if (!isLast && head !== 0) previous[head] = block;
    if (!isLast || head === 0) control[CLASS_HEADS + sizeClass] = block;
    if (isLast || tail === 0) control[CLASS_TAILS + sizeClass] = block;
  }

  #unlink(sizeClass: number, block: number): void {
    const control = this.#control;
    const { next, previous } = this.blocks;
    const after = next[block]!;
    const before = previous[block]!;
    if (before !== 0) next[before] = after;
    else control[CLASS_HEADS + sizeClass] = after;
    if (after !== 0) previous[after] = before;
    else control[CLASS_TAILS + sizeClass] = before;
  }

  #linkIn(block: number, at: number): number {
    return this.#links[block >>> WINDOW_SHIFT]![this.#addressIn(block, at) >>> 1]!;
  }

  #setLink(block: number, at: number, value: number): void {
    this.#links[block >>> WINDOW_SHIFT]![this.#addressIn(block, at) >>> 1] = value;
  }

  #addressIn(block: number, at: number): number {
    return IO_BYTES + (block & WINDOW_MASK) * BLOCK_BYTES + at;
  }

  #fd(block: number): number {
    return this.#fds[block >>> WINDOW_SHIFT]!;
  }

  /** Offset of the block in its window's file. */
  #offset(block: number): number {
    return ((block & WINDOW_MASK) << BLOCK_SHIFT) >>> 0;
  }
}

// Room in the pool: how much there is, who wishes for some, and whether a wish can be granted now.
//
// Pages leave ahead of need: when less than the low mark is free, until the high mark is. Free are
// whole pages that nobody has paid for, and idle places inside of blocks; the latter only for pages of
// their size class, which is why wishes name one.

import { Bell } from '@pagelend/linux';
import { CHARGED_BYTES, sumOf } from '../counters.ts';
import { PAGE_BYTES } from '../layout.ts';
import { IDLE_EIGHTHS, LIMIT_PAGES } from '../pool-share.ts';
import {
  BELL_FD,
  GRANTED,
  REFUSED,
  ROOM_AGAIN,
  ROOM_CLASS,
  ROOM_FOR_TABLE,
  ROOM_IN_LIMIT,
  ROOM_KIND_MASK,
  ROOM_STATE,
  rowAt,
  TABLE_ROW,
  viewRows,
  WISHED,
} from './board.ts';
import { ROOM_REFUSALS, ROOM_WISHES } from './figures.ts';
import type { KeeperParts } from './parts.ts';

/** The marks as shares of the pool: a 64th and a 32nd, and the least that is worth a write. */
const LOW_SHIFT = 6;
const LOW_BYTES_MIN = 65_536;
/** A wish that others' pages were preferred to for so long needs more than that some leave. */
const PASSED_OVER_MS = 50;
/** No more than this share of a small pool. */
const LOW_SHARE_MAX = 1 / 8;

interface Wish {
  readonly row: number;
  readonly leaseIndex: number;
  /** What there seems to be is not enough: something must leave first. */
  isBlocked: boolean;
  /** When it was made, on the clock of `performance`. */
  readonly madeAt: number;
}

export class Room {
  readonly #parts: KeeperParts;
  readonly #rows: Int32Array<SharedArrayBuffer>;
  readonly #allCounters: Float64Array;
  readonly #wishes: Wish[] = [];
  /** By row: for room in the limit of a lease that the keeper does not know. */
  readonly #postponed = new Map<number, Wish>();
  readonly #bells = new Map<number, Bell>();
  #isFilling = false;

  constructor(parts: KeeperParts, board: SharedArrayBuffer) {
    this.#parts = parts;
    this.#rows = viewRows(board);
    this.#allCounters = new Float64Array(parts.store.share.counters);
  }

  get hasWishes(): boolean {
    return this.#wishes.length > 0;
  }

  /** Bytes that must become free: none above the low mark, then up to the high mark. */
  get wantedBytes(): number {
    const low = this.lowBytes;
    const free = this.freeBytes;
    if (free < low) this.#isFilling = true;
    else if (free >= 2 * low) this.#isFilling = false;
    return this.#isFilling ? 2 * low - free : 0;
  }

  /**
   * Whether idle places are to become whole pages although more must leave: what is spared for
   * overwriting and for tables is used up, or a wish was passed over again and again.
   */
  get lacksPages(): boolean {
    if (this.idleBytes < LOW_BYTES_MIN) return false;
    if (this.#parts.store.allocator.isSpareLow) return true;
    const oldest = this.#wishes[0];
    if (oldest === undefined || this.#kindOf(oldest.row) === ROOM_IN_LIMIT) return false;
    return performance.now() - oldest.madeAt > PASSED_OVER_MS;
  }

  get lowBytes(): number {
    const limit = this.#parts.store.control[LIMIT_PAGES]! * PAGE_BYTES;
    return Math.min(Math.max(limit / 2 ** LOW_SHIFT, LOW_BYTES_MIN), limit * LOW_SHARE_MAX);
  }

  get freeBytes(): number {
    const { allocator } = this.#parts.store;
    return Math.max(0, allocator.unsparedPages) * PAGE_BYTES + this.idleBytes;
  }

  get idleBytes(): number {
    return (this.#parts.store.control[IDLE_EIGHTHS]! >>> 0) * 8;
  }

  /** Bytes of its places, over all threads. */
  chargedBytes(leaseIndex: number): number {
    return sumOf(this.#allCounters, leaseIndex, CHARGED_BYTES);
  }

  /** Bytes by which a lease would be past its limit with one more page; below zero where it is not. */
  overLimitBytes(leaseIndex: number): number {
    const { limits, tablePages } = this.#parts.limits;
    const held = this.chargedBytes(leaseIndex) + tablePages[leaseIndex]! * PAGE_BYTES;
    return held + PAGE_BYTES - limits[leaseIndex]!;
  }

  /** Leases that wish for room in their own limit. */
  *limitedLeases(): Generator<number> {
    for (const { row, leaseIndex } of this.#wishes) {
      if (this.#kindOf(row) === ROOM_IN_LIMIT) yield leaseIndex;
    }
  }

  wish(row: number, leaseIndex: number): void {
    this.#parts.figures[ROOM_WISHES]! += 1;
    const isAgain = (this.#rows[rowAt(row) + ROOM_CLASS]! & ROOM_AGAIN) !== 0;
    const isBlocked = isAgain && this.#kindOf(row) !== ROOM_IN_LIMIT;
    this.#wishes.push({ row, leaseIndex, isBlocked, madeAt: performance.now() });
  }

  /** Puts wishes for room in a lease's limit by until it is known. */
  postpone(leaseIndex: number): void {
    for (let i = this.#wishes.length - 1; i >= 0; i--) {
      const wish = this.#wishes[i]!;
      if (!this.#isForLimitOf(leaseIndex, wish)) continue;
      this.#wishes.splice(i, 1);
      this.#postponed.set(wish.row, wish);
    }
  }

  /** The lease is known now. */
  resume(leaseIndex: number): void {
    for (const wish of this.#postponed.values()) {
      if (wish.leaseIndex !== leaseIndex) continue;
      this.#postponed.delete(wish.row);
      this.#wishes.push(wish);
    }
  }

  /** Something left the pool, or was moved together. */
  unblock(): void {
    for (const wish of this.#wishes) wish.isBlocked = false;
  }

  /** Grants the wishes for which there is room now. */
  grant(): void {
    this.#answer((wish) => this.#hasRoom(wish), GRANTED);
  }

  /** Refuses all wishes, or those for room in one lease's limit. */
  refuseAll(onlyLease: number | null = null): void {
    const before = this.#wishes.length;
    this.#answer((wish) => onlyLease === null || this.#isForLimitOf(onlyLease, wish), REFUSED);
    this.#parts.figures[ROOM_REFUSALS]! += before - this.#wishes.length;
  }

  /** Tells the thread of a row's connection that there is an answer. */
  ringFor(row: number): void {
    const fd = this.#rows[rowAt(row) + BELL_FD]!;
    if (fd < 0) return;
    let bell = this.#bells.get(fd);
    if (bell === undefined) {
      bell = new Bell(fd);
      this.#bells.set(fd, bell);
    }
    bell.ring();
  }

  #answer(isDue: (wish: Wish) => boolean, state: typeof GRANTED | typeof REFUSED): void {
    for (let i = this.#wishes.length - 1; i >= 0; i--) {
      const wish = this.#wishes[i]!;
      if (!isDue(wish)) continue;
      this.#wishes.splice(i, 1);
      // A wish of a connection that has ended, and whose row began anew, is nobody's.
      const at = rowAt(wish.row) + ROOM_STATE;
      if (Atomics.compareExchange(this.#rows, at, WISHED, state) === WISHED) {
        if (wish.row === TABLE_ROW) Atomics.notify(this.#rows, at);
        this.ringFor(wish.row);
      }
    }
  }

  #isForLimitOf(lease: number, { row, leaseIndex }: Wish): boolean {
    return leaseIndex === lease && this.#kindOf(row) === ROOM_IN_LIMIT;
  }

  #kindOf(row: number): number {
    return this.#rows[rowAt(row) + ROOM_CLASS]! & ROOM_KIND_MASK;
  }

  #hasRoom({ row, leaseIndex, isBlocked }: Wish): boolean {
    if (isBlocked) return false;
    const kind = this.#kindOf(row);
    if (kind === ROOM_IN_LIMIT) return this.overLimitBytes(leaseIndex) <= 0;
    const { allocator } = this.#parts.store;
    if (kind === ROOM_FOR_TABLE) return allocator.hasRoomForTable;
    return allocator.hasRoom(kind);
  }
}

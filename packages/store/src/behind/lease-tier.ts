// The tier as a lease's pages see it, for one connection: pages that are there, room that must be
// made, and what the keeper is told.

import { constants } from 'node:os';
import { isBehind } from '../entry.ts';
import type { PageStore } from '../page-store.ts';
import type { BehindShare } from '../pool-share.ts';
import { marksOf, slotsOf, TABLE_PAGE_SHIFT, type TableShare } from '../slot-table.ts';
import { ASKED, GRANTED, NO_WISH, READY, REFUSED } from './board.ts';
import { type DeskSeat, FetchDesk } from './fetch-desk.ts';
import { LeaseBehind } from './lease-behind.ts';

const EIO = constants.errno.EIO;

/** The page, or room for it, is on its way: nothing was done; call again once `isWaiting` is false. */
export const WAIT = -1;
/** The page was not asked for yet. */
export const UNASKED = -2;

/** A thread that waits by itself looks so often, and gives its device so long. */
const WAIT_STEP_MS = 0.05;
const WAIT_MS_MAX = 30_000;
const sleeper = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

export class LeaseTier {
  readonly #store: PageStore;
  readonly #slots: Int32Array<SharedArrayBuffer>;
  readonly #marks: Uint8Array<SharedArrayBuffer>;
  readonly #pages: LeaseBehind;
  readonly #desk: FetchDesk;
  readonly #fullErrno: number;
  #hasWished = false;

  constructor(
    store: PageStore,
    share: BehindShare,
    table: TableShare,
    fullErrno: number,
    seat: DeskSeat,
  ) {
    this.#store = store;
    this.#slots = slotsOf(table);
    this.#marks = marksOf(table);
    this.#pages = new LeaseBehind(share, table);
    const { events } = this.#pages;
    this.#desk = new FetchDesk(share, table, events, seat);
    this.#fullErrno = fullErrno;
  }

  get isWaiting(): boolean {
    return this.#desk.isWaiting;
  }

  /**
   * Waits until what a call waited for has come, for a thread that serves nobody else meanwhile. False
   * where it has not come in time.
   */
  wait(): boolean {
    const until = performance.now() + WAIT_MS_MAX;
    while (this.isWaiting) {
      if (performance.now() > until) return false;
      Atomics.wait(sleeper, 0, 0, WAIT_STEP_MS);
    }
    return true;
  }

  abandon(): void {
    this.#desk.abandon();
  }

  announce(slot: number, count: number): void {
    this.#desk.dropStale();
    for (let i = slot; i < slot + count && i < this.#slots.length; i++) {
      if (this.#marks[i >>> TABLE_PAGE_SHIFT] === 0) continue;
      const entry = Atomics.load(this.#slots, i);
      if (isBehind(entry) && !this.#desk.announce(i, entry)) return;
    }
  }

  /** Puts a page of the tier at `target` if it has come: 0, EIO, or WAIT. It can be had again. */
  read(slot: number, entry: number, target: number): number {
    const errno = this.take(slot, entry, target);
    return errno === UNASKED ? this.ask(slot, entry) : errno;
  }

  /** The same, but UNASKED where `ask` is to be called, which must not be under the slot's lock. */
  take(slot: number, entry: number, target: number): number {
    const desk = this.#desk;
    const state = desk.find(slot, entry);
    if (state === ASKED) return WAIT;
    if (state === 0) return UNASKED;
    const { kind, dataAt, dataBytes } = desk;
    if (state === READY && this.#store.unpackBytes(kind, dataAt, dataBytes, target)) return 0;
    desk.drop(slot);
    return EIO;
  }

  /** Asks for a page, unless its slot says something else by now: then it is looked at again at once. */
  ask(slot: number, entry: number): typeof WAIT {
    this.#desk.await(slot, entry);
    return WAIT;
  }

  /** The page that `read` gave has answered its guest, and is not needed again. */
  wasFetched(slot: number): void {
    this.#pages.wasFetched(slot);
    this.#desk.drop(slot);
  }

  /** What is kept of the page that `read` gave last. */
  get fetchedKind(): number {
    return this.#desk.kind;
  }

  get fetchedBytes(): Uint8Array {
    const { dataAt, dataBytes } = this.#desk;
    return this.#store.io.subarray(dataAt, dataAt + dataBytes);
  }

  /** A write found no room of this kind (see board.ts): WAIT while some is made, or the errno. */
  noRoom(kind: number): number {
    const desk = this.#desk;
    const state = this.#hasWished ? desk.takeWish() : NO_WISH;
    this.#hasWished = state !== REFUSED;
    if (state === REFUSED) return this.#fullErrno;
    // What was granted may have gone to another connection, or the file system has less than the
    // pool's limit says: then something must leave before it is granted again.
    if (state === NO_WISH || state === GRANTED) desk.wish(kind, state === GRANTED);
    return WAIT;
  }

  /** A write has its room. */
  hasRoom(): void {
    if (!this.#hasWished) return;
    this.#hasWished = false;
    this.#desk.takeWish();
  }

  /** The page in the pool was read. It may have come there since it was asked for. */
  wasRead(slot: number): void {
    this.#pages.wasRead(slot);
    this.#desk.drop(slot);
  }

  /** The slot's entry was changed by its owner; its lock is held. */
  changed(slot: number, old: number, entry: number): void {
    this.#pages.changed(slot, old, entry);
    this.#desk.drop(slot);
  }
}

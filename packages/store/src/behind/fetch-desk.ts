// A connection's side of the board: pages that it asked the keeper for, and its wish for room. It
// never waits itself; it says that it does, and its host calls again once the bell was rung.

import { extentOf, type TierLayout } from '@pagelend/tier';
import { tierPlaceOf } from '../entry.ts';
import { CELLS_PER_ROW } from '../layout.ts';
import type { BehindShare } from '../pool-share.ts';
import { slotsOf, type TableShare } from '../slot-table.ts';
import {
  ASKED,
  BELL_FD,
  CELL_DATA_AT,
  CELL_DATA_BYTES,
  CELL_ENTRY,
  CELL_KIND,
  CELL_LEASE,
  CELL_SLOT,
  CELL_STATE,
  cellAt,
  cellName,
  FAILED,
  NO_WISH,
  READY,
  ROOM_AGAIN,
  ROOM_CLASS,
  ROOM_STATE,
  rowAt,
  viewRows,
  WISHED,
} from './board.ts';
import { type EventWriter, FETCH, ROOM } from './event-ring.ts';

const NO_CELL = -1;
const NO_SLOT = -1;

/** Where a host's answers go: its row, and the descriptor of its thread's bell. */
export interface DeskSeat {
  readonly row: number;
  readonly bellFd: number;
}

export class FetchDesk {
  /** Where the bytes of the answer lie that `find` found, how many they are, and what they are. */
  dataAt = 0;
  dataBytes = 0;
  kind = 0;
  /** What the lease's slots say. */
  readonly #entries: Int32Array<SharedArrayBuffer>;
  readonly #layout: TierLayout;
  /** By extent: how often it was taken. */
  readonly #takes: Int32Array<SharedArrayBuffer>;
  readonly #rows: Int32Array<SharedArrayBuffer>;
  readonly #events: EventWriter;
  readonly #row: number;
  readonly #lease: number;
  /** Per cell: the slot that it was asked for and not used up; NO_SLOT if none. */
  readonly #slots = new Int32Array(CELLS_PER_ROW).fill(NO_SLOT);
  /** Per cell: how often the extent of its entry had been taken. */
  readonly #noted = new Int32Array(CELLS_PER_ROW);
  #heldCount = 0;
  /** The cell that the host waits for; NO_CELL where it waits for room or not at all. */
  #awaited = NO_CELL;

  constructor(share: BehindShare, table: TableShare, events: EventWriter, seat: DeskSeat) {
    this.#entries = slotsOf(table);
    this.#layout = share.tier.layout;
    this.#takes = new Int32Array(share.tier.takes);
    this.#rows = viewRows(share.board);
    this.#events = events;
    this.#row = seat.row;
    this.#lease = table.leaseIndex;
    const at = rowAt(seat.row);
    this.#rows[at + BELL_FD] = seat.bellFd;
    Atomics.store(this.#rows, at + ROOM_STATE, NO_WISH);
  }

  /** Whether what the host waits for has not come yet. */
  get isWaiting(): boolean {
    const rows = this.#rows;
    if (this.#awaited !== NO_CELL) {
      return Atomics.load(rows, cellAt(this.#row, this.#awaited) + CELL_STATE) === ASKED;
    }
    return Atomics.load(rows, rowAt(this.#row) + ROOM_STATE) === WISHED;
  }

  /**
   * What became of the page that `entry` names, which the caller has just found in the slot: READY
   * with this object's fields set, FAILED, ASKED while it is on its way, 0 where it was not asked for.
   */
  find(slot: number, entry: number): number {
    const cell = this.#slots.indexOf(slot);
    if (cell === -1) return 0;
    const rows = this.#rows;
    const at = cellAt(this.#row, cell);
    const state = Atomics.load(rows, at + CELL_STATE);
    if (state === ASKED) {
      this.#awaited = cell;
      return ASKED;
    }
    if (rows[at + CELL_ENTRY] !== entry || this.#noted[cell] !== this.#takesOf(entry)) {
      // The page was written and went behind again since, perhaps to the very same place.
      this.#letGo(cell);
      return 0;
    }
    if (state === FAILED && cell !== this.#awaited) {
      // It failed before anybody needed it, and may succeed by now.
      this.#letGo(cell);
      return 0;
    }
    this.dataAt = rows[at + CELL_DATA_AT]!;
    this.dataBytes = rows[at + CELL_DATA_BYTES]!;
    this.kind = rows[at + CELL_KIND]!;
    return state;
  }

  /** The answer for a slot was used, or is of no use any more. */
  drop(slot: number): void {
    if (this.#heldCount === 0) return;
    const cell = this.#slots.indexOf(slot);
    if (cell !== -1) this.#letGo(cell);
  }

  /**
   * Asks for the page that the host needs now, unless its slot says something else by now; an answer
   * that waits may be given up for it.
   */
  await(slot: number, entry: number): void {
    let cell = this.#freeCell();
    for (let other = 0; cell === NO_CELL && other < CELLS_PER_ROW; other++) {
      if (!this.#isAsked(other)) cell = other;
    }
    // With all cells on their way it is served after the first of them.
    if (cell === NO_CELL) this.#awaited = 0;
    else if (this.#ask(cell, slot, entry)) this.#awaited = cell;
  }

  /** Asks for a page that will be needed soon, in the same way; false where no cell is free. */
  announce(slot: number, entry: number): boolean {
    if (this.#slots.indexOf(slot) !== -1) return true;
    const cell = this.#freeCell();
    if (cell === NO_CELL) return false;
    this.#ask(cell, slot, entry);
    return true;
  }

  /** Gives up answers for slots that name something else by now. */
  dropStale(): void {
    for (let cell = 0; cell < CELLS_PER_ROW; cell++) {
      const slot = this.#slots[cell]!;
      if (slot === NO_SLOT || this.#isAsked(cell)) continue;
      const entry = this.#rows[cellAt(this.#row, cell) + CELL_ENTRY];
      if (entry !== this.#entries[slot]) this.#letGo(cell);
    }
  }

  /** What became of the wish for room: NO_WISH, WISHED, GRANTED or REFUSED; it is over if answered. */
  takeWish(): number {
    const at = rowAt(this.#row) + ROOM_STATE;
    const state = Atomics.load(this.#rows, at);
    if (state !== WISHED) Atomics.store(this.#rows, at, NO_WISH);
    return state;
  }

  /**
   * Wishes for room for a page of the class, or of what else board.ts has; `isAgain` where it was
   * granted and still there was none.
   */
  wish(sizeClass: number, isAgain: boolean): void {
    const at = rowAt(this.#row);
    this.#awaited = NO_CELL;
    this.#rows[at + ROOM_CLASS] = sizeClass | (isAgain ? ROOM_AGAIN : 0);
    Atomics.store(this.#rows, at + ROOM_STATE, WISHED);
    this.#events.ask(ROOM, this.#lease, 0, this.#row);
  }

  /** Answers that come later are nobody's. */
  abandon(): void {
    this.#slots.fill(NO_SLOT);
    this.#heldCount = 0;
    this.#rows[rowAt(this.#row) + BELL_FD] = -1;
  }

  /** A cell that is nobody's. One that an earlier connection of the row asked for stays the keeper's. */
  #freeCell(): number {
    for (let cell = 0; cell < CELLS_PER_ROW; cell++) {
      if (this.#slots[cell] === NO_SLOT && !this.#isAsked(cell)) return cell;
    }
    return NO_CELL;
  }

  #letGo(cell: number): void {
    this.#slots[cell] = NO_SLOT;
    this.#heldCount--;
  }

  #isAsked(cell: number): boolean {
    return Atomics.load(this.#rows, cellAt(this.#row, cell) + CELL_STATE) === ASKED;
  }

  #takesOf(entry: number): number {
    return Atomics.load(this.#takes, extentOf(this.#layout, tierPlaceOf(entry)));
  }

  /**
   * Notes how often the extent was taken, and looks at the slot after that; false where it says
   * something else. `find` does it the other way around, so that an answer is used only if the extent
   * was not taken between two looks that both found the entry. In one taking a place gets one record,
   * and no slot names it before that is written, when the keeper forgets what it had read there: so
   * the answer is of the record that both looks meant. Noted after the first look it could be another:
   * the page is overwritten, its extent freed and taken, the count noted, and the same slot goes
   * behind to the same place.
   */
  #ask(cell: number, slot: number, entry: number): boolean {
    const takes = this.#takesOf(entry);
    if (Atomics.load(this.#entries, slot) !== entry) return false;
    const rows = this.#rows;
    const at = cellAt(this.#row, cell);
    if (this.#slots[cell] === NO_SLOT) this.#heldCount++;
    if (this.#awaited === cell) this.#awaited = NO_CELL;
    this.#slots[cell] = slot;
    this.#noted[cell] = takes;
    rows[at + CELL_LEASE] = this.#lease;
    rows[at + CELL_SLOT] = slot;
    rows[at + CELL_ENTRY] = entry;
    Atomics.store(rows, at + CELL_STATE, ASKED);
    this.#events.ask(FETCH, this.#lease, slot, cellName(this.#row, cell));
    return true;
  }
}

export { FAILED, READY };

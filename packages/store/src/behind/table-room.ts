// Room for the table of a lease that is made or grown while the pool is full: pages leave for it as
// they do for a write. For the thread that opened the pool, which goes on with other things meanwhile.

import type { BlockAllocator } from '../block-allocator.ts';
import type { BehindShare } from '../pool-share.ts';
import {
  NO_WISH,
  REFUSED,
  ROOM_AGAIN,
  ROOM_CLASS,
  ROOM_FOR_TABLE,
  ROOM_STATE,
  rowAt,
  TABLE_ROW,
  viewRows,
  WISHED,
} from './board.ts';
import { EventWriter, ROOM } from './event-ring.ts';

/** Wishes that were granted, whose room others took, before it is given up. */
const TRIES_MAX = 256;

export class TableRoom {
  readonly #allocator: BlockAllocator;
  readonly #rows: Int32Array<SharedArrayBuffer>;
  readonly #events: EventWriter;
  /** There is one row, so one wishes after the other. */
  #last: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(allocator: BlockAllocator, share: BehindShare) {
    this.#allocator = allocator;
    this.#rows = viewRows(share.board);
    this.#events = new EventWriter(share.board, 0);
  }

  /** Charges pages for a table once there is room for them; false where nothing more can leave. */
  charge(pages: number): Promise<boolean> {
    if (this.#allocator.chargeTable(pages)) return Promise.resolve(true);
    const charged = this.#last.then(() => this.#charge(pages));
    this.#last = charged;
    return charged;
  }

  /** Nobody answers any more. */
  close(): void {
    this.#isClosed = true;
    const at = rowAt(TABLE_ROW) + ROOM_STATE;
    Atomics.store(this.#rows, at, NO_WISH);
    Atomics.notify(this.#rows, at);
  }

  async #charge(pages: number): Promise<boolean> {
    const at = rowAt(TABLE_ROW);
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      if (this.#allocator.chargeTable(pages)) return true;
      this.#rows[at + ROOM_CLASS] = ROOM_FOR_TABLE | (tries > 0 ? ROOM_AGAIN : 0);
      Atomics.store(this.#rows, at + ROOM_STATE, WISHED);
      this.#events.ask(ROOM, 0, 0, TABLE_ROW);
      while (Atomics.load(this.#rows, at + ROOM_STATE) === WISHED) {
        const answer = Atomics.waitAsync(this.#rows, at + ROOM_STATE, WISHED);
        if (answer.async) await answer.value;
      }
      if (this.#isClosed) return false;
      if (Atomics.load(this.#rows, at + ROOM_STATE) === REFUSED) return false;
    }
    return false;
  }
}

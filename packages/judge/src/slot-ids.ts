// Dense page ids for the slots of a sample: an open-addressing table from slot to id, of fixed size,
// with room for `capacity` slots. Ids of slots that left are given out again.

import { assert, NO_PAGE } from '@pagelend/policies';

/** Unlike the multiplier of the sample, under which all slots of a sample have small products. */
const MIX = 0x85ebca6b | 0;
const CELLS_PER_ID = 2;

export class SlotIds {
  readonly capacity: number;
  /** Slots that have an id. */
  count = 0;
  /** Id to slot. */
  readonly #slots: Int32Array;
  /** Id plus 1 at the slot's home or behind it; 0 for an empty cell. */
  readonly #cells: Int32Array;
  readonly #shift: number;
  /** A stack of the ids that nobody has. */
  readonly #free: Int32Array;

  constructor(capacity: number) {
    assert(Number.isSafeInteger(capacity) && capacity >= 1, `room for ${capacity} ids`);
    this.capacity = capacity;
    this.#slots = new Int32Array(capacity);
    this.#free = Int32Array.from({ length: capacity }, (_, i) => capacity - 1 - i);
    const bits = 32 - Math.clz32(capacity * CELLS_PER_ID - 1);
    this.#cells = new Int32Array(2 ** bits);
    this.#shift = 32 - bits;
  }

  get isFull(): boolean {
    return this.count === this.capacity;
  }

  /** The slot's id, NO_PAGE for none. */
  find(slot: number): number {
    const cells = this.#cells;
    const mask = cells.length - 1;
    for (let i = this.#home(slot); ; i = (i + 1) & mask) {
      const id = cells[i]! - 1;
      if (id < 0) return NO_PAGE;
      if (this.#slots[id] === slot) return id;
    }
  }

  /** Gives an id to a slot that has none. */
  add(slot: number): number {
    assert(!this.isFull, `all ${this.capacity} ids are given`);
    const id = this.#free[this.capacity - 1 - this.count++]!;
    this.#slots[id] = slot;
    const cells = this.#cells;
    const mask = cells.length - 1;
    let i = this.#home(slot);
    while (cells[i] !== 0) i = (i + 1) & mask;
    cells[i] = id + 1;
    return id;
  }

  /** Takes the id back. */
  remove(id: number): void {
    const cells = this.#cells;
    const mask = cells.length - 1;
    let hole = this.#home(this.#slots[id]!);
    while (cells[hole] !== id + 1) hole = (hole + 1) & mask;
    // Cells behind that could not have been reached past the hole move into it.
    for (let i = (hole + 1) & mask; cells[i] !== 0; i = (i + 1) & mask) {
      const home = this.#home(this.#slots[cells[i]! - 1]!);
      if (((i - home) & mask) < ((i - hole) & mask)) continue;
      cells[hole] = cells[i]!;
      hole = i;
    }
    cells[hole] = 0;
    this.#free[this.capacity - this.count--] = id;
  }

  slotOf(id: number): number {
    return this.#slots[id]!;
  }

  #home(slot: number): number {
    return Math.imul(slot ^ (slot >>> 15), MIX) >>> this.#shift;
  }
}

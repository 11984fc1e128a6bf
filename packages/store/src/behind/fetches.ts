// Pages on their way back: asked for by connections through the board, read in windows, checked, put
// into the asker's cell, and, as far as there is room, into the pool again, where they are clean: the
// copy in the tier stays good until the page is written.

import {
  byteAt,
  extentOf,
  type RecordFault,
  type RecordFound,
  readRecord,
  SOUND,
  TierError,
} from '@pagelend/tier';
import { COUNTER_COUNT, FETCHED_PAGES } from '../counters.ts';
import { isBehind, tierPlaceOf } from '../entry.ts';
import { CELL_BYTES } from '../layout.ts';
import {
  ASKED,
  CELL_DATA_AT,
  CELL_DATA_BYTES,
  CELL_ENTRY,
  CELL_KIND,
  CELL_LEASE,
  CELL_SLOT,
  CELL_STATE,
  cellAt,
  cellBytesAt,
  cellOfName,
  FAILED,
  READY,
  rowOfName,
  viewRows,
} from './board.ts';
import { faultTexts } from './fault-texts.ts';
import { ASKED_PAGES, DAMAGED_PAGES, WINDOW_HITS } from './figures.ts';
import type { KeeperLease } from './keeper-lease.ts';
import type { KeeperParts } from './parts.ts';
import type { Promotion } from './promotion.ts';
import type { Room } from './room.ts';
import type { Windows } from './windows.ts';

/** A window on its way from the device. */
interface Reading {
  /** Cells that wait for it. */
  readonly names: number[];
  readonly bytes: number;
  /** How often its extent had been written when it began. */
  readonly generation: number;
}

export class Fetches {
  readonly #parts: KeeperParts;
  readonly #room: Room;
  readonly #windows: Windows;
  readonly #promotion: Promotion;
  readonly #rows: Int32Array<SharedArrayBuffer>;
  readonly #found: RecordFound = { kind: 0, at: 0, bytes: 0 };
  /** By offset of the window that is being read. */
  readonly #underWay = new Map<number, Reading>();
  readonly #fills = new Set<Promise<void>>();
  /** Cells that wait until another read is done. */
  readonly #late: number[] = [];
  /** Cells that ask for pages of a lease that the keeper is yet to be told of. */
  readonly #early = new Set<number>();
  /** Places whose damage was told of, and how often their extents had been written then. */
  readonly #told = new Map<number, number>();

  constructor(
    parts: KeeperParts,
    room: Room,
    windows: Windows,
    promotion: Promotion,
    board: SharedArrayBuffer,
  ) {
    this.#parts = parts;
    this.#room = room;
    this.#windows = windows;
    this.#promotion = promotion;
    this.#rows = viewRows(board);
  }

  /** Waits until the device has answered all that was asked of it. */
  async settle(): Promise<void> {
    while (this.#fills.size > 0) await Promise.all(this.#fills);
  }

  /** A cell asks for its page. */
  fetch(name: number): void {
    const at = cellAt(rowOfName(name), cellOfName(name));
    const entry = this.#rows[at + CELL_ENTRY]!;
    if (!this.#parts.leases.has(this.#rows[at + CELL_LEASE]!)) {
      this.#early.add(name);
      return;
    }
    this.#early.delete(name);
    this.#parts.figures[ASKED_PAGES]! += 1;
    if (isBehind(entry)) this.#serve(name);
    else this.#answer(name, FAILED);
  }

  /** Answers from what was read before, or begins to read. */
  #serve(name: number): void {
    const entry = this.#rows[cellAt(rowOfName(name), cellOfName(name)) + CELL_ENTRY]!;
    const window = this.#windows.find(tierPlaceOf(entry));
    if (window !== null && this.#finish(name, window) === SOUND) {
      this.#parts.figures[WINDOW_HITS]! += 1;
      return;
    }
    // What was read wrong once may be read right now.
    if (window !== null) this.#windows.forget(tierPlaceOf(entry));
    this.#read(name, tierPlaceOf(entry));
  }

  /** A lease was added: a client of it may have asked before. */
  fetchEarly(): void {
    for (const name of [...this.#early]) {
      const at = cellAt(rowOfName(name), cellOfName(name));
      if (Atomics.load(this.#rows, at + CELL_STATE) === ASKED) this.fetch(name);
      else this.#early.delete(name);
    }
  }

  /** A lease goes: who asked for pages of it before it was known is told that there are none. */
  drop(leaseIndex: number): void {
    for (const name of this.#early) {
      const at = cellAt(rowOfName(name), cellOfName(name));
      if (this.#rows[at + CELL_LEASE] !== leaseIndex) continue;
      this.#early.delete(name);
      this.#answer(name, FAILED);
    }
  }

  #read(name: number, place: number): void {
    const windows = this.#windows;
    windows.choose(place);
    const { at, bytes } = windows;
    const generation = windows.generationOf(place);
    const reading = this.#underWay.get(at);
    if (reading !== undefined) {
      // One that is too short, or began before the place was written, is of no use.
      const isUseful = reading.bytes >= bytes && reading.generation === generation;
      if (isUseful) reading.names.push(name);
      else this.#late.push(name);
      return;
    }
    const slot = windows.begin();
    if (slot === -1) {
      this.#late.push(name);
      return;
    }
    this.#underWay.set(at, { names: [name], bytes, generation });
    const fill = this.#fill(slot, at, place).finally(() => this.#fills.delete(fill));
    this.#fills.add(fill);
  }

  async #fill(slot: number, at: number, place: number): Promise<void> {
    const { device } = this.#parts;
    const windows = this.#windows;
    const { names, bytes, generation } = this.#underWay.get(at)!;
    const window = windows.bytesOf(slot, bytes);
    let failure: TierError | null = null;
    try {
      await device.read(at, window);
    } catch (error) {
      if (!(error instanceof TierError)) throw error;
      failure = error;
    }
    this.#underWay.delete(at);
    const isSame = windows.generationOf(place) === generation;
    windows.end(slot, at, bytes, failure === null && isSame);
    for (const name of names) {
      if (failure !== null) this.#fail(name, failure.message);
      else this.#finishOrFail(name, window.subarray(this.#offsetOf(name) - at), isSame);
    }
    for (const name of this.#late.splice(0)) this.#serve(name);
  }

  #offsetOf(name: number): number {
    const entry = this.#rows[cellAt(rowOfName(name), cellOfName(name)) + CELL_ENTRY]!;
    return byteAt(this.#parts.tier.layout, tierPlaceOf(entry));
  }

  /**
   * `isSame`: the extent was not written while it was read. Else the slot may name another record by
   * now, at the very same place: whoever asked sees that, and asks again.
   */
  #finishOrFail(name: number, window: Uint8Array, isSame: boolean): void {
    const fault = this.#finish(name, window, isSame);
    if (fault === SOUND) return;
    if (!isSame) {
      this.#late.push(name);
      return;
    }
    const entry = this.#rows[cellAt(rowOfName(name), cellOfName(name)) + CELL_ENTRY]!;
    this.#windows.forget(tierPlaceOf(entry));
    this.#fail(name, faultTexts[fault]);
  }

  /** Answers by the record that `window` begins with, unless there is something wrong with it. */
  #finish(name: number, window: Uint8Array, mayPromote = true): RecordFault {
    const rows = this.#rows;
    const { leases, store, sealer } = this.#parts;
    const row = rowOfName(name);
    const at = cellAt(row, cellOfName(name));
    const lease = leases.get(rows[at + CELL_LEASE]!);
    const slot = rows[at + CELL_SLOT]!;
    if (lease === undefined) {
      this.#answer(name, FAILED);
      return SOUND;
    }
    const cellBytes = cellBytesAt(row, cellOfName(name));
    const length = Math.min(window.length, CELL_BYTES);
    const cell = store.io.subarray(cellBytes, cellBytes + length);
    cell.set(window.subarray(0, length));
    const found = this.#found;
    const fault = readRecord(cell, 0, { tag: lease.tag, slot }, found, sealer);
    if (fault !== SOUND) return fault;
    if (this.#told.size > 0) this.#told.delete(tierPlaceOf(rows[at + CELL_ENTRY]!));
    rows[at + CELL_DATA_AT] = cellBytes + found.at;
    rows[at + CELL_DATA_BYTES] = found.bytes;
    rows[at + CELL_KIND] = found.kind;
    store.counters[lease.index * COUNTER_COUNT + FETCHED_PAGES]! += 1;
    if (mayPromote) {
      this.#promotion.read(lease, slot, rows[at + CELL_ENTRY]!, found.kind, () =>
        store.io.subarray(cellBytes + found.at, cellBytes + found.at + found.bytes),
      );
    }
    this.#answer(name, READY);
    return SOUND;
  }

  #fail(name: number, reason: string): void {
    const at = cellAt(rowOfName(name), cellOfName(name));
    const entry = this.#rows[at + CELL_ENTRY]!;
    const slot = this.#rows[at + CELL_SLOT]!;
    const lease = this.#parts.leases.get(this.#rows[at + CELL_LEASE]!);
    // One that was written meanwhile is not missed.
    if (lease !== undefined && lease.slots[slot] === entry) this.#tell(lease, slot, entry, reason);
    this.#answer(name, FAILED);
  }

  #tell(lease: KeeperLease, slot: number, entry: number, reason: string): void {
    const tierPlace = tierPlaceOf(entry);
    const generation = this.#windows.generationOf(tierPlace);
    if (this.#told.get(tierPlace) === generation) return;
    this.#told.set(tierPlace, generation);
    const { figures, hooks, tier } = this.#parts;
    figures[DAMAGED_PAGES]! += 1;
    const extent = extentOf(tier.layout, tierPlace);
    hooks.onDamage({ leaseIndex: lease.index, slot, tierPlace, extent, reason });
  }

  #answer(name: number, state: typeof READY | typeof FAILED): void {
    const row = rowOfName(name);
    Atomics.store(this.#rows, cellAt(row, cellOfName(name)) + CELL_STATE, state);
    this.#room.ringFor(row);
  }
}

// Devices to serve: one that keeps pages in a map and checks every address that it is given, and a
// trivial one for hostile peers.

import { DATA, HOLE, PAGE_BYTES, type PageDevice, type SlotState, ZERO } from '@pagelend/nbd';

export interface Region {
  readonly at: number;
  readonly bytes: number;
}

/** Pages in a map; slots in `failing` fail whatever is done with them and count as data. */
export class MapDevice implements PageDevice {
  readonly bytes: number;
  readonly failing: ReadonlyMap<number, number>;
  readonly #pages = new Map<number, Uint8Array>();
  readonly #kept = new Set<number>();
  readonly #memory: Uint8Array;
  readonly #rx: Region;
  readonly #tx: Region;

  constructor(
    bytes: number,
    memory: ArrayBufferLike,
    rx: Region,
    tx: Region,
    failing: ReadonlyMap<number, number> = new Map(),
  ) {
    this.bytes = bytes;
    this.failing = failing;
    this.#memory = new Uint8Array(memory);
    this.#rx = rx;
    this.#tx = tx;
  }

  /** What is on the page, for comparison. */
  page(slot: number): Uint8Array {
    return this.#pages.get(slot) ?? new Uint8Array(PAGE_BYTES);
  }

  read(slot: number, target: number): number {
    return this.readPart(slot, 0, PAGE_BYTES, target);
  }

  readPart(slot: number, from: number, bytes: number, target: number): number {
    this.#check(slot, from, bytes);
    inside(this.#tx, target, bytes);
    const error = this.failing.get(slot);
    if (error !== undefined) {
      // A page that fails may have been put in its place in part.
      this.#memory.fill(0xee, target, target + bytes);
      return error;
    }
    const page = this.page(slot);
    this.#memory.set(page.subarray(from, from + bytes), target);
    return 0;
  }

  write(slot: number, source: number): number {
    return this.writePart(slot, 0, PAGE_BYTES, source);
  }

  writePart(slot: number, from: number, bytes: number, source: number): number {
    this.#check(slot, from, bytes);
    inside(this.#rx, source, bytes);
    const error = this.failing.get(slot);
    if (error !== undefined) return error;
    this.#change(slot).set(this.#memory.subarray(source, source + bytes), from);
    return 0;
  }

  trim(slot: number, count: number): number {
    return this.zero(slot, count, false);
  }

  zero(slot: number, count: number, isKept: boolean): number {
    if (count < 1) throw new Error('nothing to zero');
    for (let next = slot; next < slot + count; next++) {
      this.#check(next, 0, PAGE_BYTES);
      const error = this.failing.get(next);
      if (error !== undefined) return error;
      this.#pages.delete(next);
      if (isKept) this.#kept.add(next);
      else this.#kept.delete(next);
    }
    return 0;
  }

  zeroPart(slot: number, from: number, bytes: number): number {
    this.#check(slot, from, bytes);
    const error = this.failing.get(slot);
    if (error !== undefined) return error;
    this.#change(slot).fill(0, from, from + bytes);
    return 0;
  }

  state(slot: number): SlotState {
    this.#check(slot, 0, PAGE_BYTES);
    if (this.failing.has(slot) || this.#pages.has(slot)) return DATA;
    return this.#kept.has(slot) ? ZERO : HOLE;
  }

  #change(slot: number): Uint8Array {
    const page = this.page(slot);
    this.#pages.set(slot, page);
    this.#kept.delete(slot);
    return page;
  }

  #check(slot: number, from: number, bytes: number): void {
    const isSlot = Number.isInteger(slot) && slot >= 0 && slot * PAGE_BYTES < this.bytes;
    if (!isSlot) throw new Error(`slot ${slot} is not on the device`);
    const isPart = from >= 0 && bytes > 0 && from + bytes <= PAGE_BYTES;
    if (!isPart) throw new Error(`${bytes} bytes from ${from} on are no part of a page`);
  }
}

function inside(region: Region, at: number, bytes: number): void {
  if (at >= region.at && at + bytes <= region.at + region.bytes) return;
  throw new Error(`${bytes} bytes at ${at} are outside of the region`);
}

/** Takes everything, keeps nothing, touches no memory. */
export function nullDevice(bytes: number): PageDevice {
  return {
    bytes,
    read: () => 0,
    write: () => 0,
    readPart: () => 0,
    writePart: () => 0,
    trim: () => 0,
    zero: () => 0,
    zeroPart: () => 0,
    state: () => DATA,
  };
}

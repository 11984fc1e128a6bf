// What was read last from the tier, in windows: a page that went behind beside another is often asked
// for beside it, and then its bytes are here already. Windows are short while neighbours are not
// asked for, since each byte more is read for nothing, and long while they are.

import {
  byteAt,
  extentAt,
  extentOf,
  RECORD_BYTES_MAX,
  type TierDevice,
  type TierLayout,
} from '@pagelend/tier';

const SHORT_BYTES = 4096;
const LONG_BYTES = 32_768;
/** A window has a tail, so that records that begin in it are whole. The longest is past
 * it by less than the unit in which places are counted, and begins so much before the end. */
const TAIL_BYTES = 4096;
export const WINDOW_SLOT_BYTES = LONG_BYTES + TAIL_BYTES;
/** Pages asked for between two looks at which length pays. */
const TRIAL_COUNT = 256;
/** Windows become long when so many of those asked for were near the last ones, and short below. */
const NEAR_SHARE = 1 / 4;
const FAR_SHARE = 1 / 8;
/** Long regions that are remembered, so that short windows can be told to be too short. */
const REMEMBERED_COUNT = 128;

export class Windows {
  /** The window's first byte on the device, its length, and where its bytes are; as `find` set them. */
  at = 0;
  bytes = 0;
  isLong = false;
  readonly #area: Uint8Array;
  readonly #layout: TierLayout;
  readonly #slotCount: number;
  /** Offset on the device to the slot that has the window from there. */
  readonly #slots = new Map<number, number>();
  readonly #starts: Float64Array;
  readonly #ends: Float64Array;
  readonly #isBusy: Uint8Array;
  readonly #generations = new Map<number, number>();
  readonly #regions: number[] = [];
  #next = 0;
  #asked = 0;
  #near = 0;

  /** Over an area of memory that is aligned as the device wants. */
  constructor(area: Uint8Array, layout: TierLayout) {
    this.#area = area;
    this.#layout = layout;
    this.#slotCount = Math.floor(area.length / WINDOW_SLOT_BYTES);
    this.#starts = new Float64Array(this.#slotCount).fill(-1);
    this.#ends = new Float64Array(this.#slotCount);
    this.#isBusy = new Uint8Array(this.#slotCount);
  }

  /** The bytes from a place on, if a window has the whole record; null if it must be read. */
  find(place: number): Uint8Array | null {
    const layout = this.#layout;
    const from = byteAt(layout, place);
    const base = extentAt(layout, extentOf(layout, place));
    this.#learn(from);
    const long = this.#lookUp(base + floorTo(from - base, LONG_BYTES), from, base);
    if (long !== null) return long;
    return this.#lookUp(base + floorTo(from - base, SHORT_BYTES), from, base);
  }

  /** Chooses the window that is to be read for a place, and sets `at` and `bytes`. */
  choose(place: number): void {
    const layout = this.#layout;
    const base = extentAt(layout, extentOf(layout, place));
    const span = this.isLong ? LONG_BYTES : SHORT_BYTES;
    this.at = base + floorTo(byteAt(layout, place) - base, span);
    this.bytes = Math.min(span + TAIL_BYTES, base + layout.extentBytes - this.at);
  }

  /** A slot to read into; -1 where all are being read into. */
  begin(): number {
    for (let tries = 0; tries < this.#slotCount; tries++) {
      const slot = this.#next;
      this.#next = (this.#next + 1) % this.#slotCount;
      if (this.#isBusy[slot] === 1) continue;
      this.#forget(slot);
      this.#isBusy[slot] = 1;
      return slot;
    }
    return -1;
  }

  bytesOf(slot: number, bytes: number): Uint8Array {
    return this.#area.subarray(slot * WINDOW_SLOT_BYTES, slot * WINDOW_SLOT_BYTES + bytes);
  }

  /** How often an extent has been written anew; what was read before is not kept after. */
  generationOf(place: number): number {
    return this.#generations.get(extentOf(this.#layout, place)) ?? 0;
  }

  /** The slot was filled with the device's bytes from `at`; `isKept` where they may be found again. */
  end(slot: number, at: number, bytes: number, isKept: boolean): void {
    this.#isBusy[slot] = 0;
    if (!isKept) return;
    const older = this.#slots.get(at);
    if (older !== undefined) this.#forget(older);
    this.#starts[slot] = at;
    this.#ends[slot] = at + bytes;
    this.#slots.set(at, slot);
  }

  /** The device for whoever writes: what was read of an extent is forgotten once it was written. */
  watch(device: TierDevice): TierDevice {
    const { firstAt, extentBytes } = this.#layout;
    return {
      path: device.path,
      bytes: device.bytes,
      blockBytes: device.blockBytes,
      read: (at, target) => device.read(at, target),
      readNow: (at, target) => device.readNow(at, target),
      write: (at, source) =>
        device
          .write(at, source)
          .finally(() => this.#invalidate(Math.floor((at - firstAt) / extentBytes))),
      writeNow: (at, source) => device.writeNow(at, source),
      discard: (at, bytes) => device.discard(at, bytes),
      close: () => device.close(),
    };
  }

  #invalidate(extent: number): void {
    this.#generations.set(extent, (this.#generations.get(extent) ?? 0) + 1);
    const from = extentAt(this.#layout, extent);
    const end = from + this.#layout.extentBytes;
    for (let slot = 0; slot < this.#slotCount; slot++) {
      const start = this.#starts[slot]!;
      if (start >= from && start < end) this.#forget(slot);
    }
  }

  /** What was read around a place is not to be used again. */
  forget(place: number): void {
    const at = byteAt(this.#layout, place);
    for (let slot = 0; slot < this.#slotCount; slot++) {
      const start = this.#starts[slot]!;
      if (start >= 0 && start <= at && at < this.#ends[slot]!) this.#forget(slot);
    }
  }

  #lookUp(start: number, from: number, base: number): Uint8Array | null {
    const slot = this.#slots.get(start);
    if (slot === undefined) return null;
    const end = this.#ends[slot]!;
    const extentEnd = base + this.#layout.extentBytes;
    if (Math.min(from + RECORD_BYTES_MAX, extentEnd) > end) return null;
    return this.bytesOf(slot, end - start).subarray(from - start);
  }

  #forget(slot: number): void {
    const start = this.#starts[slot]!;
    if (start >= 0 && this.#slots.get(start) === slot) this.#slots.delete(start);
    this.#starts[slot] = -1;
  }

  /** Whether pages are asked for near those that were asked for before. */
  #learn(from: number): void {
    const region = Math.floor(from / LONG_BYTES);
    if (this.#regions.includes(region)) this.#near++;
    else {
      this.#regions.push(region);
      if (this.#regions.length > REMEMBERED_COUNT) this.#regions.shift();
    }
    if (++this.#asked < TRIAL_COUNT) return;
    const share = this.#near / this.#asked;
    if (share > NEAR_SHARE) this.isLong = true;
    else if (share < FAR_SHARE) this.isLong = false;
    this.#asked = 0;
    this.#near = 0;
  }
}

function floorTo(bytes: number, unit: number): number {
  return bytes - (bytes % unit);
}

// Where things lie on a device: the head, then scratch for measuring, then extents. A record is
// named by its place, counted in units so that few bits reach far; it is read by its window, the
// blocks that surely hold it.

import type { TierLayout } from './contract.ts';

/** Offsets and lengths of all transfers are multiples of this: what devices take past the cache. */
export const BLOCK_BYTES = 4096;
export const EXTENT_BYTES = 2 ** 20;
/** A record's head, and nonce and tag of an encrypted one, stand before at most a page. */
export const RECORD_HEAD_BYTES = 24;
export const SEAL_BYTES = 28;
export const PAYLOAD_BYTES_MAX = 4096;
export const RECORD_BYTES_MAX = RECORD_HEAD_BYTES + SEAL_BYTES + PAYLOAD_BYTES_MAX;

/** Places have less than 30 bits, so that an entry of four bytes can say more than a place. */
export const PLACE_COUNT_MAX = 2 ** 29;
const UNIT_BYTES_MIN = 64;
const UNIT_BYTES_MAX = BLOCK_BYTES;
/** Extents from one side of which records come while another takes them, and some to spare. */
export const EXTENT_COUNT_MIN = 4;

/** What a window has at most: a record that begins late in a block ends in the next. */
export const WINDOW_BYTES_MAX = 2 * BLOCK_BYTES;

/** Where the record of a place is to be read, and where in what was read it begins. */
export interface RecordWindow {
  readonly at: number;
  readonly bytes: number;
  readonly recordAt: number;
}

/** An extent holds two windows at least, so that a batch has room for the largest record. */
const EXTENT_BYTES_MIN = 2 * WINDOW_BYTES_MAX;
const EXTENT_BYTES_MAX = 2 ** 30;

/** Divides a device of `bytes`. `extentCount` is below EXTENT_COUNT_MIN where it is too small. */
export function layoutFor(bytes: number, extentBytes = EXTENT_BYTES): TierLayout {
  if (!isPowerOfTwo(extentBytes, EXTENT_BYTES_MIN, EXTENT_BYTES_MAX)) {
    throw new RangeError(`an extent has a power of two of bytes, not ${extentBytes}`);
  }
  const fitting = Math.floor(bytes / extentBytes) - 1;
  let unitBytes = UNIT_BYTES_MIN;
  while (unitBytes < UNIT_BYTES_MAX && fitting * (extentBytes / unitBytes) > PLACE_COUNT_MAX) {
    unitBytes *= 2;
  }
  const extentCount = Math.min(fitting, extentCountMax(extentBytes, unitBytes));
  return { firstAt: extentBytes, extentBytes, extentCount: Math.max(0, extentCount), unitBytes };
}

/** Extents that places of this unit reach. */
export function extentCountMax(extentBytes: number, unitBytes: number): number {
  return Math.floor(PLACE_COUNT_MAX / (extentBytes / unitBytes));
}

/** Whether a layout that was found can be one. */
export function isLayout({ firstAt, extentBytes, extentCount, unitBytes }: TierLayout): boolean {
  return (
    isPowerOfTwo(extentBytes, EXTENT_BYTES_MIN, EXTENT_BYTES_MAX) &&
    isPowerOfTwo(unitBytes, UNIT_BYTES_MIN, UNIT_BYTES_MAX) &&
    firstAt === extentBytes &&
    extentCount >= EXTENT_COUNT_MIN &&
    extentCount <= extentCountMax(extentBytes, unitBytes)
  );
}

/** Bytes of a device that a layout needs. */
export function endOfLayout(layout: TierLayout): number {
  return layout.firstAt + layout.extentCount * layout.extentBytes;
}

export function extentOf(layout: TierLayout, place: number): number {
  return Math.floor(place / (layout.extentBytes / layout.unitBytes));
}

/** The offset at which the record of a place begins. */
export function byteAt(layout: TierLayout, place: number): number {
  return layout.firstAt + place * layout.unitBytes;
}

/** The place of a record that begins at byte `at` of an extent. */
export function placeIn(layout: TierLayout, extent: number, at: number): number {
  return (extent * layout.extentBytes + at) / layout.unitBytes;
}

export function extentAt(layout: TierLayout, extent: number): number {
  return layout.firstAt + extent * layout.extentBytes;
}

/** The blocks that surely hold the record that begins at `place`; they end with its extent. */
export function windowOf(layout: TierLayout, place: number): RecordWindow {
  const from = byteAt(layout, place);
  const at = from - (from % BLOCK_BYTES);
  const extentEnd = extentAt(layout, extentOf(layout, place) + 1);
  const end = Math.min(extentEnd, roundUp(from + RECORD_BYTES_MAX, BLOCK_BYTES));
  return { at, bytes: end - at, recordAt: from - at };
}

/**
 * Holds an extent: it is not written anew while anybody does. Only what somebody holds already may
 * be retained (a reader: under the lock of the slot that names a record there).
 */
export function retain(live: Int32Array<SharedArrayBuffer>, extent: number): void {
  Atomics.add(live, extent, 1);
}

/** Lets go of an extent. Returns how many still hold it. */
export function release(live: Int32Array<SharedArrayBuffer>, extent: number): number {
  const held = Atomics.sub(live, extent, 1) - 1;
  if (held < 0) throw new Error(`extent ${extent} was released more often than it was held`);
  return held;
}

function isPowerOfTwo(value: number, min: number, max: number): boolean {
  return value >= min && value <= max && (value & (value - 1)) === 0;
}

export function roundUp(bytes: number, unit: number): number {
  return Math.ceil(bytes / unit) * unit;
}

// What the transmission phase serves: the pages of one export, by slot (the place of a page on the
// device, offset / 4096). Addresses are byte offsets into the memory that holds the connection's
// buffers, aligned to nothing. Every call returns 0, or the NBD error that the client is to see; a
// call that fails has left no byte behind outside of its target.

/** Bytes of a page and of a slot. */
export const PAGE_BYTES = 4096;

export interface PageDevice {
  /** Size of the export; a multiple of PAGE_BYTES. */
  readonly bytes: number;
  /** Puts the whole page at `target`. */
  read(slot: number, target: number): number;
  /** Takes the whole page at `source`. */
  write(slot: number, source: number): number;
  /** Puts a part of a page, `from` and `bytes` within it, at `target`. */
  readPart(slot: number, from: number, bytes: number, target: number): number;
  /** Takes a part of a page; the rest of it stays. No other write of this page comes between. */
  writePart(slot: number, from: number, bytes: number, source: number): number;
  /** Frees `count` slots from `slot` on; they read as zeroes. */
  trim(slot: number, count: number): number;
  /** Makes `count` slots read as zeroes; `isKept` asks that they count as allocated all the same. */
  zero(slot: number, count: number, isKept: boolean): number;
  /** Zeroes a part of a page. */
  zeroPart(slot: number, from: number, bytes: number): number;
  /** What stands in a slot: DATA, ZERO (allocated, reads as zeroes) or HOLE. Never fails. */
  state(slot: number): SlotState;
}

export const DATA = 0;
/** Flags of `base:allocation`: a hole is 1, reads-as-zeroes is 2. */
export const ZERO = 2;
export const HOLE = 3;
export type SlotState = typeof DATA | typeof ZERO | typeof HOLE;

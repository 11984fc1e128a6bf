// What the transmission phase serves: the pages of one export, by slot (the place of a page on the
// device, offset / 4096). Addresses are byte offsets into the memory that holds the connection's
// buffers, aligned to nothing. Every call returns 0, or the NBD error that the client is to see; a
// call that fails has left no byte behind outside of its target.
//
// A page may lie where it can't be had at once. Then a call returns WAIT: no page was changed, what
// stands at its target means nothing, and it is made again with the same arguments (addresses too)
// when the host says so. Until then no other call is made but `state`, `announce` and, as of a page
// that is not there yet, the same one again. Any call but `trim` and `state` may wait, and may do so
// any number of times; it may fail after it has waited.

/** Bytes of a page and of a slot. */
export const PAGE_BYTES = 4096;

/** What a call returns that has done nothing and is to be made again: no error has this number. */
export const WAIT = -1;

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
  /**
   * `count` slots from `slot` on will be read soon, if nothing comes between: a device whose pages
   * are far away begins to fetch them. Only a hint, given while another call waits: it may be about
   * pages that are there, that are being fetched or that will never be read, and any may be ignored.
   * The next come first; what is still to be read is announced again when another page is waited for.
   */
  announce?(slot: number, count: number): void;
}

export const DATA = 0;
/** Flags of `base:allocation`: a hole is 1, reads-as-zeroes is 2. */
export const ZERO = 2;
export const HOLE = 3;
export type SlotState = typeof DATA | typeof ZERO | typeof HOLE;

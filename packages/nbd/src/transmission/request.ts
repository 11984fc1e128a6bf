// The one request that is being served, decoded in place. Its position is kept as a slot and a
// place in it, so that no 64-bit number is ever needed; slots are exact up to the end of the range.

import { PAGE_BYTES } from '../page-device.ts';

const SLOTS_PER_HIGH_WORD = 2 ** 32 / PAGE_BYTES;

export class Request {
  /** Address of its header, as long as what was received is not moved. */
  at = 0;
  type = 0;
  flags = 0;
  /** The cookie's words, signed: small integers that no number need be allocated for. */
  cookieHigh = 0;
  cookieLow = 0;
  length = 0;
  /** The next byte to be served: its slot, its place in the page, and how many follow. */
  slot = 0;
  from = 0;
  left = 0;
  /** What went wrong; a request in error only waits for the rest of its payload. */
  error = 0;
  /** Whether the part that comes before the first page is done. */
  isBegun = false;
  /** Whether the beginning of a long simple read's reply may be sent already. */
  isPartSent = false;
  /** Slots that a call was about which waits, so that it is made again about as many; 0 if none. */
  waitingCount = 0;

  /** "C: 32 bits, magic; 16 bits, flags; 16 bits, type; 64 bits, cookie; 64 bits, offset; 32, length" */
  decode(view: DataView, at: number): void {
    this.at = at;
    this.flags = view.getUint16(at + 4);
    this.type = view.getUint16(at + 6);
    this.cookieHigh = view.getInt32(at + 8);
    this.cookieLow = view.getInt32(at + 12);
    const offsetHigh = view.getUint32(at + 16);
    const offsetLow = view.getUint32(at + 20);
    const length = view.getUint32(at + 24);
    this.slot = offsetHigh * SLOTS_PER_HIGH_WORD + (offsetLow >>> 12);
    this.from = offsetLow & (PAGE_BYTES - 1);
    this.length = length;
    this.left = length;
    this.error = 0;
    this.isBegun = false;
  }

  /** Offset of the next byte. Above 2^53 it is rounded, and then beyond the end of any export. */
  get offset(): number {
    return this.slot * PAGE_BYTES + this.from;
  }
}

/** The slot after the last page that what is left of a request is about. */
export function endSlot({ slot, from, left }: Request): number {
  return left === 0 ? slot : slot + Math.ceil((from + left) / PAGE_BYTES);
}

/** Bytes up to the end of the page or of the request, of a page that is entered at `from`. */
export function partBytes(from: number, left: number): number {
  const room = PAGE_BYTES - from;
  return left < room ? left : room;
}

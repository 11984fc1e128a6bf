// An unsigned number of up to 64 bits in text, decimal or 0x hexadecimal, as two 32-bit halves:
// a double would round it from 2^53 on.
import { HEX_VALUES, NOT_HEX } from './parser.ts';

const TWO_32 = 4294967296;

export class NumberField {
  /** Upper 32 bits, unsigned. */
  high = 0;
  /** Lower 32 bits as int32; `>>> 0` makes them unsigned. */
  low = 0;

  /** Parses bytes[from, to); blanks around the number are skipped. */
  parse(bytes: Uint8Array, from: number, to: number): '' | 'syntax' | 'range' {
    let at = from;
    let end = to;
    while (at < end && bytes[at] === 32) at++;
    while (end > at && bytes[end - 1] === 32) end--;
    if (end - at > 2 && bytes[at] === 48 && (bytes[at + 1]! | 32) === 120) {
      return this.#hex(bytes, at + 2, end);
    }
    if (end === at) return 'syntax';
    let high = 0;
    let low = 0;
    for (; at < end; at++) {
      const digit = bytes[at]! - 48;
      if (digit < 0 || digit > 9) return 'syntax';
      // Both halves stay below 2^36, so every step is exact in a double.
      low = low * 10 + digit;
      const carry = Math.floor(low / TWO_32);
      low -= carry * TWO_32;
      high = high * 10 + carry;
      if (high >= TWO_32) return allDigits(bytes, at, end) ? 'range' : 'syntax';
    }
    this.high = high;
    this.low = low | 0;
    return '';
  }

  #hex(bytes: Uint8Array, from: number, end: number): '' | 'syntax' | 'range' {
    let high = 0;
    let low = 0;
    let isTooLong = false;
    for (let at = from; at < end; at++) {
      const digit = HEX_VALUES[bytes[at]!]!;
      if (digit === NOT_HEX) return 'syntax';
      if (high >>> 28 !== 0) isTooLong = true;
      high = (high << 4) | (low >>> 28);
      low = (low << 4) | digit;
    }
    if (isTooLong) return 'range';
    this.high = high >>> 0;
    this.low = low;
    return '';
  }
}

function allDigits(bytes: Uint8Array, from: number, end: number): boolean {
  for (let at = from; at < end; at++) if (bytes[at]! < 48 || bytes[at]! > 57) return false;
  return true;
}

// A slot's entry, four bytes. 0 is a hole: never written or freed. With the top bit alone set it is a
// page that repeats 16 bits, which stand in the entry; with the top two bits set it is a page that
// went behind, and the other 30 are its place in the tier. Anything else is a place in the pool:
// block and index in it.
//
// A place begins with a header of two bytes: 13 bits of length, 3 bits of what is stored (a codec's
// number, or PATTERN: one 64-bit word that the page repeats). Pages kept raw have no header.

import { INDEX_BITS } from './layout.ts';

export const HOLE = 0;
export const HEADER_BYTES = 2;

/** In a header where codecs have their numbers: the page repeats the word that follows. */
export const PATTERN = 0;

const INDEX_MASK = 2 ** INDEX_BITS - 1;
const LENGTH_BITS = 13;
const LENGTH_MASK = 2 ** LENGTH_BITS - 1;

/** As a signed number: entries of pages that went behind are from here to -1. */
const BEHIND_MIN = -(2 ** 30);
const BEHIND_MASK = 2 ** 30 - 1;

/** Entries are kept as signed numbers, which engines hold without a heap object. */
export function isSame(entry: number): boolean {
  return entry < BEHIND_MIN;
}

/** Whether the page stands in a place of the pool. */
export function isPlaced(entry: number): boolean {
  return entry > 0;
}

export function isBehind(entry: number): boolean {
  return entry < 0 && entry >= BEHIND_MIN;
}

/** The entry of a page whose record is at a place of the tier, which has at most 30 bits. */
export function behindEntry(tierPlace: number): number {
  return tierPlace | 0xc000_0000;
}

export function tierPlaceOf(entry: number): number {
  return entry & BEHIND_MASK;
}

/** The entry of a page that repeats `pattern`, 16 bits. */
export function sameEntry(pattern: number): number {
  return pattern | 0x8000_0000;
}

export function patternOf(entry: number): number {
  return entry & 0xffff;
}

export function placeOf(block: number, index: number): number {
  return (block << INDEX_BITS) | index;
}

export function blockOf(place: number): number {
  return place >>> INDEX_BITS;
}

export function indexOf(place: number): number {
  return place & INDEX_MASK;
}

export function headerOf(bytes: number, kind: number): number {
  return bytes | (kind << LENGTH_BITS);
}

export function lengthIn(header: number): number {
  return header & LENGTH_MASK;
}

export function kindIn(header: number): number {
  return header >> LENGTH_BITS;
}

// Where the bytes of the page stood before. Two tables hold the last position of each hash: of 4
// bytes, which finds the short matches, and of 8, which finds the old but long match that a newer
// short one hides. The page's positions fit 12 bits and are never checked: the tables start as
// zeroes, and whatever they say is a position before the one that asks, compared byte by byte.
//
// A candidate is one number, so that the best of several is their maximum: its length (at most 16)
// in bits 14 and up, then the rank of where it starts, then the position of the match in 12 bits.

import { LONG_BITS, SHORT_BITS, SHORT_TABLE_BYTES } from './layout';

export const POSITION_MASK: u32 = 0xfff;
export const RANK_SHIFT: u32 = 12;
export const LENGTH_SHIFT: u32 = 14;
/** Candidates below this are shorter than 4 bytes. */
export const WORTHWHILE: u32 = 4 << LENGTH_SHIFT;
/** A length that may be more: so many bytes were compared. */
export const COMPARED_BYTES: u32 = 16;

/** The slot of the 4 bytes at an address. */
export function shortSlot(at: u32, tables: u32): u32 {
  return tables + (((load<u32>(at) * 0x9e3779b1) >>> (32 - SHORT_BITS)) << 1);
}

/** The slot of the 8 bytes at an address. */
export function longSlot(at: u32, tables: u32): u32 {
  const hash = ((load<u64>(at) * 0x1e3779b97f4a7d) >>> (64 - LONG_BITS)) as u32;
  return tables + SHORT_TABLE_BYTES + (hash << 1);
}

/** Compares 16 bytes at `at` with those at a position of the page. */
export function candidate(at: u32, source: u32, position: u32, rank: u32): u32 {
  return (equalBytes(at, source + position) << LENGTH_SHIFT) | (rank << RANK_SHIFT) | position;
}

/** How many of 16 bytes are equal, from the first. */
export function equalBytes(a: u32, b: u32): u32 {
  return ctz(~(i8x16.bitmask(i8x16.eq(v128.load(a), v128.load(b))) as u32));
}

/** The end of the match that begins at or before `at`, which is the page's end at most. */
export function matchEnd(at: u32, distance: u32, end: u32): u32 {
  while (end - at >= 16) {
    const equal = equalBytes(at, at - distance);
    at += equal;
    if (equal < 16) return at;
  }
  while (at !== end && load<u8>(at) === load<u8>(at - distance)) at++;
  return at;
}

/** How many bytes before two addresses are equal, up to 4, all of which must be in the page. */
export function equalBytesBefore(a: u32, b: u32): u32 {
  return clz(load<u32>(a - 4) ^ load<u32>(b - 4)) >> 3;
}

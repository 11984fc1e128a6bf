// The sizes of places: they are part of the format, and everything else computes with them.

import { expect, test } from 'vitest';
import { HEADER_BYTES } from '../../src/entry.ts';
import { BLOCK_BYTES, INDEX_BITS, PAGE_BYTES, PLACE_BYTES_MIN } from '../../src/layout.ts';
import {
  CLASS_COUNT,
  classBytes,
  classOf,
  classPlaces,
  PACKED_BYTES_MAX,
  RAW_CLASS,
} from '../../src/size-classes.ts';

const classes = Array.from({ length: CLASS_COUNT - 1 }, (_, index) => index + 1);

test('sizes rise, are multiples of 8, and begin and end where they must', () => {
  expect(classBytes[0]).toBe(0);
  expect(classBytes[1]).toBe(PLACE_BYTES_MIN);
  expect(classBytes[RAW_CLASS]).toBe(PAGE_BYTES);
  expect(CLASS_COUNT).toBeLessThanOrEqual(256);
  for (const sizeClass of classes) {
    expect(classBytes[sizeClass]! % 8).toBe(0);
    if (sizeClass > 1) {
      expect(classBytes[sizeClass]! - classBytes[sizeClass - 1]!).toBeGreaterThanOrEqual(16);
    }
  }
});

test('places fit their block, and what remains of it is small', () => {
  for (const sizeClass of classes) {
    const places = classPlaces[sizeClass]!;
    const tail = BLOCK_BYTES - places * classBytes[sizeClass]!;
    expect(places).toBeLessThanOrEqual(2 ** INDEX_BITS);
    expect(tail).toBeGreaterThanOrEqual(0);
    // Rounding a size down to 8 leaves at most 7 bytes a place.
    expect(tail).toBeLessThan(8 * places);
    expect(tail / BLOCK_BYTES).toBeLessThan(0.02);
  }
});

test('every length has the smallest class that holds it', () => {
  for (let bytes = HEADER_BYTES + 1; bytes <= PACKED_BYTES_MAX; bytes++) {
    const sizeClass = classOf(bytes);
    expect(sizeClass).toBeGreaterThan(0);
    expect(sizeClass).toBeLessThan(RAW_CLASS);
    expect(classBytes[sizeClass]).toBeGreaterThanOrEqual(bytes);
    if (sizeClass > 1) expect(classBytes[sizeClass - 1]).toBeLessThan(bytes);
  }
  expect(classOf(PAGE_BYTES)).toBe(RAW_CLASS);
});

test('rounding up to a class wastes a bounded share', () => {
  let waste = 0;
  for (let bytes = PLACE_BYTES_MIN; bytes <= PAGE_BYTES; bytes++) {
    const held = classBytes[classOf(bytes)]!;
    waste += (held - bytes) / held;
    // The steps between sizes grow with the size: a 17th of a block is far from a 16th.
    expect(held - bytes).toBeLessThan(Math.max(16, held / 15));
  }
  expect(waste / (PAGE_BYTES - PLACE_BYTES_MIN)).toBeLessThan(0.03);
});

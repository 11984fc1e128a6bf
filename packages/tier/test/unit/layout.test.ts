// Places and windows: every record lies in its window, windows end with their extents, and places
// keep to their bits however large the device is.

import {
  BLOCK_BYTES,
  byteAt,
  endOfLayout,
  extentAt,
  extentOf,
  layoutFor,
  placeIn,
  RECORD_BYTES_MAX,
  release,
  retain,
  WINDOW_BYTES_MAX,
  windowOf,
} from '@pagelend/tier';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const GIB = 2 ** 30;

test.each([
  { bytes: 5 * 2 ** 20, unitBytes: 64, extentCount: 4 },
  { bytes: 33 * GIB, unitBytes: 128, extentCount: 33 * 1024 - 1 },
  { bytes: 32 * GIB + 2 ** 20, unitBytes: 64, extentCount: 32 * 1024 },
  { bytes: 1024 * GIB, unitBytes: 2048, extentCount: 2 ** 20 - 1 },
  { bytes: 9000 * GIB, unitBytes: 4096, extentCount: 2 ** 21 },
])('a device of $bytes bytes has units of $unitBytes', ({ bytes, unitBytes, extentCount }) => {
  const layout = layoutFor(bytes);
  expect(layout).toEqual({ firstAt: 2 ** 20, extentBytes: 2 ** 20, extentCount, unitBytes });
  expect(endOfLayout(layout)).toBeLessThanOrEqual(bytes);
  const last = placeIn(layout, extentCount - 1, layout.extentBytes - unitBytes);
  expect(last).toBeLessThan(2 ** 29);
  expect(extentOf(layout, last)).toBe(extentCount - 1);
  expect(byteAt(layout, last)).toBe(endOfLayout(layout) - unitBytes);
});

test('what is too small has no extents, and no extent has an odd size', () => {
  expect(layoutFor(0).extentCount).toBe(0);
  expect(layoutFor(2 ** 20).extentCount).toBe(0);
  for (const bytes of [0, 4096, 8192, 100_000, 2 ** 31]) {
    expect(() => layoutFor(GIB, bytes)).toThrow(RangeError);
  }
});

describe.each([64, 256, 4096])('with units of %i bytes', (unitBytes) => {
  const layout = { firstAt: 65_536, extentBytes: 65_536, extentCount: 100, unitBytes };
  const places = fc.integer({ min: 0, max: (layout.extentBytes / unitBytes) * 100 - 1 });

  test('a window holds the largest record that can be there', () => {
    fc.assert(
      fc.property(places, (place) => {
        const window = windowOf(layout, place);
        const from = byteAt(layout, place);
        const extentEnd = extentAt(layout, extentOf(layout, place)) + layout.extentBytes;
        expect(window.at % BLOCK_BYTES).toBe(0);
        expect(window.bytes % BLOCK_BYTES).toBe(0);
        expect(window.bytes).toBeLessThanOrEqual(WINDOW_BYTES_MAX);
        expect(window.at + window.recordAt).toBe(from);
        expect(window.recordAt).toBeLessThan(BLOCK_BYTES);
        const end = Math.min(extentEnd, from + RECORD_BYTES_MAX);
        expect(window.at + window.bytes).toBeGreaterThanOrEqual(end);
        expect(window.at + window.bytes).toBeLessThanOrEqual(extentEnd);
      }),
    );
  });

  test('a place is where it says', () => {
    fc.assert(
      fc.property(places, (place) => {
        const extent = extentOf(layout, place);
        const at = byteAt(layout, place) - extentAt(layout, extent);
        expect(at).toBeGreaterThanOrEqual(0);
        expect(at).toBeLessThan(layout.extentBytes);
        expect(placeIn(layout, extent, at)).toBe(place);
      }),
    );
  });
});

test('an extent that nobody holds cannot be released', () => {
  const live = new Int32Array(new SharedArrayBuffer(8));
  retain(live, 1);
  retain(live, 1);
  expect(release(live, 1)).toBe(1);
  expect(release(live, 1)).toBe(0);
  expect(() => release(live, 1)).toThrow('released more often');
});

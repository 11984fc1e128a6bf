// The watermarks against Linux's formulas worked by hand.

import { expect, test } from 'vitest';
import { watermarksOf } from '../../src/model/watermarks.ts';

test.each([
  // 262144 kB: 4 x sqrt is 2048 kB = 512 pages; a quarter, 128, is more than a thousandth, 65.
  [65_536, { minPages: 512, lowPages: 640, highPages: 768 }],
  // 1 GiB: 4096 kB = 1024 pages; a thousandth, 262, is more than a quarter, 256.
  [262_144, { minPages: 1024, lowPages: 1286, highPages: 1548 }],
  // 16 GiB: 16384 kB = 4096 pages; 4194 apart.
  [4_194_304, { minPages: 4096, lowPages: 8290, highPages: 12_484 }],
  // Small ones have 128 kB.
  [64, { minPages: 32, lowPages: 40, highPages: 48 }],
])('%i pages', (pages, marks) => {
  expect(watermarksOf(pages)).toEqual(marks);
});

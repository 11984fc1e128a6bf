// The predicate of the sample: its share of slots in any pattern that guests make, nested samples.

import { isSampled, SAMPLE_ALL, SHIFT_MAX, subsampleOf, thresholdOf } from '@pagelend/judge';
import { describe, expect, test } from 'vitest';

const SLOTS = 2 ** 20;

function shareOf(shift: number, lease: number, slotOf: (index: number) => number): number {
  let sampled = 0;
  const threshold = thresholdOf(shift);
  for (let i = 0; i < SLOTS; i++) if (isSampled(lease, slotOf(i), threshold)) sampled++;
  return sampled / SLOTS;
}

describe.each([1, 3, 6, SHIFT_MAX])('rate 1 / 2^%i', (shift) => {
  const rate = 2 ** -shift;
  // Five standard deviations of as many independent draws.
  const spread = 5 * Math.sqrt((rate * (1 - rate)) / SLOTS);

  test.each([0, 1, 7, 1000])('slots in a row, lease %i', (lease) => {
    expect(Math.abs(shareOf(shift, lease, (i) => i) - rate)).toBeLessThan(spread);
  });

  test.each([2, 8, 256, 512, 1000])('every %ith slot', (stride) => {
    expect(Math.abs(shareOf(shift, 3, (i) => i * stride) - rate)).toBeLessThan(spread);
  });

  test.each([2, 4])('each of %i sub-samples has its share of the sample', (count) => {
    const held = new Array<number>(count).fill(0);
    for (let slot = 0; slot < SLOTS; slot++) {
      if (isSampled(5, slot, thresholdOf(shift))) held[subsampleOf(5, slot, count)]!++;
    }
    const part = (SLOTS * rate) / count;
    for (const pages of held) expect(Math.abs(pages - part)).toBeLessThan(5 * Math.sqrt(part));
  });
});

test('a sample holds every sparser one, and the densest holds all slots', () => {
  for (let slot = 0; slot < 2 ** 31; slot += 99_991) {
    expect(isSampled(9, slot, SAMPLE_ALL)).toBe(true);
    for (let shift = 1; shift <= SHIFT_MAX; shift++) {
      const isIn = isSampled(9, slot, thresholdOf(shift));
      if (isIn) expect(isSampled(9, slot, thresholdOf(shift - 1))).toBe(true);
    }
  }
});

test('leases sample different slots', () => {
  let both = 0;
  for (let slot = 0; slot < SLOTS; slot++) {
    const threshold = thresholdOf(4);
    if (isSampled(1, slot, threshold) && isSampled(2, slot, threshold)) both++;
  }
  // Independent samples of a sixteenth share a 256th of all.
  expect(both).toBeGreaterThan(SLOTS / 1024);
  expect(both).toBeLessThan(SLOTS / 64);
});

// The heap by two keys against a list that is sorted for every question.

import { PagePairHeap } from '@pagelend/policies';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SEED } from '../traces.ts';

const PAGE_COUNT = 3000;

test('gives the page with the smallest keys, through changes and removals', () => {
  const page = fc.nat(40);
  const key = fc.integer({ min: -3, max: 3 });
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.tuple(fc.constant('set' as const), page, key) },
    { weight: 1, arbitrary: fc.tuple(fc.constant('remove' as const), page, key) },
    { weight: 2, arbitrary: fc.tuple(fc.constant('take' as const), page, key) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const heap = new PagePairHeap(PAGE_COUNT);
      const keys = new Map<number, readonly [number, number]>();
      for (const [index, [kind, id, first]] of steps.entries()) {
        if (kind === 'set') {
          heap.set(id, first, index);
          keys.set(id, [first, index]);
        } else if (kind === 'remove') {
          heap.remove(id);
          keys.delete(id);
        } else if (keys.size > 0) {
          const sorted = [...keys].sort(([, a], [, b]) => a[0] - b[0] || a[1] - b[1]);
          const [least, [least1]] = sorted[0]!;
          expect(heap.takeMin()).toBe(least);
          expect(heap.firstOf(least)).toBe(least1);
          keys.delete(least);
        }
        expect(heap.count).toBe(keys.size);
        expect(heap.has(id)).toBe(keys.has(id));
      }
      const held = Array.from({ length: heap.count }, (_, i) => heap.at(i));
      expect(new Set(held)).toEqual(new Set(keys.keys()));
    }),
    { seed: SEED, numRuns: 2000 },
  );
});

test('grows past its first size', () => {
  const heap = new PagePairHeap(PAGE_COUNT);
  for (let id = 0; id < PAGE_COUNT; id++) heap.set(id, (id * 7919) % 100, id);
  const order = Array.from({ length: PAGE_COUNT }, () => heap.takeMin());
  const sorted = [...order].sort((a, b) => ((a * 7919) % 100) - ((b * 7919) % 100) || a - b);
  expect(order).toEqual(sorted);
});

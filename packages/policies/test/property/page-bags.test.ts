// Bags of pages against plain arrays: which page is in which bag, how many there are, and that every
// page of a bag can be drawn by its index.

import { PageBags } from '@pagelend/policies';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SEED } from '../traces.ts';

const BAGS = 4;

test('bags of pages equal sets under puts and removals', () => {
  const step = fc.record({
    page: fc.nat(300),
    // The number past the last bag stands for a removal.
    bag: fc.nat(BAGS),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 800, size: 'max' }), (steps) => {
      const bags = new PageBags(301, BAGS);
      const model = Array.from({ length: BAGS }, () => new Set<number>());
      for (const { page, bag } of steps) {
        for (const pages of model) pages.delete(page);
        if (bag < BAGS) {
          bags.put(page, bag);
          model[bag]!.add(page);
        } else {
          bags.remove(page);
        }
      }
      for (const [bag, pages] of model.entries()) {
        const held = Array.from({ length: bags.count(bag) }, (_, index) => bags.at(bag, index));
        expect(held).toHaveLength(pages.size);
        expect(new Set(held)).toEqual(pages);
      }
    }),
    { seed: SEED, numRuns: 200 },
  );
});

// Slots to dense ids, against a map.

import { SlotIds } from '@pagelend/judge';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SEED } from '../../policies/test/traces.ts';

const CAPACITY = 24;

test('equals a map under additions and removals; ids are below the capacity and unshared', () => {
  // Neighbours, and slots far apart whose cells wrap around the table's end.
  const slot = fc.oneof(fc.nat(40), fc.nat(2 ** 31 - 1), fc.constantFrom(0, 2 ** 31 - 1));
  fc.assert(
    fc.property(fc.array(slot, { maxLength: 300, size: 'max' }), (slots) => {
      const ids = new SlotIds(CAPACITY);
      const model = new Map<number, number>();
      for (const next of slots) {
        const known = model.get(next);
        expect(ids.find(next)).toBe(known ?? -1);
        if (known !== undefined) {
          ids.remove(known);
          model.delete(next);
        } else if (!ids.isFull) {
          const id = ids.add(next);
          expect(id).toBeGreaterThanOrEqual(0);
          expect(id).toBeLessThan(CAPACITY);
          expect([...model.values()]).not.toContain(id);
          expect(ids.slotOf(id)).toBe(next);
          model.set(next, id);
        }
        expect(ids.count).toBe(model.size);
        for (const [held, id] of model) expect(ids.find(held)).toBe(id);
      }
    }),
    { seed: SEED, numRuns: 200 },
  );
});

test('a full table refuses another slot', () => {
  const ids = new SlotIds(1);
  ids.add(7);
  expect(() => ids.add(8)).toThrow('all 1 ids are given');
});

// Stack distances against the stack itself, kept as a list.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { randomFrom, SEED } from '../../../policies/test/traces.ts';
import { RecencyTree } from '../../src/curves/recency-tree.ts';

/** The oracle: a list of pages, the last one referenced first. */
function expectSameDistances(pageCount: number, touches: Iterable<number>): void {
  const tree = new RecencyTree(pageCount);
  const stack: number[] = [];
  for (const page of touches) {
    const at = stack.indexOf(page);
    if (at >= 0) stack.splice(at, 1);
    stack.unshift(page);
    const distance = tree.touch(page);
    if (distance !== at + 1) expect.unreachable(`page ${page}: ${distance}, not ${at + 1}`);
  }
  const found: number[] = [];
  tree.forStack((page, place) => {
    found[place - 1] = page;
  });
  expect(found).toEqual(stack);
  expect(tree.pages).toBe(stack.length);
}

test('any touches of a few pages', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(99), { maxLength: 400 }), (touches) =>
      expectSameDistances(100, touches),
    ),
    { seed: SEED, numRuns: 200 },
  );
});

test.each([1, 2, 31, 32, 33, 1000, 1500])('%i pages, past several renumberings', (pageCount) => {
  const random = randomFrom(pageCount);
  const touches = Array.from({ length: 30_000 }, (_, i) =>
    // Near ones, far ones, and in turn.
    i % 3 === 0 ? i % pageCount : Math.floor(random() ** (i % 2 === 0 ? 6 : 1) * pageCount),
  );
  expectSameDistances(pageCount, touches);
});

test('no touch at all', () => expectSameDistances(0, []));

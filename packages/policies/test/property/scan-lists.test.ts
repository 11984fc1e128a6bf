// The queue of a clock's scan and the set of frames against plain arrays.

import { FrameSet, NO_PAGE, ScanQueue } from '@pagelend/policies';
import fc from 'fast-check';
import { expect, test } from 'vitest';

const SEED = 20_090_921;

test('a scan queue equals an array under pushes, rotations, drops and removals', () => {
  const step = fc.record({
    what: fc.constantFrom('push', 'push', 'push', 'rotate', 'drop', 'remove', 'remove'),
    page: fc.nat(40),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      const queue = new ScanQueue();
      const model: number[] = [];
      for (const { what, page } of steps) {
        expect(queue.oldest()).toBe(model[0] ?? NO_PAGE);
        if (what === 'push' && !model.includes(page)) {
          queue.push(page);
          model.push(page);
        } else if (what === 'rotate' && model.length > 0) {
          queue.rotate();
          model.push(model.shift()!);
        } else if (what === 'drop' && model.length > 0) {
          queue.dropOldest();
          model.shift();
        } else if (what === 'remove' && model.includes(page)) {
          queue.remove(page);
          model.splice(model.indexOf(page), 1);
        }
        expect(queue.count).toBe(model.length);
      }
      expect([...queue.pages()]).toEqual(model);
    }),
    { seed: SEED, numRuns: 500 },
  );
});

test('a scan queue past its first capacity keeps order, void entries or not', () => {
  const queue = new ScanQueue();
  let model: number[] = [];
  for (let page = 0; page < 5000; page++) {
    queue.push(page);
    model.push(page);
    if (page % 3 === 0) queue.remove(page);
    // A page that comes back stands behind its own void entry.
    if (page % 6 === 0) queue.push(page);
  }
  model = model.filter((page) => page % 3 !== 0 || page % 6 === 0);
  const inOrder = [...queue.pages()];
  expect(new Set(inOrder)).toEqual(new Set(model));
  expect(queue.count).toBe(model.length);
  for (const page of inOrder) {
    expect(queue.oldest()).toBe(page);
    queue.dropOldest();
  }
  expect(queue.oldest()).toBe(NO_PAGE);
});

test('a frame set finds the first frame at or after any, as a sorted array does', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ frame: fc.nat(5000), isAdded: fc.boolean() }), { maxLength: 300 }),
      fc.array(fc.nat(6000), { minLength: 1, maxLength: 50 }),
      fc.integer({ min: 1, max: 5001 }),
      (changes, queries, frameCount) => {
        const set = new FrameSet(frameCount);
        const model = new Set<number>();
        for (const { frame, isAdded } of changes) {
          if (isAdded) {
            set.add(frame);
            model.add(frame);
          } else {
            set.delete(frame);
            model.delete(frame);
          }
        }
        for (const from of queries) {
          const expected = Math.min(...[...model].filter((frame) => frame >= from), Infinity);
          expect(set.firstFrom(from)).toBe(expected === Infinity ? -1 : expected);
        }
      },
    ),
    { seed: SEED, numRuns: 500 },
  );
});

// The queue of a clock's scan and the set of frames against plain arrays.

import { FrameSet, NO_PAGE, ScanQueue, VoidCounts } from '@pagelend/policies';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { randomFrom } from '../traces.ts';

const SEED = 20_090_921;

test('a scan queue equals an array under pushes, rotations, drops and removals', () => {
  const step = fc.record({
    what: fc.constantFrom('push', 'push', 'push', 'rotate', 'drop', 'remove', 'remove'),
    page: fc.nat(40),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      const queue = new ScanQueue(41);
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
  const queue = new ScanQueue(5000);
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

/** A queue and its model: a Set keeps the order of insertion, and its middle can be removed fast. */
class Pair {
  readonly queue: ScanQueue;
  readonly model = new Set<number>();

  constructor(pageCount: number) {
    this.queue = new ScanQueue(pageCount);
  }

  push(page: number): void {
    this.queue.push(page);
    this.model.add(page);
  }

  remove(page: number): void {
    this.queue.remove(page);
    this.model.delete(page);
  }

  /** One step of a scan; `freed`, if it is another page that is held, goes in the middle of it. */
  scan(isSpared: boolean, freed = NO_PAGE): void {
    const oldest = this.model.values().next().value ?? NO_PAGE;
    const found = this.queue.oldest();
    if (found !== oldest) throw new Error(`the oldest is ${found}, not ${oldest}`);
    if (oldest === NO_PAGE) return;
    if (freed !== oldest && this.model.has(freed)) this.remove(freed);
    this.model.delete(oldest);
    if (isSpared) {
      this.queue.rotate();
      this.model.add(oldest);
    } else {
      this.queue.dropOldest();
    }
  }

  expectEqual(): void {
    this.queue.check();
    expect(this.queue.count).toBe(this.model.size);
    expect([...this.queue.pages()]).toEqual([...this.model]);
  }
}

test('a scan queue equals a set through long spells of filling, freeing and scanning', () => {
  const spell = fc.record({
    operations: fc.integer({ min: 1, max: 6000 }),
    pushes: fc.integer({ min: 0, max: 9 }),
    removes: fc.integer({ min: 0, max: 9 }),
    // Most spells are those of a lender without evictions: nothing ever looks at the head.
    scans: fc.constantFrom(0, 0, 0, 1, 9),
    // Few pages that come and go among many have many void entries each.
    pageCount: fc.constantFrom(1, 2, 40, 700, 6000),
  });
  fc.assert(
    fc.property(fc.nat(), fc.array(spell, { minLength: 1, maxLength: 8 }), (seed, spells) => {
      const random = randomFrom(seed);
      const pair = new Pair(6000);
      for (const { operations, pushes, removes, scans, pageCount } of spells) {
        for (let i = 0; i < operations; i++) {
          const page = Math.floor(random() * pageCount);
          const choice = random() * (pushes + removes + scans);
          if (choice < pushes) {
            if (!pair.model.has(page)) pair.push(page);
          } else if (choice < pushes + removes) {
            if (pair.model.has(page)) pair.remove(page);
          } else {
            pair.scan(random() < 0.5, random() < 0.3 ? page : NO_PAGE);
          }
          if (i % 1000 === 0) pair.queue.check();
        }
        pair.expectEqual();
      }
      while (pair.model.size > 0) pair.scan(false);
      pair.scan(false);
      pair.expectEqual();
    }),
    { seed: SEED, numRuns: 150 },
  );
});

test('a scan queue that is never scanned drops void entries, and keeps order as it wraps', () => {
  const pair = new Pair(3000);
  // The head stands late in the buffer of 1024 places, so that what follows lies around its end.
  for (let page = 0; page < 900; page++) pair.push(page);
  for (let step = 0; step < 800; step++) pair.scan(false);
  for (let round = 0; round < 40; round++) {
    for (let page = 1000; page < 1900; page += 3) {
      if (pair.model.has(page)) pair.remove(page);
      if ((page + round) % 2 === 0) pair.push(page);
    }
    pair.expectEqual();
  }
  // It grows with void entries in it, twice.
  for (let page = 2000; page < 3000; page++) {
    pair.push(page);
    if (page % 5 === 3) pair.remove(page - 3);
    pair.queue.check();
  }
  pair.expectEqual();
  for (const page of [...pair.model]) pair.remove(page);
  pair.expectEqual();
  pair.push(7);
  pair.scan(true);
  pair.scan(false);
  pair.scan(false);
});

test('a page that comes and goes a thousand times among others keeps its place in the order', () => {
  for (const isScanned of [false, true]) {
    const pair = new Pair(4001);
    for (let page = 0; page < 4000; page++) pair.push(page);
    for (let i = 0; i < 1100; i++) {
      pair.push(4000);
      pair.remove(4000);
      if (i % 100 === 0) pair.queue.check();
    }
    pair.push(4000);
    if (isScanned) for (let step = 0; step < 2 * pair.model.size; step++) pair.scan(true);
    pair.expectEqual();
  }
});

test('counts of void entries equal a map', () => {
  const counts = new VoidCounts(3);
  const model = new Map<number, number>();
  const random = randomFrom(SEED);
  // Adds outweigh takes in every other spell, by far more than a byte holds.
  for (let i = 0; i < 50_000; i++) {
    const page = Math.floor(random() * 3);
    const held = model.get(page) ?? 0;
    if (random() < (Math.floor(i / 10_000) % 2 === 0 ? 0.8 : 0.2)) {
      counts.add(page);
      model.set(page, held + 1);
    } else {
      if (counts.take(page) !== held > 0) throw new Error(`page ${page} has ${held}`);
      model.set(page, Math.max(0, held - 1));
    }
  }
  const expected = [0, 1, 2].map((page) => model.get(page) ?? 0);
  expect(Math.min(...expected)).toBeGreaterThan(255);
  // A copy that is used up leaves the counts as they are.
  for (const taken of [counts.copy(), counts]) {
    const found = expected.map((_, page) => {
      let count = 0;
      while (taken.take(page)) count++;
      return count;
    });
    expect(found).toEqual(expected);
  }
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

// The lists beneath the policies against plain arrays. Runs are long, so that the logs of the queues
// are compacted and grown, the heap outgrows its first array, and the ring its first frames.

import { FrameRing, NO_PAGE, PageHeap, PageQueues, packReference } from '@pagelend/policies';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { randomFrom, SEED } from '../traces.ts';

/** More than the 1024 entries that a log starts with, several times over. */
const OPERATIONS = 6000;

const scenarios = fc.record({
  seed: fc.nat(),
  pageCount: fc.constantFrom(3, 40, 700, 3000),
  queueCount: fc.integer({ min: 1, max: 7 }),
});

test('queues of pages equal arrays', () => {
  fc.assert(
    fc.property(scenarios, ({ seed, pageCount, queueCount }) => {
      const random = randomFrom(seed);
      const below = (limit: number): number => Math.floor(random() * limit);
      const family = new PageQueues(pageCount, queueCount);
      // Maps keep the order of insertion, so a Set is a queue whose middle can be removed fast.
      const models = Array.from({ length: queueCount }, () => new Set<number>());
      const drop = (page: number): void => {
        for (const model of models) model.delete(page);
      };
      const push = (index: number, page: number): void => {
        drop(page);
        models[index]!.add(page);
      };
      const pushRun = (index: number): void => {
        const held = models.flatMap((model) => [...model].slice(0, 3));
        if (held.length === 0) return;
        const pages = Array.from({ length: 1 + below(8) }, () => held[below(held.length)]!);
        const run = Uint32Array.from([0, ...pages.map((page) => packReference(page, 1)), 0]);
        family.queues[index]!.pushRun(run, 1, 1 + pages.length);
        for (const page of pages) push(index, page);
      };
      // Some runs mostly fill the queues, others mostly empty them.
      const shiftShare = random() * 0.3;
      for (let i = 0; i < OPERATIONS; i++) {
        const index = below(queueCount);
        const queue = family.queues[index]!;
        const choice = random();
        const page = below(pageCount);
        if (choice < shiftShare) {
          const oldest = models[index]!.values().next().value ?? NO_PAGE;
          if (queue.oldest() !== oldest || queue.shift() !== oldest) {
            throw new Error(`oldest of queue ${index + 1} at operation ${i} is not ${oldest}`);
          }
          drop(oldest);
        } else if (choice < shiftShare + 0.1) {
          family.remove(page);
          drop(page);
        } else if (choice < shiftShare + 0.11) {
          pushRun(index);
        } else {
          queue.push(page);
          push(index, page);
        }
        if (i % 500 === 0 || i === OPERATIONS - 1) expectQueues(family, models);
      }
    }),
    { seed: SEED, numRuns: 25 },
  );
});

function expectQueues(family: PageQueues, models: readonly Set<number>[]): void {
  for (const [index, model] of models.entries()) {
    const queue = family.queues[index]!;
    expect([...queue.pages()]).toEqual([...model]);
    expect(queue.count).toBe(model.size);
    for (const page of model) {
      expect(queue.has(page) && family.queueOf(page) === queue.number).toBe(true);
    }
  }
}

test('a family has one to seven queues', () => {
  for (const count of [0, 8]) expect(() => new PageQueues(1, count)).toThrow('queues');
});

test('a heap of pages equals a map', () => {
  fc.assert(
    fc.property(scenarios, ({ seed, pageCount }) => {
      const random = randomFrom(seed);
      const heap = new PageHeap(pageCount);
      const model = new Map<number, number>();
      // Few distinct keys in some runs, so that many are equal.
      const keyCount = random() < 0.5 ? 10 : 2 ** 32;
      const shrinkFrom = OPERATIONS / 2;
      for (let i = 0; i < OPERATIONS; i++) {
        const page = Math.floor(random() * pageCount);
        const choice = random();
        if (choice < 0.05) {
          heap.remove(page);
          model.delete(page);
        } else if (choice < (i < shrinkFrom ? 0.1 : 0.6) && model.size > 0) {
          const max = heap.takeMax();
          const key = model.get(max);
          model.delete(max);
          if (key === undefined || heap.has(max)) throw new Error(`took ${max}`);
          if (i % 300 === 0) expect(Math.max(key, ...model.values())).toBe(key);
        } else {
          const key = Math.floor(random() * keyCount);
          heap.set(page, key);
          model.set(page, key);
        }
        if (heap.count !== model.size) throw new Error(`${heap.count} is not ${model.size}`);
      }
      // What is left comes out in falling order, each page once.
      let last = Number.POSITIVE_INFINITY;
      while (model.size > 0) {
        const page = heap.takeMax();
        const key = model.get(page)!;
        expect(key).toBeLessThanOrEqual(last);
        last = key;
        model.delete(page);
      }
      expect(heap.count).toBe(0);
    }),
    { seed: SEED, numRuns: 20 },
  );
});

test('a ring filled by faults and emptied at the hand equals a list whose spared pages move', () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 1500 }), (seed, frames) => {
      const random = randomFrom(seed);
      // Made for fewer frames than it will hold in some runs, as after a host's resize.
      const ring = new FrameRing(random() < 0.5 ? frames : 1, OPERATIONS);
      const list: number[] = [];
      for (let page = 0; page < OPERATIONS / 2; page++) {
        if (list.length === frames) {
          while (random() < 0.4) {
            ring.hand = ring.hand + 1 === ring.usedCount ? 0 : ring.hand + 1;
            list.push(list.shift()!);
          }
          const victim = ring.take(ring.hand);
          if (victim !== list.shift()) throw new Error(`the hand took ${victim}`);
        }
        ring.add(page);
        list.push(page);
      }
      const order = list.map((_, i) => ring.pages[(ring.hand + i) % ring.usedCount]);
      expect(order).toEqual(list);
      expect([ring.count, ring.usedCount]).toEqual([list.length, list.length]);
    }),
    { seed: SEED, numRuns: 20 },
  );
});

test('a page that leaves elsewhere than at the hand frees its frame for the next page', () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 60 }), (seed, pageCount) => {
      const random = randomFrom(seed);
      const ring = new FrameRing(1, pageCount);
      const slots: (number | null)[] = [];
      const free: number[] = [];
      for (let i = 0; i < 2000; i++) {
        const page = Math.floor(random() * pageCount);
        const slot = slots.indexOf(page);
        if (slot < 0) {
          ring.add(page);
          slots[free.shift() ?? slots.length] = page;
        } else {
          if (random() < 0.5) {
            ring.remove(page);
          } else {
            expect(ring.take(slot)).toBe(page);
            expect(ring.hand).toBe((slot + 1) % slots.length);
          }
          slots[slot] = null;
          free.push(slot);
        }
        expect(ring.count).toBe(slots.filter((held) => held !== null).length);
      }
      expect([...ring.pages.subarray(0, ring.usedCount)]).toEqual(
        slots.map((held) => held ?? NO_PAGE),
      );
    }),
    { seed: SEED, numRuns: 100 },
  );
});

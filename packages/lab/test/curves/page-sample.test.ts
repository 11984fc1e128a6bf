// A sample is all references to so many pages and no others, chosen by the seed alone.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Reference } from '../../../policies/test/host.ts';
import { SEED, scenes } from '../../../policies/test/traces.ts';
import { samplePages } from '../../src/curves/page-sample.ts';
import { memoryTraceOf, pack, randomTrace, renumber } from '../helpers.ts';

/** Which pages of the whole a sample holds: its ids keep their order. */
function pagesOf(trace: readonly Reference[], count: number, seed: number): number[] {
  const pageCount = 1 + Math.max(...trace.map(([page]) => page));
  // A trace that references each page once shows the choice.
  const once = Array.from({ length: pageCount }, (_, page): Reference => [page, 0]);
  const chosen: number[] = [];
  for (let page = 0; page < pageCount; page++) {
    const alone = samplePages(memoryTraceOf([...once, [page, 1]]), count, seed);
    if (alone.trace.writeCount === 1) chosen.push(page);
  }
  return chosen;
}

test('equals a filter by page, with its ids, operations and warm-up', () => {
  fc.assert(
    fc.property(scenes, fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(), (scene, at, seed) => {
      const trace = renumber(scene.trace);
      const pageCount = 1 + Math.max(...trace.map(([page]) => page));
      const count = 1 + Math.floor(at * (pageCount - 1));
      const warmup = Math.floor(at * trace.length);
      const chosen = pagesOf(trace, count, seed);
      expect(chosen).toHaveLength(count);
      const isIn = ([page]: Reference): boolean => chosen.includes(page);
      const expected = trace
        .filter(isIn)
        .map(([page, op]): Reference => [chosen.indexOf(page), op]);
      const sample = samplePages(memoryTraceOf(trace), count, seed, warmup);
      expect([...new Uint32Array(sample.trace.buffer)]).toEqual([...pack(expected)]);
      expect(sample.trace).toMatchObject({
        referenceCount: expected.length,
        writeCount: expected.filter(([, op]) => op === 1).length,
        pageCount: count,
      });
      expect(sample.warmupReferences).toBe(trace.slice(0, warmup).filter(isIn).length);
    }),
    { seed: SEED, numRuns: 60 },
  );
});

test('windows of the trace that end within a sample lose nothing', () => {
  const trace = renumber(randomTrace(300_000, 500));
  const memory = memoryTraceOf(trace);
  const parts = [1, 2, 3].map((seed) => samplePages(memory, 250, seed).trace);
  for (const part of parts) {
    const references = new Uint32Array(part.buffer);
    expect(references).toHaveLength(part.referenceCount);
    // In order of first appearance, as every trace numbers its pages.
    let next = 0;
    for (const reference of references) {
      if (reference >>> 1 > next) expect.unreachable(`page ${reference >>> 1} before ${next}`);
      if (reference >>> 1 === next) next++;
    }
    expect(next).toBe(250);
  }
  expect(new Set(parts.map(({ referenceCount }) => referenceCount)).size).toBe(3);
});

test('each page is as likely as any other', () => {
  const trace = memoryTraceOf(Array.from({ length: 64 }, (_, page) => [page, 0]));
  const whole = new Uint32Array(trace.buffer);
  const taken = new Float64Array(64);
  // One page alone is written; whether the write is in a sample tells whether that page is.
  for (let page = 0; page < 64; page++) {
    whole.forEach((reference, i) => {
      whole[i] = (reference & ~1) | Number(i === page);
    });
    for (let seed = 1; seed <= 400; seed++)
      taken[page]! += samplePages(trace, 16, seed).trace.writeCount;
  }
  // 100 expected of 400; the standard deviation is below 9.
  for (const count of taken) expect(Math.abs(count - 100)).toBeLessThan(45);
  expect(taken.reduce((sum, count) => sum + count)).toBe(64 * 100);
});

// Random traces for the property tests: a few segments, each of them arbitrary references, a loop, a
// scan, or draws from a skewed distribution, over 2 to 40 pages and memories of 1 to 20 frames.

import { type Op, READ, WRITE } from '@pagelend/policies';
import fc from 'fast-check';
import type { Reference } from './host.ts';

export interface Scene {
  readonly frames: number;
  readonly trace: readonly Reference[];
}

/** Every property run of this room starts from this seed, so that a failure repeats. */
export const SEED = 20_090_921;

export const PAGES_MAX = 40;

const op: fc.Arbitrary<Op> = fc.constantFrom(READ, WRITE);
const writeShare = fc.constantFrom(0, 0.1, 0.3, 0.6, 1);
const page = fc.nat(PAGES_MAX - 1);

const arbitrary: fc.Arbitrary<Reference[]> = fc.array(fc.tuple(page, op), {
  minLength: 1,
  maxLength: 60,
});

const loop: fc.Arbitrary<Reference[]> = fc
  .record({
    start: page,
    length: fc.integer({ min: 1, max: 24 }),
    turns: fc.integer({ min: 1, max: 5 }),
    share: writeShare,
    seed: fc.nat(),
  })
  .map(({ start, length, turns, share, seed }) => {
    const random = randomFrom(seed);
    return Array.from({ length: length * turns }, (_, i) => [
      start + (i % length),
      random() < share ? WRITE : READ,
    ]);
  });

const skewed: fc.Arbitrary<Reference[]> = fc
  .record({
    first: page,
    count: fc.integer({ min: 1, max: 120 }),
    skew: fc.constantFrom(1, 2, 3),
    share: writeShare,
    seed: fc.nat(),
  })
  .map(({ first, count, skew, share, seed }) => {
    const random = randomFrom(seed);
    return Array.from({ length: count }, () => [
      first + Math.floor(random() ** skew * PAGES_MAX),
      random() < share ? WRITE : READ,
    ]);
  });

/** A memory and a trace for it. Page ids are taken modulo the number of pages. */
export const scenes: fc.Arbitrary<Scene> = fc
  .record({
    pages: fc.integer({ min: 2, max: PAGES_MAX }),
    frames: fc.integer({ min: 1, max: 20 }),
    segments: fc.array(fc.oneof(arbitrary, loop, skewed), { minLength: 1, maxLength: 5 }),
  })
  .map(({ pages, frames, segments }) => ({
    frames,
    trace: segments.flat().map(([id, kind]) => [id % pages, kind] as const),
  }));

/** Cost pairs as in practice: writes cheaper than reads, equal, and up to eighteen times dearer. */
export const costs = fc.constantFrom(0.3, 1, 2, 4, 8, 18).map((write) => ({ read: 1, write }));

/** A seeded generator of numbers in [0, 1): mulberry32. */
export function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Reads a trace written as `R1 W2 R3`. */
export function traceOf(text: string): Reference[] {
  return text.split(' ').map((word) => [Number(word.slice(1)), word[0] === 'W' ? WRITE : READ]);
}

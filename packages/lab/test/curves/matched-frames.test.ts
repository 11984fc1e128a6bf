// The size of a sample that stands for a size of the whole: the best of the sizes that luck allows.

import { describe, expect, test } from 'vitest';
import type { Reference } from '../../../policies/test/host.ts';
import { type LruCurve, lruCurveOf } from '../../src/curves/lru-curve.ts';
import { matchedFrames, scaledFrames } from '../../src/curves/matched-frames.ts';
import { samplePages } from '../../src/curves/page-sample.ts';
import { SCALED_FRAMES_MIN } from '../../src/curves/sampling-rule.ts';
import { memoryTraceOf, randomTrace, renumber } from '../helpers.ts';

const miss = (sample: LruCurve, size: number, wanted: number): number =>
  Math.abs(Math.log((1 + sample.warmFaultsAt(size)) / (1 + wanted)));

/** The oracle: every size within two standard deviations of the scaled one is looked at. */
function leastMiss(frames: number, rate: number, whole: LruCurve, sample: LruCurve): number {
  const spread = 2 * Math.sqrt(frames * rate * (1 - rate) * (1 - frames / whole.pageCount));
  const wanted = whole.warmFaultsAt(frames) * rate;
  let least = miss(sample, scaledFrames(frames, rate), wanted);
  for (let size = SCALED_FRAMES_MIN; size <= whole.pageCount; size++) {
    if (Math.abs(size - frames * rate) > spread) continue;
    least = Math.min(least, miss(sample, size, wanted));
  }
  return least;
}

describe('samples of a trace with few hot pages', async () => {
  const trace = memoryTraceOf(renumber(randomTrace(120_000, 1_200, 5)));
  const whole = await lruCurveOf(trace);

  test.each([0.1, 0.25, 0.5])('share %f: none better in reach', async (share) => {
    for (let seed = 1; seed <= 4; seed++) {
      const count = Math.round(share * trace.pageCount);
      const rate = count / trace.pageCount;
      const sample = await lruCurveOf(samplePages(trace, count, seed).trace);
      let moved = 0;
      for (
        let frames = Math.ceil(SCALED_FRAMES_MIN / rate);
        frames <= trace.pageCount;
        frames += 7
      ) {
        const size = matchedFrames(frames, rate, whole, sample);
        const wanted = whole.warmFaultsAt(frames) * rate;
        expect(Number.isInteger(size) && size >= 1 && size <= count).toBe(true);
        expect(miss(sample, size, wanted)).toBeCloseTo(leastMiss(frames, rate, whole, sample), 12);
        if (size !== scaledFrames(frames, rate)) moved++;
      }
      // Luck shows, or the match would be no better than plain scale.
      expect(moved).toBeGreaterThan(0);
    }
  });

  test('a sample that is the whole stands for itself', () => {
    for (const frames of [16, 100, 640, trace.pageCount]) {
      expect(matchedFrames(frames, 1, whole, whole)).toBe(frames);
    }
  });

  test('with enough memory for all pages it stays at plain scale', async () => {
    const sample = await lruCurveOf(samplePages(trace, 300, 1).trace);
    expect(matchedFrames(trace.pageCount, 300 / trace.pageCount, whole, sample)).toBe(300);
  });
});

test('a few hot pages too many in a sample get frames more, and no more than luck allows', async () => {
  // Forty pages in turn, then sixty that come back once: at 40 frames LRU keeps the loop.
  const whole = await loopAndTail(40, 60);
  expect(matchedFrames(40, 0.5, whole, await loopAndTail(20, 30))).toBe(20);
  expect(matchedFrames(40, 0.5, whole, await loopAndTail(24, 26))).toBe(24);
  // From 17 frames on nothing changes, so it stays where plain scale has it.
  expect(matchedFrames(40, 0.5, whole, await loopAndTail(17, 33))).toBe(20);
  // Two standard deviations are 4.9 pages; ten are no luck.
  expect(matchedFrames(40, 0.5, whole, await loopAndTail(30, 20))).toBe(20);
});

function loopAndTail(loopPages: number, tailPages: number): Promise<LruCurve> {
  const loop: Reference[] = Array.from({ length: loopPages * 1_000 }, (_, i) => [i % loopPages, 0]);
  const tail: Reference[] = Array.from({ length: tailPages * 2 }, (_, i) => [
    loopPages + (i % tailPages),
    0,
  ]);
  return lruCurveOf(memoryTraceOf([...loop, ...tail]));
}

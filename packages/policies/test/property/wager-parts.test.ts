// The parts of WAGER by themselves: buckets of ranks against plain arrays, and the life table against
// a count over single intervals that it never keeps.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RANK_BUCKETS, RankBuckets, rankBucket } from '../../src/lists/rank-buckets.ts';
import { AGE_BINS, ageBin, IntervalTable } from '../../src/policies/wager-table.ts';
import { SEED } from '../traces.ts';
import { binOf, bucketOfRank, starts, worthOfAges } from '../twins/wager.ts';

const PAGES = 24;

describe('rank buckets', () => {
  test('equal plain arrays under puts and removals', () => {
    const step = fc.record({
      page: fc.nat(PAGES - 1),
      // A few buckets beside each other and far apart, so that pages meet; -1 is a removal.
      bucket: fc.constantFrom(-1, -1, 0, 1, 2, 31, 32, 33, 130, RANK_BUCKETS - 1),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
        const buckets = new RankBuckets(PAGES);
        const model = Array.from({ length: RANK_BUCKETS }, (): number[] => []);
        for (const { page, bucket } of steps) {
          const from = model.findIndex((pages) => pages.includes(page));
          if (from >= 0 && from !== bucket) model[from] = model[from]!.filter((p) => p !== page);
          if (bucket < 0) buckets.remove(page);
          else buckets.put(page, bucket);
          if (bucket >= 0 && from !== bucket) model[bucket]!.push(page);
          expect(buckets.bucketOf(page)).toBe(bucket);
          expect(buckets.has(page)).toBe(bucket >= 0);
          expect(buckets.lowest()).toBe(model.flat()[0] ?? -1);
          expect(buckets.count).toBe(model.flat().length);
        }
        buckets.check();
        expect(drain(buckets)).toEqual(model.flat());
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  test('a greater rank is never in a lower bucket, over all magnitudes', () => {
    const rank = fc
      .record({ exponent: fc.integer({ min: -1074, max: 1023 }), mantissa: fc.double(unit) })
      .map(({ exponent, mantissa }) => (1 + mantissa) * 2 ** exponent);
    const near = fc
      .record({ exponent: fc.integer({ min: -44, max: 28 }), mantissa: fc.double(unit) })
      .map(({ exponent, mantissa }) => (1 + mantissa) * 2 ** exponent);
    const ranks = fc.oneof(rank, near, near);
    fc.assert(
      fc.property(ranks, ranks, (a, b) => {
        expect(rankBucket(Math.min(a, b))).toBeLessThanOrEqual(rankBucket(Math.max(a, b)));
        expect(rankBucket(a)).toBe(bucketOfRank(a));
      }),
      { seed: SEED, numRuns: 20_000 },
    );
  });

  test('four buckets an octave from 2^-40 to 2^24, the outermost for all beyond', () => {
    for (let bucket = 0; bucket < RANK_BUCKETS; bucket++) {
      const first = 2 ** (Math.floor(bucket / 4) - 40) * (1 + (bucket % 4) / 4);
      expect(rankBucket(first)).toBe(bucket);
      expect(rankBucket(first * (1 - 2 ** -20))).toBe(Math.max(0, bucket - 1));
    }
    expect(RANK_BUCKETS).toBe(256);
    for (const rank of [0, 2 ** -41, 2 ** -200]) expect(rankBucket(rank)).toBe(0);
    for (const rank of [2 ** 24, 2 ** 200, Infinity]) expect(rankBucket(rank)).toBe(255);
  });
});

test('an age is in the bin whose first age it has reached', () => {
  for (let age = 0; age < 5000; age++) expect(ageBin(age)).toBe(binOf(age));
  for (const start of starts.slice(2, AGE_BINS)) {
    expect(ageBin(start) - ageBin(start - 1)).toBe(1);
    expect(ageBin(start)).toBe(binOf(start));
  }
  for (const age of [2 ** 24, 2 ** 30, 2 ** 31 - 1]) expect(ageBin(age)).toBe(AGE_BINS - 1);
});

describe('the table of intervals', () => {
  /** Class 0, 1 or 2; how the interval was last seen; how long it was; and in which of the updates. */
  const interval = fc.record({
    pageClass: fc.nat(2),
    fate: fc.constantFrom('ended', 'ended', 'censored', 'waiting'),
    age: fc.oneof(fc.nat(12), fc.nat(300), fc.constant(100), fc.nat(2 ** 26)),
    round: fc.nat(2),
  });

  test.each([true, false])('equals a count over single intervals, looking ahead: %s', (ahead) => {
    fc.assert(
      fc.property(fc.array(interval, { maxLength: 150, size: 'max' }), (intervals) => {
        const table = new IntervalTable(3, ahead);
        for (let round = 0; round <= 2; round++) {
          for (const { pageClass, fate, age } of intervals.filter((i) => i.round === round)) {
            if (fate === 'ended') table.end(pageClass, age);
            else if (fate === 'censored') table.censor(pageClass, age);
            else table.waiting[pageClass * AGE_BINS + ageBin(age)]!++;
          }
          table.update(0.6);
          // What was counted before earlier updates has faded; what waited then counts no more.
          const weighed = intervals
            .filter((i) => i.round === round || (i.round < round && i.fate !== 'waiting'))
            .map((i) => ({ ...i, weight: 0.6 ** (round - i.round) }));
          for (let pageClass = 0; pageClass < 3; pageClass++) {
            const hazards = hazardsOf(weighed.filter((i) => i.pageClass === pageClass));
            const expected = worthOfAges(hazards, ahead);
            for (const [bin, worth] of expected.entries()) {
              const real = table.worth[pageClass * AGE_BINS + bin]!;
              if (!(Math.abs(real / worth - 1) < 1e-9))
                expect({ bin, real }).toEqual({ bin, worth });
            }
          }
        }
      }),
      { seed: SEED, numRuns: 200 },
    );
  });

  test('before anything is counted the worth is 0.3 over the age and falls with it', () => {
    const { worth } = new IntervalTable(2);
    for (let cell = 0; cell < 2 * AGE_BINS; cell++) {
      const bin = cell % AGE_BINS;
      const middle = (starts[bin]! + starts[bin + 1]!) / 2;
      expect(worth[cell]! * (middle + 1)).toBeCloseTo(0.3, 12);
    }
  });

  test('one interval of 3, by hand', () => {
    const table = new IntervalTable(1);
    table.end(0, 3);
    table.update(0.6);
    // rates: bin 0: 0.6 / (1 + 3) = 0.15, bin 1: 0.6 / (1 + 5) = 0.1, bin 2: 0.6 / (1 + 7) = 0.075,
    // bin 3: (1 + 0.6) / (0.5 + 9) = 0.16842. Looking ahead to bin 3 is best from bins 1 and 2.
    //   from 2: (0.072194 + 0.927806 * 0.154408) / (0.962586 + 0.927806 * 0.916798) = 0.118826
    //   from 1: (0.095023 + 0.904977 * 0.215455) / (0.950226 + 0.904977 * 1.813197) = 0.111922
    const expected = [0.15, 0.111922, 0.118826, 0.168421, 0.05];
    for (const [bin, worth] of expected.entries()) expect(table.worth[bin]).toBeCloseTo(worth, 5);
  });

  test('where hazards fall, looking ahead changes nothing', () => {
    const ahead = new IntervalTable(1, true);
    const alone = new IntervalTable(1, false);
    for (const table of [ahead, alone]) {
      let waiting = 20_000;
      for (let bin = 0; bin < AGE_BINS; bin++) {
        const ends = Math.round(waiting / (2 * bin + 4));
        for (let i = 0; i < ends; i++) table.end(0, starts[bin]!);
        waiting -= ends;
      }
      table.waiting[AGE_BINS - 1] = waiting;
      table.update(0.6);
    }
    // Past bin 40 the last bin comes into sight, whose width counts by half.
    for (let bin = 0; bin < 40; bin++) {
      expect(ahead.worth[bin]! / alone.worth[bin]!).toBeCloseTo(1, 12);
      if (bin > 0) expect(ahead.worth[bin]).toBeLessThan(ahead.worth[bin - 1]!);
    }
  });

  test('where hazards rise, waiting gains worth', () => {
    const ahead = new IntervalTable(1, true);
    const alone = new IntervalTable(1, false);
    for (const table of [ahead, alone]) {
      for (let i = 0; i < 500; i++) table.end(0, 100);
      table.update(0.6);
    }
    const end = ageBin(100);
    for (let bin = 0; bin < end; bin++) {
      expect(ahead.worth[bin + 1]).toBeGreaterThan(ahead.worth[bin]!);
      expect(ahead.worth[bin]).toBeGreaterThan(4 * alone.worth[bin]!);
    }
    expect(ahead.worth[end + 1]).toBeLessThan(ahead.worth[end]! / 4);
  });
});

const unit = { min: 0, max: 1, maxExcluded: true, noNaN: true };

/** All pages, lowest bucket first, in the order in which they stand in it. */
function drain(buckets: RankBuckets): number[] {
  const pages: number[] = [];
  for (let page = buckets.lowest(); page >= 0; page = buckets.lowest()) {
    pages.push(page);
    buckets.remove(page);
  }
  return pages;
}

interface Weighed {
  readonly fate: string;
  readonly age: number;
  readonly weight: number;
}

/** Ends per time watched within each bin; one that ends or is lost in a bin spent half of it there. */
function hazardsOf(intervals: readonly Weighed[]): number[] {
  return Array.from({ length: AGE_BINS }, (_, bin) => {
    const width = starts[bin + 1]! - starts[bin]!;
    const middle = (starts[bin]! + starts[bin + 1]!) / 2;
    let watched = 2 * (middle + 1);
    let ends = watched * (0.3 / (middle + 1));
    for (const { fate, age, weight } of intervals) {
      if (binOf(age) > bin) watched += weight * width;
      if (binOf(age) !== bin) continue;
      watched += (weight * width) / 2;
      if (fate === 'ended') ends += weight;
    }
    return ends / watched;
  });
}

// Rounds together, lent beside zram, and what the gain is made up of; on made-up rows and on those of
// a real run.

import { describe, expect, it } from 'vitest';
import { memoryPartNames } from '../../src/experiment/samples.ts';
import { accountsOf, gainsOf, pairsOf, summariesOf } from '../../src/experiment/summaries.ts';
import { row, zramRow } from '../made-up.ts';
import { recorded } from '../recorded.ts';

describe('summaries', () => {
  it('are the middle and the ends of the rounds, without the sweep', () => {
    const rows = [5, 9, 6].map((job_seconds, i) => row({ job_seconds, round: i + 1 }));
    const swept = row({ purpose: 'sweep', job_seconds: 99 });
    const [only, ...others] = summariesOf([...rows, swept]);
    expect(others).toEqual([]);
    expect(only).toMatchObject({
      configuration: 'lent',
      rounds: 3,
      job_seconds: { median: 6, least: 5, most: 9 },
      used_pages: { median: 7300 },
    });
    const untold = summariesOf([row({ configuration: 'disk', used_bytes: null })]);
    expect(untold[0]!.used_pages).toBeNull();
  });

  it('of an even number of rounds lie between the two in the middle', () => {
    const rows = [4, 8].map((job_seconds, i) => row({ job_seconds, round: i + 1 }));
    expect(summariesOf(rows)[0]!.job_seconds.median).toBe(6);
  });
});

describe('gains', () => {
  it('compare runs of the same round, size and purpose', () => {
    const big = { hog_bytes: 128 * 2 ** 20 };
    const rows = [row({ round: 1 }), zramRow(7000, 0, { round: 1 }), row({ round: 2 })];
    const more = [
      row({ ...big, purpose: 'sweep' }),
      zramRow(15_000, 0, { ...big, purpose: 'sweep' }),
    ];
    expect(pairsOf([...more, ...rows]).map((pairs) => pairs.length)).toEqual([1, 1]);
    const [small, large] = gainsOf([...more, ...rows]);
    expect(small!.hog_bytes).toBeLessThan(large!.hog_bytes);
    expect(small!.measured_pages.median).toBe(7000);
    expect(small!.measured_percent.median).toBeCloseTo((100 * 7000) / 23_000);
    expect(small!.apart_percent).toBe(0);
  });

  it('say how far the prediction is off', () => {
    const [gain] = gainsOf([row({}), zramRow(8000, 2000)]);
    expect(gain!.measured_pages.median).toBe(10_000);
    expect(gain!.predicted_pages.median).toBe(8000);
    expect(gain!.apart_percent).toBe(20);
  });
});

describe('accounts', () => {
  it('put every page of the gain in a line', () => {
    const [account] = accountsOf([row({}), zramRow(8000, 2000)], 256 * 2 ** 20);
    expect(account).toMatchObject({
      swapped_pages: 16_384,
      compressed_by_lender_pages: 7000,
      compressed_by_zram_pages: 7000,
      allocator_pages: 1000,
      pool_pages: 8000,
      measured_pages: 10_000,
      slot_table_pages: 256,
    });
    expect(account!.other_parts.slab).toBe(2000);
    expect(account!.other_parts.file).toBe(0);
  });

  it('of a real run add up to what was measured', () => {
    const accounts = accountsOf(recorded.rows, recorded.setup.memory_bytes).filter(
      ({ regime }) => regime === 'clean',
    );
    expect(accounts.length).toBeGreaterThan(1);
    for (const { pool_pages, other_parts, total_difference_pages, measured_pages } of accounts) {
      const others = Object.values(other_parts).reduce((sum, pages) => sum + pages, 0);
      expect(pool_pages + others - total_difference_pages).toBeCloseTo(measured_pages, 0);
    }
  });
});

it('of a real run, the parts of memory add up to all of it', () => {
  for (const one of recorded.rows) {
    const sum = memoryPartNames.reduce((total, part) => total + one[`${part}_pages`], 0);
    expect(sum).toBeCloseTo(one.total_pages, 0);
  }
});

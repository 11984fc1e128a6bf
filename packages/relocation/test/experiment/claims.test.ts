// Verdicts: each statement agrees on rows that fit it and turns on rows that do not.

import { describe, expect, it } from 'vitest';
import { claimsOf } from '../../src/experiment/claims.ts';
import type { RelocationFailure, RelocationRow } from '../../src/experiment/result.ts';
import { gainsOf, summariesOf } from '../../src/experiment/summaries.ts';
import { row, zramRow } from '../made-up.ts';

function verdicts(rows: readonly RelocationRow[], failures: readonly RelocationFailure[] = []) {
  const claims = claimsOf({
    rows,
    failures,
    summaries: summariesOf(rows),
    gains: gainsOf(rows),
    publishedGainPercent: 32,
    equalPercent: 10,
  });
  return Object.fromEntries(claims.map(({ id, verdict }) => [id, verdict]));
}

const pressure = { regime: 'pressure', hog_bytes: 180 * 2 ** 20 } as const;
const sweep = { purpose: 'sweep', hog_bytes: 128 * 2 ** 20 } as const;
const fitting: readonly RelocationRow[] = [
  row({}),
  zramRow(7000, 100),
  row(sweep),
  zramRow(12_000, 100, sweep),
  row({ ...pressure, job_seconds: 8 }),
  zramRow(9000, 0, { ...pressure, job_seconds: 9 }),
  row({ ...pressure, configuration: 'nbdkit', job_seconds: 12 }),
  row({ ...pressure, configuration: 'disk', job_seconds: 20 }),
];

/** The fitting rows with those that match changed. */
function changed(
  match: Partial<RelocationRow>,
  change: Partial<RelocationRow>,
): readonly RelocationRow[] {
  const keys = Object.keys(match) as (keyof RelocationRow)[];
  return fitting.map((one) =>
    keys.every((key) => one[key] === match[key]) ? { ...one, ...change } : one,
  );
}

describe('claims', () => {
  it('agree on rows that fit', () => {
    expect(verdicts(fitting)).toEqual({
      'more-free-clean': 'agrees',
      'published-in-range': 'agrees',
      predicted: 'agrees',
      'both-swap': 'agrees',
      'job-time': 'agrees',
      'more-free-pressure': 'agrees',
      'nothing-lost': 'agrees',
    });
  });

  it.each<[id: string, verdict: string, rows: readonly RelocationRow[]]>([
    [
      'more-free-clean',
      'in part',
      changed({ configuration: 'lent', purpose: 'sweep' }, { free_pages: 1 }),
    ],
    [
      'published-in-range',
      'disagrees',
      changed({ configuration: 'zram', purpose: 'sweep' }, { free_pages: 29_000 }),
    ],
    [
      'predicted',
      'in part',
      changed({ configuration: 'zram', purpose: 'sweep' }, { pool_pages: 5000 }),
    ],
    [
      'both-swap',
      'in part',
      changed({ configuration: 'zram', regime: 'pressure' }, { swapped_out_pages: 0 }),
    ],
    [
      'job-time',
      'disagrees',
      changed({ configuration: 'lent', regime: 'pressure' }, { job_seconds: 40 }),
    ],
    ['job-time', 'in part', changed({ configuration: 'nbdkit' }, { job_seconds: 9.5 })],
    [
      'more-free-pressure',
      'disagrees',
      changed({ configuration: 'lent', regime: 'pressure' }, { free_pages: 5 }),
    ],
    ['nothing-lost', 'in part', changed({ configuration: 'disk' }, { hog_words_wrong: 1 })],
    ['nothing-lost', 'in part', changed({ configuration: 'lent' }, { companion_words_wrong: 2 })],
    [
      'nothing-lost',
      'in part',
      changed({ configuration: 'zram' }, { kernel_complaints: ['I/O error'] }),
    ],
  ])('%s: %s where a row does not fit', (id, verdict, rows) => {
    expect(verdicts(rows)[id]).toBe(verdict);
  });

  it('count a failed run against what it ran', () => {
    const { regime, purpose, round } = row(pressure);
    const place = { regime, purpose, round, order: 9, hog_bytes: 1 };
    const failure = { ...place, configuration: 'disk', message: 'gone' } as const;
    expect(verdicts(fitting, [failure])['nothing-lost']).toBe('in part');
  });

  it('are not measured where nothing was', () => {
    const alone = verdicts([row({})]);
    for (const id of ['more-free-clean', 'published-in-range', 'predicted', 'job-time']) {
      expect(alone[id]).toBe('not measured');
    }
    // One size makes no range.
    expect(verdicts([row({}), zramRow(7000, 0)])['published-in-range']).toBe('not measured');
  });
});

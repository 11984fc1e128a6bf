// The text, the CSV and the page of a real run's result.

import { describe, expect, it } from 'vitest';
import type { RelocationResult } from '../../src/experiment/result.ts';
import { renderRelocationCsv } from '../../src/report/csv.ts';
import { renderRelocationPage } from '../../src/report/page.ts';
import { renderRelocation } from '../../src/report/text.ts';
import { recorded } from '../recorded.ts';

describe('the text', () => {
  const text = renderRelocation(recorded);

  it('has the gain beside the published one, every configuration, the account and the claims', () => {
    expect(text).toMatch(/^ {2}published +\+32$/m);
    expect(text).toMatch(/^ {2}a fixed amount swapped out +64 MiB +\d+ +\+\d+\.\d/m);
    for (const { configuration } of recorded.summaries) {
      expect(recorded.setup.configurations).toContain(configuration);
    }
    expect(text).toMatch(/^ {2}predicted gain: the pool +[\d,]+/m);
    expect(text).toMatch(/^ {2}(agrees|in part|disagrees) +\d+ of \d+ {2}Lent swap leaves more/m);
    expect(text).not.toMatch(/NaN|undefined|Infinity/);
    for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(140);
  });

  it('names a run that failed', () => {
    const { regime, purpose, round, order, hog_bytes } = recorded.rows[0]!;
    const place = { regime, purpose, round, order, hog_bytes };
    const failures = [{ ...place, configuration: 'disk', message: 'the guest is gone' }] as const;
    const failed = renderRelocation({ ...recorded, failures });
    expect(failed).toMatch(/^1 run failed; .*\n {2}disk, .*, round \d: the guest is gone$/m);
  });
});

it('the CSV has a line a run, and an empty field where nothing is told', () => {
  const lines = renderRelocationCsv(recorded).trimEnd().split('\n');
  expect(lines).toHaveLength(1 + recorded.rows.length);
  const keys = lines[0]!.split(',');
  for (const [i, line] of lines.slice(1).entries()) {
    const fields = line.split(',');
    expect(fields).toHaveLength(keys.length);
    for (const [column, key] of keys.entries()) {
      const value = recorded.rows[i]![key as 'free_pages' | 'used_bytes'];
      expect(fields[column]).toBe(value === null ? '' : String(value));
    }
  }
});

describe('the page', () => {
  it('is the same bytes for the same result, and loads nothing', () => {
    const html = renderRelocationPage(recorded);
    expect(renderRelocationPage(recorded)).toBe(html);
    expect(html).not.toMatch(/https?:\/\/|@import|url\(/);
    expect(shownIn(html)).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('escapes what guests and hosts say of themselves', () => {
    const hostile = '</script><img src=x onerror=alert(1)>"\'&';
    const own: RelocationResult = {
      ...recorded,
      setup: { ...recorded.setup, job: hostile, guest_kernel: hostile, disk_cache: hostile },
      rows: recorded.rows.map((row) => ({ ...row, kernel_complaints: [hostile] })),
    };
    const html = renderRelocationPage(own);
    expect(html).not.toContain('<img');
    expect(html.match(/<\/script>/g)).toHaveLength(3);
  });

  it('stands one regime alone, one pair alone, and none', () => {
    const without = (keep: (regime: string) => boolean): RelocationResult => ({
      ...recorded,
      rows: recorded.rows.filter(({ regime }) => keep(regime)),
      gains: recorded.gains.filter(({ regime }) => keep(regime)),
      accounts: recorded.accounts.filter(({ regime }) => keep(regime)),
      summaries: recorded.summaries.filter(({ regime }) => keep(regime)),
    });
    for (const regime of ['clean', 'pressure']) {
      const html = renderRelocationPage(without((one) => one === regime));
      expect(shownIn(html)).not.toMatch(/NaN|Infinity|undefined/);
    }
  });
});

/** Without the scripts, which may well speak of numbers that are none. */
function shownIn(html: string): string {
  return html.replaceAll(/<script[\s\S]*?<\/script>/g, '');
}

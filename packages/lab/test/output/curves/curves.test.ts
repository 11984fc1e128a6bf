// What curves are turned into: text, a plot of letters, CSV and the page.

import { describe, expect, test } from 'vitest';
import { renderCurveCsv, renderCurvePage, renderCurves } from '../../../src/output/index.ts';
import { finePercent } from '../../../src/output/numbers.ts';
import { madeUpCurves } from './made-up-curves.ts';

const one = madeUpCurves({ policies: [['lru', 'every-reference']] });
const lines = (text: string): string[] => text.split('\n');

describe('text', () => {
  test('one policy: every count at every size', () => {
    expect(lines(renderCurves(one, { color: false }))).toEqual([
      'feh  read cost 1, write cost 4  (1,000,000 references, 1,000 pages)',
      'lru',
      'frames   memory  faults   reads  write-backs  miss ratio, %  I/O time',
      '    10   40 KiB  10,000  10,000        1,000           1.00    14,000',
      '    20   80 KiB   5,000   5,000          500          0.500     7,000',
      '    40  160 KiB   2,500   2,500          250          0.250     3,500',
      '    80  320 KiB   1,250   1,250          125          0.125     1,750',
      '',
    ]);
  });

  test('several: miss ratios once, I/O time for each cost, estimates marked and explained', () => {
    const text = renderCurves(madeUpCurves({ sampled: true, writeCosts: [2, 8] }), {
      color: false,
    });
    expect(text.match(/^miss ratio, %$/gm)).toHaveLength(1);
    expect(text.match(/^I\/O time$/gm)).toHaveLength(2);
    expect(text).toContain('    10   40 KiB   1.00   ~1.50\n');
    expect(text).toContain('    10   40 KiB  18,000  ~27,000\n');
    expect(text).toContain(
      '~ estimated from 4 samples of 250 pages (25.0 %); the standard error of I/O time is at most 5.0 %.\n',
    );
    expect(text.match(/estimated from/g)).toHaveLength(1);
    expect(text.endsWith('4 sizes).\n')).toBe(true);
  });

  test('a plot of letters where asked for, within the width', () => {
    const text = renderCurves(madeUpCurves(), { color: false, plot: true, width: 60 });
    const plot = lines(text).slice(1, 15);
    for (const line of plot) expect(line.length).toBeLessThanOrEqual(60);
    // LRU halves with each doubling: a straight line between the corners, CLOCK above it.
    expect(plot[0]).toMatch(/^ {3}1\.50 % a/);
    expect(plot[11]).toMatch(/^ {2}0\.125 %.*·$/);
    expect(plot.join('').match(/a/g)!.length).toBeGreaterThanOrEqual(4);
    expect(plot[13]).toContain('miss ratio: · lru  a clock');
    expect(renderCurves(madeUpCurves(), { color: false })).not.toContain('·');
  });

  test('no control character of a name reaches the terminal, no colour but where asked for', () => {
    const hostile = madeUpCurves({ traces: ['\u001b[2Jx.plt'], policies: [['\u0007p', 'faults']] });
    expect(renderCurves(hostile, { color: false, plot: true })).not.toMatch(/[\u0007\u001b]/);
    expect(renderCurves(one, { color: true })).toContain('\u001b[1m');
  });

  test('shares have three significant digits', () => {
    expect([1, 0.5, 0.0432, 0.000213, 0].map(finePercent)).toEqual([
      '100',
      '50.0',
      '4.32',
      '0.0213',
      '0',
    ]);
  });
});

test('CSV has the keys of the JSON in its order, and every row', () => {
  const result = madeUpCurves({ traces: ['a,b.plt'], sampled: true });
  const [head, ...rows] = renderCurveCsv(result).trimEnd().split('\n');
  expect(head!.split(',')).toEqual(Object.keys(result.rows[0]!));
  expect(rows).toHaveLength(8);
  expect(rows[0]).toBe(
    '"a,b.plt",lru,every-reference,10,,1,4,1000000,10000,1000,10000,1000,0.01,14000,true,,,,',
  );
  expect(rows[4]).toMatch(/,false,750,75,0\.00075,1050$/);
});

describe('the page', () => {
  const page = (shape: Parameters<typeof madeUpCurves>[0]): string =>
    renderCurvePage(madeUpCurves(shape));

  test('the same bytes each time, and nothing from elsewhere', () => {
    const html = page({ sampled: true });
    expect(page({ sampled: true })).toBe(html);
    expect(html).toMatch(/^<!doctype html>/);
    expect(html).toContain("default-src 'none'");
    expect(html).not.toMatch(/(?:src|href)="(?!data:|#)/);
    expect(html.replaceAll(/<script>[\s\S]*?<\/script>/g, '')).not.toMatch(
      /undefined|NaN|Infinity/,
    );
  });

  test('a figure of misses and one of I/O time; panels by trace, or by cost for one trace', () => {
    const figures = (html: string): number => html.match(/<figure /g)!.length;
    const panels = (html: string): number => html.match(/<section class="panel">/g)!.length;
    expect([figures(page({})), panels(page({}))]).toEqual([2, 2]);
    const costs = page({ writeCosts: [2, 4, 8] });
    expect([figures(costs), panels(costs)]).toEqual([2, 4]);
    const traces = page({ traces: ['a.plt', 'b.plt'], writeCosts: [2, 8] });
    expect([figures(traces), panels(traces)]).toEqual([3, 6]);
  });

  test('bands where something is estimated and nowhere else, with the note that explains them', () => {
    expect(page({})).not.toContain('class="band"');
    expect(page({})).toContain('simulated in full at each size');
    const html = page({ sampled: true });
    // CLOCK in each of three views.
    expect(html.match(/class="band"/g)).toHaveLength(3);
    expect(html).toContain('4 samples of 250 pages');
    expect(html).toContain('Bands are two standard errors');
  });

  test('I/O time relative to LRU needs no LRU among the policies', () => {
    const html = page({ policies: [['clock', 'reference']] });
    expect(html).toContain('I/O time, % of LRU');
    expect(html).toContain('>160<');
  });

  test('names are text', () => {
    const html = page({ traces: ['</script><img src=x>.plt'], policies: [['<u>p</u>', 'faults']] });
    expect(html).not.toContain('<img');
    expect(html).not.toContain('<u>');
  });
});

// The report as text: structure, escaping, determinism. How it behaves is in report.e2e.test.ts.

import { describe, expect, it } from 'vitest';
import { renderReport } from '../../src/output/index.ts';
import { curveColours, marksOf } from '../../src/output/report/marks.ts';
import { frameTicks, isLog, xScale } from '../../src/output/report/scales.ts';
import { tokens } from '../../src/output/report/styles.ts';
import { madeUp, usualPolicies } from './made-up.ts';

const hostile = '</script><img src=x onerror=alert(1)>"\'&.plt';

function count(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].length;
}

describe('renderReport', () => {
  it('draws a panel per trace and cost pair in every view', () => {
    const html = renderReport(madeUp({ writeCosts: [4, 8] }));
    expect(count(html, /<figure /g)).toBe(2);
    expect(count(html, /<section class="panel">/g)).toBe(4);
    expect(count(html, /<svg class="chart view-relative cold-with"/g)).toBe(4);
    expect(count(html, /<svg class="chart /g)).toBe(16);
    expect(count(html, /<details>/g)).toBe(2);
  });

  it('puts the cost pairs of a single trace side by side', () => {
    const html = renderReport(madeUp({ traces: ['feh.plt'], writeCosts: [2, 4, 8] }));
    expect(count(html, /<figure /g)).toBe(1);
    expect(html).toContain('<span class="letter">(c)</span> read cost 1, write cost 8');
  });

  it('says exact numbers, what is observed, and the averages', () => {
    const html = renderReport(madeUp());
    expect(html).toContain('<title>craw-rm, 1,000 frames: 63.3 %</title>');
    expect(html).toContain('the reference and the modified bit (every MMU)');
    expect(html).toContain('craw-rm does best on average: 36.7\u00a0% less I/O time than CLOCK');
    expect(html).toContain('<td class="number">1,234,567</td>');
    expect(html).toContain('9.1 to 14.3 %');
  });

  it('keeps to notes that apply', () => {
    const full = renderReport(madeUp());
    for (const words of ['reconstructions', 'MIN bounds page-ins', 'The lower bound</b>']) {
      expect(full).toContain(words);
    }
    const bare = renderReport(
      madeUp({ policies: [['clock', 'reference']], bound: false, coldReads: 0 }),
    );
    for (const words of ['reconstructions', 'MIN bounds', 'lower bound', 'name="cold"']) {
      expect(bare).not.toContain(words);
    }
  });

  it('ends panels where one policy would flatten the others, and names it', () => {
    const result = madeUp({ traces: ['feh.plt'] });
    const far = result.rows.map((row) =>
      row.policy === 'car' ? { ...row, relative_to_clock: 13 } : row,
    );
    const html = renderReport({ ...result, rows: far });
    expect(html).toContain('>above: car</text>');
    expect(html).toContain('<title>car, 1,000 frames: 1,300.0 %</title>');
    expect(html).toContain('Panels end at 200 %');
    expect(html).toContain('<clipPath id="panel-cut">');
    expect(count(html, /clip-path="url\(#panel-cut\)"/g)).toBe(1);
    expect(renderReport(result)).not.toMatch(/clip-path=|above: |Panels end/);
  });

  it('uses dots with names for one frame count', () => {
    const html = renderReport(madeUp({ frameCounts: [1000] }));
    expect(html).toContain('class="stem"');
    expect(html).not.toContain('class="crosshair"');
    expect(html).toContain('with 1,000 page frames (3.91 MiB) of memory');
  });

  it('escapes whatever comes from the input', () => {
    const policies = [...usualPolicies, [hostile, '<b>own</b>']] as const;
    const result = madeUp({ traces: [hostile, 'b.plt'], policies });
    const traces = result.traces.map((trace) => ({ ...trace, origin: '<script>x</script>' }));
    const html = renderReport({ ...result, traces, version: '<i>1' });
    expect(html).not.toMatch(/<img|<b>own|<i>1|<script>x/);
    expect(count(html, /<\/script>/g)).toBe(3);
    const embedded = /id="pagelend-result">(.*?)<\/script>/s.exec(html)![1]!;
    expect(JSON.parse(embedded)).toEqual({ ...result, traces, version: '<i>1' });
  });

  it('is the same bytes for the same result', () => {
    expect(renderReport(madeUp())).toBe(renderReport(madeUp()));
  });

  it('refers to nothing outside itself', () => {
    const html = renderReport(madeUp());
    expect(html).not.toMatch(/https?:\/\/|@import|url\(/);
    expect(html).toContain("default-src 'none'");
  });

  it('stands what it cannot draw', () => {
    const result = madeUp();
    const rows = result.rows.map((row) => ({
      ...row,
      relative_to_clock: null,
      relative_to_clock_without_cold: null,
      io_time: 0,
      io_time_without_cold: 0,
    }));
    const drawn = renderReport({ ...result, rows }).split('<script')[0]!;
    expect(drawn).not.toMatch(/NaN|Infinity|undefined/);
    expect(renderReport({ ...result, rows: [] })).toContain('The result holds no rows.');
  });
});

describe('marks', () => {
  it('gives every policy a look of its own, and the paper\u2019s always the same', () => {
    const own = Array.from({ length: 60 }, (_, index) => [`own-${index}`, 'faults'] as const);
    const names = [...own, ...usualPolicies].map(([policy, observes]) => ({ policy, observes }));
    const marks = marksOf(names);
    expect(new Set(marks.map(({ colour, marker }) => `${colour} ${marker}`)).size).toBe(64);
    expect(marks[62]).toEqual(marksOf([names[62]!])[0]);
  });
});

describe('colours', () => {
  /** Relative luminance as WCAG 2 defines it. */
  const luminance = (colour: string): number => {
    const [red, green, blue] = [1, 3, 5].map((at) => {
      const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    }) as [number, number, number];
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (a: string, b: string): number => {
    const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
    return (high + 0.05) / (low + 0.05);
  };

  it('stand out from their ground by 3:1 and text by 4.5:1', () => {
    const grounds = tokens.find(([name]) => name === 'paper')!;
    for (const [name, light, dark] of tokens.filter(([token]) => /curve|ink|soft/.test(token))) {
      const least = name.startsWith('curve') ? 3 : 4.5;
      expect(contrast(light, grounds[1]), `${name} light`).toBeGreaterThanOrEqual(least);
      expect(contrast(dark, grounds[2]), `${name} dark`).toBeGreaterThanOrEqual(least);
    }
    expect(new Set(curveColours.flat()).size).toBe(curveColours.length * 2);
  });
});

describe('frame scale', () => {
  it('is logarithmic for a sweep by doubling and linear for even steps', () => {
    expect(isLog([125, 250, 500, 1000, 2000])).toBe(true);
    expect(isLog([250, 500, 1000, 1500, 2000, 2500, 3000])).toBe(false);
    expect(isLog([500, 1000, 2000])).toBe(false);
  });

  it('has ticks at measured frame counts that never touch', () => {
    const frameCounts = [250, 260, 500, 1000, 3900, 4000];
    const ticks = frameTicks(frameCounts, xScale(frameCounts), () => 30);
    expect(ticks).toEqual([250, 500, 1000, 4000]);
  });
});

// The terminal table and the summary under it, on a result worked by hand.

import { describe, expect, it } from 'vitest';
import { renderSummary, renderTable } from '../../src/output/index.ts';
import { displayWidth } from '../../src/output/text-table.ts';
import { madeUp } from './made-up.ts';

const escapes = /\u001b\[[0-9;]*m/g;
const many = [250, 500, 750, 1000, 1250, 1500, 1750, 2000, 2250, 2500, 3000, 3500];

describe('renderTable', () => {
  it('shows every count of a few frame counts', () => {
    const text = renderTable(madeUp({ traces: ['runs/feh.plt'], frameCounts: [1000] }), {
      color: false,
    });
    expect(text.split('\n')).toEqual([
      'feh  read cost 1, write cost 4  (1,234,567 references, 4,096 pages)',
      'frames     policy       observes            faults  reads  writebacks  I/O time  % CLOCK  w/o cold',
      ' 1,000     clock        reference              100    100          50       300    100.0     100.0',
      '           car          reference               90     90          50       290     96.7      96.6',
      '        *  craw-rm      reference+modified     110    110          20       190     63.3      62.1',
      '           min          future                  70     70          60       310    103.3     103.4',
      '           lower bound                                 60          10       100     33.3      31.0',
      '',
      '* least I/O time of the policies that do not look ahead; % CLOCK: I/O time, CLOCK = 100',
      '',
    ]);
  });

  it('adds nothing but escape sequences with colour', () => {
    for (const frameCounts of [[1000], many]) {
      const result = madeUp({ frameCounts, writeCosts: [4, 8] });
      const coloured = renderTable(result, { color: true });
      expect(coloured).toMatch(escapes);
      expect(coloured.replace(escapes, '')).toBe(renderTable(result, { color: false }));
    }
  });

  it('folds many frame counts into a matrix that fits the width', () => {
    const text = renderTable(madeUp({ frameCounts: many }), { color: false, width: 72 });
    expect(Math.max(...text.split('\n').slice(0, 20).map(displayWidth))).toBeLessThanOrEqual(72);
    expect(text).toMatch(/^% CLOCK at frames +250 +500/m);
    expect(text).toMatch(/^craw-rm +\*63\.3/m);
    expect(text).toMatch(/^lower bound +33\.3/m);
    expect(text).toContain('reference+modified: craw-rm');
  });

  it('drops columns on a narrow terminal and says elsewhere what is observed', () => {
    const text = renderTable(madeUp({ frameCounts: [1000] }), { color: false, width: 72 });
    expect(text).not.toContain('observes  ');
    expect(text).toContain('What each policy observes:\n  reference: clock, car\n');
    expect(text).toContain('writebacks');
  });

  it('marks nothing as best where nothing competes, and is empty for no rows', () => {
    const alone = madeUp({ policies: [['clock', 'reference']], frameCounts: [1000] });
    expect(renderTable(alone, { color: false })).not.toMatch(/^.*\* +clock/m);
    expect(renderTable({ ...madeUp(), rows: [] }, { color: false })).toBe('');
  });

  it('keeps a hostile name on its line', () => {
    const text = renderTable(madeUp({ traces: ['a\u001b[2J\nb.plt'], frameCounts: [1000] }), {
      color: false,
    });
    expect(text).not.toContain('\u001b');
    expect(text.split('\n')[0]).toContain('a\ufffd[2J\ufffdb');
  });
});

describe('renderSummary', () => {
  it('averages the savings over CLOCK and over CAR', () => {
    const lines = renderSummary(madeUp()).split('\n');
    expect(lines[0]).toContain('over 6 points');
    expect(lines[1]).toContain('2 traces');
    expect(lines[2]).toBe('  read cost 1, write cost 4     over CLOCK       over CAR');
    expect(lines[4]).toMatch(/^ {4}craw-rm +36\.7 +\(37\.9\) +34\.5 +\(35\.7\)$/);
    expect(lines[5]).toMatch(/^ {4}min +-3\.3 +\(-3\.4\) +-6\.9 +\(-7\.1\)$/);
  });

  it('leaves CAR out where it did not run, and says nothing where CLOCK is alone', () => {
    const some = madeUp({
      policies: [
        ['clock', 'reference'],
        ['craw-rm', 'reference+modified'],
      ],
      coldReads: 0,
    });
    expect(renderSummary(some)).toMatch(/over CLOCK\n {4}craw-rm +36\.7\n$/);
    expect(renderSummary(madeUp({ policies: [['clock', 'reference']] }))).toBe('');
    expect(renderSummary({ ...madeUp(), rows: [] })).toBe('');
  });

  it('skips points without a baseline', () => {
    const result = madeUp();
    const rows = result.rows.map((row) =>
      row.frames === 500 ? { ...row, relative_to_clock: null } : row,
    );
    expect(renderSummary({ ...result, rows })).toMatch(/craw-rm +36\.7/);
  });
});

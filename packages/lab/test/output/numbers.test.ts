// Number formats and labels: small, and everything that people read goes through them.

import { describe, expect, it } from 'vitest';
import { costLabel, printable, traceLabels } from '../../src/output/labels.ts';
import { binaryBytes, compact, grouped, percent } from '../../src/output/numbers.ts';
import { displayWidth } from '../../src/output/text-table.ts';

describe('numbers', () => {
  it('groups thousands with commas under every locale', () => {
    expect([0, 999, 1000, 1234567, 2 ** 53 - 1].map(grouped)).toEqual([
      '0',
      '999',
      '1,000',
      '1,234,567',
      '9,007,199,254,740,991',
    ]);
    expect(grouped(1234.5)).toBe('1,234.5');
    expect(grouped(-1234.567)).toBe('-1,234.57');
    expect(grouped(1e21)).toBe('1,000,000,000,000,000,000,000');
    expect(grouped(-0.001)).toBe('0');
  });

  it('writes shares as percent with one decimal', () => {
    expect([0.8134, 1, 12.5, -0.0004, null].map(percent)).toEqual([
      '81.3',
      '100.0',
      '1,250.0',
      '0.0',
      '-',
    ]);
  });

  it('shortens for axes', () => {
    expect([0, 9999, 15_000, 1_500_000, 2e9].map(compact)).toEqual([
      '0',
      '9,999',
      '15 k',
      '1.5 M',
      '2 G',
    ]);
    expect([512, 4096, 4_194_304, 1536].map(binaryBytes)).toEqual([
      '512 bytes',
      '4 KiB',
      '4 MiB',
      '1.5 KiB',
    ]);
  });
});

describe('labels', () => {
  it('takes the base name, and folders only where names clash', () => {
    const labels = traceLabels(['a/feh.plt', 'b/feh.plt', 'xpdf.plt', 'c/gm.csv']);
    expect([...labels.values()]).toEqual(['a/feh', 'b/feh', 'xpdf', 'gm.csv']);
  });

  it('never gives two traces one label', () => {
    const paths = ['feh', 'feh.plt', './feh.plt', '/feh.plt', '', '/'];
    const labels = traceLabels(paths);
    expect(new Set(labels.values()).size).toBe(paths.length);
  });

  it('names a cost pair with its medium', () => {
    expect(costLabel(null, 1, 4)).toBe('read cost 1, write cost 4');
    expect(costLabel('slc', 25, 250)).toBe('slc (read cost 25, write cost 250)');
  });

  it('lets no control character reach a terminal', () => {
    expect(printable('a\u001b[2Jb\nc')).toBe('a\ufffd[2Jb\ufffdc');
    expect(displayWidth('\u6f22e\u0301')).toBe(3);
  });
});

// Recorded page contents: the file that comes with pagelend, files that are not such, and drawing.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  contentOfRatio,
  findContents,
  loadContents,
  parseContents,
} from '../../src/model/contents.ts';
import { NO_PLACE_CLASS, PATTERN_CLASS } from '../../src/model/lender-pool.ts';
import { PageDraw } from '../../src/model/page-draw.ts';
import { NO_CLASS, zsmallocTable } from '../../src/model/zsmalloc.ts';

const path = fileURLToPath(new URL('../../../../experiments/page-contents.json', import.meta.url));
const shipped = loadContents(path);

const small = {
  schema: 'pagelend.page-contents/1',
  made_by: 'a test',
  machine: 'none',
  classes: [
    {
      name: 'few',
      kind: 'program',
      says: 'six pages',
      pages: 6,
      repeat_16_bits: 1,
      repeat_64_bits: 1,
      examined_pages: 10,
      saved_by_sharing: 2,
      sizes: ['100/120', '2000/2100*2 4116/4116'],
    },
  ],
};

describe('the shipped recording', () => {
  it('has programs and hogs, each with at least 512 pages', () => {
    const names = shipped.classes.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['node', 'cc1plus', 'hog-0', 'hog-60', 'hog-90']));
    for (const { lenderBytes, zramBytes } of shipped.classes) {
      expect(lenderBytes.length).toBeGreaterThanOrEqual(512);
      expect(zramBytes.length).toBe(lenderBytes.length);
    }
  });

  it('has hogs that compress the better the more of them repeats', () => {
    const means = shipped.classes
      .filter(({ kind }) => kind === 'hog')
      .map(({ zramBytes }) => zramBytes.reduce((sum, bytes) => sum + bytes, 0) / zramBytes.length);
    expect(means).toEqual([...means].sort((a, b) => b - a));
  });

  it('says nothing of the machine that made it but versions', () => {
    expect(readFileSync(path, 'utf8')).not.toMatch(/\/(work|tmp|home|root)\b/);
  });
});

describe('parsing', () => {
  it('lists each page once, those that repeat first', () => {
    const [few] = parseContents(small, 'few.json').classes;
    expect([...few!.lenderBytes]).toEqual([0, 1, 100, 2000, 2000, 4116]);
    expect([...few!.zramBytes]).toEqual([0, 1, 120, 2100, 2100, 4116]);
    expect(few!.sharedPercent).toBe(20);
  });

  it.each([
    ['another schema', { ...small, schema: 'x' }, /few.json: schema/],
    ['a page too few', withClass({ pages: 7 }), /few: 6 pages listed, 7 stated/],
    ['a size that is none', withClass({ sizes: ['100/x'] }), /'100\/x' is no size/],
    ['a size past any codec', withClass({ sizes: ['9000/100'] }), /'9000\/100' is no size/],
  ])('refuses %s', (_, value, says) => {
    expect(() => parseContents(value, 'few.json')).toThrow(says);
  });

  it('names what there is where a name is unknown', () => {
    expect(() => findContents(shipped, 'node,nothing')).toThrow(
      /no content 'nothing'; there are node/,
    );
    expect(() => contentOfRatio(0.5)).toThrow(/expected 1 to 128/);
  });
});

describe('drawing', () => {
  const [few] = parseContents(small, 'few.json').classes;
  const table = zsmallocTable('6.1');
  const draw = new PageDraw([few!], table);

  it('gives pages that repeat no place, and the others one', () => {
    expect([...draw.lenderClass.subarray(0, 2)]).toEqual([NO_PLACE_CLASS, PATTERN_CLASS]);
    expect([...draw.zramClass.subarray(0, 2)]).toEqual([NO_CLASS, NO_CLASS]);
    expect(draw.zramClass[2]).toBeGreaterThanOrEqual(0);
  });

  it('is the same for the same page, another for another generation, and even over the record', () => {
    const counts = new Array<number>(6).fill(0);
    let moved = 0;
    let repeated = true;
    for (let page = 0; page < 60_000; page++) {
      const record = draw.recordOf(7, page, 0);
      if (draw.recordOf(7, page, 0) !== record) repeated = false;
      if (draw.recordOf(7, page, 1) !== record) moved++;
      counts[record]!++;
    }
    expect(repeated).toBe(true);
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(600);
    expect(Math.abs(moved - 50_000)).toBeLessThan(600);
  });

  it('takes each of several contents as often', () => {
    const two = new PageDraw([few!, contentOfRatio(4)], table);
    let ofRatio = 0;
    for (let page = 0; page < 20_000; page++) if (two.recordOf(1, page, 0) === 6) ofRatio++;
    expect(Math.abs(ofRatio - 10_000)).toBeLessThan(400);
  });

  it('knows what a page takes in the mean', () => {
    // By hand: two take nothing; 120 + 8 fit 32 to a page; 2100 and 2100 4/7 each; the last a page.
    expect(draw.meanZramShare(table)).toBeCloseTo((0 + 0 + 1 / 32 + 8 / 7 + 1) / 6, 10);
  });
});

function withClass(changes: object): unknown {
  return { ...small, classes: [{ ...small.classes[0], ...changes }] };
}

// Frame counts, warm-ups, media and costs as users write them, and what a slip is told.

import {
  checkCosts,
  FRAME_COUNTS_MAX,
  media,
  mediumCosts,
  parseFrames,
  parseWarmup,
  resolveFrames,
  resolveWarmup,
} from '@pagelend/lab';
import { describe, expect, test } from 'vitest';
import { codeOf } from './helpers.ts';

const frames = (text: string, pages = 1000): number[] => resolveFrames(parseFrames(text), pages);

describe('frames', () => {
  test.each([
    ['500', [500]],
    ['1', [1]],
    ['25%', [250]],
    ['12.5%', [125]],
    ['100%', [1000]],
    ['150%', [1500]],
    [' 500 , 25% ', [500, 250]],
    ['500..2000:500', [500, 1000, 1500, 2000]],
    ['500..1999:500', [500, 1000, 1500]],
    ['7..7:1', [7]],
    ['7..8:100', [7]],
    ['10%..30%:10%', [100, 200, 300]],
    ['0.1%..0.5%:0.1%', [1, 2, 3, 4, 5]],
    ['12.5%..50%:12.5%', [125, 250, 375, 500]],
    ['250,25%,250', [250]],
    ['30,20,10', [30, 20, 10]],
    ['2147483648', [2 ** 31]],
  ])('%s', (text, expected) => {
    expect(frames(text)).toEqual(expected);
  });

  test('a percentage is rounded down, and is at least one frame', () => {
    expect(frames('25%', 10)).toEqual([2]);
    expect(frames('1%,2%,50%', 3)).toEqual([1]);
    expect(frames('33.3%', 1)).toEqual([1]);
  });

  test.each([
    '',
    ',',
    '500,',
    'x',
    '-5',
    '0',
    '0%',
    '0.0%',
    '1.5',
    '1e3',
    '0x10',
    '5 %',
    '5%%',
    '500..2000',
    '500..2000:',
    '500..:10',
    '..500:10',
    '500..2000:0',
    '2000..500:100',
    '5..100%:5%',
    '5%..100:5%',
    '5%..100%:5',
    '1..2000000:1',
    '2147483649',
    '99999999999999999999',
    `${'9'.repeat(400)}%`,
    '500...2000:10',
  ])("'%s' is refused", async (text) => {
    expect(await codeOf(() => parseFrames(text))).toBe('LAB_FRAMES');
  });

  test('the message names the list, the part and what was expected', () => {
    expect(() => parseFrames('5,10%..2%:1%')).toThrow(
      "frames '5,10%..2%:1%': '10%..2%:1%' ends below its start; expected 500, 25%, 500..2000:250",
    );
  });

  test('a list has an end', async () => {
    const longest = `1..${FRAME_COUNTS_MAX}:1`;
    expect(parseFrames(longest)).toHaveLength(FRAME_COUNTS_MAX);
    expect(await codeOf(() => parseFrames(`${longest},1`))).toBe('LAB_FRAMES');
  });
});

describe('warm-up', () => {
  test.each([
    ['0', 0],
    ['999', 999],
    ['50%', 500],
    ['0%', 0],
    ['33.35%', 333],
    ['99.99%', 999],
    ['0.1%', 1],
  ])('%s', (text, expected) => {
    expect(resolveWarmup(parseWarmup(text), 1000, 'a.plt')).toBe(expected);
  });

  test('percentages are exact, as those of frames are', () => {
    // 0.57 * 10,000 / 100 is 56.99… in floating point.
    expect(resolveWarmup(parseWarmup('0.57%'), 10_000, 'a.plt')).toBe(57);
    expect(frames('0.57%', 10_000)).toEqual([57]);
  });

  test('none asked for is none', () => {
    expect(resolveWarmup(undefined, 10, 'a.plt')).toBe(0);
  });

  test.each([
    '',
    'x',
    '-1',
    '1.5',
    '100%',
    '101%',
    '5 %',
    '1e3',
    '%',
    '0.1234567%',
    '9'.repeat(20),
  ])("'%s' is refused", async (text) => {
    expect(await codeOf(() => parseWarmup(text))).toBe('LAB_WARMUP');
  });

  test('one that leaves nothing to count is refused, with the numbers', () => {
    const all = { value: 10, isPercent: false };
    expect(() => resolveWarmup(all, 10, 'a.plt')).toThrow(
      'a.plt: a warm-up of 10 references leaves none of its 10 to count',
    );
  });
});

describe('media and costs', () => {
  test('every preset has costs that can be computed with, and says what it is', () => {
    for (const [name, medium] of Object.entries(media)) {
      const costs = mediumCosts(name);
      expect(costs).toEqual({ medium: name, read: medium.readCost, write: medium.writeCost });
      checkCosts(costs);
      expect(medium.says).not.toBe('');
    }
  });

  test.each(['', 'SLC', 'tape', 'toString', '__proto__'])("no medium '%s'", async (name) => {
    expect(await codeOf(() => mediumCosts(name))).toBe('LAB_MEDIUM');
    expect(() => mediumCosts(name)).toThrow(`no medium '${name}'; there are slc, mlc, tlc,`);
  });

  test.each([
    [0, 1],
    [-1, 1],
    [1, -1],
    [Number.NaN, 1],
    [1, Number.NaN],
    [Number.POSITIVE_INFINITY, 1],
    [1, Number.POSITIVE_INFINITY],
  ])('read cost %d, write cost %d are refused', async (read, write) => {
    expect(await codeOf(() => checkCosts({ read, write }))).toBe('LAB_COSTS');
  });

  test('writes may be free, and cheaper than reads', () => {
    checkCosts({ read: 1, write: 0 });
    checkCosts({ read: 90, write: 25 });
  });
});

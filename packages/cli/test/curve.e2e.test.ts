// `curve`, and `sim --frames auto`, as typed.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CurveResult } from '@pagelend/lab';
import { beforeAll, describe, expect, it } from 'vitest';
import { csvOf, expectComplaint, folder } from './run.ts';

const here = folder();

beforeAll(async () => {
  here.write('small.csv', csvOf('1w 2 3w 1 4 2w 5 1 3w 6 2 4w 1'));
  await here.run('trace', 'import', 'small.csv', '-o', 'small.plt');
  const made = await here.run(
    'trace',
    'synth',
    'zipf:pages=500',
    '--references',
    '30k',
    '-o',
    'zipf.plt',
  );
  expect(made.status).toBe(0);
});

const curve = (...args: string[]): Promise<CurveResult> =>
  here.json<CurveResult>('curve', ...args, '--json');

describe('curve', () => {
  it('LRU at every size equals sim', async () => {
    const sizes = '1..6:1';
    const { rows, schema } = await curve('small.plt', '--frames', sizes);
    expect(schema).toBe('pagelend.curve/1');
    const swept = await here.json('sim', 'small.plt', '-p', 'lru', '--frames', sizes, '--json');
    const counts = (
      list: readonly { frames: number; reads: number; writebacks: number; io_time: number }[],
    ) => list.map(({ frames, reads, writebacks, io_time }) => [frames, reads, writebacks, io_time]);
    expect(counts(rows)).toEqual(counts(swept.rows));
    expect(rows.every(({ exact }) => exact)).toBe(true);
    // Worked by hand: with one frame every reference faults, and every write is written but the
    // last page's, which is a read.
    expect(rows[0]).toMatchObject({ faults: 13, writebacks: 5, miss_ratio: 1 });
    expect(rows[5]).toMatchObject({ faults: 6, writebacks: 0 });
  });

  it('prints a table by default, without colours or a plot where stdout is no terminal', async () => {
    const { status, stdout, stderr } = await here.run('curve', 'zipf.plt', '-p', 'lru,clock');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^zipf {2}read cost 1, write cost 4 {2}\(30,000 references, /);
    expect(stdout).toMatch(/^frames +memory +lru +clock$/m);
    expect(stdout).not.toMatch(/\u001b|·/);
  });

  it('samples where asked to, says so, and does the same each time', async () => {
    const args = [
      'zipf.plt',
      '-p',
      'lru,clock,craw-rm',
      '--frames',
      '50%,90%',
      '--sample',
      '40%',
      '--seeds',
      '3',
    ];
    const first = await curve(...args);
    expect(first.traces[0]!.sampling).toMatchObject({
      seeds: 3,
      sampled_pages: Math.round(first.traces[0]!.pages * 0.4),
    });
    expect(first.rows.map(({ exact }) => exact)).toEqual([true, true, false, false, false, false]);
    expect(await curve(...args)).toEqual(first);
    expect(await curve(...args, '--jobs', '1')).toEqual(first);
    const text = await here.run('curve', ...args);
    expect(text.stdout).toContain('~ estimated from 3 samples of ');
    const whole = await curve(...args, '--sample', '1');
    expect(whole.rows.every(({ exact }) => exact)).toBe(true);
  });

  it('writes CSV and the page beside the JSON; - stands for stdout', async () => {
    const result = await curve(
      'zipf.plt',
      '--csv',
      'c.csv',
      '--html',
      'c.html',
      '--cost-ratio',
      '2,8',
    );
    const csv = readFileSync(join(here.path, 'c.csv'), 'utf8').trimEnd().split('\n');
    expect(csv).toHaveLength(result.rows.length + 1);
    const html = readFileSync(join(here.path, 'c.html'), 'utf8');
    expect(html).toMatch(/^<!doctype html>/);
    const again = await here.run('curve', 'zipf.plt', '--html', '-', '--cost-ratio', '2,8');
    expect(again.stdout).toBe(html);
  });

  it('draws a single size too', async () => {
    const { stdout } = await here.run(
      'curve',
      'zipf.plt',
      '-p',
      'clock',
      '-f',
      '50',
      '--html',
      '-',
    );
    // CLOCK has no markers but where it would be nothing without one: in three views.
    expect(
      stdout.match(/<use href="#mark-8" x="[\d.]+" y="[\d.]+"><title>clock, 50 frames/g),
    ).toHaveLength(3);
    expect(stdout).not.toContain('NaN"');
  });

  it.each([
    [['--sample', '0'], /share above 0 and at most 1/],
    [['--sample', '120%'], /share above 0 and at most 1/],
    [['--seeds', '1'], /whole number of at least 2/],
    [['--frames', 'auto:1'], /at least 2/],
    [['--medium', 'slc', '--cost-ratio', '2'], /costs are given in one way/],
    [['--policy', 'nope'], /no policy 'nope'/],
    [['--html', 'x', '--csv', 'x'], /written twice/],
  ])('%s is refused', async (args, says) => {
    expectComplaint(await here.run('curve', 'small.plt', ...args), 2, says);
  });
});

describe('sim --frames auto', () => {
  it('takes sizes from the curve of each trace, the same as curve does', async () => {
    const { rows } = await here.json(
      'sim',
      'zipf.plt',
      '-p',
      'clock',
      '--frames',
      'auto',
      '--json',
    );
    const sizes = rows.map(({ frames }) => frames);
    expect(sizes.length).toBeGreaterThan(8);
    expect(sizes.length).toBeLessThanOrEqual(16);
    expect((await curve('zipf.plt')).rows.map(({ frames }) => frames)).toEqual(sizes);
  });

  it('stands in a list with others', async () => {
    const args = ['sim', 'zipf.plt', '-p', 'clock', '--frames', '7,auto:4,100', '--json'];
    const { rows } = await here.json(...args);
    const sizes = rows.map(({ frames }) => frames);
    expect([sizes[0], sizes.at(-1)]).toEqual([7, 100]);
    expect(sizes).toHaveLength(6);
  });
});

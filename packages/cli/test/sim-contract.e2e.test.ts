// The contract of `sim --json`: one row per trace, asked policy, frame count and cost pair, and what
// every row says about itself.

import type { SimResult } from '@pagelend/lab';
import { beforeAll, describe, expect, it } from 'vitest';
import { csvOf, folder } from './run.ts';

const here = folder();

beforeAll(async () => {
  here.write('small.csv', csvOf('1w 2 3w 1 4 2w 5 1 3w 6 2 4w 1'));
  await Promise.all([
    here.run('trace', 'import', 'small.csv', '-o', 'small.plt'),
    // Large enough that worker threads take the cells.
    here.run('trace', 'synth', 'zipf:pages=3000', 'loop:pages=500', '-n', '300k', '-o', 'mix.plt'),
  ]);
});

describe('sim --json', () => {
  it('has exactly one row per trace, asked policy, frame count and cost pair', async () => {
    const asked = ['clock:init=0', 'lru', 'craw-rm:link=lazy', 'clock'];
    const result = await here.json(
      ...['sim', 'small.plt', 'mix.plt', '--json', '--policy', [...asked, 'lru'].join(',')],
      ...['--frames', '2,3,2', '--cost-ratio', '2,4,8,4'],
    );
    expect(result.schema).toBe('pagelend.sim/1');
    const keys = result.rows.map((row) =>
      [row.trace, row.policy, row.frames, row.read_cost, row.write_cost].join(' '),
    );
    const expected = ['small.plt', 'mix.plt'].flatMap((trace) =>
      asked.flatMap((policy) =>
        [2, 3].flatMap((frames) =>
          [2, 4, 8].map((cost) => `${trace} ${policy} ${frames} 1 ${cost}`),
        ),
      ),
    );
    expect([...keys].sort()).toEqual([...expected].sort());
    expect(result.traces.map(({ trace, references }) => [trace, references])).toEqual([
      ['small.plt', 13],
      ['mix.plt', 300_000],
    ]);
  });

  it('every row: whole counts, and I/O time by its own costs', async () => {
    const flags = ['--frames', '10%,50%', '--read-cost', '2.5', '--write-cost', '7', '--bound'];
    const { rows } = await here.json('sim', 'mix.plt', '--json', ...flags);
    for (const row of rows) {
      const counts = [row.references, row.faults, row.cold_faults, row.reads, row.writebacks];
      for (const value of counts) expect(Number.isSafeInteger(value) && value >= 0).toBe(true);
      expect(row.reads).toBe(row.faults);
      expect(row.io_time).toBe(row.reads * 2.5 + row.writebacks * 7);
      expect(row.io_time_without_cold).toBe(
        (row.reads - row.cold_reads) * 2.5 + row.writebacks * 7,
      );
      expect(row.lower_bound_io_time).toBeLessThanOrEqual(row.io_time);
    }
  });

  it('is relative to CLOCK with init=1, asked for or not', async () => {
    const flags = ['sim', 'mix.plt', '--json', '--frames', '400', '--policy'];
    const [without, withIt] = await Promise.all([
      here.json(...flags, 'clock:init=0,lru'),
      here.json(...flags, 'lru,clock'),
    ]);
    const clock = withIt.rows.find(({ policy }) => policy === 'clock')!;
    expect(clock.relative_to_clock).toBe(1);
    expect(without.rows.map(({ policy }) => policy)).toEqual(['clock:init=0', 'lru']);
    for (const row of without.rows) {
      expect(row.relative_to_clock).toBe(row.io_time / clock.io_time);
      expect(row.relative_to_clock_without_cold).toBe(
        row.io_time_without_cold / clock.io_time_without_cold,
      );
    }
    expect(without.rows[0]!.io_time).not.toBe(clock.io_time);
  });

  it('is the same on every run, with any number of worker threads', async () => {
    const flags = ['sim', 'mix.plt', '--json', '--frames', '25%,50%', '--cost-ratio', '2,8'];
    const runs = await Promise.all([
      here.run(...flags, '--jobs', '1'),
      here.run(...flags, '--jobs', '2'),
      here.run(...flags),
    ]);
    expect(runs[0]!.status).toBe(0);
    expect(runs[1]!.stdout).toBe(runs[0]!.stdout);
    expect(runs[2]!.stdout).toBe(runs[0]!.stdout);
  });

  it('costs: a write costs 4 by default, a medium sets both and is named', async () => {
    const flags = ['sim', 'small.plt', '--json', '--policy', 'lru', '--frames', '3'];
    const pairs = async (...more: string[]) =>
      (await here.json<SimResult>(...flags, ...more)).rows.map((row) => [
        row.medium,
        row.read_cost,
        row.write_cost,
      ]);
    const [plain, read, free, slc, ratios] = await Promise.all([
      pairs(),
      pairs('--read-cost', '2'),
      pairs('--write-cost', '0'),
      pairs('--medium', 'slc,nvme'),
      pairs('--cost-ratio', '0.5,16'),
    ]);
    expect(plain).toEqual([[null, 1, 4]]);
    expect(read).toEqual([[null, 2, 4]]);
    expect(free).toEqual([[null, 1, 0]]);
    expect(slc).toEqual([
      ['slc', 25, 250],
      ['nvme', 90, 25],
    ]);
    expect(ratios).toEqual([
      [null, 1, 0.5],
      [null, 1, 16],
    ]);
  });

  it('says what each policy observes, and --offers lets through those that need no more', async () => {
    const policies = 'fifo,clock,esc,craw-rm:link=lazy';
    const flags = ['--frames', '3', '--policy', policies, '--offers', 'reference+modified'];
    const { rows } = await here.json('sim', 'small.plt', '--json', ...flags);
    expect(rows.map(({ observes }) => observes)).toEqual([
      'faults',
      'reference',
      'reference+modified',
      'reference+modified',
    ]);
  });
});

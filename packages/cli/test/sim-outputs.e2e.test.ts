// What `sim` prints and writes besides JSON: the table, CSV, Parquet and the report.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { csvOf, folder } from './run.ts';

const here = folder();

beforeAll(async () => {
  here.write('small.csv', csvOf('1w 2 3w 1 4 2w 5 1 3w 6 2 4w 1'));
  await here.run('trace', 'import', 'small.csv', '-o', 'small.plt');
});

function read(name: string): Buffer {
  return readFileSync(join(here.path, name));
}

describe('outputs of sim', () => {
  it('a table by default, without colours where stdout is no terminal', async () => {
    const { status, stdout, stderr } = await here.run('sim', 'small.plt');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    for (const policy of ['clock', 'car', 'craw', 'craw-rm', 'lru']) {
      expect(stdout).toMatch(new RegExp(`^.* ${policy} `, 'm'));
    }
    expect(stdout).toContain('over CLOCK');
    expect(stdout).not.toContain('\x1b');
  });

  it('all files at once, beside the JSON, with the same figures in each', async () => {
    const files = ['--csv', 'a.csv', '--parquet', 'a.parquet', '--html', 'a.html'];
    const result = await here.json('sim', 'small.plt', '--json', '--frames', '2,3', ...files);
    const [head, ...lines] = read('a.csv').toString().trimEnd().split('\n');
    expect(head!.split(',')).toEqual(Object.keys(result.rows[0]!));
    expect(lines).toHaveLength(result.rows.length);
    const column = head!.split(',').indexOf('io_time');
    expect(lines.map((line) => Number(line.split(',')[column]))).toEqual(
      result.rows.map((row) => row.io_time),
    );
    const parquet = read('a.parquet');
    expect(parquet.subarray(0, 4).toString()).toBe('PAR1');
    expect(parquet.subarray(-4).toString()).toBe('PAR1');
    const html = read('a.html').toString();
    expect(html).toMatch(/^<!doctype html>/i);
    // Self-contained: nothing is fetched from anywhere.
    expect(html).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
    expect(here.names().filter((name) => name.includes('partial'))).toEqual([]);
  });

  it('- puts a file on stdout instead of the table', async () => {
    const csv = await here.run('sim', 'small.plt', '--frames', '3', '--csv', '-');
    expect(csv.stdout).toMatch(/^trace,policy,/);
    expect(csv.stdout.trimEnd().split('\n')).toHaveLength(6);
    const parquet = await here.run('sim', 'small.plt', '--frames', '3', '--parquet', '-');
    expect(parquet.bytes!.subarray(0, 4).toString()).toBe('PAR1');
    expect(parquet.bytes!.subarray(-4).toString()).toBe('PAR1');
  });

  it('files are there although the reader of stdout went away', async () => {
    const { status } = await here.shell(
      'pagelend sim small.plt --frames 3 --csv - --parquet gone.parquet --html gone.html | true; test -s gone.parquet && test -s gone.html',
    );
    expect(status).toBe(0);
  });

  it('a bound after a warm-up that comes to nothing is one', async () => {
    const flags = ['--frames', '3', '--bound', '--warmup', '0', '--json'];
    const { rows } = await here.json('sim', 'small.plt', ...flags);
    expect(rows[0]!.lower_bound_reads).toEqual(expect.any(Number));
  });

  it('a device is written in place and stays one', async () => {
    const { status, stdout } = await here.shell(
      'pagelend sim small.plt --frames 3 --csv /dev/null > /dev/null && test -c /dev/null && echo yes',
    );
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'yes\n' });
  });

  it('a symbolic link stays one, and an old report is replaced', async () => {
    const { status, stdout } = await here.shell(
      'echo old > real.csv && ln -s real.csv link.csv && pagelend sim small.plt --csv link.csv > /dev/null && test -L link.csv && head -c 5 real.csv',
    );
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'trace' });
  });

  it('reads a trace from stdin', async () => {
    const { stdout } = await here.shell('pagelend sim - --json --frames 3 < small.plt');
    const file = await here.run('sim', 'small.plt', '--json', '--frames', '3');
    expect(stdout.replaceAll('"trace": "-"', '"trace": "small.plt"')).toBe(file.stdout);
  });
});

// synth, info, export and reduce as a user types them, and the way back through import.

import { beforeAll, describe, expect, it } from 'vitest';
import { csvOf, folder, hasProgram } from './run.ts';

interface Summary {
  readonly schema: string;
  readonly references: number;
  readonly reads: number;
  readonly writes: number;
  readonly pages: number;
}

const here = folder();

beforeAll(async () => {
  here.write('small.csv', csvOf('1w 2 3w 1 1 1 4 2w 5 3w 6 2 4w 1'));
  await here.run('trace', 'import', 'small.csv', '-o', 'small.plt');
});

describe('trace synth', () => {
  it('makes what was asked for, the same from the same seed', async () => {
    const flags = [
      'trace',
      'synth',
      'zipf:pages=90:writes=0.5',
      'scan:pages=40:run=8',
      '-n',
      '20k',
    ];
    const summary = await here.json<Summary>(...flags, '-o', 'a.plt', '--json');
    expect(summary).toMatchObject({ schema: 'pagelend.trace-summary/1', references: 20_000 });
    expect(summary.reads + summary.writes).toBe(20_000);
    expect(summary.pages).toBeLessThanOrEqual(130);
    await Promise.all([
      here.run(...flags, '-o', 'b.plt'),
      here.run(...flags, '--seed', '2', '-o', 'c.plt'),
    ]);
    const { stdout } = await here.shell(
      'cmp a.plt b.plt && echo same; cmp -s a.plt c.plt || echo other',
    );
    expect(stdout).toBe('same\nother\n');
  });

  it('writes to stdout, and talks on stderr then', async () => {
    const { status, stdout, stderr } = await here.shell(
      'pagelend trace synth loop:pages=7 -n 100 -o - --json | pagelend trace info - --json',
    );
    expect(status).toBe(0);
    expect(JSON.parse(stdout).traces[0]).toMatchObject({ references: 100, pages: 7 });
    expect(stderr).toMatch(/^-: 100 references \(\d+ reads, \d+ writes\) to 7 pages\n$/);
  });
});

describe('trace info', () => {
  it('prints facts and the locality table, or JSON with the same figures', async () => {
    const text = await here.run('trace', 'info', 'small.plt');
    expect(text.stdout).toMatch(/^references +14$/m);
    expect(text.stdout).toMatch(/^writes +5 \(35\.7 %\)$/m);
    expect(text.stdout).toMatch(/^repeats +2 /m);
    const { schema, traces } = await here.json<{ schema: string; traces: object[] }>(
      ...['trace', 'info', 'small.plt', 'small.plt', '--json'],
    );
    expect(schema).toBe('pagelend.trace-info/1');
    expect(traces).toHaveLength(2);
    expect(traces[0]).toMatchObject({ references: 14, reads: 9, writes: 5, pages: 6 });
    expect(traces[0]).toMatchObject({ page_size_bytes: 4096, footprint_bytes: 6 * 4096 });
    expect(traces[0]).toMatchObject({ pages_only_read: 2, pages_read_and_written: 3 });
  });

  it('shows how a made trace was made', async () => {
    await here.run('trace', 'synth', 'loop:pages=3', '-n', '10', '-o', 'loop.plt');
    const { stdout } = await here.run('trace', 'info', 'loop.plt');
    expect(stdout).toMatch(/^spec +\{.*"pattern":"loop".*\}$/m);
  });
});

describe('trace export', () => {
  it.each(['csv', 'oracleGeneral', 'lackey'])(
    '%s comes back with the same counts',
    async (format) => {
      const file = `out.${format}`;
      const flags = ['trace', 'export', '--format', format, 'small.plt', '-o', file];
      const said = await here.json(...flags, '--json');
      expect(said).toEqual({ schema: 'pagelend.trace-export/1', file, format, references: 14 });
      const back = ['trace', 'import', '--format', format, file, '-o', `${format}.plt`, '--json'];
      const { references, pages, writes } = await here.json<Summary>(...back);
      // oracleGeneral has no operation: every reference comes back as a read.
      const expected = { references: 14, pages: 6, writes: format === 'oracleGeneral' ? 0 : 5 };
      expect({ references, pages, writes }).toEqual(expected);
    },
  );

  it('csv to stdout is what was imported', async () => {
    const { stdout, stderr } = await here.run(
      'trace',
      'export',
      '-F',
      'csv',
      'small.plt',
      '-o',
      '-',
    );
    expect(stdout).toBe(csvOf('1w 2 3w 1 1 1 4 2w 5 3w 6 2 4w 1'));
    expect(stderr).toBe('-: 14 references as csv\n');
  });

  it.skipIf(!hasProgram('gzip'))('.gz is compressed [skipped where gzip is absent]', async () => {
    await here.run('trace', 'export', '-F', 'csv', 'small.plt', '-o', 'small.csv.gz');
    const { stdout } = await here.shell('gzip -dc small.csv.gz | cmp - small.csv && echo same');
    expect(stdout).toBe('same\n');
  });
});

describe('trace reduce', () => {
  it('shortens and measures', async () => {
    const flags = ['trace', 'reduce', 'small.plt', '--method', 'runs', '-o', 'runs.plt'];
    const result = await here.json<Record<string, unknown>>(...flags, '--json');
    expect(result).toMatchObject({
      schema: 'pagelend.trace-reduce/1',
      references_before: 14,
      references_after: 13,
    });
    const differences = result.differences as { policy: string; faults_share: number }[];
    const lru = differences.find(({ policy }) => policy === 'lru');
    expect(lru).toEqual({ policy: 'lru', faults_share: 0, writebacks_share: 0 });
    const text = await here.run(
      'trace',
      'reduce',
      'small.plt',
      '--method',
      'window:4',
      '-o',
      'w.plt',
    );
    expect(text.stdout).toMatch(/^w\.plt: \d+ of 14 references/);
    expect(text.stdout).toContain('faults differ by');
  });

  it('to a device: nothing measured, since it cannot be read again', async () => {
    const flags = ['trace', 'reduce', 'small.plt', '--method', 'runs', '-o', '/dev/null'];
    const { status, stdout, stderr } = await here.run(...flags);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toBe('/dev/null: 13 of 14 references, 1.1 times shorter\n');
  });

  it('in a pipe: nothing but the trace on stdout, and nothing measured', async () => {
    const { status, stdout, stderr } = await here.shell(
      'pagelend trace reduce - --method runs --no-measure -o - --json < small.plt | pagelend trace info - --json',
    );
    expect(status).toBe(0);
    expect(JSON.parse(stdout).traces[0]).toMatchObject({ references: 13 });
    expect(stderr).toBe('-: 13 of 14 references, 1.1 times shorter\n');
  });
});

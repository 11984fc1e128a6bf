// sim --explain: what a policy did, beside the rows and never among them.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { csvOf, expectComplaint, folder } from './run.ts';

const here = folder();

beforeAll(async () => {
  here.write('small.csv', csvOf('1w 2 3w 1 4 2w 5 1 3w 6 2 4w 1'));
  await here.run('trace', 'import', 'small.csv', '-o', 'small.plt');
  await here.run('trace', 'synth', 'zipf:pages=400', 'loop:pages=90', '-n', '40k', '-o', 'z.plt');
});

const usual = ['sim', 'z.plt', '--policy', 'car,lru', '--frames', '10%,30%'];

describe('sim --explain', () => {
  it('prints a table after the rows, for each memory size', async () => {
    const plain = await here.run(...usual);
    const { status, stdout, stderr } = await here.run(...usual, '--explain', 'craw-rm');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.startsWith(plain.stdout)).toBe(true);
    const block = stdout.slice(plain.stdout.length);
    expect(block).toMatch(/^\ncraw-rm explained: z {2}read cost 1, write cost 4 {2}\(40,000 ref/);
    for (const line of ['R', 's_r (target)', 'GR hits per fault', 'R scanned per fault']) {
      expect(block).toContain(`\n  ${line} `);
    }
    expect(
      block
        .match(/^ {2}frames .*$/m)![0]
        .trim()
        .split(/\s+/),
    ).toHaveLength(3);
  });

  it('adds a field to the JSON and no row', async () => {
    const plain = await here.json(...usual, '--json');
    const told = await here.json(...usual, '--json', '-e', 'clock:init=0', '--cost-ratio', '4,8');
    expect(plain.explanations).toBeUndefined();
    expect(told.schema).toBe('pagelend.sim/1');
    expect(told.rows).toHaveLength(2 * plain.rows.length);
    expect(told.rows.filter((row) => row.write_cost === 4)).toEqual(plain.rows);
    expect(told.explanations).toHaveLength(2);
    const [run] = told.explanations!;
    expect(run).toMatchObject({ policy: 'clock:init=0', read_cost: null, references: 40_000 });
    expect(run!.gauges.map(({ name }) => name)).toEqual(['ring', 'scanned', 'spared']);
    expect(run!.samples.faults.reduce((sum, faults) => sum + faults)).toBe(run!.faults);
  });

  it('draws the report, and prints the same for any number of workers', async () => {
    const flags = ['--explain', 'arc', '--html', 'arc.html'];
    const one = await here.run(...usual, ...flags, '--jobs', '1');
    const html = readFileSync(join(here.path, 'arc.html'), 'utf8');
    expect(html).toContain('What arc did');
    expect(html.match(/<figure class="explain-run"/g)).toHaveLength(2);
    const two = await here.run(...usual, ...flags, '--jobs', '2');
    expect(two.stdout).toBe(one.stdout);
    expect(readFileSync(join(here.path, 'arc.html'), 'utf8')).toBe(html);
  });

  it('explains a trace shorter than its samples', async () => {
    const flags = ['--frames', '3', '--json', '--explain', 'esc', '--warmup', '5'];
    const { explanations } = await here.json('sim', 'small.plt', ...flags);
    expect(explanations![0]!.samples.references).toEqual(Array.from({ length: 14 }, (_, i) => i));
    expect(explanations![0]!.references).toBe(8);
  });

  it('takes one policy that there is', async () => {
    const asked = (...what: string[]) => here.run('sim', 'small.plt', '--frames', '3', ...what);
    expectComplaint(await asked('--explain', 'nobody'), 2, "no policy 'nobody'; there are fifo");
    expectComplaint(await asked('--explain', 'car,arc'), 2, 'expected one policy');
    expectComplaint(await asked('--explain', 'car:ratio=odd'), 2, 'ratio');
    expectComplaint(await asked('--explain', './none.ts'), 2, 'no such file');
    const bits = ['--policy', 'car', '--offers', 'reference'];
    expectComplaint(await asked('--explain', 'lru', ...bits), 2, 'policy lru observes');
  });
});

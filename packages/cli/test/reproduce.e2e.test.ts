// pagelend reproduce craw-rm as users type it, on four small made-up recordings.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CrawRmResult } from '@pagelend/lab';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectComplaint, folder } from './run.ts';

const here = folder();
const NAMES = ['viewer', 'game', 'player', 'images'];
let whole: CrawRmResult;
const reproduce = ['reproduce', 'craw-rm', '--recordings', 'own'];

beforeAll(async () => {
  mkdirSync(join(here.path, 'own'));
  for (const [i, name] of NAMES.entries()) {
    const part = `zipf:pages=${1200 + 600 * i}:writes=0.4`;
    const flags = ['--references', '12k', '--seed', String(i + 1), '-o', `own/${name}.plt`];
    expect((await here.run('trace', 'synth', part, ...flags)).status).toBe(0);
  }
});

function read(name: string): string {
  return readFileSync(join(here.path, name), 'utf8');
}

describe('reproduce craw-rm', () => {
  it('replays every workload at all sizes: the same rows as sim', async () => {
    const files = ['--html', 'page.html', '--csv', 'rows.csv'];
    whole = await here.json<CrawRmResult>(...reproduce, '--json', ...files);
    expect(whole.schema).toBe('pagelend.reproduce-craw-rm/1');
    expect(whole.published.saved_over_clock_percent).toBe(23.5);
    expect(whole.write_costs).toEqual([2, 4, 8]);
    const sizes = whole.workloads.reduce((sum, { frame_counts }) => sum + frame_counts.length, 0);
    expect(sizes).toBeGreaterThan(80);
    expect(whole.rows).toHaveLength(sizes * 6 * 3);
    const flags = ['--frames', '500,1500', '--cost-ratio', '8', '--policy', 'craw-rm:link=lazy'];
    const sim = await here.json('sim', 'own/player.plt', '--json', ...flags);
    for (const row of sim.rows) {
      expect(whole.rows).toContainEqual({ ...row, trace: 'player' });
    }
    expect(read('page.html')).toMatch(/^<!doctype html>/);
    const lines = read('rows.csv').trimEnd().split('\n');
    expect(lines).toHaveLength(1 + whole.rows.length);
    expect(lines[1]).toMatch(/^viewer,clock,/);
  });

  it('prints averages beside the published ones, each workload, and what agrees', async () => {
    const { status, stdout, stderr } = await here.run(...reproduce, '--quick');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^ {2}published +23\.5 +22\.8 +nearly equal$/m);
    for (const title of ['document viewer', 'game', 'media player', 'image browser']) {
      expect(stdout).toMatch(new RegExp(`^ {2}${title} \\(12,000 references, `, 'm'));
    }
    expect(stdout).toMatch(/^ {2}(agrees|in part|disagrees) +\d+ of 6 {2}CRAW and CRAW-RM take/m);
  });

  it('gives the same bytes wherever the recordings lie, and with any number of jobs', async () => {
    await here.shell('cp -r own elsewhere');
    const flags = ['--quick', '--html', '-'];
    const [here1, there] = [
      await here.run(...reproduce, ...flags, '--jobs', '1'),
      await here.run('reproduce', 'craw-rm', '--recordings', 'elsewhere/', ...flags, '--jobs', '3'),
    ];
    expect(here1.stdout).toMatch(/^<!doctype html>/);
    expect(there.stdout).toBe(here1.stdout);
  });

  it('--quick is the paper’s sizes alone', async () => {
    const quick = await here.json<CrawRmResult>(...reproduce, '--quick', '--json');
    expect(quick.workloads.map(({ frame_counts }) => frame_counts)).toEqual(
      NAMES.map(() => [500, 1000, 1500, 2000]),
    );
    const atPaper = (one: CrawRmResult) => one.averages.filter(({ sizes }) => sizes === 'paper');
    expect(quick.averages).toEqual(atPaper(quick));
    expect(quick.averages).toEqual(atPaper(whole));
  });

  it('says which recordings are missing, and how to get them', async () => {
    expectComplaint(
      await here.run('reproduce', 'craw-rm', '--recordings', 'nowhere'),
      1,
      /no recording nowhere\/viewer\.plt, .*--record makes them.* \[LAB_RECORDINGS\]/,
    );
    writeFileSync(join(here.path, 'not-a-trace'), 'text');
    await here.shell(
      'mkdir -p bad && for n in viewer game player images; do cp not-a-trace bad/$n.plt; done',
    );
    expectComplaint(
      await here.run('reproduce', 'craw-rm', '--recordings', 'bad'),
      1,
      /bad\/viewer/,
    );
  });

  it('never overwrites what it reads, nor an output twice', async () => {
    const over = await here.run(...reproduce, '--csv', 'own/game.plt');
    expectComplaint(over, 2, 'would overwrite what is read');
    expectComplaint(await here.run(...reproduce, '--csv', '-', '--html', '-'), 2, 'twice');
    expectComplaint(await here.run(...reproduce, '--html', 'no/such/page.html'), 1, 'CLI_OUTPUT');
  });

  it('is a verb of a group, with help', async () => {
    expectComplaint(await here.run('reproduce'), 2, 'expected a command after reproduce: craw-rm');
    const { stdout } = await here.run('reproduce', 'craw-rm', '--help');
    expect(stdout).toContain('Usage: pagelend reproduce craw-rm');
    for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(110);
  });
});

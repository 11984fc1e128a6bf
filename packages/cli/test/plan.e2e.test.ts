// pagelend plan as users type it.

import type { PlanResult } from '@pagelend/relocation';
import { describe, expect, it } from 'vitest';
import { expectComplaint, folder } from './run.ts';

const here = folder();
const eight = ['plan', '--guests', '8', '--memory', '512MiB'];

describe('plan', () => {
  it('prints what a host needs, called a model, with the commands to type', async () => {
    const { status, stdout, stderr } = await here.run(...eight);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^A model: /);
    expect(stdout).toMatch(/^ {2}short of +256 MiB$/m);
    expect(stdout).toMatch(/^ {2}pagelend serve --memory \d+MiB$/m);
  });

  it('gives the same as JSON, and takes sizes, contents and limits', async () => {
    const flags = ['--demand', '768MiB', '--working-set', '400MiB', '--content', 'node,redis'];
    const limits = ['--pool', '128MiB', '--host-memory', '32GiB', '--json'];
    const plan = await here.json<PlanResult>(...eight, ...flags, ...limits);
    expect(plan).toMatchObject({
      schema: 'pagelend.plan/1',
      guests: 8,
      short_bytes: 2 ** 28,
      cold_bytes: 368 * 2 ** 20,
      contents: 'node, redis',
      confidence_percent: 99,
      serve_memory_bytes: 2 ** 27,
    });
    expect(plan.limited!.not_fitting_mean_bytes).toBeGreaterThan(0);
    expect(plan.capacity!.guests_with_lending).toBeGreaterThan(
      plan.capacity!.guests_without_lending,
    );
  });

  it('a ratio stands for contents, and overcommit for demand', async () => {
    const flags = ['--ratio', '4', '--overcommit', '2', '--json'];
    const plan = await here.json<PlanResult>(...eight, ...flags);
    expect(plan.short_bytes).toBe(512 * 2 ** 20);
    expect(plan.compressed_share).toBeGreaterThan(0.25);
    expect(plan.compressed_share).toBeLessThan(0.27);
  });

  it('replays a program to tell how often pages come back', async () => {
    const made = await here.run(
      'trace',
      'synth',
      'zipf:pages=400',
      '--references',
      '20k',
      '-o',
      'a.plt',
    );
    expect(made.status).toBe(0);
    const flags = ['--trace', 'a.plt', '--policy', 'clock', '--json'];
    const { page_ins: pageIns } = await here.json<PlanResult>(...eight, ...flags);
    expect(pageIns).toMatchObject({ policy: 'clock', trace: 'a.plt', references: 20_000 });
    expect(pageIns!.page_ins_per_million_references).toBeGreaterThan(0);
  });

  it.each([
    [['--demand', '256MiB'], 2, /are not short with 512MiB.* \[RELOCATION_PLAN\]/],
    [['--working-set', '1GiB'], 2, /does not fit in guests of 512MiB/],
    [['--content', 'nothing'], 2, /no content 'nothing'; there are node, /],
    [['--content', './none.json'], 1, /none.json: cannot be read/],
    [['--ratio', '0.5'], 2, /expected 1 to 128/],
    [['--ratio', '2', '--content', 'node'], 2, /say the same/],
    [['--demand', '1GiB', '--overcommit', '2'], 2, /say the same/],
    [['--policy', 'lru'], 2, /give --trace too/],
    [['--confidence', '2'], 2, /Expected a share|expected a share/],
  ] as const)('refuses %j', async (flags, status, says) => {
    expectComplaint(await here.run(...eight, ...flags), status, says);
  });

  it('asks for guests and memory', async () => {
    expectComplaint(await here.run('plan', '--memory', '512MiB'), 2, /--guests/);
  });
});

// A user's own policy from a file outside the repository, and broken ones.

import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { csvOf, expectComplaint, folder } from './run.ts';

const here = folder();
const SAMPLE = fileURLToPath(
  new URL('../../../examples/own-policy/write-shy-clock.ts', import.meta.url),
);

beforeAll(async () => {
  here.write('a.csv', csvOf('1 2 3w 1 4 2w 5 1 3w 6 2 4w 1'));
  copyFileSync(SAMPLE, join(here.path, 'mine.ts'));
  await Promise.all([
    here.run('trace', 'import', 'a.csv', '-o', 'a.plt'),
    here.run('trace', 'synth', 'zipf:pages=400', 'loop:pages=90', '-n', '40k', '-o', 'z.plt'),
  ]);
});

const LIFO = `
import { NO_PAGE } from '@pagelend/policies';
class Lifo {
  stack = [];
  fault(page) { this.stack.push(page); }
  victim() { return this.stack.pop() ?? NO_PAGE; }
  forget(page) { this.stack = this.stack.filter((other) => other !== page); }
  resize() {}
}
export const policy = { name: 'lifo', summary: 'Last in, first out.', source: 'none', observes: 'faults', create: () => new Lifo() };
`;

describe('a policy of one’s own', () => {
  it('in TypeScript, with options, beside those that come along', async () => {
    const asked = ['./mine.ts', './mine.ts:turns=0', 'clock', './mine.ts'];
    const flags = ['--policy', asked.join(','), '--frames', '20%,40%', '--json'];
    const { rows } = await here.json('sim', 'z.plt', ...flags);
    expect(rows.map(({ policy }) => policy)).toEqual(
      ['./mine.ts', './mine.ts:turns=0', 'clock'].flatMap((name) => [name, name]),
    );
    const [mine, , plain, , clock] = rows;
    expect(mine!.observes).toBe('reference+modified');
    // Without extra turns it is CLOCK; with them it writes back less.
    expect(plain!.io_time).toBe(clock!.io_time);
    expect(mine!.writebacks).toBeLessThan(clock!.writebacks);
  });

  it('in JavaScript, by an absolute path', async () => {
    const path = join(here.path, here.write('lifo.js', LIFO));
    const { rows } = await here.json('sim', 'a.plt', '--policy', path, '--frames', '2', '--json');
    // 1, 2 and 3 fill and turn the top frame; 1 stays for ever: hits at 1, 1 and 1.
    expect(rows[0]).toMatchObject({ policy: path, faults: 10, references: 13 });
  });

  it('is described like any other', async () => {
    const { stdout } = await here.run('policies', './mine.ts');
    expect(stdout).toMatch(/^write-shy-clock: /);
    expect(stdout).toMatch(/^turns +2 +whole number 0\.\.255 /m);
  });
});

describe('a broken policy file', () => {
  const definition = (create: string, observes = 'faults') =>
    `export const policy = { name: 'x', observes: '${observes}', create() { ${create} } };`;
  const acting = (victim: string) =>
    definition(`return { fault() {}, victim() { ${victim} }, forget() {}, resize() {} };`);

  const broken: readonly [name: string, content: string, says: RegExp][] = [
    ['syntax.ts', 'export const policy = {', /policy file \.\/syntax\.ts: .*[Uu]nexpected/],
    ['nothing.ts', 'export const other = 1;', /nothing\.ts: expected `export const policy/],
    ['number.js', 'export const policy = 5;', /number\.js: expected `export const policy/],
    ['observes.ts', definition('', 'everything'), /observes\.ts: expected `export const policy/],
    ['throws.ts', "throw new Error('first\\nsecond');", /throws\.ts: first/],
    ['create.ts', definition("throw new Error('one\\ntwo');"), /create\.ts, 3 frames: one two/],
    ['victim.ts', acting('return 5;'), /victim\.ts, 3 frames: .*page 5, which is not resident/],
    [
      'acts.ts',
      acting("throw new Error('out of order');"),
      /acts\.ts, 3 frames: out of order \(\.\/acts\.ts:\d+\) /,
    ],
  ];

  it('fails with one line, and nothing is written', async () => {
    for (const [name, content] of broken) here.write(name, content);
    const before = here.names();
    const flags = ['--frames', '3', '--csv', 'out.csv', '--policy'];
    for (const [name, , says] of broken) {
      expectComplaint(await here.run('sim', 'a.plt', ...flags, `./${name}`), 1, says);
    }
    expect(here.names()).toEqual(before);
  });

  it('that is not there, or is asked for an option that it has not', async () => {
    expectComplaint(await here.run('policies', './none.ts'), 2, './none.ts: no such file');
    const flags = ['--policy', './mine.ts:spare=2'];
    expectComplaint(await here.run('sim', 'a.plt', ...flags), 2, "no option 'spare'");
  });
});

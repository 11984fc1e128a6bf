// A user's own policy: loaded from TypeScript or JavaScript, told apart from a broken one, run on
// worker threads, and named where it fails.

import { basename } from 'node:path';
import { loadPolicy } from '@pagelend/lab';
import { describe, expect, test } from 'vitest';
import { codeOf, randomTrace, rowsOf, scratch } from './helpers.ts';

const { write, trace: writeTrace } = scratch();

/** FIFO as a user would write it. BODY goes before the victim is named. */
const source = (annotation: string, body = '') => `
import { NO_PAGE } from '@pagelend/policies';
export const policy = {
  name: 'mine',
  summary: 'The oldest page leaves.',
  source: 'a test',
  observes: 'faults',
  create(settings${annotation}) {
    const queue${annotation === '' ? '' : ': number[]'} = [];
    return {
      fault(page${annotation === '' ? '' : ': number'}) { queue.push(page); },
      victim() { ${body} return queue.shift() ?? NO_PAGE; },
      forget() {},
      resize() {},
    };
  },
};
`;

describe('loading', () => {
  test('TypeScript and JavaScript, with imports from pagelend', async () => {
    const typed = write('typed.ts', source(': { frames: number }'));
    const plain = write('plain.mjs', source(''));
    for (const path of [typed, plain]) {
      expect((await loadPolicy(path)).name).toBe('mine');
    }
  });

  test('a default export serves as well', async () => {
    const path = write('default.ts', source('').replace('export const policy =', 'export default'));
    expect((await loadPolicy(path)).name).toBe('mine');
  });

  test.each([
    ['empty.ts', ''],
    ['syntax.ts', 'export const policy = {'],
    ['throws.ts', "throw new Error('at import');"],
    ['string.ts', "export const policy = 'lru';"],
    ['null.ts', 'export const policy = null;'],
    ['no-create.ts', "export const policy = { name: 'x', observes: 'faults' };"],
    ['observes.ts', source('').replace("'faults'", "'everything'")],
    ['import.ts', "import './no-such-file.ts';"],
  ])('%s is refused in one line that names it', async (name, content) => {
    const path = write(name, content);
    const error = (await loadPolicy(path).catch((reason: unknown) => reason)) as Error;
    expect(error).toMatchObject({ code: 'LAB_POLICY_FILE' });
    expect(error.message).toContain(`policy file ${path}: `);
    expect(error.message.split('\n')).toHaveLength(1);
  });

  test.each([
    ['no object', '5', 'options: expected an object'],
    ['a list', '[]', 'options: expected an object'],
    ['null', '{ turns: null }', "option 'turns': expected { kind: 'number'"],
    ['no kind', '{ turns: { default: 1 } }', "option 'turns': expected { kind: 'number'"],
    ['no meaning', "{ turns: { kind: 'number', min: 0, max: 2, default: 1 } }", '`says`'],
    ['no range', "{ turns: { kind: 'number', default: 1, says: '' } }", 'min <= default <= max'],
    [
      'NaN',
      "{ turns: { kind: 'number', min: NaN, max: 2, default: 1, says: '' } }",
      'min <= default <= max',
    ],
    [
      'a default out of range',
      "{ turns: { kind: 'number', min: 0, max: 2, default: 3, says: '' } }",
      'min <= default <= max',
    ],
    [
      'a fraction for a whole number',
      "{ turns: { kind: 'number', min: 0, max: 2, default: 0.5, integer: true, says: '' } }",
      'min <= default <= max',
    ],
    ['no choices', "{ when: { kind: 'choice', default: 'now', says: '' } }", 'among the choices'],
    [
      'a default that is no choice',
      "{ when: { kind: 'choice', choices: ['later'], default: 'now', says: '' } }",
      'among the choices',
    ],
  ])('options with %s are refused, and what was expected is said', async (what, table, says) => {
    const content = source('').replace("'faults',", `'faults', options: ${table},`);
    const path = write(`options-${what.replaceAll(' ', '-')}.mjs`, content);
    const error = (await loadPolicy(path).catch((reason: unknown) => reason)) as Error;
    expect(error).toMatchObject({ code: 'LAB_POLICY_FILE' });
    expect(error.message).toContain(`policy file ${path}: `);
    expect(error.message).toContain(says);
  });

  test('an observes() that throws is named, with its defaults or as asked for', async () => {
    const observing = (body: string): string =>
      source('').replace(
        "observes: 'faults',",
        `observes({ turns }) { ${body} },
         options: { turns: { kind: 'number', min: 0, max: 2, default: 1, says: 'turns' } },`,
      );
    const always = write('always.mjs', observing("throw new Error('no idea');"));
    const never = write('never.mjs', observing("return 'nothing';"));
    const twice = write(
      'twice.mjs',
      observing("if (turns > 1) throw new Error('no idea'); return 'faults';"),
    );
    const trace = writeTrace('observes.plt', randomTrace(100, 9));
    for (const [run, says] of [
      [() => loadPolicy(always), `policy file ${always}: observes() failed: no idea`],
      [() => loadPolicy(never), `policy file ${never}: observes 'nothing'`],
      [() => rowsOf([trace], `${twice}:turns=2`, [3]), `policy file ${twice}: observes() failed`],
    ] as const) {
      const error = (await run().catch((reason: unknown) => reason)) as Error;
      expect(error).toMatchObject({ code: 'LAB_POLICY_FILE' });
      expect(error.message).toContain(says);
    }
    expect(await rowsOf([trace], twice, [3])).toHaveLength(1);
  });

  test('once a thread; one that was refused is read again when it is mended', async () => {
    const path = write('once.ts', source(''));
    const first = await loadPolicy(path);
    write('once.ts', source('').replace("'mine'", "'other'"));
    expect(await loadPolicy(path)).toBe(first);
    const broken = write('mended.ts', 'export const policy = {');
    expect(await codeOf(() => loadPolicy(broken))).toBe('LAB_POLICY_FILE');
    write('mended.ts', source(''));
    expect((await loadPolicy(broken)).name).toBe('mine');
  });

  test('a file that is not there, and a name that is none', async () => {
    expect(await codeOf(() => loadPolicy('./no-such.ts'))).toBe('LAB_POLICY_MISSING');
    expect(await codeOf(() => loadPolicy('no-such'))).toBe('POLICY_UNKNOWN');
  });
});

describe('running', () => {
  const short = writeTrace('short.plt', randomTrace(2000, 60));
  const long = writeTrace('long.plt', randomTrace(800_000, 3000));

  test('counts as the built-in one does, on this thread and on workers', async () => {
    const path = write('mine.ts', source(': { frames: number }'));
    for (const [trace, frames] of [
      [short, [10, 30]],
      [long, [300, 1000, 2000]],
    ] as const) {
      const rows = await rowsOf([trace], `${path},fifo`, frames, { jobs: 2 });
      const half = rows.length / 2;
      for (let i = 0; i < half; i++) {
        expect({ ...rows[i], policy: 'fifo' }).toEqual(rows[half + i]);
        expect(rows[i]!.policy).toBe(path);
      }
    }
  });

  test.each([
    ['throws', "throw new Error('out of ideas');", 'out of ideas'],
    ['names a page that is not resident', 'return 59;', 'page 59, which is not resident'],
    ['names no page', 'return NO_PAGE;', 'page -1, which is not resident'],
    ['names a page past the table', 'return 1e9;', 'page 1000000000, which is not resident'],
  ])('one that %s is named, on this thread and on workers', async (what, body, why) => {
    const path = write(`bad-${what.replaceAll(' ', '-')}.ts`, source('', body));
    for (const [trace, frames] of [
      [short, [3]],
      [long, [3, 4, 5, 6, 7, 8]],
    ] as const) {
      const failed = rowsOf([trace], path, frames, { jobs: 2 });
      const error = (await failed.catch((reason: unknown) => reason)) as Error;
      expect(error).toMatchObject({ code: 'LAB_POLICY_FAILED' });
      expect(error.message).toContain(`policy ${path}, `);
      expect(error.message).toMatch(/, \d+ frames: /);
      expect(error.message).toContain(why);
    }
  });

  test('the place in its file is told, on this thread and on workers', async () => {
    // The file is transpiled, and the line is nevertheless that of the user's own text.
    const content = source(': { frames: number }', "throw new Error('out of ideas');");
    const path = write('place.ts', content);
    const line = 1 + content.split('\n').findIndex((text) => text.includes('out of ideas'));
    for (const [trace, frames] of [
      [short, [3]],
      [long, [3, 4, 5, 6, 7, 8]],
    ] as const) {
      await expect(rowsOf([trace], path, frames, { jobs: 2 })).rejects.toThrow(
        new RegExp(`out of ideas \\(.*${basename(path)}:${line}\\)$`),
      );
    }
  });

  test('an error in a callback of its own ends a worker, and is told', async () => {
    const stray = "queueMicrotask(() => { throw new Error('gone astray'); });";
    const path = write('astray.ts', source('', stray));
    await expect(rowsOf([long], path, [3, 4, 5, 6, 7, 8], { jobs: 2 })).rejects.toMatchObject({
      code: 'LAB_WORKER',
      message: 'a worker thread failed: gone astray',
    });
  });
});

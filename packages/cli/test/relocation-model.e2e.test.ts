// pagelend reproduce relocation --model as users type it.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ModelResult, SHIPPED_MEASUREMENT } from '@pagelend/relocation';
import { describe, expect, it } from 'vitest';
import { expectComplaint, folder } from './run.ts';

const here = folder();
const model = (...flags: string[]) => here.run('reproduce', 'relocation', '--model', ...flags);
const shipped = JSON.parse(
  readFileSync(fileURLToPath(new URL(`../../../${SHIPPED_MEASUREMENT}`, import.meta.url)), 'utf8'),
);
const quick = ['--no-sweep', '--regime', 'clean'];

describe('reproduce relocation --model', () => {
  it('prints both regimes, the sweeps, and the shipped measurement beside the model', async () => {
    const { status, stdout, stderr } = await model();
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^A model: /);
    for (const says of ['clean: 2 guests of 1 GiB', 'pressure: 2 guests', 'hog varied']) {
      expect(stdout).toContain(says);
    }
    expect(stdout).toContain(`Beside real guests of ${shipped.setup.memory_bytes / 2 ** 20} MiB`);
    expect(stdout).toMatch(/^ {2}free pages with zram, measured( +[\d,]+)+$/m);
  });

  it('gives the same as JSON, and the rows and the page as files', async () => {
    const files = ['--csv', 'model.csv', '--html', 'model.html', '--json'];
    const result = await here.json<ModelResult>(
      'reproduce',
      'relocation',
      '--model',
      ...quick,
      ...files,
    );
    expect(result).toMatchObject({
      schema: 'pagelend.relocation-model/1',
      policy: 'linux',
      trace: { name: 'perl.plt' },
      cases: [{ case: 'clean', guests: 2, busy_guests: 1, memory_bytes: 2 ** 30 }],
      measured: { from: SHIPPED_MEASUREMENT, guest_kind: shipped.setup.guest_kind },
    });
    expect(result.rows.map(({ scheme }) => scheme)).toEqual(
      result.cases[0]!.schemes.map(({ scheme }) => scheme),
    );
    for (const row of result.measured!.rows) {
      expect(Math.abs(row.pool_apart_percent), row.name).toBeLessThan(5);
    }
    const read = (name: string): string => readFileSync(join(here.path, name), 'utf8');
    expect(read('model.csv').trimEnd().split('\n')).toHaveLength(1 + result.rows.length);
    expect(read('model.html')).toMatch(/<h2>Beside real guests<\/h2>/);
    const { stdout } = await model(...quick, '--csv', '-');
    expect(stdout).toBe(read('model.csv'));
  });

  it('takes other guests, another policy, and no measurement', async () => {
    const flags = ['--memory', '512MiB', '--pressure-hog', '440MiB', '--guests', '8'];
    const more = ['--compressible', '30', '--policy', 'clock', '--seed', '7'];
    const result = await here.json<ModelResult>(
      ...['reproduce', 'relocation', '--model', '--no-sweep', '--regime', 'pressure', '--json'],
      ...[...flags, ...more, '--measured', 'none'],
    );
    expect(result).toMatchObject({ policy: 'clock', seed: 7, measured: null });
    expect(result.cases).toMatchObject([
      {
        ...{ case: 'pressure', guests: 8, busy_guests: 4, hog_content: 'hog-30' },
        ...{ memory_bytes: 2 ** 29, hog_bytes: 440 * 2 ** 20 },
      },
    ]);
  });

  it("compares with a result of one's own", async () => {
    const hog = Math.max(...shipped.rows.map(({ hog_bytes }: { hog_bytes: number }) => hog_bytes));
    const clean = (row: { regime: string }) => row.regime === 'clean';
    const rows = shipped.rows.filter(clean).map((row: object) => ({ ...row, hog_bytes: hog }));
    here.write('mine.json', JSON.stringify({ ...shipped, rows }));
    const { stdout } = await model(...quick, '--measured', 'mine.json');
    expect(stdout).toContain('mine.json');
    expect(stdout).toMatch(new RegExp(`^ +hog ${Math.round(hog / 2 ** 20)} MiB$`, 'm'));
  });
});

describe('what does not go together', () => {
  it.each<[flags: string, says: RegExp]>([
    ['--full', /--full is for real guests.*\[CLI_USAGE\]/],
    ['--rounds 1', /--rounds is for real guests/],
    ['--configurations lent', /--configurations is for real guests/],
    ['--guest-kind auto', /--guest-kind is for real guests/],
    ['--guests 0', /expected a whole number of at least 1/],
    ['--guests 4000', /4000 guests: expected 1 to 1024.*\[RELOCATION_MODEL\]/],
    ['--memory 1MiB', /expected 16MiB to 64GiB.*\[RELOCATION_MODEL\]/],
    ['--hog 5', /--hog 5: expected a multiple of 4096/],
    ['--compressible 55', /no content 'hog-55'; there are .*\[RELOCATION_CONTENT\]/],
    ['--policy min', /observes the future.*\[RELOCATION_MODEL\]/],
    ['--policy none-such', /no policy 'none-such'/],
    ['--html - --json', /twice/],
    ['--measured mine.json --html mine.json', /would overwrite what is read/],
  ])('--model %s is wrong usage', async (flags, says) => {
    here.write('mine.json', JSON.stringify(shipped));
    expectComplaint(await model(...quick, ...flags.split(' ')), 2, says);
  });

  it.each(['--measured none', '--policy lru', '--guests 3'])(
    '%s asks for --model',
    async (flags) => {
      const ran = await here.run('reproduce', 'relocation', ...flags.split(' '));
      expectComplaint(ran, 2, /give --model too \[CLI_USAGE\]/);
    },
  );

  it.each<[content: string | null, says: RegExp]>([
    [null, /measured.json: cannot be read/],
    ['{', /measured.json: cannot be read/],
    ['{"schema": "pagelend.plan/1"}', /measured.json: schema/],
    [JSON.stringify({ ...shipped, rows: [] }), /no size of the hog was measured both/],
    [
      JSON.stringify({ ...shipped, setup: { ...shipped.setup, compressible_percent: 55 } }),
      /its hog is hog-55, of which no pages are recorded/,
    ],
  ])('a measurement that is none is refused (%#)', async (content, says) => {
    const name = content === null ? 'no-measured.json' : here.write('measured.json', content);
    const ran = await model(...quick, '--measured', name);
    expectComplaint(ran, 1, says);
    expect(ran.stderr).toContain('[RELOCATION_MEASURED]');
  });
});

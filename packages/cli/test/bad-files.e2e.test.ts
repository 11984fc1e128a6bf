// Files that are missing, damaged or something else: one line with the file and the line or byte
// and what was expected, status 1, nothing on stdout and nothing under the asked-for name.

import { copyFileSync, mkdirSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { csvOf, expectComplaint, folder, hasProgram } from './run.ts';

const here = folder();

beforeAll(async () => {
  here.write('a.csv', csvOf('1 2 3w 1'));
  mkdirSync(join(here.path, 'folder'));
  await here.run('trace', 'synth', 'zipf:pages=500', '-n', '5000', '-o', 'a.plt');
});

type Case = readonly [line: string, says: RegExp];

async function fails(cases: readonly Case[]): Promise<void> {
  const before = here.names();
  for (const [line, says] of cases) {
    const ran = await here.run(...line.split(' '));
    try {
      expectComplaint(ran, 1, says);
    } catch (error) {
      throw new Error(`pagelend ${line}: ${ran.status} ${ran.stderr}`, { cause: error });
    }
  }
  expect(here.names()).toEqual(before);
}

describe('traces', () => {
  it('missing, a folder, empty, or something else', async () => {
    here.write('empty.plt', '');
    await fails([
      ['sim none.plt', /none\.plt: cannot read: no such file or directory/],
      ['sim folder', /folder: cannot read: it is a directory/],
      ['trace info empty.plt', /empty\.plt: byte 0: .*expected a header/],
      ['sim a.csv', /a\.csv: byte 0: not a pagelend trace.*pagelend trace import/],
      ['sim a.plt none.plt --csv out.csv', /none\.plt: cannot read/],
      ['trace export -F csv none.plt -o out.csv', /none\.plt: cannot read/],
      ['trace reduce a.csv --method runs -o out.plt', /a\.csv: byte 0: not a pagelend trace/],
    ]);
  });

  it('cut off anywhere is named as such, never read as shorter', async () => {
    const { length } = readFileSync(join(here.path, 'a.plt'));
    const places = [1, 20, 100, Math.floor(length / 2), length - 48, length - 1];
    for (const bytes of places) {
      copyFileSync(join(here.path, 'a.plt'), join(here.path, `cut${bytes}.plt`));
      truncateSync(join(here.path, `cut${bytes}.plt`), bytes);
    }
    await fails(
      places.map((bytes) => [
        `sim cut${bytes}.plt --html out.html`,
        new RegExp(`cut${bytes}\\.plt: byte \\d+: .*cut off.*expected`),
      ]),
    );
    const line = `pagelend trace info - < cut${length - 1}.plt`;
    const { status, stderr } = await here.shell(line);
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: expect.stringMatching(/^pagelend: \(stdin\): byte \d+: the trace is cut off.*\n$/),
    });
  });

  it('of another version, or with a byte changed', async () => {
    const good = readFileSync(join(here.path, 'a.plt'));
    const cases = [
      [8, /changed8\.plt: byte 8: unknown format version.*expected version 1/],
      [40, /changed\d+\.plt: byte \d+: the trace is damaged, found header checksum/],
      [600, /changed\d+\.plt: byte \d+: the trace is damaged, found block checksum/],
      [good.length - 12, /changed\d+\.plt: byte \d+: the trace is damaged, found trailer checksum/],
    ] as const;
    for (const [at] of cases) {
      const bytes = Uint8Array.from(good);
      bytes[at] = bytes[at]! ^ 0x55;
      here.write(`changed${at}.plt`, bytes);
    }
    await fails(
      cases.map(([at, says]) => [`trace export -F csv changed${at}.plt -o out.csv`, says]),
    );
  });
});

describe('imports', () => {
  it('without a single reference', async () => {
    for (const name of ['e.csv', 'e.din', 'e.lackey', 'e.oracleGeneral']) here.write(name, '');
    here.write('head.csv', 'page,op\n');
    const names = ['e.csv', 'e.din', 'e.lackey', 'e.oracleGeneral', 'head.csv'];
    await fails(
      names.map((name) => [
        `trace import ${name} -o out.plt`,
        new RegExp(`${name}: there is no reference in the input, expected`),
      ]),
    );
  });

  it('malformed lines, with their number and what was expected', async () => {
    const csv: readonly [string, RegExp][] = [
      ['page,op\n1,r\nx,r\n', /bad\d\.csv:3: .*"x,r", expected a decimal or 0x number in column 1/],
      ['page,op\n1,q\n', /bad\d\.csv:2: .*expected r or w in column 2/],
      ['page,op\n1\n', /bad\d\.csv:2: .*expected at least 2 columns/],
      ['page,op\n-1,r\n', /bad\d\.csv:2: .*expected a decimal/],
      ['page,op\n4503599627370496,r\n', /bad\d\.csv:2: .*expected a page number below 2\^52/],
      ['p,o\n1,r\n', /bad\d\.csv:1: the header has no column "page"/],
    ];
    for (const [index, [content]] of csv.entries()) here.write(`bad${index}.csv`, content);
    await fails(csv.map(([, says], index) => [`trace import bad${index}.csv -o out.plt`, says]));
    here.write('bad.din', '0 1000\n7 2000\n');
    here.write('bad.lackey', '==1== x\nI  04016b80,3\n L zz,8\n');
    here.write('bad.oracleGeneral', new Uint8Array(30));
    await fails([
      ['trace import bad.din -o out.plt', /bad\.din:2: .*"7 2000", expected a label/],
      ['trace import bad.lackey -o out.plt', /bad\.lackey:3: .*" L zz,8", expected an address/],
      ['trace import bad.oracleGeneral -o out.plt', /byte 24: .*expected a record of 24 bytes/],
      ['trace import none.csv -o out.plt', /none\.csv: cannot read: no such file/],
      ['trace import -F csv folder -o out.plt', /folder: cannot read: it is a directory/],
    ]);
  });

  it.each(['gzip', 'zstd'])('%s data that is cut off or none', async (program) => {
    if (!hasProgram(program)) {
      console.warn(`skipped: ${program} is not installed`);
      return;
    }
    const suffix = program === 'gzip' ? 'gz' : 'zst';
    await here.shell(
      `${program} -c a.csv | head -c 20 > cut.csv.${suffix}; cp a.csv no.csv.${suffix}`,
    );
    await fails([
      [`trace import cut.csv.${suffix} -o out.plt`, /cut\.csv\.\w+: byte 20: .*cut off/],
      [`trace import no.csv.${suffix} -o out.plt`, /no\.csv\.\w+: byte 0: .*damaged/],
    ]);
  });
});

describe('outputs', () => {
  it('that cannot be written are told of before the work', () =>
    fails([
      ['sim a.plt --csv none/out.csv', /none\/out\.csv: cannot be written: its folder: no such/],
      ['sim a.plt --html folder', /folder: is a folder; expected the name of a file/],
      ['sim a.plt --csv /proc/out.csv', /\/proc\/out\.csv: cannot be written: /],
      ['trace import a.csv -o none/out.plt', /none\/out\.plt: cannot create it: no such/],
      ['trace import a.csv -o folder', /folder: cannot write: it is a directory/],
      ['trace synth loop:pages=3 -o none/out.plt', /none\/out\.plt: cannot create it/],
      ['trace export -F csv a.plt -o folder', /folder: cannot write: it is a directory/],
    ]));
});

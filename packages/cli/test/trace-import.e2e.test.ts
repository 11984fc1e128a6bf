// Every format that comes in, from files, stdin and compressed.

import { describe, expect, it } from 'vitest';
import { csvOf, folder, hasProgram } from './run.ts';

interface Summary {
  readonly trace: string;
  readonly references: number;
  readonly reads: number;
  readonly writes: number;
  readonly pages: number;
}

const here = folder();
const CSV = csvOf('1w 2 3w 1 4 2w 5');
const COUNTS = { references: 7, reads: 4, writes: 3, pages: 5 };

/** Imports and returns what the trace holds, as csv without its header. */
async function imported(...flags: string[]): Promise<string> {
  const { status, stderr } = await here.run('trace', 'import', ...flags, '-o', 'out.plt');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const { stdout } = await here.run('trace', 'export', '-F', 'csv', 'out.plt', '-o', '-');
  return stdout.trimEnd().split('\n').slice(1).join(' ');
}

describe('trace import', () => {
  it('csv with a header, by suffix, and what it says', async () => {
    here.write('a.csv', CSV);
    const text = await here.run('trace', 'import', 'a.csv', '-o', 'a.plt');
    expect(text.stdout).toBe('a.plt: 7 references (4 reads, 3 writes) to 5 pages\n');
    const json = await here.json<Summary>('trace', 'import', 'a.csv', '-o', 'a.plt', '--json');
    expect(json).toEqual({ schema: 'pagelend.trace-summary/1', trace: 'a.plt', ...COUNTS });
  });

  it('csv with mapped columns, other separators, no header, addresses with sizes', async () => {
    here.write('m.csv', 'time,lba,type\n0.1,10,R\n0.2,0x14,write\n');
    expect(await imported('m.csv', '--page-column', 'lba', '--op-column', 'type')).toBe(
      '10,r 20,w',
    );
    here.write('n.tsv', 'x\t7\tw\nx\t8\tr\n');
    const byNumber = [
      '--no-header',
      '--page-column',
      '2',
      '--op-column',
      '3',
      '--delimiter',
      'tab',
    ];
    expect(await imported('n.tsv', ...byNumber)).toBe('7,w 8,r');
    here.write('s.csv', 'addr;len\n0x1ffc;8\n12288;1\n');
    const sized = ['--address-column', 'addr', '--size-column', 'len', '--op-column', 'none'];
    expect(await imported('s.csv', ...sized, '--delimiter', ';')).toBe('1,r 2,r 3,r');
    here.write('big.csv', 'page,op\n4503599627370495,r\n4503599627370494,w\n');
    expect(await imported('big.csv')).toBe('4503599627370495,r 4503599627370494,w');
  });

  it('din, lackey and oracleGeneral', async () => {
    here.write('a.din', '0 1000\n1 2fff\n2 0x3000\n');
    expect(await imported('a.din')).toBe('1,r 2,w 3,r');
    here.write(
      'a.lackey',
      '==1== Lackey\nI  04016b80,3\n L 1ffefffd50,8\n S 00001ffc,8\n M 00003000,4\n',
    );
    expect(await imported('a.lackey')).toBe('16406,r 33550335,r 1,w 2,w 3,r 3,w');
    expect(await imported('a.lackey', '--page-size', '64KiB')).toBe('1025,r 2096895,r 0,w 0,r 0,w');
    const records = new DataView(new ArrayBuffer(48));
    records.setBigUint64(4, 9n, true);
    records.setBigUint64(24 + 4, 2n ** 60n, true);
    const bytes = new Uint8Array(records.buffer);
    here.write('one.oracleGeneral', bytes.subarray(0, 24));
    expect(await imported('one.oracleGeneral')).toBe('9,r');
    here.write('two.oracleGeneral', bytes);
    expect(await imported('two.oracleGeneral', '--renumber')).toBe('0,r 1,r');
  });

  it('counts what a format defines and is no reference', async () => {
    here.write('skip.din', '0 1000\n4 0\n1 2000\n');
    const { stdout } = await here.run('trace', 'import', 'skip.din', '-o', 'out.plt');
    expect(stdout).toBe('out.plt: 2 references (1 reads, 1 writes) to 2 pages, 1 skipped\n');
  });

  it('from stdin, to stdout', async () => {
    const { status, stdout } = await here.shell(
      'pagelend trace import --format csv - -o - | pagelend trace info - --json',
      CSV,
    );
    expect(status).toBe(0);
    expect(JSON.parse(stdout).traces[0]).toMatchObject(COUNTS);
  });

  it.each(['gzip', 'zstd'])('what %s compressed, by suffix and from stdin', async (program) => {
    if (!hasProgram(program)) {
      console.warn(`skipped: ${program} is not installed`);
      return;
    }
    const file = `z.csv.${program === 'gzip' ? 'gz' : 'zst'}`;
    here.write('z.csv', CSV);
    const { stdout } = await here.shell(
      `${program} -c z.csv > ${file} && pagelend trace import ${file} -o z.plt && cat ${file} | pagelend trace import -F csv - -o z2.plt && ${program} -c z2.plt | wc -c`,
    );
    expect(stdout).toMatch(/^z\.plt: 7 references .*\nz2\.plt: 7 references .*\n\d+\n$/);
  });
});

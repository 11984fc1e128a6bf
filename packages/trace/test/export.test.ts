import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { symlinkSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ExportFormat, exportTrace } from '../src/export/export-trace.ts';
import { importTrace } from '../src/import/import-trace.ts';
import {
  decode,
  decodeFile,
  encode,
  failure,
  type Reference,
  referenceLists,
  scratch,
} from './helpers.ts';

const dir = scratch();
const main = new URL('../dist/index.js', import.meta.url).href;

/** Runs code that has the built room as `t`, with `input` on stdin; returns stdout and stderr. */
async function child(code: string, input: Uint8Array): Promise<{ out: Buffer; err: string }> {
  const script = `import * as t from ${JSON.stringify(main)}; ${code}`;
  const node = spawn(process.execPath, ['--input-type=module', '-e', script]);
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  node.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  node.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  node.stdin.on('error', () => undefined);
  node.stdin.end(input);
  await once(node, 'close');
  return { out: Buffer.concat(out), err: Buffer.concat(err).toString() };
}

describe('exportTrace', () => {
  it('round-trips through every format', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(referenceLists(60), async (list) => {
        run++;
        const input = dir.write(`${run}.plt`, encode(list));
        for (const format of ['csv', 'lackey', 'oracleGeneral'] as const) {
          const output = dir.path(`${run}.${format}${run % 2 === 0 ? '.gz' : ''}`);
          expect(await exportTrace({ format, input, output })).toEqual({ references: list.length });
          const back = dir.path(`${run}.${format}.plt`);
          await importTrace({ format, input: output, output: back });
          const reads = list.map(([page]): Reference => [page, 0]);
          expect(await decodeFile(back)).toEqual(format === 'oracleGeneral' ? reads : list);
        }
      }),
      { numRuns: 15 },
    );
    expect(dir.names().filter((name) => /partial|next/.test(name))).toEqual([]);
  });

  it('writes what is expected, byte by byte', async () => {
    const input = dir.write(
      'small.plt',
      encode([
        [5, 0],
        [2 ** 40, 1],
        [5, 1],
      ]),
    );
    const exported = async (format: ExportFormat): Promise<Buffer> => {
      await exportTrace({ format, input, output: dir.path('small.out') });
      return dir.read('small.out');
    };
    expect((await exported('csv')).toString()).toBe('page,op\n5,r\n1099511627776,w\n5,w\n');
    expect((await exported('lackey')).toString()).toBe(
      ' L 00005000,1\n S 10000000000000,1\n S 00005000,1\n',
    );
    const oracle = await exported('oracleGeneral');
    const records = [0, 24, 48].map((at) => [
      oracle.readUInt32LE(at),
      Number(oracle.readBigUInt64LE(at + 4)),
      oracle.readUInt32LE(at + 12),
      Number(oracle.readBigInt64LE(at + 16)),
    ]);
    expect(records).toEqual([
      [0, 5, 4096, 3],
      [1, 2 ** 40, 4096, -1],
      [2, 5, 4096, -1],
    ]);
  });

  it('finds the next access across blocks', async () => {
    const count = 2 ** 18 + 1000;
    const list = Array.from({ length: count }, (_, at): Reference => [(at * 31) % 3001, 0]);
    const input = dir.write('long.plt', encode(list));
    await exportTrace({ format: 'oracleGeneral', input, output: dir.path('long.bin') });
    const bytes = dir.read('long.bin');
    for (let at = 0; at < count; at++) {
      const expected = at + 3001 < count ? at + 3002 : -1;
      if (Number(bytes.readBigInt64LE(at * 24 + 16)) !== expected) throw new Error(`record ${at}`);
    }
  });

  it('keeps a symbolic link a link and writes a device in place', async () => {
    const input = dir.write('l.plt', encode([[1, 0]]));
    dir.write('target.csv', 'old');
    symlinkSync(dir.path('target.csv'), dir.path('link.csv'));
    await exportTrace({ format: 'csv', input, output: dir.path('link.csv') });
    expect(dir.read('target.csv').toString()).toBe('page,op\n1,r\n');
    await exportTrace({ format: 'csv', input, output: '/dev/null' });
    expect(execFileSync('stat', ['-c', '%F', '/dev/null']).toString()).toContain('special');
  });

  it('refuses what it cannot write', async () => {
    const input = dir.write('r.plt', encode([[1, 0]]));
    const to = (output: string, format = 'csv') =>
      failure(exportTrace({ format: format as 'csv', input, output }));
    expect((await to(dir.path('x.zst'))).message).toContain('writing .zst is not supported');
    expect((await to(dir.path('no/x.csv'))).message).toContain(
      'cannot create it: no such file or directory',
    );
    expect((await to(dir.path('x'), 'din')).message).toBe(
      'the format is unknown, found din, expected csv, oracleGeneral, lackey',
    );
    dir.write('damaged.plt', encode([[1, 0]]).subarray(0, 60));
    await failure(
      exportTrace({ format: 'csv', input: dir.path('damaged.plt'), output: dir.path('d.csv') }),
    );
    expect(dir.names().filter((name) => name.startsWith('d.csv'))).toEqual([]);
  });
});

describe('pipes', () => {
  const list = Array.from(
    { length: 300_000 },
    (_, at): Reference => [(at * 17) % 999, (at % 5 === 0 ? 1 : 0) as 0 | 1],
  );
  const csv = Buffer.from(
    `page,op\n${list.map(([page, op]) => `${page},${op ? 'w' : 'r'}\n`).join('')}`,
  );

  it('import from stdin to stdout and export from stdin to stdout', async () => {
    const imported = await child("await t.importTrace({format:'csv',input:'-',output:'-'})", csv);
    expect(imported.err).toBe('');
    expect(await decode(imported.out)).toEqual(list);
    const exported = await child(
      "await t.exportTrace({format:'csv',input:'-',output:'-'})",
      imported.out,
    );
    expect(exported.out.equals(csv)).toBe(true);
    const oracle =
      "await t.exportTrace({format:'oracleGeneral',input:'-',output:'-'}).catch(e=>console.error(e.message))";
    expect((await child(oracle, imported.out)).err).toBe(
      '(stdin): oracleGeneral needs to read the trace backward; write the trace to a file first\n',
    );
  });

  it('detect gzip on stdin, and say when it is cut off', async () => {
    const gz = execFileSync('gzip', ['-c'], { input: csv, maxBuffer: 1e9 });
    const code =
      "await t.importTrace({format:'csv',input:'-',output:'-'}).catch(e=>console.error(e.message))";
    expect(await decode((await child(code, gz)).out)).toEqual(list);
    const cut = gz.subarray(0, gz.length - 1000);
    expect((await child(code, cut)).err).toBe(
      `(stdin): byte ${cut.length}: the gzip data is cut off; copy it again\n`,
    );
    expect(gunzipSync(gz).equals(csv)).toBe(true);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ImportFormat } from '../src/import/formats.ts';
import { makeParser, type ParserOptions } from '../src/import/formats.ts';
import { type ImportOptions, importTrace } from '../src/import/import-trace.ts';
import { decodeFile, failure, type Reference, scratch } from './helpers.ts';

const dir = scratch();

/** Parses text in one piece and in pieces of every small size, which must not matter. */
function parse(
  format: ImportFormat,
  text: string | Uint8Array,
  options: Partial<ParserOptions> = {},
): Reference[] {
  const bytes = typeof text === 'string' ? Buffer.from(text, 'latin1') : text;
  const results = [bytes.length, 1, 3, 17].map((chunkBytes) => {
    const references: Reference[] = [];
    const sink = { add: (page: number, op: 0 | 1) => references.push([page, op]) };
    const parser = makeParser(format, 'in.txt', sink, { pageSizeBytes: 4096, ...options });
    for (let at = 0; at < bytes.length; at += chunkBytes)
      parser.push(bytes.subarray(at, at + chunkBytes));
    parser.end();
    return references;
  });
  for (const result of results) expect(result).toEqual(results[0]);
  return results[0]!;
}

function message(format: ImportFormat, text: string, options: Partial<ParserOptions> = {}): string {
  try {
    parse(format, text, options);
  } catch (error) {
    return (error as Error).message;
  }
  return 'no error';
}

describe('lackey', () => {
  it('reads what lackey writes', () => {
    const text = [
      '==5601== Lackey, an example Valgrind tool',
      '==5601== ',
      'I  0401ab70,3',
      ' S 1fff000758,8',
      ' L 1ffefffd50,8',
      ' M 0421c7cc,4',
      ' SB 0401ab70',
      '--5601-- a debug message',
      '**5601** a client message',
      'I  ffffffffffffffff,1',
      '',
    ].join('\n');
    expect(parse('lackey', text)).toEqual([
      [0x0401a, 0],
      [0x1fff000, 1],
      [0x1ffefff, 0],
      [0x0421c, 0],
      [0x0421c, 1],
      [2 ** 52 - 1, 0],
    ]);
  });

  it('lets an access touch every page that it covers, M reading before it writes', () => {
    expect(parse('lackey', ' L 00000fff,1\n L 00000fff,2\n')).toEqual([
      [0, 0],
      [0, 0],
      [1, 0],
    ]);
    expect(parse('lackey', ' M 00000ffc,8\n')).toEqual([
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
    ]);
    expect(parse('lackey', ' S 00000001,8192\n')).toEqual([
      [0, 1],
      [1, 1],
      [2, 1],
    ]);
    expect(parse('lackey', ' S 00003fff,2\r\n', { pageSizeBytes: 16384 })).toEqual([
      [0, 1],
      [1, 1],
    ]);
    expect(parse('lackey', ' L 1fffffffffffff,1', { pageSizeBytes: 2 })).toEqual([
      [2 ** 52 - 1, 0],
    ]);
  });

  const reference = 'expected an address of 1 to 16 hex digits, a comma and a size in bytes';
  it.each([
    [
      ' L 0421c7cg,4\n',
      `in.txt:1: the reference does not parse, found " L 0421c7cg,4", ${reference}`,
    ],
    ['I  04,3\n L ,4\n', `in.txt:2: the reference does not parse, found " L ,4", ${reference}`],
    [' S 04,\n', `in.txt:1: the reference does not parse, found " S 04,", ${reference}`],
    [' S 04,8x\n', `in.txt:1: the reference does not parse, found " S 04,8x", ${reference}`],
    [' S 04\n', `in.txt:1: the reference does not parse, found " S 04", ${reference}`],
    [' S 04,0\n', `in.txt:1: the reference does not parse, found " S 04,0", ${reference}`],
    [
      ' S 04,99999999\n',
      `in.txt:1: the reference does not parse, found " S 04,99999999", ${reference}`,
    ],
    [
      ' M 12345678123456781,4\n',
      `in.txt:1: the reference does not parse, found " M 12345678123456781,4", ${reference}`,
    ],
    [' L 0421', `in.txt:1: the reference does not parse, found " L 0421", ${reference}`],
    [
      'I  04,3\nhello\n',
      'in.txt:2: not a line of lackey, found "hello", expected a reference or a ==PID== message; keep a program’s own output apart with --log-file',
    ],
    [
      '\n',
      'in.txt:1: not a line of lackey, found "", expected a reference or a ==PID== message; keep a program’s own output apart with --log-file',
    ],
    [
      ' L ffffffffffffffff,2\n',
      'in.txt:1: the page number cannot be held exactly, found " L ffffffffffffffff,2", expected a page number below 2^52',
    ],
  ])('refuses %j', (text, expected) => {
    expect(message('lackey', text)).toBe(expected);
  });

  it('refuses a line without an end', () => {
    expect(message('lackey', `== ${'x'.repeat(70000)}`)).toContain('at most 65536 bytes in a line');
  });

  it('parses any reference as arithmetic on big integers does', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.constantFrom('I ', ' L', ' S', ' M'),
            fc.bigInt(0n, 2n ** 64n - 20000n),
            fc.integer({ min: 1, max: 9000 }),
          ),
          { minLength: 1, maxLength: 20 },
        ),
        fc.constantFrom(4096, 8192, 65536),
        (lines, pageSizeBytes) => {
          const expected: Reference[] = [];
          for (const [kind, address, size] of lines) {
            const first = address / BigInt(pageSizeBytes);
            const last = (address + BigInt(size) - 1n) / BigInt(pageSizeBytes);
            for (const op of kind === ' M' ? [0, 1] : [kind === ' S' ? 1 : 0]) {
              for (let page = first; page <= last; page++)
                expected.push([Number(page), op as 0 | 1]);
            }
          }
          const text = lines.map(
            ([kind, address, size]) => `${kind} ${address.toString(16).padStart(8, '0')},${size}\n`,
          );
          expect(parse('lackey', text.join(''), { pageSizeBytes })).toEqual(expected);
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('din', () => {
  it('reads labels in digits and letters and skips escapes', () => {
    const text =
      '0 1000\n1 2FFF rest of it\n 2 0x3000\r\n3 0\n4 0\nr 1000 4\nw ffffffffffffffff\ni 0';
    expect(parse('din', text)).toEqual([
      [1, 0],
      [2, 1],
      [3, 0],
      [1, 0],
      [2 ** 52 - 1, 1],
      [0, 0],
    ]);
  });

  it.each(['5 1000\n', '0\n', '\n', '0 xyz\n', '01000\n', '0 12345678901234567\n', '0 10g\n'])(
    'refuses %j',
    (line) => {
      expect(message('din', `0 1\n${line}`)).toBe(
        `in.txt:2: not a line of din, found ${JSON.stringify(line.slice(0, -1))}, expected a label (0 to 4, r, w, i) and a hexadecimal address`,
      );
    },
  );
});

describe('csv', () => {
  it('reads the default columns', () => {
    const text = '\uFEFFpage,op\r\n1,r\r\n0x1F,W\r\n"3","read"\r\n4503599627370495, Write\r\n\r\n';
    const bytes = Buffer.from(text);
    expect(parse('csv', bytes)).toEqual([
      [1, 0],
      [31, 1],
      [3, 0],
      [2 ** 52 - 1, 1],
    ]);
    expect(parse('csv', 'Op,x,Page\nw,"a ""quoted"", thing",5\nr,,6')).toEqual([
      [5, 1],
      [6, 0],
    ]);
  });

  it('reads mapped columns', () => {
    const csv = { address: 'Offset', op: 'Type', size: 'Size', delimiter: ';' };
    expect(
      parse('csv', 'Type;Offset;Size\nRead;4095;2\nWrite;18446744073709551615;1\n', { csv }),
    ).toEqual([
      [0, 0],
      [1, 0],
      [2 ** 52 - 1, 1],
    ]);
    expect(
      parse('csv', '9 7\n8 6\n', { csv: { hasHeader: false, page: 2, op: null, delimiter: ' ' } }),
    ).toEqual([
      [7, 0],
      [6, 0],
    ]);
    expect(parse('csv', '9,w\n', { csv: { hasHeader: false } })).toEqual([[9, 1]]);
  });

  it.each([
    [
      'page,op\n1,x\n',
      {},
      'in.txt:2: the line does not parse, found "1,x", expected r or w in column 2',
    ],
    [
      'page,op\n1,\n',
      {},
      'in.txt:2: the line does not parse, found "1,", expected r or w in column 2',
    ],
    [
      'page,op\n1\n',
      {},
      'in.txt:2: the line does not parse, found "1", expected at least 2 columns',
    ],
    [
      'page,op\nabc,r\n',
      {},
      'in.txt:2: the line does not parse, found "abc,r", expected a decimal or 0x number in column 1',
    ],
    [
      'page,op\n-1,r\n',
      {},
      'in.txt:2: the line does not parse, found "-1,r", expected a decimal or 0x number in column 1',
    ],
    [
      'page,op\n1.5,r\n',
      {},
      'in.txt:2: the line does not parse, found "1.5,r", expected a decimal or 0x number in column 1',
    ],
    [
      'page,op\n0x,r\n',
      {},
      'in.txt:2: the line does not parse, found "0x,r", expected a decimal or 0x number in column 1',
    ],
    [
      'page,op\n"1,r\n',
      {},
      'in.txt:2: the line does not parse, found ""1,r", expected a closing quote in the line',
    ],
    [
      'page,op\n4503599627370496,r\n',
      {},
      'in.txt:2: the page number cannot be held exactly, found "4503599627370496,r", expected a page number below 2^52',
    ],
    [
      'page,op\n99999999999999999999,r\n',
      {},
      'in.txt:2: the page number cannot be held exactly, found "99999999999999999999,r", expected a page number below 2^52',
    ],
    [
      'a,b\n1,r\n',
      {},
      'in.txt:1: the header has no column "page", found "a", "b", expected a column "page"; name the columns that hold the page and the operation',
    ],
    [
      'a\n',
      { csv: { page: 'a', address: 'a' } },
      'the CSV options do not fit, found both a page and an address column are named, expected one of the two',
    ],
    [
      'a\n',
      { csv: { delimiter: 'ab' } },
      'the CSV options do not fit, found the delimiter "ab", expected one ASCII character such as , ; or tab',
    ],
    [
      'a\n',
      { csv: { hasHeader: false, page: 'x' } },
      'the CSV options do not fit, found column "x" in a file without a header, expected a column number from 1 to 1024',
    ],
  ])('refuses %j', (text, options, expected) => {
    expect(message('csv', text, options)).toBe(expected);
  });
});

describe('oracleGeneral', () => {
  const record = (id: bigint): Buffer => {
    const bytes = Buffer.alloc(24);
    bytes.writeBigUInt64LE(id, 4);
    return bytes;
  };

  it('reads ids, and renumbers 64-bit ones when asked', () => {
    const wide = Buffer.concat([2n ** 63n, 5n, 2n ** 63n, 2n ** 64n - 1n].map(record));
    expect(parse('oracleGeneral', Buffer.concat([1n, 2n ** 52n - 1n].map(record)))).toEqual([
      [1, 0],
      [2 ** 52 - 1, 0],
    ]);
    expect(parse('oracleGeneral', wide, { renumber: true })).toEqual([
      [0, 0],
      [1, 0],
      [0, 0],
      [2, 0],
    ]);
    const many = Buffer.concat(
      Array.from({ length: 9000 }, (_, at) => record(BigInt(at % 4500) << 32n)),
    );
    const pages = parse('oracleGeneral', many, { renumber: true }).map(([page]) => page);
    expect(pages).toEqual(Array.from({ length: 9000 }, (_, at) => at % 4500));
  });

  it('refuses wide ids and cut records', () => {
    expect(() => parse('oracleGeneral', Buffer.concat([record(1n), record(2n ** 52n)]))).toThrow(
      'in.txt: byte 24: the object id cannot be a page number, found 4503599627370496, expected an id below 2^52; --renumber numbers 64-bit ids by first appearance',
    );
    expect(() => parse('oracleGeneral', Buffer.concat([record(1n), Buffer.alloc(7)]))).toThrow(
      'in.txt: byte 24: the last record is cut off, found 7 bytes, expected a record of 24 bytes',
    );
  });
});

describe('importTrace', () => {
  const run = (input: string, options: Partial<ImportOptions> = {}) =>
    importTrace({ format: 'csv', input, output: dir.path('out.plt'), ...options });

  it('writes a trace that says where it comes from', async () => {
    const input = dir.write('a.csv', 'page,op\n5,r\n5,w\n9,r\n');
    const result = await run(input, { provenance: { note: 'n' } });
    expect(result).toEqual({
      summary: { references: 3, reads: 2, writes: 1, pages: 2, blocks: 1 },
      skipped: 0,
    });
    expect(await decodeFile(dir.path('out.plt'))).toEqual([
      [5, 0],
      [5, 1],
      [9, 0],
    ]);
  });

  it.each([
    ['csv', ''],
    ['csv', 'page,op\n'],
    ['lackey', ''],
    ['lackey', '==1== only a message\n'],
    ['din', ''],
    ['oracleGeneral', ''],
  ] as const)('refuses an empty input: %s %j, and leaves no output', async (format, text) => {
    const input = dir.write('empty', text);
    const output = dir.path('never.plt');
    const error = await failure(importTrace({ format, input, output }));
    expect(error.code).toBe('TRACE_EMPTY');
    expect(error.message).toContain(`${input}: there is no reference in the input`);
    expect(dir.names().filter((name) => name.startsWith('never'))).toEqual([]);
  });

  it('refuses options that make no sense, and an old output stays', async () => {
    const input = dir.write('b.csv', 'page,op\n5,r\nx\n');
    dir.write('kept.plt', 'old');
    expect((await failure(run(input, { output: dir.path('kept.plt') }))).code).toBe('TRACE_PARSE');
    expect(dir.read('kept.plt').toString()).toBe('old');
    expect((await failure(run(input, { pageSizeBytes: 1000 }))).message).toBe(
      'the page size is not usable, found 1000 bytes, expected a power of two up to 1073741824',
    );
    expect((await failure(run(input, { format: 'nope' as 'csv' }))).code).toBe('TRACE_OPTION');
    const aborted = run(input, { signal: AbortSignal.abort() });
    expect((await failure(aborted)).code).toMatch(/TRACE_(ABORTED|PARSE)/);
    expect((await failure(run(dir.path('missing.csv')))).message).toBe(
      `${dir.path('missing.csv')}: cannot read: no such file or directory`,
    );
    expect((await failure(run(dir.directory))).message).toContain('it is a directory');
  });
});

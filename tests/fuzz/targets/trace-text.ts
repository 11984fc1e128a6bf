// The formats that are imported. Whatever the bytes are: refused by a code that names line or byte, or
// references that could be in a trace; how the bytes are cut makes no difference.

import {
  type CsvOptions,
  type ImportFormat,
  makeParser,
  type ParserOptions,
  type ReferenceSink,
  traceErrors,
} from '@pagelend/trace';
import { codeOf, must, pieceSizes, type Target } from '../target.ts';

const CODES = Object.keys(traceErrors);
const PAGE_NUMBER_LIMIT = 2 ** 52;
/** One line may touch as many pages as an access of 1 MiB does, of the smallest pages. */
const REFERENCES_MAX = 4_000_000;

interface Variant {
  readonly format: ImportFormat;
  readonly options: ParserOptions;
}

const csvs: readonly CsvOptions[] = [
  {},
  { page: 1, op: null, hasHeader: false },
  { address: 'addr', size: 'len', op: 'op' },
  { page: 2, op: 1, delimiter: ';', hasHeader: false },
];

/** What the first byte of an input chooses. */
const variants: readonly Variant[] = [
  { format: 'lackey', options: { pageSizeBytes: 4096 } },
  { format: 'lackey', options: { pageSizeBytes: 65_536 } },
  { format: 'din', options: { pageSizeBytes: 4096 } },
  { format: 'oracleGeneral', options: { pageSizeBytes: 4096 } },
  { format: 'oracleGeneral', options: { pageSizeBytes: 4096, renumber: true } },
  ...csvs.map((csv): Variant => ({ format: 'csv', options: { pageSizeBytes: 4096, csv } })),
];

/** What came of an input: references, as a sum of where they stood, and how it ended. */
function outcomeOf({ format, options }: Variant, bytes: Uint8Array, sizes: readonly number[]) {
  let count = 0;
  let sum = 0;
  const sink: ReferenceSink = {
    add(pageNumber, op) {
      const isPage = Number.isInteger(pageNumber) && pageNumber >= 0;
      must(isPage && pageNumber < PAGE_NUMBER_LIMIT, `page number ${pageNumber}`);
      must(op === 0 || op === 1, `operation ${op}`);
      sum = (Math.imul(sum, 31) + (pageNumber % 65_521) * 2 + op) | 0;
      must(++count <= REFERENCES_MAX, 'references without end');
    },
  };
  let end = 'whole';
  let message = '';
  try {
    const parser = makeParser(format, 'x', sink, options);
    for (let at = 0, piece = 0; at < bytes.length; piece++) {
      const next = at + sizes[piece % sizes.length]!;
      // Its own copy, which is overwritten afterwards as a stream's buffer would be.
      const part = Buffer.from(bytes.subarray(at, next));
      parser.push(part);
      part.fill(0x58);
      at = next;
    }
    parser.end();
    must(parser.skipped >= 0, 'it skipped less than nothing');
  } catch (error) {
    end = codeOf(error, 'TraceError', CODES);
    ({ message } = error as Error);
    must(!/[\r\n]/.test(message), 'the message has more than one line');
    must(/^x(:\d+)?: /.test(message), `the message names no place: ${message}`);
  }
  return { end, message, count, sum };
}

function run(input: Uint8Array): void {
  const variant = variants[(input[0] ?? 0) % variants.length]!;
  const bytes = input.subarray(1);
  const whole = outcomeOf(variant, bytes, [Number.MAX_SAFE_INTEGER]);
  const cut = outcomeOf(variant, bytes, pieceSizes(bytes.length, 50));
  must(
    JSON.stringify(whole) === JSON.stringify(cut),
    `cut otherwise it is ${JSON.stringify(cut)}, whole ${JSON.stringify(whole)}`,
  );
}

function text(variant: number, ...lines: string[]): Uint8Array {
  return Buffer.concat([Buffer.from([variant]), Buffer.from(`${lines.join('\n')}\n`)]);
}

function records(variant: number, ids: readonly bigint[]): Uint8Array {
  const bytes = Buffer.alloc(1 + 24 * ids.length);
  bytes[0] = variant;
  ids.forEach((id, index) => {
    bytes.writeUInt32LE(index, 1 + 24 * index);
    bytes.writeBigUInt64LE(id, 5 + 24 * index);
  });
  return bytes;
}

export const target: Target = {
  bytesMax: 4096,
  words: ['I  ', ' L ', ' S ', ' M ', '==12== ', '0x', 'page,op\n', '\r\n', '""', 'read', ',w'],
  seeds: () => [
    text(0, 'I  04016b80,3', ' L 1ffefffd50,8', ' S 1fff000768,8', ' M 0421cffc,8', '==7== done'),
    text(1, ' S ffffffffffffffff,1', ' L 0,65536'),
    text(2, '0 4000', '1 7fff0004', '2 400020', '1 0xfe'),
    records(3, [7n, 7n, 2n ** 52n - 1n]),
    records(4, [7n, 2n ** 64n - 1n, 7n]),
    text(5, 'page,op', '1,r', '0x10,w', '"3",READ', ''),
    text(6, '12', '13', '4503599627370495'),
    text(7, 'addr,op,len', '4095,w,2', '0x1000,r,4096'),
    text(8, 'r;1', 'w;"2"'),
  ],
  run,
};

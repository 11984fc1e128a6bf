// The formats that can be imported, as data: help text, completion and the parser of each.
import { checkPageSize } from '../format/header.ts';
import { CsvParser } from './csv.ts';
import type { CsvOptions } from './csv-columns.ts';
import { DinParser } from './din.ts';
import { LackeyParser } from './lackey.ts';
import { OracleGeneralParser } from './oracle-general.ts';
import type { ImportParser, ReferenceSink } from './parser.ts';

export type ImportFormat = 'lackey' | 'din' | 'csv' | 'oracleGeneral';

export interface ImportFormatInfo {
  readonly name: ImportFormat;
  /** Usual suffixes, without .gz and .zst. */
  readonly extensions: readonly string[];
  readonly description: string;
  readonly isText: boolean;
}

export const importFormats: readonly ImportFormatInfo[] = [
  {
    name: 'lackey',
    extensions: ['.lackey', '.txt'],
    description: 'text of valgrind --tool=lackey --trace-mem=yes (I, L, S and M lines)',
    isText: true,
  },
  {
    name: 'din',
    extensions: ['.din'],
    description: 'Dinero: label 0 read, 1 write, 2 fetch and a hexadecimal address a line',
    isText: true,
  },
  {
    name: 'csv',
    extensions: ['.csv', '.tsv'],
    description: 'a header `page,op`, or columns named by options; op is r or w',
    isText: true,
  },
  {
    name: 'oracleGeneral',
    extensions: ['.oracleGeneral', '.bin'],
    description: 'libCacheSim: records of 24 bytes, object id as page number, all reads',
    isText: false,
  },
];

export interface ParserOptions {
  readonly pageSizeBytes: number;
  readonly csv?: CsvOptions | undefined;
  readonly renumber?: boolean | undefined;
}

export function makeParser(
  format: ImportFormat,
  file: string,
  sink: ReferenceSink,
  options: ParserOptions,
): ImportParser {
  const { pageSizeBytes } = options;
  checkPageSize(pageSizeBytes);
  switch (format) {
    case 'lackey':
      return new LackeyParser(file, sink, { pageSizeBytes });
    case 'din':
      return new DinParser(file, sink, { pageSizeBytes });
    case 'csv':
      return new CsvParser(file, sink, { ...options.csv, pageSizeBytes });
    case 'oracleGeneral':
      return new OracleGeneralParser(file, sink, { renumber: options.renumber ?? false });
  }
}

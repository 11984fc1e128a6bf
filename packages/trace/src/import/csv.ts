// CSV with one reference a line. Only the columns that are needed are looked at, byte by byte;
// numbers are decimal or 0x hexadecimal and exact to 64 bits before they are divided by the page
// size. Fields may be quoted, but a line break inside quotes is an error.
import { READ, WRITE } from '@pagelend/policies';
import { ACCESS_BYTES_MAX, PAGE_NUMBER_LIMIT } from '../limits.ts';
import { type CsvLayout, type CsvOptions, csvDelimiter, csvLayout } from './csv-columns.ts';
import { LineSplitter, lineText } from './lines.ts';
import { NumberField } from './number-field.ts';
import { type ImportParser, pageRangeError, parseError, type ReferenceSink } from './parser.ts';

const NEWLINE = 10;
const RETURN = 13;
const QUOTE = 34;

export class CsvParser implements ImportParser {
  skipped = 0;
  readonly #file: string;
  readonly #sink: ReferenceSink;
  readonly #pageSizeBytes: number;
  readonly #options: CsvOptions;
  readonly #lines: LineSplitter;
  readonly #number = new NumberField();
  /** Start and end of each needed field of the current line. */
  #fieldStarts = new Int32Array(0);
  #fieldEnds = new Int32Array(0);
  #layout: CsvLayout | null = null;
  #line = 0;

  constructor(
    file: string,
    sink: ReferenceSink,
    options: CsvOptions & { readonly pageSizeBytes: number },
  ) {
    this.#file = file;
    this.#sink = sink;
    this.#pageSizeBytes = options.pageSizeBytes;
    this.#options = options;
    if (options.hasHeader === false) this.#use(csvLayout(options, null, file));
    else csvDelimiter(options);
    this.#lines = new LineSplitter(file, (bytes, from, to) => this.#parse(bytes, from, to));
  }

  push(chunk: Uint8Array): void {
    this.#lines.push(chunk);
  }

  end(): void {
    this.#lines.end();
  }

  #use(layout: CsvLayout): void {
    this.#layout = layout;
    this.#fieldStarts = new Int32Array(layout.columns);
    this.#fieldEnds = new Int32Array(layout.columns);
  }

  #parse(bytes: Uint8Array, from: number, to: number): void {
    let at = from;
    while (at < to) {
      this.#line++;
      const start = this.#line === 1 ? skipByteOrderMark(bytes, at) : at;
      if (bytes[start] === NEWLINE || (bytes[start] === RETURN && bytes[start + 1] === NEWLINE)) {
        // An empty line holds no record; RFC 4180 leaves the last one to taste.
        at = bytes.indexOf(NEWLINE, start) + 1;
        this.skipped++;
      } else if (this.#layout === null) {
        const delimiter = String.fromCharCode(csvDelimiter(this.#options));
        const names = lineText(bytes, start).split(delimiter).map(unquote);
        this.#use(csvLayout(this.#options, names, this.#file));
        at = bytes.indexOf(NEWLINE, start) + 1;
      } else {
        at = this.#parseLine(this.#layout, bytes, start);
      }
    }
  }

  /** Parses one line and returns where the next begins. */
  #parseLine(layout: CsvLayout, bytes: Uint8Array, start: number): number {
    const next = this.#splitLine(layout, bytes, start);
    const { place } = layout;
    const op = layout.op < 0 ? READ : this.#op(layout, bytes, start);
    const page = this.#numberAt(place, bytes, start);
    const shift = layout.isAddress ? 31 - Math.clz32(this.#pageSizeBytes) : 0;
    const first = page.high * 2 ** (32 - shift) + (page.low >>> shift);
    let further = 0;
    if (layout.size >= 0) {
      const offset = page.low & (this.#pageSizeBytes - 1);
      const size = this.#numberAt(layout.size, bytes, start);
      if (size.high > 0 || size.low >>> 0 > ACCESS_BYTES_MAX || size.low === 0) {
        this.#malformed(bytes, start, `a size from 1 to ${ACCESS_BYTES_MAX} bytes`);
      }
      further = Math.floor((offset + size.low - 1) / this.#pageSizeBytes);
    }
    if (first + further >= PAGE_NUMBER_LIMIT) {
      throw pageRangeError(this.#file, this.#line, lineText(bytes, start));
    }
    for (let page = first; page <= first + further; page++) this.#sink.add(page, op);
    return next;
  }

  /** Finds the fields of a line up to the last needed one; returns where the next line begins. */
  #splitLine(layout: CsvLayout, bytes: Uint8Array, start: number): number {
    const { delimiter, columns } = layout;
    let at = start;
    for (let column = 0; column < columns; column++) {
      let from = at;
      let to: number;
      if (bytes[at] === QUOTE) {
        from = ++at;
        while (bytes[at] !== NEWLINE && (bytes[at] !== QUOTE || bytes[at + 1] === QUOTE)) {
          at += bytes[at] === QUOTE ? 2 : 1;
        }
        to = at;
        if (bytes[at++] === NEWLINE) this.#malformed(bytes, start, 'a closing quote in the line');
      } else {
        while (bytes[at] !== delimiter && bytes[at] !== NEWLINE) at++;
        to = bytes[at] === NEWLINE && bytes[at - 1] === RETURN && at > from ? at - 1 : at;
      }
      if (bytes[at] === RETURN && bytes[at + 1] === NEWLINE) at++;
      this.#fieldStarts[column] = from;
      this.#fieldEnds[column] = to;
      if (bytes[at] === delimiter) at++;
      else if (bytes[at] !== NEWLINE) this.#malformed(bytes, start, 'a delimiter after the quotes');
      else if (column < columns - 1) this.#malformed(bytes, start, `at least ${columns} columns`);
    }
    return bytes.indexOf(NEWLINE, at) + 1;
  }

  #numberAt(column: number, bytes: Uint8Array, start: number): NumberField {
    const from = this.#fieldStarts[column]!;
    const to = this.#fieldEnds[column]!;
    const wrong = this.#number.parse(bytes, from, to);
    if (wrong === 'range') throw pageRangeError(this.#file, this.#line, lineText(bytes, start));
    if (wrong === 'syntax') {
      this.#malformed(bytes, start, `a decimal or 0x number in column ${column + 1}`);
    }
    return this.#number;
  }

  #op(layout: CsvLayout, bytes: Uint8Array, start: number): 0 | 1 {
    let from = this.#fieldStarts[layout.op]!;
    let to = this.#fieldEnds[layout.op]!;
    while (from < to && bytes[from] === 32) from++;
    while (from < to && bytes[to - 1] === 32) to--;
    const letter = bytes[from]! | 32;
    const op = letter === LETTER_R ? READ : WRITE;
    if (to - from === 1 && (letter === LETTER_R || letter === LETTER_W)) return op;
    const word = new TextDecoder('latin1').decode(bytes.subarray(from, to)).toLowerCase();
    if (word === 'read') return READ;
    if (word === 'write') return WRITE;
    return this.#malformed(bytes, start, `r or w in column ${layout.op + 1}`);
  }

  #malformed(bytes: Uint8Array, start: number, expected: string): never {
    const found = lineText(bytes, start);
    throw parseError(this.#file, this.#line, 'the line does not parse', found, expected);
  }
}

const LETTER_R = 114;
const LETTER_W = 119;

function skipByteOrderMark(bytes: Uint8Array, at: number): number {
  return bytes[at] === 0xef && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf ? at + 3 : at;
}

function unquote(name: string): string {
  const trimmed = name.trim();
  return /^".*"$/.test(trimmed) ? trimmed.slice(1, -1).replaceAll('""', '"') : trimmed;
}

// The text that `valgrind --tool=lackey --trace-mem=yes` writes, for instance
//   I  04016b80,3      an instruction fetch: a read
//    L 1ffefffd50,8    a load
//    S 1fff000768,8    a store
//    M 0421c7cc,4      a load and then a store of the same bytes
// An access that crosses a page boundary touches every page it covers; M reads all of them before
// it writes them. Addresses have up to 64 bits, more than a double holds, so they are kept as two
// 32-bit halves. Anything that is neither a reference nor a message of Valgrind is an error: in a
// log that was mixed with a program's own output, references may be missing.
import { type Op, READ, WRITE } from '@pagelend/policies';
import { TraceError } from '../errors.ts';
import { ACCESS_BYTES_MAX, PAGE_NUMBER_LIMIT } from '../limits.ts';
import { LineSplitter, lineText } from './lines.ts';
import {
  HEX_VALUES,
  type ImportParser,
  NOT_HEX,
  pageRangeError,
  parseError,
  type ReferenceSink,
} from './parser.ts';

export interface LackeyOptions {
  readonly pageSizeBytes: number;
  /** Gets the lines that start with `==PID==` and the like, without their end. */
  readonly onMessage?: (line: string) => void;
}

export class LackeyParser implements ImportParser {
  skipped = 0;
  readonly #file: string;
  readonly #sink: ReferenceSink;
  readonly #pageSizeBytes: number;
  readonly #onMessage: ((line: string) => void) | undefined;
  readonly #lines: LineSplitter;
  #line = 0;

  constructor(file: string, sink: ReferenceSink, options: LackeyOptions) {
    this.#file = file;
    this.#sink = sink;
    this.#pageSizeBytes = options.pageSizeBytes;
    this.#onMessage = options.onMessage;
    this.#lines = new LineSplitter(file, (bytes, from, to) => this.#parse(bytes, from, to));
  }

  push(chunk: Uint8Array): void {
    this.#lines.push(chunk);
  }

  end(): void {
    this.#lines.end();
  }

  #parse(bytes: Uint8Array, from: number, to: number): void {
    const sink = this.#sink;
    const hexValues = HEX_VALUES;
    const pageSizeBytes = this.#pageSizeBytes;
    const offsetMask = pageSizeBytes - 1;
    const shift = 31 - Math.clz32(pageSizeBytes);
    const highScale = 2 ** (32 - shift);
    let line = this.#line;
    let at = from;
    while (at < to) {
      const start = at;
      line++;
      const first = bytes[at]!;
      const second = bytes[at + 1]!;
      const kind = first === SPACE ? second : first === LETTER_I && second === SPACE ? first : 0;
      if (bytes[at + 2] !== SPACE || !isKind(kind)) {
        this.#other(bytes, start, line);
        at = bytes.indexOf(NEWLINE, start) + 1;
        continue;
      }
      at += 3;

      let high = 0;
      let low = 0;
      let digit = hexValues[bytes[at]!]!;
      const digitsAt = at;
      while (digit !== NOT_HEX) {
        high = (high << 4) | (low >>> 28);
        low = (low << 4) | digit;
        digit = hexValues[bytes[++at]!]!;
      }
      const digits = at - digitsAt;
      if (digits === 0 || digits > 16 || bytes[at] !== COMMA) this.#malformed(bytes, start, line);

      let size = 0;
      let byte = bytes[++at]!;
      while (byte >= DIGIT_0 && byte <= DIGIT_9 && size <= ACCESS_BYTES_MAX) {
        size = size * 10 + byte - DIGIT_0;
        byte = bytes[++at]!;
      }
      if (byte === RETURN) byte = bytes[++at]!;
      if (byte !== NEWLINE || size === 0 || size > ACCESS_BYTES_MAX) {
        this.#malformed(bytes, start, line);
      }
      at++;

      const page = (high >>> 0) * highScale + (low >>> shift);
      const further = ((low & offsetMask) + size - 1) >>> shift;
      if (page + further >= PAGE_NUMBER_LIMIT) throw this.#range(bytes, start, line);
      if (kind !== LETTER_S) add(sink, page, further, READ);
      if (kind === LETTER_S || kind === LETTER_M) add(sink, page, further, WRITE);
    }
    this.#line = line;
  }

  /** A line that is no reference: a message, a superblock line, or an error. */
  #other(bytes: Uint8Array, start: number, line: number): void {
    const text = lineText(bytes, start);
    if (/^(==|--|\*\*)\d+\1/.test(text)) this.#onMessage?.(text);
    else if (/^ [LSM] |^I {2}/.test(text)) this.#malformed(bytes, start, line);
    else if (!/^ SB [0-9a-f]+\r?$/.test(text)) {
      throw new TraceError('TRACE_PARSE', 'not a line of lackey', {
        ...parseError(this.#file, line, '', text, 'a reference or a ==PID== message').data,
        hint: 'keep a program’s own output apart with --log-file',
      });
    }
    this.skipped++;
  }

  #malformed(bytes: Uint8Array, start: number, line: number): never {
    const expected = 'an address of 1 to 16 hex digits, a comma and a size in bytes';
    const found = lineText(bytes, start);
    throw parseError(this.#file, line, 'the reference does not parse', found, expected);
  }

  #range(bytes: Uint8Array, start: number, line: number): TraceError {
    return pageRangeError(this.#file, line, lineText(bytes, start));
  }
}

function add(sink: ReferenceSink, page: number, further: number, op: Op): void {
  sink.add(page, op);
  for (let next = 1; next <= further; next++) sink.add(page + next, op);
}

function isKind(byte: number): boolean {
  return byte === LETTER_I || byte === LETTER_L || byte === LETTER_S || byte === LETTER_M;
}

const NEWLINE = 10;
const RETURN = 13;
const SPACE = 32;
const COMMA = 44;
const DIGIT_0 = 48;
const DIGIT_9 = 57;
const LETTER_I = 73;
const LETTER_L = 76;
const LETTER_M = 77;
const LETTER_S = 83;

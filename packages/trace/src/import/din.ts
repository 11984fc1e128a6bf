// Dinero's text: `LABEL ADDRESS`, the rest of the line ignored. Label 0 or r reads, 1 or w writes, 2
// or i fetches an instruction (a read); 3 and 4 are escapes, which are skipped and counted, as are
// the letters m, c and v of the extended format. The address is hexadecimal, with or without 0x.
import { type Op, READ, WRITE } from '@pagelend/policies';
import { PAGE_NUMBER_LIMIT } from '../limits.ts';
import { LineSplitter, lineText } from './lines.ts';
import {
  HEX_VALUES,
  type ImportParser,
  NOT_HEX,
  pageRangeError,
  parseError,
  type ReferenceSink,
} from './parser.ts';

const NEWLINE = 10;
const SKIPPED_LABEL = -1;
const UNKNOWN_LABEL = -2;

export class DinParser implements ImportParser {
  skipped = 0;
  readonly #file: string;
  readonly #sink: ReferenceSink;
  readonly #pageSizeBytes: number;
  readonly #lines: LineSplitter;
  #line = 0;

  constructor(file: string, sink: ReferenceSink, options: { readonly pageSizeBytes: number }) {
    this.#file = file;
    this.#sink = sink;
    this.#pageSizeBytes = options.pageSizeBytes;
    this.#lines = new LineSplitter(file, (bytes, from, to) => this.#parse(bytes, from, to));
  }

  push(chunk: Uint8Array): void {
    this.#lines.push(chunk);
  }

  end(): void {
    this.#lines.end();
  }

  #parse(bytes: Uint8Array, from: number, to: number): void {
    const shift = 31 - Math.clz32(this.#pageSizeBytes);
    const highScale = 2 ** (32 - shift);
    let at = from;
    while (at < to) {
      const start = at;
      this.#line++;
      while (isBlank(bytes[at]!)) at++;
      const label = bytes[at] === NEWLINE ? UNKNOWN_LABEL : labelOf(bytes[at]!);
      if (label === UNKNOWN_LABEL || !isBlank(bytes[at + 1]!)) this.#malformed(bytes, start);
      at++;
      while (isBlank(bytes[at]!)) at++;
      if (bytes[at] === 48 && (bytes[at + 1]! | 32) === 120) at += 2;

      let high = 0;
      let low = 0;
      const digitsAt = at;
      for (let digit = HEX_VALUES[bytes[at]!]!; digit !== NOT_HEX; ) {
        high = (high << 4) | (low >>> 28);
        low = (low << 4) | digit;
        digit = HEX_VALUES[bytes[++at]!]!;
      }
      const digits = at - digitsAt;
      const isEnded = bytes[at] === NEWLINE || isBlank(bytes[at]!);
      if (digits === 0 || digits > 16 || !isEnded) this.#malformed(bytes, start);
      const page = (high >>> 0) * highScale + (low >>> shift);
      if (page >= PAGE_NUMBER_LIMIT) {
        throw pageRangeError(this.#file, this.#line, lineText(bytes, start));
      }
      if (label === SKIPPED_LABEL) this.skipped++;
      else this.#sink.add(page, label as Op);
      at = bytes.indexOf(NEWLINE, at) + 1;
    }
  }

  #malformed(bytes: Uint8Array, start: number): never {
    const expected = 'a label (0 to 4, r, w, i) and a hexadecimal address';
    const found = lineText(bytes, start);
    throw parseError(this.#file, this.#line, 'not a line of din', found, expected);
  }
}

/** Space, tab or carriage return. */
function isBlank(byte: number): boolean {
  return byte === 32 || byte === 9 || byte === 13;
}

function labelOf(byte: number): number {
  switch (String.fromCharCode(byte)) {
    case '0':
    case 'r':
    case '2':
    case 'i':
      return READ;
    case '1':
    case 'w':
      return WRITE;
    case '3':
    case '4':
    case 'm':
    case 'c':
    case 'v':
      return SKIPPED_LABEL;
    default:
      return UNKNOWN_LABEL;
  }
}

// Cuts a stream of bytes into whole lines without making a string of any. The parser gets ranges of
// bytes in which every line ends with a newline; only a line that spans two chunks is copied.
import { TraceError } from '../errors.ts';
import { LINE_BYTES_MAX } from '../limits.ts';

const NEWLINE = 10;

/** Parses the lines in bytes[from, to); the last byte is a newline. */
export type ParseLines = (bytes: Uint8Array, from: number, to: number) => void;

export class LineSplitter {
  readonly #parse: ParseLines;
  readonly #file: string;
  readonly #carry = new Uint8Array(LINE_BYTES_MAX + 1);
  #carried = 0;

  constructor(file: string, parse: ParseLines) {
    this.#file = file;
    this.#parse = parse;
  }

  push(chunk: Uint8Array): void {
    let from = 0;
    if (this.#carried > 0) {
      const newline = chunk.indexOf(NEWLINE);
      const to = newline < 0 ? chunk.length : newline + 1;
      this.#keep(chunk.subarray(0, to));
      if (newline < 0) return;
      this.#flush();
      from = to;
    }
    const to = chunk.lastIndexOf(NEWLINE) + 1;
    if (to > from) this.#parse(chunk, from, to);
    this.#keep(chunk.subarray(Math.max(from, to)));
  }

  /** Parses a last line that no newline ends. */
  end(): void {
    if (this.#carried === 0) return;
    this.#carry[this.#carried++] = NEWLINE;
    this.#flush();
  }

  #flush(): void {
    const to = this.#carried;
    this.#carried = 0;
    this.#parse(this.#carry, 0, to);
  }

  #keep(part: Uint8Array): void {
    if (this.#carried + part.length > LINE_BYTES_MAX) {
      throw new TraceError('TRACE_PARSE', 'a line is too long for a text trace', {
        file: this.#file,
        expected: `at most ${LINE_BYTES_MAX} bytes in a line`,
        hint: 'check that --format names what the file is',
      });
    }
    this.#carry.set(part, this.#carried);
    this.#carried += part.length;
  }
}

/** The text of the line that starts at `from`, without its end, for messages. */
export function lineText(bytes: Uint8Array, from: number): string {
  const newline = bytes.indexOf(NEWLINE, from);
  const text = new TextDecoder('latin1').decode(bytes.subarray(from, newline));
  return text.endsWith('\r') ? text.slice(0, -1) : text;
}

// Reads the data of one option. Past its end, or at a string that is none, it does not throw but
// fails once and for all: the option's handler asks at the end whether all was well.

import { STRING_BYTES_MAX } from '../constants.ts';

export class OptionReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;
  #hasFailed = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Whether everything was read, to the last byte, and nothing beyond. */
  get isWellFormed(): boolean {
    return !this.#hasFailed && this.#at === this.#bytes.length;
  }

  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  u16(): number {
    return this.#has(2) ? this.#view.getUint16(this.#at - 2) : 0;
  }

  u32(): number {
    return this.#has(4) ? this.#view.getUint32(this.#at - 4) : 0;
  }

  /** A string of so many bytes. */
  string(bytes: number): string {
    // "… MUST NOT contain NUL characters, … and MUST be no longer than 4096 bytes."
    if (bytes > STRING_BYTES_MAX || !this.#has(bytes)) return this.#fail();
    try {
      const text = decoder.decode(this.#bytes.subarray(this.#at - bytes, this.#at));
      return text.includes('\0') ? this.#fail() : text;
    } catch {
      // "A string is a sequence of UTF-8 code points."
      return this.#fail();
    }
  }

  /** A string that is the rest of the data. */
  rest(): string {
    return this.string(this.#bytes.length - this.#at);
  }

  /** Moves past so many bytes if they are there. */
  #has(bytes: number): boolean {
    if (this.#hasFailed || bytes > this.#bytes.length - this.#at) {
      this.#hasFailed = true;
      return false;
    }
    this.#at += bytes;
    return true;
  }

  #fail(): string {
    this.#hasFailed = true;
    return '';
  }
}

// A byte order mark is part of a name: two names must not become one.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

// Collects what the server says in one step of the handshake. Not hot: plain arrays do.

import { assert } from '../assert.ts';
import { OPTION_REPLY_MAGIC, REP_ACK, STRING_BYTES_MAX } from '../constants.ts';

export class OptionReplies {
  #parts: Uint8Array[] = [];
  /** The option that is being answered; every reply repeats it. */
  option = 0;

  raw(bytes: Uint8Array): void {
    this.#parts.push(bytes);
  }

  reply(type: number, data: Uint8Array): void {
    this.raw(
      concat([u32(...OPTION_REPLY_MAGIC), u32(this.option), u32(type), u32(data.length), data]),
    );
  }

  ack(): void {
    // "REP_ACK … No data."
    this.reply(REP_ACK, new Uint8Array(0));
  }

  /** "All error replies MAY have some data set, [which] is an error message string." */
  error(type: number, message: string): void {
    this.reply(type, string(message));
  }

  /** Everything collected since the last call. */
  take(): Uint8Array {
    const all = concat(this.#parts);
    this.#parts = [];
    return all;
  }
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

export function u16(...values: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(2 * values.length));
  values.forEach((value, index) => {
    view.setUint16(2 * index, value);
  });
  return new Uint8Array(view.buffer);
}

export function u32(...values: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  values.forEach((value, index) => {
    view.setUint32(4 * index, value);
  });
  return new Uint8Array(view.buffer);
}

/** A number below 2^53 in 64 bits. */
export function u64(value: number): Uint8Array {
  return u32(Math.floor(value / 2 ** 32), value >>> 0);
}

/** The host's own strings; a longer one than the protocol has room for is the host's mistake. */
export function string(text: string): Uint8Array {
  const bytes = encoder.encode(text);
  assert(bytes.length <= STRING_BYTES_MAX, `a string of ${bytes.length} bytes does not fit`);
  return bytes;
}

const encoder = new TextEncoder();

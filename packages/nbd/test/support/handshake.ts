// A plain client of the handshake: options as bytes, replies from bytes.

import type { ExportDescription, NegotiationHost, Step, TlsMode } from '@pagelend/nbd';
import { Negotiation } from '@pagelend/nbd';

export const EXPORT_NAME = 1;
export const ABORT = 2;
export const LIST = 3;
export const STARTTLS = 5;
export const INFO = 6;
export const GO = 7;
export const STRUCTURED_REPLY = 8;
export const LIST_META_CONTEXT = 9;
export const SET_META_CONTEXT = 10;

export const ACK = 1;
export const ERR_UNSUP = 0x80000001;
export const ERR_POLICY = 0x80000002;
export const ERR_INVALID = 0x80000003;
export const ERR_TLS_REQD = 0x80000005;
export const ERR_UNKNOWN = 0x80000006;
export const ERR_TOO_BIG = 0x80000009;

export function u32(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, index) => {
    bytes.writeUInt32BE(value, 4 * index);
  });
  return bytes;
}

export function option(number: number, data: Uint8Array = Buffer.alloc(0)): Buffer {
  return Buffer.concat([Buffer.from('IHAVEOPT'), u32(number, data.length), data]);
}

export function counted(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([u32(bytes.length), bytes]);
}

export function infoData(name: string, ...requested: number[]): Buffer {
  const items = Buffer.alloc(2 + 2 * requested.length);
  items.writeUInt16BE(requested.length, 0);
  requested.forEach((item, index) => {
    items.writeUInt16BE(item, 2 + 2 * index);
  });
  return Buffer.concat([counted(name), items]);
}

export function metaData(name: string, ...queries: string[]): Buffer {
  return Buffer.concat([counted(name), u32(queries.length), ...queries.map(counted)]);
}

export interface OptionReply {
  readonly option: number;
  readonly type: number;
  readonly data: Buffer;
}

export function decodeOptionReplies(bytes: Uint8Array): OptionReply[] {
  const all = Buffer.from(bytes);
  const replies: OptionReply[] = [];
  for (let at = 0; at < all.length; ) {
    if (all.readBigUInt64BE(at) !== 0x3e889045565a9n) throw new Error('magic of an option reply');
    const length = all.readUInt32BE(at + 16);
    const data = all.subarray(at + 20, at + 20 + length);
    if (data.length < length) throw new Error('an option reply is cut off');
    replies.push({ option: all.readUInt32BE(at + 8), type: all.readUInt32BE(at + 12), data });
    at += 20 + length;
  }
  return replies;
}

export const EXPORTS: readonly ExportDescription[] = [
  { name: 'web', bytes: 2 ** 30, description: 'lent to the web server' },
  { name: 'dätabase', bytes: 5 * 2 ** 40 },
  { name: 'frozen', bytes: 4096, isReadOnly: true },
];

export function hostOf(tls: TlsMode = 'off', isListed = true): NegotiationHost {
  return {
    tls,
    exports: {
      list: () => (isListed ? EXPORTS.map(({ name }) => name) : null),
      find: (name) => EXPORTS.find((one) => one.name === (name === '' ? 'web' : name)),
    },
  };
}

/** A negotiation of a client with these flags, and what it answers to options in turn. */
export function begun(host: NegotiationHost = hostOf(), flags = 3) {
  const negotiation = new Negotiation(host);
  negotiation.greeting();
  const first = negotiation.receive(u32(flags));
  const ask = (number: number, data?: Uint8Array): { step: Step; replies: OptionReply[] } => {
    const step = negotiation.receive(option(number, data));
    return { step, replies: decodeOptionReplies(step.send) };
  };
  /** Types of the replies to one option. */
  const types = (number: number, data?: Uint8Array): number[] =>
    ask(number, data).replies.map(({ type }) => type);
  return { negotiation, first, ask, types };
}

// Requests as bytes and replies from bytes, written as plainly as the protocol's text says it, to
// compare the fast machine with. Numbers of the protocol are repeated here on purpose.

export interface Operation {
  readonly type: number;
  readonly flags: number;
  readonly offset: number | bigint;
  readonly length: number;
  /** Payload of a write. */
  readonly data?: Uint8Array;
}

export const READ = 0;
export const WRITE = 1;
export const DISC = 2;
export const FLUSH = 3;
export const TRIM = 4;
export const CACHE = 5;
export const WRITE_ZEROES = 6;
export const BLOCK_STATUS = 7;

export const FUA = 1;
export const NO_HOLE = 2;
export const DF = 4;
export const REQ_ONE = 8;
export const FAST_ZERO = 16;

/** The cookie of the request with that index: all its bits are in use. */
export function cookieOf(index: number): bigint {
  return BigInt.asUintN(64, (BigInt(index) + 1n) * 0x9e3779b97f4a7c15n);
}

export function encodeRequest(operation: Operation, index: number): Buffer {
  const header = Buffer.alloc(28);
  header.writeUInt32BE(0x25609513, 0);
  header.writeUInt16BE(operation.flags, 4);
  header.writeUInt16BE(operation.type, 6);
  header.writeBigUInt64BE(cookieOf(index), 8);
  header.writeBigUInt64BE(BigInt(operation.offset), 16);
  header.writeUInt32BE(operation.length, 24);
  if (operation.type !== WRITE) return header;
  const data = operation.data ?? Buffer.alloc(operation.length);
  return Buffer.concat([header, data]);
}

export function encodeRequests(operations: readonly Operation[]): Buffer {
  return Buffer.concat(operations.map(encodeRequest));
}

export interface Extent {
  readonly bytes: number;
  readonly state: number;
}

export interface Reply {
  readonly cookie: bigint;
  readonly error: number;
  readonly isStructured: boolean;
  /** Content of a read, holes included; null where no chunk told it. */
  readonly content: ReadonlyArray<{ offset: number; data: Buffer; isHole: boolean }>;
  readonly extents: readonly Extent[] | null;
  readonly errorOffset: number | null;
  readonly chunkCount: number;
}

/** Splits a server's bytes into replies, in order of their ends; `rest` is an unfinished one. */
export function decodeReplies(
  bytes: Buffer,
  operations: readonly Operation[],
): { replies: Reply[]; rest: Buffer } {
  const byCookie = new Map(operations.map((operation, index) => [cookieOf(index), operation]));
  const replies: Reply[] = [];
  let at = 0;
  while (at < bytes.length) {
    const decoded = decodeReply(bytes, at, byCookie);
    if (decoded === null) break;
    replies.push(decoded.reply);
    at = decoded.end;
  }
  return { replies, rest: bytes.subarray(at) };
}

type Decoded = { reply: Reply; end: number } | null;

function decodeReply(bytes: Buffer, at: number, byCookie: Map<bigint, Operation>): Decoded {
  if (bytes.length - at < 16) return null;
  const magic = bytes.readUInt32BE(at);
  if (magic === 0x668e33ef) return decodeChunks(bytes, at);
  if (magic !== 0x67446698) throw new Error(`a reply begins with ${magic.toString(16)}`);
  const error = bytes.readUInt32BE(at + 4);
  const cookie = bytes.readBigUInt64BE(at + 8);
  const operation = byCookie.get(cookie);
  if (operation === undefined) throw new Error(`a reply to no request: ${cookie}`);
  const dataBytes = operation.type === READ && error === 0 ? operation.length : 0;
  const end = at + 16 + dataBytes;
  if (end > bytes.length) return null;
  const data = bytes.subarray(at + 16, end);
  const content =
    dataBytes === 0 ? [] : [{ offset: Number(operation.offset), data, isHole: false }];
  const reply = { cookie, error, isStructured: false, content, extents: null, errorOffset: null };
  return { reply: { ...reply, chunkCount: 0 }, end };
}

function decodeChunks(bytes: Buffer, start: number): Decoded {
  let at = start;
  let cookie: bigint | null = null;
  let error = 0;
  let errorOffset: number | null = null;
  let extents: Extent[] | null = null;
  const content: Array<{ offset: number; data: Buffer; isHole: boolean }> = [];
  for (let chunkCount = 1; ; chunkCount++) {
    if (bytes.length - at < 20) return null;
    if (bytes.readUInt32BE(at) !== 0x668e33ef) throw new Error('a chunk without its magic number');
    const flags = bytes.readUInt16BE(at + 4);
    const type = bytes.readUInt16BE(at + 6);
    cookie ??= bytes.readBigUInt64BE(at + 8);
    if (cookie !== bytes.readBigUInt64BE(at + 8)) throw new Error('chunks of replies are mixed');
    const length = bytes.readUInt32BE(at + 16);
    const payload = bytes.subarray(at + 20, at + 20 + length);
    if (payload.length < length) return null;
    at += 20 + length;
    if (type === 1) {
      if (length < 9) throw new Error('a data chunk without data');
      const offset = Number(payload.readBigUInt64BE(0));
      content.push({ offset, data: payload.subarray(8), isHole: false });
    } else if (type === 2) {
      if (length !== 12 || payload.readUInt32BE(8) === 0) throw new Error('a hole of no size');
      const data = Buffer.alloc(payload.readUInt32BE(8));
      content.push({ offset: Number(payload.readBigUInt64BE(0)), data, isHole: true });
    } else if (type === 5) {
      if (extents !== null || payload.readUInt32BE(0) !== 1) throw new Error('context id');
      extents = decodeExtents(payload);
    } else if (type === 0x8001 || type === 0x8002) {
      error = payload.readUInt32BE(0);
      const isMeant = length === (type === 0x8001 ? 6 : 14) && payload.readUInt16BE(4) === 0;
      if (error === 0 || !isMeant) throw new Error('an error chunk that is none');
      if (type === 0x8002) errorOffset = Number(payload.readBigUInt64BE(6));
    } else if (type !== 0 || length !== 0 || flags !== 1) {
      throw new Error(`an unknown chunk: type ${type}, flags ${flags}, ${length} bytes`);
    }
    if (flags > 1) throw new Error(`unknown reply flags ${flags}`);
    if (flags === 1) {
      const reply = {
        cookie,
        error,
        isStructured: true,
        content,
        extents,
        errorOffset,
        chunkCount,
      };
      return { reply, end: at };
    }
  }
}

function decodeExtents(payload: Buffer): Extent[] {
  if (payload.length < 12 || payload.length % 8 !== 4) throw new Error('length of block status');
  const extents: Extent[] = [];
  for (let at = 4; at < payload.length; at += 8) {
    extents.push({ bytes: payload.readUInt32BE(at), state: payload.readUInt32BE(at + 4) });
  }
  return extents;
}

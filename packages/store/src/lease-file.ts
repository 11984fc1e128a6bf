// A lease in a file: a head, chunks of pages in order of their slots, a chunk that ends it with
// counts. Described byte by byte in docs/lease-format.md. A file without its end is truncated, never
// shorter; what is damaged is refused with the place.

import { crc32 } from 'node:zlib';
import { type CodecName, codecIds } from '@pagelend/codec';
import { StoreError } from './errors.ts';
import { PAGE_BYTES, SLOT_COUNT_MAX } from './layout.ts';
import {
  CHUNK_HEAD_BYTES,
  checkBody,
  damaged,
  forEachRecord,
  type PageRecord,
  plainChunk,
  readChunkHead,
} from './lease-chunks.ts';
import { PageDigest } from './page-digest.ts';

const MAGIC = 'pagelend lease\n';
const VERSION = 1;
const VERSION_AT = 16;
const HEAD_BYTES_AT = 20;
const BYTES_AT = 24;
const LIMIT_AT = 32;
const SAVED_AT = 40;
const CODEC_AT = 48;
const NAME_LENGTH_AT = 49;
const NAME_AT = 50;
const NAME_BYTES_MAX = 64;
const CHECKSUM_AT = 124;
export const LEASE_FILE_HEAD_BYTES = 128;
const NO_LIMIT = 2n ** 64n - 1n;
/** The last moment that a date can name. */
const SAVED_MS_MAX = 8_640_000_000_000_000n;
const END_BYTES = 24;
const REASON_LENGTH_MAX = 500;
const CONTROLS = /\p{Cc}/gu;

/** What a file says of its lease. */
export interface LeaseFileHead {
  readonly name: string;
  readonly bytes: number;
  readonly limitBytes: number | null;
  /** What the pool that it was saved from compressed new pages by; records say their own. */
  readonly codec: CodecName;
  readonly savedAt: Date;
}

/** What stands at a file's end. */
export interface LeaseFileTotals {
  readonly chunks: number;
  readonly pages: number;
  /** Bytes of all chunks before the end. */
  readonly chunkBytes: number;
  readonly digest: string;
}

/** A part of a file, as `readLeaseFile` yields them: one head, chunks, one end. */
export type LeaseFilePart =
  | { readonly kind: 'head'; readonly head: LeaseFileHead }
  | { readonly kind: 'chunk'; readonly chunk: Buffer; readonly where: string }
  | { readonly kind: 'end'; readonly totals: LeaseFileTotals };

export function encodeLeaseHead(head: LeaseFileHead): Buffer {
  const bytes = Buffer.alloc(LEASE_FILE_HEAD_BYTES);
  bytes.write(MAGIC, 'latin1');
  bytes.writeUInt32LE(VERSION, VERSION_AT);
  bytes.writeUInt32LE(LEASE_FILE_HEAD_BYTES, HEAD_BYTES_AT);
  bytes.writeBigUInt64LE(BigInt(head.bytes), BYTES_AT);
  bytes.writeBigUInt64LE(head.limitBytes === null ? NO_LIMIT : BigInt(head.limitBytes), LIMIT_AT);
  bytes.writeBigUInt64LE(BigInt(head.savedAt.getTime()), SAVED_AT);
  bytes[CODEC_AT] = codecIds[head.codec];
  bytes[NAME_LENGTH_AT] = head.name.length;
  bytes.write(head.name, NAME_AT, NAME_BYTES_MAX, 'latin1');
  bytes.writeUInt32LE(crc32(bytes.subarray(0, CHECKSUM_AT)), CHECKSUM_AT);
  return bytes;
}

export function encodeLeaseEnd(totals: LeaseFileTotals): Buffer {
  const body = Buffer.alloc(END_BYTES);
  body.writeUInt32LE(totals.chunks, 0);
  body.writeUInt32LE(totals.pages, 4);
  body.writeBigUInt64LE(BigInt(totals.chunkBytes), 8);
  body.writeBigUInt64LE(BigInt(`0x${totals.digest}`), 16);
  return plainChunk('END.', totals.chunks, body);
}

/** Ends a file that cannot be finished, for whoever reads it as it comes. */
export function encodeLeaseFailure(chunks: number, code: string, message: string): Buffer {
  return plainChunk('FAIL', chunks, Buffer.from(JSON.stringify({ code, message })));
}

/**
 * Reads a file as it comes, and checks all that can be checked without a codec: checksums, order,
 * counts, that it ends and that nothing follows. Holds one chunk at a time. `name` is for messages.
 */
export async function* readLeaseFile(
  source: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<LeaseFilePart> {
  const bytes = new Bytes(source, name);
  const head = decodeLeaseHead(await bytes.take(LEASE_FILE_HEAD_BYTES), name);
  yield { kind: 'head', head };
  const digest = new PageDigest();
  const count = ({ slot, checksum }: PageRecord): void => digest.set(slot, checksum);
  let after = -1;
  let chunkBytes = 0;
  for (let chunks = 0; ; chunks++) {
    const where = `${name}: the chunk at byte ${bytes.position}`;
    const headBytes = await bytes.take(CHUNK_HEAD_BYTES);
    const chunkHead = readChunkHead(headBytes, where);
    const body = await bytes.take(chunkHead.bodyBytes);
    checkBody(chunkHead, body, where);
    if (chunkHead.sequence !== chunks) throw damaged(where, `is not number ${chunks}`);
    if (chunkHead.mark === 'FAIL') throw failureIn(body, where);
    if (chunkHead.mark === 'END.') {
      const counted = { chunks, pages: digest.pages, chunkBytes, digest: digest.text };
      checkEnd(counted, body, where);
      await bytes.end();
      yield { kind: 'end', totals: counted };
      return;
    }
    const rules = { slotCount: head.bytes / PAGE_BYTES, after, mayFree: false };
    after = forEachRecord(chunkHead, body, rules, where, count);
    chunkBytes += CHUNK_HEAD_BYTES + body.length;
    yield { kind: 'chunk', chunk: Buffer.concat([headBytes, body]), where };
  }
}

function decodeLeaseHead(bytes: Buffer, name: string): LeaseFileHead {
  const isOurs = bytes.toString('latin1', 0, MAGIC.length) === MAGIC;
  const version = bytes.readUInt32LE(VERSION_AT);
  if (!isOurs || version !== VERSION) {
    const found = isOurs ? `is a lease in format ${version}` : 'is no saved lease';
    throw new StoreError('STORE_LEASE_FILE', `${name} ${found}; expected format ${VERSION}`);
  }
  const where = `${name}: the head`;
  if (bytes.readUInt32LE(CHECKSUM_AT) !== crc32(bytes.subarray(0, CHECKSUM_AT))) {
    throw damaged(where, 'has another checksum than it says');
  }
  const leaseBytes = Number(bytes.readBigUInt64LE(BYTES_AT));
  const slotCount = leaseBytes / PAGE_BYTES;
  const codec = Object.entries(codecIds).find(([, id]) => id === bytes[CODEC_AT])?.[0];
  const nameLength = bytes[NAME_LENGTH_AT]!;
  const leaseName = bytes.toString('latin1', NAME_AT, NAME_AT + nameLength);
  const savedMs = bytes.readBigUInt64LE(SAVED_AT);
  const isSound =
    Number.isInteger(slotCount) &&
    slotCount > 0 &&
    slotCount <= SLOT_COUNT_MAX &&
    bytes.readUInt32LE(HEAD_BYTES_AT) === LEASE_FILE_HEAD_BYTES &&
    nameLength <= NAME_BYTES_MAX &&
    // Names are shown, and no file may say more to a terminal than letters.
    /^[\x21-\x7e]*$/.test(leaseName) &&
    savedMs <= SAVED_MS_MAX;
  if (!isSound || codec === undefined) throw damaged(where, 'says what cannot be');
  const limit = bytes.readBigUInt64LE(LIMIT_AT);
  return {
    name: leaseName,
    bytes: leaseBytes,
    limitBytes: limit === NO_LIMIT ? null : Number(limit),
    codec: codec as CodecName,
    savedAt: new Date(Number(savedMs)),
  };
}

function checkEnd(counted: LeaseFileTotals, body: Buffer, where: string): void {
  if (
    body.length === END_BYTES &&
    encodeLeaseEnd(counted).subarray(CHUNK_HEAD_BYTES).equals(body)
  ) {
    return;
  }
  throw damaged(where, 'counts other pages than those before it');
}

/** What the lender said that could not finish the file. */
function failureIn(body: Buffer, where: string): StoreError {
  let message = 'it gave no reason';
  try {
    const said: unknown = (JSON.parse(body.toString()) as { message?: unknown }).message;
    // Another file's words: they may be anything.
    if (typeof said === 'string') message = said.slice(0, REASON_LENGTH_MAX).replace(CONTROLS, '?');
  } catch {
    // Then that is all there is to say.
  }
  return damaged(where, `says that the lease could not be saved: ${message}`);
}

/** Bytes of a source in the portions that are asked for, and how many have been taken. */
class Bytes {
  position = 0;
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #name: string;
  #held: Uint8Array[] = [];
  #heldBytes = 0;

  constructor(source: AsyncIterable<Uint8Array>, name: string) {
    this.#source = source[Symbol.asyncIterator]();
    this.#name = name;
  }

  async take(bytes: number): Promise<Buffer> {
    while (this.#heldBytes < bytes) {
      if (await this.#more()) continue;
      throw new StoreError(
        'STORE_LEASE_FILE',
        `${this.#name} ends at byte ${this.position + this.#heldBytes}, before its end chunk: it is ` +
          'truncated; nothing of it was taken: copy it again, or save the lease again',
      );
    }
    const all = this.#held.length === 1 ? this.#held[0]! : Buffer.concat(this.#held);
    const taken = Buffer.from(all.buffer, all.byteOffset, bytes);
    this.#held = [all.subarray(bytes)];
    this.#heldBytes -= bytes;
    this.position += bytes;
    return taken;
  }

  /** Throws where anything follows. */
  async end(): Promise<void> {
    while (this.#heldBytes === 0) if (!(await this.#more())) return;
    throw damaged(`${this.#name}: byte ${this.position}`, 'is past the end of the lease');
  }

  async #more(): Promise<boolean> {
    const { done, value } = await this.#source.next();
    if (done === true) return false;
    this.#held.push(value);
    this.#heldBytes += value.length;
    return true;
  }
}

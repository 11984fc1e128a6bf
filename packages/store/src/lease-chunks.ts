// Pages on their way out of one pool and into another, or into a file: chunks of records, each chunk
// with checksums and a number of its own (docs/lease-format.md). A chunk is small enough to be packed
// or stored in one go without keeping others waiting.

import { crc32 } from 'node:zlib';
import { codecIds } from '@pagelend/codec';
import { StoreError } from './errors.ts';
import { PAGE_BYTES } from './layout.ts';

/** What a record says of its slot. Codecs have their own numbers, from 1 on. */
export const RECORD_WORD = 0;
export const RECORD_RAW = 8;
/** The slot was freed; in a chunk on its way to another pool only, never in a file. */
export const RECORD_HOLE = 15;

export const CHUNK_RECORDS_MAX = 512;
export const CHUNK_HEAD_BYTES = 24;
export const RECORD_HEAD_BYTES = 12;
export const WORD_BYTES = 8;
const CHUNK_BODY_BYTES_MAX = CHUNK_RECORDS_MAX * (RECORD_HEAD_BYTES + PAGE_BYTES);
export const CHUNK_BYTES_MAX = CHUNK_HEAD_BYTES + CHUNK_BODY_BYTES_MAX;

export type ChunkMark = 'PAGE' | 'END.' | 'FAIL';
const MARKS: readonly string[] = ['PAGE', 'END.', 'FAIL'] satisfies ChunkMark[];

const STREAM_KINDS: readonly number[] = Object.values(codecIds);

export interface ChunkHead {
  readonly mark: ChunkMark;
  readonly sequence: number;
  readonly recordCount: number;
  readonly bodyBytes: number;
  readonly bodyChecksum: number;
}

/** Collects the records of one chunk. */
export class ChunkWriter {
  recordCount = 0;
  #bytes = Buffer.allocUnsafe(CHUNK_BYTES_MAX);
  #end = CHUNK_HEAD_BYTES;

  get isFull(): boolean {
    return this.recordCount === CHUNK_RECORDS_MAX;
  }

  /** Whether it holds so much that waiting for more is not worth it. */
  get isNearlyFull(): boolean {
    return this.recordCount >= CHUNK_RECORDS_MAX / 2;
  }

  /** Adds a record; `checksum` is the CRC-32 of the whole page, `payload` what is kept of it. */
  add(slot: number, kind: number, checksum: number, payload: Uint8Array): void {
    const at = this.#end;
    this.#bytes.writeUInt32LE(slot, at);
    this.#bytes[at + 4] = kind;
    this.#bytes[at + 5] = 0;
    this.#bytes.writeUInt16LE(payload.length, at + 6);
    this.#bytes.writeUInt32LE(checksum, at + 8);
    this.#bytes.set(payload, at + RECORD_HEAD_BYTES);
    this.#end = at + RECORD_HEAD_BYTES + payload.length;
    this.recordCount++;
  }

  /** The chunk, which is the caller's own; the writer begins the next one. */
  finish(sequence: number): Buffer {
    const body = this.#bytes.subarray(CHUNK_HEAD_BYTES, this.#end);
    const chunk = Buffer.concat([headOf('PAGE', sequence, this.recordCount, body), body]);
    this.#end = CHUNK_HEAD_BYTES;
    this.recordCount = 0;
    return chunk;
  }
}

/** A chunk that carries no pages. */
export function plainChunk(mark: 'END.' | 'FAIL', sequence: number, body: Uint8Array): Buffer {
  return Buffer.concat([headOf(mark, sequence, 0, body), body]);
}

/** What a chunk's head says; `where` names the place for the message if it is damaged. */
export function readChunkHead(head: Buffer, where: string): ChunkHead {
  const mark = head.toString('latin1', 0, 4);
  const isSound = head.readUInt32LE(20) === crc32(head.subarray(0, 20));
  const bodyBytes = head.readUInt32LE(12);
  const recordCount = head.readUInt32LE(8);
  const fits = bodyBytes <= CHUNK_BODY_BYTES_MAX && recordCount <= CHUNK_RECORDS_MAX;
  if (!isSound || !MARKS.includes(mark) || !fits) throw damaged(where, 'is no head of a chunk');
  return {
    mark: mark as ChunkMark,
    sequence: head.readUInt32LE(4),
    recordCount,
    bodyBytes,
    bodyChecksum: head.readUInt32LE(16),
  };
}

export function checkBody({ bodyChecksum }: ChunkHead, body: Uint8Array, where: string): void {
  if (crc32(body) !== bodyChecksum) throw damaged(where, 'has another checksum than its head says');
}

/** One record of a chunk; the same object for each, so that none is made. */
export interface PageRecord {
  slot: number;
  kind: number;
  checksum: number;
  payload: Uint8Array;
}

export interface RecordRules {
  readonly slotCount: number;
  /** Slots come in ascending order, over chunks too: the one that came last. */
  readonly after: number;
  readonly mayFree: boolean;
}

/** Checks all records of a chunk whose checksum holds, and hands them out. Returns the last slot. */
export function forEachRecord(
  head: ChunkHead,
  body: Buffer,
  rules: RecordRules,
  where: string,
  visit: (record: PageRecord) => void,
): number {
  const record: PageRecord = { slot: rules.after, kind: 0, checksum: 0, payload: body };
  let at = 0;
  for (let index = 0; index < head.recordCount; index++) {
    if (at + RECORD_HEAD_BYTES > body.length) throw damaged(where, 'ends within a record');
    const slot = body.readUInt32LE(at);
    const bytes = body.readUInt16LE(at + 6);
    record.kind = body[at + 4]!;
    record.checksum = body.readUInt32LE(at + 8);
    const end = at + RECORD_HEAD_BYTES + bytes;
    if (slot <= record.slot || slot >= rules.slotCount) {
      throw damaged(where, `has slot ${slot} after slot ${record.slot} of ${rules.slotCount}`);
    }
    if (!isLengthOf(record.kind, bytes, rules.mayFree) || body[at + 5] !== 0) {
      throw damaged(where, `has ${bytes} bytes of kind ${record.kind} for slot ${slot}`);
    }
    if (end > body.length) throw damaged(where, 'ends within a record');
    record.slot = slot;
    record.payload = body.subarray(at + RECORD_HEAD_BYTES, end);
    visit(record);
    at = end;
  }
  if (at !== body.length) throw damaged(where, 'goes on past its last record');
  return record.slot;
}

export function damaged(where: string, what: string): StoreError {
  return new StoreError(
    'STORE_LEASE_FILE',
    `${where} ${what}; nothing of it was taken: copy it again, or save the lease again`,
  );
}

function isLengthOf(kind: number, bytes: number, mayFree: boolean): boolean {
  if (kind === RECORD_WORD) return bytes === WORD_BYTES;
  if (kind === RECORD_RAW) return bytes === PAGE_BYTES;
  if (kind === RECORD_HOLE) return mayFree && bytes === 0;
  return STREAM_KINDS.includes(kind) && bytes > 0 && bytes < PAGE_BYTES;
}

function headOf(mark: ChunkMark, sequence: number, recordCount: number, body: Uint8Array): Buffer {
  const head = Buffer.alloc(CHUNK_HEAD_BYTES);
  head.write(mark, 'latin1');
  head.writeUInt32LE(sequence, 4);
  head.writeUInt32LE(recordCount, 8);
  head.writeUInt32LE(body.length, 12);
  head.writeUInt32LE(crc32(body), 16);
  head.writeUInt32LE(crc32(head.subarray(0, 20)), 20);
  return head;
}

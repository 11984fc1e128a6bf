// Saved leases, read and put into a real pool. Whatever the bytes are: refused by a code before an end
// was seen, or a lease whose every page is there as its record says, and which makes the same file
// again. A file that is whole is refused when its last byte is missing.

import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import {
  BUFFERS_AT,
  ChunkWriter,
  encodeLeaseEnd,
  encodeLeaseFailure,
  encodeLeaseHead,
  LEASE_FILE_HEAD_BYTES,
  type LeaseFileHead,
  type LentPool,
  openPool,
  PageDigest,
  readLeaseFile,
  storeErrors,
} from '@pagelend/store';
import { codeOf, must, pieceSizes, type Target } from '../target.ts';
import { sharedMemoryFolder } from './folders.ts';

const CODES = Object.keys(storeErrors);
const PAGE_BYTES = 4096;
const SLOTS = 64;
const ID = 'fuzzed';
const CHUNK_HEAD_BYTES = 24;
const RECORD_HEAD_BYTES = 12;
const [KIND_WORD, KIND_RAW] = [0, 8];

let made: LentPool | undefined;

/** One pool for all runs: each leaves it empty. */
function poolOf(): LentPool {
  if (made !== undefined) return made;
  const directory = mkdtempSync(join(sharedMemoryFolder(), 'pool-'));
  const options = { directory, owner: 'fuzz', memoryBytes: 2 ** 24, threadCountMax: 1 } as const;
  const spec = { id: ID, bytes: SLOTS * PAGE_BYTES, limitBytes: null };
  made = openPool({ ...options, codec: 'lzo', tier: null }, [spec]).pool;
  return made;
}

async function* inPieces(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, piece = 0; at < bytes.length; piece++) {
    const next = at + sizes[piece % sizes.length]!;
    yield bytes.subarray(at, next);
    at = next;
  }
}

interface Outcome {
  readonly code: string;
  readonly head: LeaseFileHead | null;
  readonly isWhole: boolean;
  readonly digest: PageDigest;
}

/** Reads a file, and puts its pages into the pool if it is a lease of that size. */
async function take(bytes: Uint8Array, sizes: readonly number[], puts: boolean): Promise<Outcome> {
  const digest = new PageDigest();
  let head: LeaseFileHead | null = null;
  let isWhole = false;
  try {
    for await (const part of readLeaseFile(inPieces(bytes, sizes), 'the file')) {
      must(!isWhole, 'something came after the end');
      if (part.kind === 'head') head = part.head;
      else if (part.kind === 'end') {
        isWhole = true;
        if (puts) must(part.totals.digest === digest.text, 'stored is other than what was read');
      } else if (puts && head?.bytes === SLOTS * PAGE_BYTES) {
        poolOf().copyOf(ID).putIn(part.chunk, digest, part.where);
      } else puts = false;
    }
  } catch (error) {
    const code = codeOf(error, 'StoreError', CODES);
    must(!isWhole, `it was whole and then refused: ${(error as Error).message}`);
    must(!/[\r\n\x1b]/.test((error as Error).message), 'the message could steer a terminal');
    return { code, head, isWhole, digest };
  }
  must(isWhole && head !== null, 'it ended without an end');
  return { code: '', head, isWhole, digest };
}

async function run(input: Uint8Array): Promise<void> {
  const bytes = Buffer.from(input);
  const read = await take(bytes, [Number.MAX_SAFE_INTEGER], false);
  const stored = await take(bytes, pieceSizes(bytes.length, 400), true);
  // A stream of a codec is looked at only when it is stored.
  must(read.isWhole || !stored.isWhole, 'in pieces it is whole, in one it is not');
  if (read.isWhole) {
    const cut = await take(bytes.subarray(0, -1), [4096], false);
    must(cut.code === 'STORE_LEASE_FILE', `a file cut short: ${cut.code}`);
    const longer = await take(Buffer.concat([bytes, Buffer.of(0)]), [4096], false);
    must(longer.code === 'STORE_LEASE_FILE', `a file that goes on: ${longer.code}`);
  }
  const pool = poolOf();
  if (stored.isWhole && stored.head!.bytes === SLOTS * PAGE_BYTES) checkStored(pool, stored);
  pool.pagesOf(ID, 1).trim(0, SLOTS);
  must(pool.usage().storedPages === 0, 'pages stay behind');
}

/** The pool holds as many pages as the file says, and makes a file of the same digest. */
function checkStored(pool: LentPool, { digest }: Outcome): void {
  must(pool.usage().storedPages === digest.pages, 'the pool counts other pages');
  const again = new PageDigest();
  const writer = new ChunkWriter();
  const copy = pool.copyOf(ID);
  for (let slot = 0; slot < SLOTS; ) slot = copy.takeOut(slot, writer, again);
  must(again.text === digest.text, 'the lease would be saved as another');
}

/** Checksums of all that is long enough to have one, and the totals at the end. */
function repair(input: Uint8Array): Uint8Array {
  const bytes = Buffer.from(input);
  if (bytes.length < LEASE_FILE_HEAD_BYTES) return bytes;
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 124)), 124);
  const digest = new PageDigest();
  let at = LEASE_FILE_HEAD_BYTES;
  for (let chunks = 0; at + CHUNK_HEAD_BYTES <= bytes.length; chunks++) {
    const end = Math.min(bytes.length, at + CHUNK_HEAD_BYTES + bytes.readUInt32LE(at + 12));
    const body = bytes.subarray(at + CHUNK_HEAD_BYTES, end);
    if (bytes.toString('latin1', at, at + 4) === 'END.') {
      const chunkBytes = at - LEASE_FILE_HEAD_BYTES;
      const totals = { chunks, pages: digest.pages, chunkBytes, digest: digest.text };
      encodeLeaseEnd(totals).subarray(CHUNK_HEAD_BYTES).copy(body);
    } else repairRecords(body, digest);
    bytes.writeUInt32LE(crc32(body), at + 16);
    bytes.writeUInt32LE(crc32(bytes.subarray(at, at + 20)), at + 20);
    at = end;
  }
  return bytes;
}

/** The checksums of pages that are kept as they are; those of streams only their codec knows. */
function repairRecords(body: Buffer, digest: PageDigest): void {
  for (let at = 0; at + RECORD_HEAD_BYTES <= body.length; ) {
    const from = at + RECORD_HEAD_BYTES;
    const to = from + body.readUInt16LE(at + 6);
    const payload = body.subarray(from, to);
    const kind = body[at + 4];
    if (kind === KIND_RAW) body.writeUInt32LE(crc32(payload), at + 8);
    if (kind === KIND_WORD && payload.length === 8) {
      body.writeUInt32LE(crc32(Buffer.alloc(PAGE_BYTES, payload)), at + 8);
    }
    digest.set(body.readUInt32LE(at) % 2 ** 20, body.readUInt32LE(at + 8));
    at = to;
  }
}

/** The file of a lease with these pages, as a daemon makes it. */
function fileOf(pages: ReadonlyMap<number, Buffer>): Uint8Array {
  const pool = poolOf();
  const lease = pool.pagesOf(ID, 1);
  for (const [slot, page] of pages) {
    pool.store.io.set(page, BUFFERS_AT);
    must(lease.write(slot, BUFFERS_AT) === 0, 'a page of a seed has no room');
  }
  const digest = new PageDigest();
  const writer = new ChunkWriter();
  const copy = pool.copyOf(ID);
  for (let slot = 0; slot < SLOTS; ) slot = copy.takeOut(slot, writer, digest);
  const chunks = writer.recordCount > 0 ? [writer.finish(0)] : [];
  lease.trim(0, SLOTS);
  const chunkBytes = chunks.reduce((sum, { length }) => sum + length, 0);
  const end = { chunks: chunks.length, pages: digest.pages, chunkBytes, digest: digest.text };
  return Buffer.concat([headOf(), ...chunks, encodeLeaseEnd(end)]);
}

function headOf(): Buffer {
  const savedAt = new Date('2026-01-01T00:00:00Z');
  const bytes = SLOTS * PAGE_BYTES;
  return encodeLeaseHead({ name: 'saved', bytes, limitBytes: null, codec: 'lzo', savedAt });
}

function text(word: string): Buffer {
  return Buffer.alloc(PAGE_BYTES, word);
}

/** A page that no codec makes smaller. */
function noise(): Buffer {
  let state = 1;
  return Buffer.from(
    Array.from({ length: PAGE_BYTES }, () => {
      state = Math.imul(state, 1_664_525) + 1_013_904_223;
      return state >>> 24;
    }),
  );
}

export const target: Target = {
  bytesMax: 9000,
  words: ['PAGE', 'END.', 'FAIL', 'pagelend lease\n'],
  seeds: () => [
    fileOf(new Map()),
    fileOf(
      new Map([
        [3, text('\0')],
        [4, text('ab')],
        [9, text('abcdefgh')],
      ]),
    ),
    fileOf(
      new Map([
        [0, text('a page of text, again ')],
        [63, text('another one; ')],
      ]),
    ),
    fileOf(new Map([[7, noise()]])),
    Buffer.concat([headOf(), encodeLeaseFailure(0, 'STORE_DAMAGED', 'slot 3 is damaged')]),
  ],
  repair,
  run,
};

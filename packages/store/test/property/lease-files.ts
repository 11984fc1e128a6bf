// Saved leases against a plain map: what is saved of any pages is restored as them, whatever the
// codecs on both sides; and a file that was changed anywhere is refused.

import { createHash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import type { CodecName } from '@pagelend/codec';
import { expect } from 'vitest';
import { PAGE_BYTES } from '../../src/layout.ts';
import { ChunkWriter } from '../../src/lease-chunks.ts';
import {
  encodeLeaseEnd,
  encodeLeaseHead,
  type LeaseFileHead,
  readLeaseFile,
} from '../../src/lease-file.ts';
import { PageDigest } from '../../src/page-digest.ts';
import { isEqual, leaseSpec, openHost, optionsFor, type PoolHost } from '../helpers/pool-host.ts';

export const LEASE = 'saved';
const SAVED_AT = new Date('2026-01-01T00:00:00Z');

/** Kinds of pages that the format treats apart. */
export type PageKind = 'zero' | 'two-bytes' | 'word' | 'text' | 'noise';
export const pageKinds: readonly PageKind[] = ['zero', 'two-bytes', 'word', 'text', 'noise'];

/** The page of a kind that a number stands for. */
export function pageOf(kind: PageKind, number: number): Buffer {
  if (kind === 'zero') return Buffer.alloc(PAGE_BYTES);
  if (kind === 'two-bytes') return Buffer.alloc(PAGE_BYTES, Buffer.from([number, number >> 8]));
  const digest = createHash('sha256').update(`${kind} ${number}`).digest();
  if (kind === 'word') return Buffer.alloc(PAGE_BYTES, digest.subarray(0, 8));
  if (kind === 'text') return Buffer.alloc(PAGE_BYTES, digest.toString('hex').slice(0, 37));
  const noise = Array.from({ length: PAGE_BYTES / 32 }, (_, i) =>
    createHash('sha256').update(`${number} ${i}`).digest(),
  );
  return Buffer.concat(noise);
}

export function openPool(directory: string, codec: CodecName, slotCount: number): PoolHost {
  return openHost(optionsFor(directory, { codec }), [leaseSpec(LEASE, slotCount)]);
}

/** The file of a lease, as a daemon makes it. */
export function fileOf(host: PoolHost): Buffer {
  const copy = host.pool.copyOf(LEASE);
  const digest = new PageDigest();
  const writer = new ChunkWriter();
  const chunks: Buffer[] = [];
  for (let slot = 0; slot < copy.slotCount; ) {
    slot = copy.takeOut(slot, writer, digest);
    const isLast = slot >= copy.slotCount;
    if (writer.recordCount > 0 && (isLast || writer.isNearlyFull)) {
      chunks.push(writer.finish(chunks.length));
    }
  }
  const chunkBytes = chunks.reduce((sum, { length }) => sum + length, 0);
  const end = { chunks: chunks.length, pages: digest.pages, chunkBytes, digest: digest.text };
  return Buffer.concat([encodeLeaseHead(headOf(host)), ...chunks, encodeLeaseEnd(end)]);
}

function headOf(host: PoolHost): LeaseFileHead {
  const { bytes } = host.pool.lease(LEASE)!;
  const { codec } = host.options;
  return { name: LEASE, bytes, limitBytes: 1 << 30, codec, savedAt: SAVED_AT };
}

/** Stores a file's pages; throws as a daemon would, at the first thing that is wrong. */
export async function restore(
  file: Buffer,
  host: PoolHost | null,
  pieceBytes = 10_007,
): Promise<LeaseFileHead> {
  const copy = host?.pool.copyOf(LEASE);
  const digest = new PageDigest();
  let head: LeaseFileHead | null = null;
  for await (const part of readLeaseFile(inPieces(file, pieceBytes), 'the file')) {
    if (part.kind === 'head') head = part.head;
    else if (part.kind === 'chunk') copy?.putIn(part.chunk, digest, part.where);
    else if (copy !== undefined) expect(digest.text).toBe(part.totals.digest);
  }
  return head!;
}

async function* inPieces(file: Buffer, pieceBytes: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < file.length; at += pieceBytes) {
    await turn();
    yield file.subarray(at, at + pieceBytes);
  }
}

/** Every slot reads as the map has it. */
export function expectPages(
  host: PoolHost,
  slotCount: number,
  pages: ReadonlyMap<number, Buffer>,
): void {
  const zeroes = Buffer.alloc(PAGE_BYTES);
  for (let slot = 0; slot < slotCount; slot++) {
    const isRight = isEqual(host.read(LEASE, slot), pages.get(slot) ?? zeroes);
    if (!isRight) throw new Error(`slot ${slot} reads as another page`);
  }
  expect(host.pool.lease(LEASE)!.usage().storedPages).toBe(pages.size);
}

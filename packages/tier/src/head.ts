// The head of a tier: whose it is and how it is divided. It fits 512 bytes, which every disk writes
// whole or not at all, so there is no head of two halves.

import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { TierLayout } from './contract.ts';
import { BLOCK_BYTES, isLayout } from './layout.ts';

export const VERSION = 1;
export const POOL_ID_BYTES = 16;
export const HEAD_BYTES = 512;
const MAGIC = 'pagelend tier\n';
const VERSION_AT = 16;
const CRC_AT = 20;
const BLOCK_BYTES_AT = 24;
const EXTENT_BYTES_AT = 28;
const EXTENT_COUNT_AT = 32;
const UNIT_BYTES_AT = 36;
const FIRST_AT_AT = 40;
const POOL_ID_AT = 48;
const FLAGS_AT = 64;
const OWNER_HASH_AT = 72;
const OWNER_AT = 104;
const OWNER_BYTES_MAX = HEAD_BYTES - OWNER_AT - 2;
const ENCRYPTED = 1;

export interface TierHead {
  readonly layout: TierLayout;
  readonly isEncrypted: boolean;
  /** What the pool keeps in its own files; another pool's tier is not this one's. */
  readonly poolId: Uint8Array;
  /** The path of the lender's state directory. */
  readonly owner: string;
}

/** A head as it was found; of a long owner only the path's beginning is there. */
export interface FoundHead extends TierHead {
  readonly ownerHash: Buffer;
}

/** Puts a head into a block that is otherwise zero. */
export function putHead(block: Uint8Array, head: TierHead): void {
  if (head.poolId.length !== POOL_ID_BYTES) {
    throw new RangeError(`a pool's id has ${POOL_ID_BYTES} bytes, not ${head.poolId.length}`);
  }
  const { layout } = head;
  const bytes = Buffer.alloc(HEAD_BYTES);
  bytes.write(MAGIC, 'latin1');
  bytes.writeUInt32LE(VERSION, VERSION_AT);
  bytes.writeUInt32LE(BLOCK_BYTES, BLOCK_BYTES_AT);
  bytes.writeUInt32LE(layout.extentBytes, EXTENT_BYTES_AT);
  bytes.writeUInt32LE(layout.extentCount, EXTENT_COUNT_AT);
  bytes.writeUInt32LE(layout.unitBytes, UNIT_BYTES_AT);
  bytes.writeBigUInt64LE(BigInt(layout.firstAt), FIRST_AT_AT);
  bytes.set(head.poolId, POOL_ID_AT);
  bytes.writeUInt32LE(head.isEncrypted ? ENCRYPTED : 0, FLAGS_AT);
  hashOf(head.owner).copy(bytes, OWNER_HASH_AT);
  const owner = Buffer.from(head.owner).subarray(0, OWNER_BYTES_MAX);
  bytes.writeUInt16LE(owner.length, OWNER_AT);
  owner.copy(bytes, OWNER_AT + 2);
  bytes.writeUInt32LE(crc32(bytes), CRC_AT);
  block.fill(0);
  block.set(bytes);
}

/** The head that stands in a block, or what stands there instead, to be put after "it is". */
export function headIn(block: Uint8Array): FoundHead | string {
  const bytes = Buffer.from(block.subarray(0, HEAD_BYTES));
  if (bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) return 'no tier';
  const version = bytes.readUInt32LE(VERSION_AT);
  if (version !== VERSION) return `a tier of format ${version}`;
  const sum = bytes.readUInt32LE(CRC_AT);
  bytes.writeUInt32LE(0, CRC_AT);
  if (crc32(bytes) !== sum) return 'a tier whose head is damaged';
  if (bytes.readUInt32LE(BLOCK_BYTES_AT) !== BLOCK_BYTES) return 'a tier of other blocks';
  const layout = {
    firstAt: Number(bytes.readBigUInt64LE(FIRST_AT_AT)),
    extentBytes: bytes.readUInt32LE(EXTENT_BYTES_AT),
    extentCount: bytes.readUInt32LE(EXTENT_COUNT_AT),
    unitBytes: bytes.readUInt32LE(UNIT_BYTES_AT),
  };
  if (!isLayout(layout)) return 'a tier that is divided as none can be';
  const ownerBytes = Math.min(OWNER_BYTES_MAX, bytes.readUInt16LE(OWNER_AT));
  return {
    layout,
    isEncrypted: bytes.readUInt32LE(FLAGS_AT) === ENCRYPTED,
    poolId: Uint8Array.from(bytes.subarray(POOL_ID_AT, POOL_ID_AT + POOL_ID_BYTES)),
    ownerHash: Buffer.from(bytes.subarray(OWNER_HASH_AT, OWNER_AT)),
    owner: bytes.toString('utf8', OWNER_AT + 2, OWNER_AT + 2 + ownerBytes),
  };
}

export function isOwnedBy(head: FoundHead, owner: string): boolean {
  return head.ownerHash.equals(hashOf(owner));
}

export function isOfPool(head: FoundHead, poolId: Uint8Array): boolean {
  return Buffer.from(head.poolId).equals(poolId);
}

function hashOf(owner: string): Buffer {
  return createHash('sha256').update(owner).digest();
}

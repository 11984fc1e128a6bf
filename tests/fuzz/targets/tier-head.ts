// The first block of a tier: whatever stands in it, it is a head by which no offset lies outside of what
// it claims and which is the same when it is put again, or words that say what it is instead.

import { crc32 } from 'node:zlib';
import { EXTENT_COUNT_MIN, endOfLayout, layoutFor, PLACE_COUNT_MAX } from '@pagelend/tier';
import { headIn, isOfPool, isOwnedBy, putHead } from '../../../packages/tier/src/head.ts';
import { must, type Target } from '../target.ts';

const BLOCK_BYTES = 4096;
const HEAD_BYTES = 512;
const CRC_AT = 20;

function run(input: Uint8Array): void {
  const block = new Uint8Array(BLOCK_BYTES);
  block.set(input.subarray(0, BLOCK_BYTES));
  const found = headIn(block);
  if (typeof found === 'string') {
    must(found.startsWith('no tier') || found.startsWith('a tier '), `words: ${found}`);
    return;
  }
  const { layout } = found;
  const places = (layout.extentCount * layout.extentBytes) / layout.unitBytes;
  must(layout.extentCount >= EXTENT_COUNT_MIN && places <= PLACE_COUNT_MAX, 'too many places');
  must(Number.isSafeInteger(endOfLayout(layout)), 'it ends where no number reaches');
  const put = new Uint8Array(BLOCK_BYTES);
  putHead(put, found);
  const again = headIn(put);
  must(typeof again !== 'string' && isOfPool(again, found.poolId), 'put again it is none');
  must(JSON.stringify(again.layout) === JSON.stringify(layout), 'put again it is another');
  must(isOwnedBy(again, found.owner), 'its owner has become another');
}

function head(bytes: number, owner: string): Uint8Array {
  const block = new Uint8Array(BLOCK_BYTES);
  const poolId = new Uint8Array(16).fill(7);
  putHead(block, { layout: layoutFor(bytes), isEncrypted: false, poolId, owner });
  return block.slice(0, HEAD_BYTES);
}

export const target: Target = {
  bytesMax: 600,
  seeds: () => [head(2 ** 26, '/run/pagelend'), head(2 ** 42, '/x'.repeat(300)), new Uint8Array(0)],
  repair: (input) => {
    const bytes = Buffer.alloc(HEAD_BYTES);
    bytes.set(input.subarray(0, HEAD_BYTES));
    bytes.writeUInt32LE(0, CRC_AT);
    bytes.writeUInt32LE(crc32(bytes), CRC_AT);
    return bytes;
  },
  run,
};

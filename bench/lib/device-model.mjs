// What transfers of a disk take when nobody presses: medians of reads and writes of the sizes that the
// tier makes, and between those a straight line. Counts times these are a device time that does not
// depend on who else used the disk while a stream was replayed.

import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { deviceOf, ioMemory, openTier } from '@pagelend/tier';
import { median, randomBelow } from './random.mjs';

const DEVICE_BYTES = 64 * 2 ** 20;
const EXTENT_BYTES = 2 ** 20;
const BLOCK_BYTES = 4096;
/** Short and long windows of the keeper; a small batch, and an extent. */
const READ_BYTES = [8192, 36_864];
const WRITE_BYTES = [65_536, EXTENT_BYTES];
const COUNT = 101;
const US_PER_MS = 1000;

/** Microseconds of `readUs(count, bytes)` and `writeUs(count, bytes)`, and what they are made of. */
export async function modelOf(path) {
  const options = { path, bytes: DEVICE_BYTES, poolId: randomBytes(16), owner: path };
  const tier = openTier({ ...options, mayReset: true, isEncrypted: false });
  const device = deviceOf(tier.share);
  try {
    const source = ioMemory(EXTENT_BYTES);
    source.set(randomBytes(source.length));
    for (let at = EXTENT_BYTES; at < DEVICE_BYTES; at += EXTENT_BYTES) {
      await device.write(at, source);
    }
    const below = randomBelow(1);
    const timeOf = async (verb, bytes) => {
      const times = [];
      for (let i = 0; i < COUNT; i++) {
        const blocks = (DEVICE_BYTES - EXTENT_BYTES - bytes) / BLOCK_BYTES;
        const at = EXTENT_BYTES + below(blocks) * BLOCK_BYTES;
        const began = performance.now();
        await device[verb](at, source.subarray(0, bytes));
        times.push((performance.now() - began) * US_PER_MS);
      }
      return median(times);
    };
    const reads = await lineOf(READ_BYTES, (bytes) => timeOf('read', bytes));
    const writes = await lineOf(WRITE_BYTES, (bytes) => timeOf('write', bytes));
    return { reads, writes, isDirect: tier.share.isDirect };
  } finally {
    device.close();
    rmSync(path);
  }
}

/** Microseconds that so many transfers of so many bytes in all take. */
export function timeBy({ eachUs, byteUs }, count, bytes) {
  return count * eachUs + bytes * byteUs;
}

async function lineOf([short, long], timeOf) {
  const [shortUs, longUs] = [await timeOf(short), await timeOf(long)];
  const byteUs = Math.max(0, (longUs - shortUs) / (long - short));
  return { eachUs: Math.max(0, shortUs - byteUs * short), byteUs, shortUs, longUs };
}

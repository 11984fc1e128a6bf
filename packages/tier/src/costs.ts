// What a device costs, measured where it stands: the ratio of writing to reading is what policies
// weigh. Nothing that is named is written: writes go to free extents, or to the scratch behind the
// head where none is free.

import { randomBytes } from 'node:crypto';
import type { TierCosts, TierDevice, TierLayout } from './contract.ts';
import { TYPICAL_RECORD_BYTES } from './extents.ts';
import { ioMemory } from './io-memory.ts';
import { BLOCK_BYTES, extentAt, WINDOW_BYTES_MAX } from './layout.ts';

/** Enough for a median; a disk that turns is done when the time is. */
const WRITE_COUNT_MAX = 16;
const READ_COUNT_MAX = 64;
const COUNT_MIN = 3;
const WRITE_MS_MAX = 300;
const READ_MS_MAX = 200;
const US_PER_MS = 1000;

interface Range {
  readonly at: number;
  readonly bytes: number;
}

/**
 * Measures reads of a record's window at random and writes of whole extents, one after the other.
 * Call it before a log is begun on these extents: those with a live count of zero are overwritten.
 * `random` (0 to 1, as Math.random) chooses where. Rejects with a TierError.
 */
export async function measureCosts(
  device: TierDevice,
  layout: TierLayout,
  live: Int32Array<SharedArrayBuffer>,
  random: () => number = Math.random,
): Promise<TierCosts> {
  const free = chosen(layout, live, (count) => count === 0);
  const held = chosen(layout, live, (count) => count > 0);
  const scratch = { at: BLOCK_BYTES, bytes: layout.firstAt - BLOCK_BYTES };
  const targets = free.length > 0 ? free : [scratch];
  // Random bytes, since a device may compress or know zeroes.
  const source = ioMemory(layout.extentBytes);
  source.set(randomBytes(source.length));

  const written: Range[] = [];
  const write = async (index: number): Promise<number> => {
    const range = targets[index % targets.length]!;
    written.push(range);
    await device.write(range.at, source.subarray(0, range.bytes));
    return range.bytes / TYPICAL_RECORD_BYTES;
  };
  const window = ioMemory(WINDOW_BYTES_MAX);
  const read = async (): Promise<number> => {
    // What was never written is read without the device: it has nothing to read.
    const readable = [...written, ...held];
    const range = readable[Math.floor(random() * readable.length)]!;
    const bytes = Math.min(window.length, range.bytes);
    const steps = (range.bytes - bytes) / BLOCK_BYTES + 1;
    const at = range.at + Math.floor(random() * steps) * BLOCK_BYTES;
    await device.read(at, window.subarray(0, bytes));
    return 1;
  };
  try {
    const writeTimes = await timesOf(WRITE_COUNT_MAX, WRITE_MS_MAX, write);
    const readTimes = await timesOf(READ_COUNT_MAX, READ_MS_MAX, read);
    return { read: medianOf(readTimes), write: medianOf(writeTimes) };
  } finally {
    // Also after a failure: a file system that is full gets its room back.
    for (const { at, bytes } of new Set(written)) device.discard(at, bytes);
  }
}

/** A spread of extents whose live count is as asked, as many as are written at most. */
function chosen(
  layout: TierLayout,
  live: Int32Array<SharedArrayBuffer>,
  isWanted: (count: number) => boolean,
): Range[] {
  const found: number[] = [];
  for (let extent = 0; extent < layout.extentCount; extent++) {
    if (isWanted(Atomics.load(live, extent))) found.push(extent);
  }
  const step = Math.max(1, Math.floor(found.length / WRITE_COUNT_MAX));
  return found
    .filter((_, index) => index % step === 0)
    .slice(0, WRITE_COUNT_MAX)
    .map((extent) => ({ at: extentAt(layout, extent), bytes: layout.extentBytes }));
}

/** Microseconds a page of each call; `transfer` returns how many pages it was. */
async function timesOf(
  countMax: number,
  msMax: number,
  transfer: (index: number) => Promise<number>,
): Promise<number[]> {
  const times: number[] = [];
  const began = performance.now();
  while (times.length < countMax) {
    const from = performance.now();
    if (times.length >= COUNT_MIN && from - began > msMax) break;
    const pages = await transfer(times.length);
    times.push(((performance.now() - from) * US_PER_MS) / pages);
  }
  return times;
}

function medianOf(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
}

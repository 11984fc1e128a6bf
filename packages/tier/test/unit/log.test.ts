// The log: batches one after the other in an extent, extents used again when nobody holds them, and
// what a failed write leaves.

import {
  byteAt,
  extentAt,
  extentOf,
  ioMemory,
  layoutFor,
  NO_ROOM,
  type RecordFound,
  readRecord,
  release,
  SOUND,
  type TierBatch,
  TierLog,
  windowOf,
} from '@pagelend/tier';
import { describe, expect, test } from 'vitest';
import { FaultyDevice } from '../support/faulty-device.ts';
import { MemoryDevice } from '../support/memory-device.ts';

const EXTENT = 65_536;
const EXTENTS = 8;
const PAGE = new Uint8Array(4096);

function setUp({ buffers = 2, extents = EXTENTS, reserve = 2 } = {}) {
  const inner = new MemoryDevice((extents + 1) * EXTENT);
  const device = new FaultyDevice(inner);
  const layout = layoutFor(inner.bytes, EXTENT);
  const live = new Int32Array(new SharedArrayBuffer(extents * 4));
  const area = ioMemory(buffers * EXTENT).fill(0x5a);
  const takes = new Int32Array(new SharedArrayBuffer(extents * 4));
  const reserveExtents = reserve;
  const log = new TierLog({ device, layout, live, takes, area, sealer: null, reserveExtents });
  return { inner, device, layout, live, takes, log };
}

/** Appends records of a page until the batch is full, or `count` of them. Returns their places. */
function fill(batch: TierBatch, count = Number.POSITIVE_INFINITY): number[] {
  const places: number[] = [];
  while (places.length < count) {
    const place = batch.append({ tag: 1, slot: places.length }, 1, PAGE);
    if (place === NO_ROOM) break;
    places.push(place);
  }
  return places;
}

function begun(log: TierLog, isCleaning = false): TierBatch {
  const batch = log.begin({ isCleaning });
  if (batch === null) throw new Error('no batch could be begun');
  return batch;
}

describe('a batch', () => {
  test('puts records one after the other, several to a block, with zeroes between', async () => {
    const { inner, layout, log } = setUp();
    const batch = begun(log);
    const places = [100, 1, 500, 2000].map((bytes, slot) =>
      batch.append({ tag: 3, slot }, 2, new Uint8Array(bytes).fill(slot + 1)),
    );
    expect(places).toEqual([0, 2, 3, 12]);
    expect(batch).toMatchObject({ extent: 0, recordCount: 4, bytes: 4096 });
    await batch.write();
    const written = inner.contents.subarray(layout.firstAt, layout.firstAt + 8192);
    expect(written.subarray(124, 128).every((byte) => byte === 0)).toBe(true);
    expect(written.subarray(12 * 64 + 2024).every((byte) => byte === 0)).toBe(true);
    const found: RecordFound = { kind: 0, at: 0, bytes: 0 };
    places.forEach((place, slot) => {
      const window = windowOf(layout, place);
      const bytes = ioMemory(window.bytes);
      inner.readNow(window.at, bytes);
      expect(readRecord(bytes, window.recordAt, { tag: 3, slot }, found)).toBe(SOUND);
      expect(bytes[found.at]).toBe(slot + 1);
    });
  });

  test('holds its extent once a record', () => {
    const { live, log } = setUp();
    fill(begun(log), 3);
    expect(live[0]).toBe(3);
  });

  test('ends with its extent, and the next takes another', async () => {
    const { layout, log, device } = setUp();
    const batch = begun(log);
    const places = fill(batch);
    // 65 units a record of 4,120 bytes.
    expect(places).toHaveLength(15);
    expect(places.every((place) => extentOf(layout, place) === 0)).toBe(true);
    await batch.write();
    expect(device.counts.write).toBe(1);
    expect(begun(log).extent).toBe(1);
  });

  test('goes on in the same extent at the next block, when the one before is written', async () => {
    const { layout, log } = setUp();
    const first = begun(log);
    fill(first, 2);
    const meanwhile = begun(log);
    expect(meanwhile.extent).toBe(1);
    await first.write();
    const next = begun(log);
    expect(next.extent).toBe(0);
    // Two records of 4,160 bytes end in the third block.
    expect(byteAt(layout, fill(next, 1)[0]!)).toBe(extentAt(layout, 0) + 3 * 4096);
    await Promise.all([next.write(), meanwhile.write()]);
  });

  test('of nothing writes nothing and gives its extent back', async () => {
    const { log, device } = setUp();
    await begun(log).write();
    expect(device.counts.write).toBe(0);
    expect(begun(log).extent).toBe(0);
  });

  test('is written once, and takes nothing after', async () => {
    const { log } = setUp();
    const batch = begun(log);
    fill(batch, 1);
    await batch.write();
    expect(() => fill(batch, 1)).toThrow('written already');
    await expect(batch.write()).rejects.toThrow('written already');
  });

  test('needs a buffer, which it has until it is written', async () => {
    const { log, device } = setUp({ buffers: 2 });
    const letGo = device.hold('write');
    const [one, other] = [begun(log), begun(log)];
    expect(log.freeBuffers).toBe(0);
    fill(one);
    fill(other);
    const writes = [one.write(), other.write()];
    expect(log.begin()).toBeNull();
    letGo();
    await Promise.all(writes);
    expect(log.freeBuffers).toBe(2);
    expect(begun(log).extent).toBe(2);
  });
});

describe('extents', () => {
  test('are used again when the last record is released, in turn', async () => {
    const { log, live } = setUp({ reserve: 0 });
    for (let count = 0; count < EXTENTS; count++) {
      const batch = begun(log);
      fill(batch);
      await batch.write();
    }
    expect(log.begin()).toBeNull();
    for (const extent of [5, 2]) while (live[extent]! > 1) release(live, extent);
    expect(log.begin()).toBeNull();
    release(live, 5);
    release(live, 2);
    const [one, other] = [begun(log), begun(log)];
    expect([one.extent, other.extent]).toEqual([2, 5]);
  });

  test('are counted when they are taken, before they are written, and for no batch after', async () => {
    const { log, live, takes } = setUp({ reserve: 0, extents: 4 });
    const first = begun(log);
    expect([...takes]).toEqual([1, 0, 0, 0]);
    fill(first, 2);
    await first.write();
    // What is appended to the rest, and batches of nothing, take no place that had a record.
    const rest = begun(log);
    expect(rest.extent).toBe(0);
    await rest.write();
    const last = begun(log);
    fill(last);
    await last.write();
    expect([...takes]).toEqual([1, 0, 0, 0]);
    for (const extent of [1, 2, 3]) {
      const batch = begun(log);
      expect(batch.extent).toBe(extent);
      fill(batch);
      await batch.write();
    }
    expect(log.begin()).toBeNull();
    expect([...takes]).toEqual([1, 1, 1, 1]);
    while (live[0]! > 0) release(live, 0);
    expect([...takes]).toEqual([1, 1, 1, 1]);
    expect(begun(log).extent).toBe(0);
    expect([...takes]).toEqual([2, 1, 1, 1]);
  });

  test('beyond the reserve are for all, the reserve for cleaning', async () => {
    const { log } = setUp({ reserve: 2 });
    for (let count = 0; count < EXTENTS - 2; count++) {
      const batch = begun(log);
      fill(batch);
      await batch.write();
    }
    expect(log.freeExtents).toBe(2);
    expect(log.begin()).toBeNull();
    expect(log.freeBuffers).toBe(2);
    const cleaning = begun(log, true);
    expect(cleaning.extent).toBe(6);
    fill(cleaning, 1);
    await cleaning.write();
    // What cleaning left of its extent stays with it.
    expect(log.begin()).toBeNull();
    expect(begun(log, true).extent).toBe(6);
  });

  test('that are held at the start are left alone', () => {
    const { log, live } = setUp({ reserve: 0 });
    live.set([1, 0, 4, 0, 1, 1, 1, 1]);
    log.adopt();
    expect(log.freeExtents).toBe(2);
    expect([begun(log).extent, begun(log).extent]).toEqual([1, 3]);
  });

  test('that somebody reads are not written, though no record there is named', async () => {
    const { log, live } = setUp({ reserve: 0, extents: 4 });
    for (let count = 0; count < 4; count++) {
      const batch = begun(log);
      fill(batch, 15);
      await batch.write();
    }
    Atomics.add(live, 2, 1);
    for (let count = 0; count < 15; count++) release(live, 2);
    expect(log.begin()).toBeNull();
    release(live, 2);
    expect(begun(log).extent).toBe(2);
  });

  test('are cleaned where least of them is named, by size and not by number', async () => {
    const { log, live } = setUp();
    // Few large records in the first, many small ones in the second.
    const large = begun(log);
    fill(large);
    await large.write();
    const small = begun(log);
    while (small.append({ tag: 1, slot: 1 }, 1, new Uint8Array(40)) !== NO_ROOM);
    const smallCount = small.recordCount;
    expect(smallCount).toBe(1024);
    await small.write();
    for (let count = 0; count < 10; count++) release(live, 0);
    for (let count = 0; count < 1000; count++) release(live, 1);
    const open = begun(log);
    fill(open, 1);
    expect(log.extents.liveShare(0)).toBeCloseTo((5 * 4160) / EXTENT);
    expect(log.extents.liveShare(1)).toBeCloseTo(24 / 1024);
    expect(log.sparsest(8, 0.9)).toEqual([1, 0]);
    expect(log.sparsest(1, 0.9)).toEqual([1]);
    expect(log.sparsest(8, 0.1)).toEqual([1]);
    await open.write();
  });

  test('of before a restart are taken to have records of common size', () => {
    const { log, live } = setUp();
    live.set([1, 46, 23]);
    log.adopt();
    expect(log.extents.liveShare(1)).toBeCloseTo((46 * 1424) / EXTENT, 2);
    expect(log.sparsest(3, 0.6)).toEqual([0, 2]);
    live[1] = 1000;
    expect(log.extents.liveShare(1)).toBe(1);
  });

  test('that are free are discarded once, neighbours together', async () => {
    const { log, live, inner, layout } = setUp();
    live.set([1, 0, 0, 1, 0, 0, 0, 1]);
    log.adopt();
    expect(log.discardFree(4)).toBe(4);
    expect(inner.discarded).toEqual([
      [extentAt(layout, 1), 2 * EXTENT],
      [extentAt(layout, 4), 2 * EXTENT],
    ]);
    expect(log.discardFree(4)).toBe(1);
    expect(log.discardFree(4)).toBe(0);
    // One that was written since is told of again when it is free, and not while it is open.
    const batch = begun(log);
    fill(batch);
    expect(log.discardFree(4)).toBe(0);
    await batch.write();
    const { extent } = batch;
    expect(log.discardFree(4)).toBe(0);
    while (live[extent]! > 0) release(live, extent);
    expect(log.discardFree(4)).toBe(1);
    expect(inner.discarded.at(-1)).toEqual([extentAt(layout, extent), EXTENT]);
  });
});

describe('a write that fails', () => {
  test.each(['ENOSPC', 'EIO'])(
    'with %s is told, and seals the rest of its extent',
    async (errno) => {
      const { log, device, live } = setUp({ reserve: 0 });
      const first = begun(log);
      fill(first, 2);
      await first.write();
      const second = begun(log);
      expect(second.extent).toBe(0);
      fill(second, 2);
      device.inject({ on: 'write', nth: 1, kind: 'part', errno, blocks: 1 });
      await expect(second.write()).rejects.toMatchObject({ code: 'TIER_IO', errno });
      // Whoever appended releases; the records before it are still named.
      release(live, 0);
      release(live, 0);
      expect(begun(log).extent).toBe(1);
      expect(live[0]).toBe(2);
      release(live, 0);
      release(live, 0);
      log.adopt();
      expect(log.freeExtents).toBe(EXTENTS - 1);
    },
  );

  test('gives its buffer back', async () => {
    const { log, device } = setUp({ buffers: 1 });
    device.inject({ on: 'write', nth: 1, kind: 'error' });
    const batch = begun(log);
    fill(batch, 1);
    await expect(batch.write()).rejects.toMatchObject({ errno: 'EIO' });
    expect(log.freeBuffers).toBe(1);
  });
});

test('an area below an extent is refused', () => {
  const layout = layoutFor(9 * EXTENT, EXTENT);
  const live = new Int32Array(new SharedArrayBuffer(32));
  const device = new MemoryDevice(9 * EXTENT);
  const area = ioMemory(EXTENT / 2);
  const options = { device, layout, live, takes: live, area, sealer: null };
  expect(() => new TierLog(options)).toThrow(RangeError);
});

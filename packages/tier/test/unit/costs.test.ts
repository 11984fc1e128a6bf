// Measuring: what is written lies in free extents or in the scratch, what is read was written, and
// a device's slowness shows in its figures.

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { layoutFor, measureCosts, openTier } from '@pagelend/tier';
import { describe, expect, onTestFinished, test } from 'vitest';
import { FaultyDevice } from '../support/faulty-device.ts';
import { temporaryFolder } from '../support/folder.ts';
import { MemoryDevice } from '../support/memory-device.ts';

const EXTENT = 65_536;

/** Notes every transfer, and may make writes slow. */
class NotingDevice extends MemoryDevice {
  readonly writes: (readonly [number, number])[] = [];
  readonly reads: (readonly [number, number])[] = [];
  writeMs = 0;

  override async write(at: number, source: Uint8Array): Promise<void> {
    this.writes.push([at, source.length]);
    if (this.writeMs > 0) await sleep(this.writeMs);
    await super.write(at, source);
  }

  override async read(at: number, target: Uint8Array): Promise<void> {
    this.reads.push([at, target.length]);
    await super.read(at, target);
  }
}

function setUp(extents: number, held: (extent: number) => number) {
  const device = new NotingDevice((extents + 1) * EXTENT);
  const layout = layoutFor(device.bytes, EXTENT);
  const live = new Int32Array(new SharedArrayBuffer(extents * 4));
  for (let extent = 0; extent < extents; extent++) live[extent] = held(extent);
  return { device, layout, live };
}

describe('measuring', () => {
  test('writes free extents all over the device, and forgets them after', async () => {
    const { device, layout, live } = setUp(100, (extent) => extent % 2);
    device.contents.fill(7);
    const before = Uint8Array.from(device.contents);
    const costs = await measureCosts(device, layout, live);
    expect(costs.read).toBeGreaterThan(0);
    expect(costs.write).toBeGreaterThan(0);
    const extents = device.writes.map(([at]) => (at - EXTENT) / EXTENT);
    expect(new Set(extents).size).toBeGreaterThanOrEqual(3);
    expect(extents.every((extent) => extent % 2 === 0)).toBe(true);
    expect(device.discarded.map(([at]) => at).sort()).toEqual(
      device.writes.map(([at]) => at).sort(),
    );
    for (let extent = 1; extent < 100; extent += 2) {
      const [from, to] = [(extent + 1) * EXTENT, (extent + 2) * EXTENT];
      const [now, then] = [device.contents, before].map((bytes) => bytes.subarray(from, to));
      expect(Buffer.compare(now!, then!)).toBe(0);
    }
  });

  test('reads windows of what was written or is held', async () => {
    const { device, layout, live } = setUp(100, (extent) => (extent === 99 ? 5 : 0));
    await measureCosts(device, layout, live);
    const readable = new Set([...device.writes.map(([at]) => at), 100 * EXTENT]);
    for (const [at, bytes] of device.reads) {
      expect(bytes).toBe(8192);
      expect(readable).toContain(at - (at % EXTENT));
      expect((at % EXTENT) + bytes).toBeLessThanOrEqual(EXTENT);
    }
    const spread = new Set(device.reads.map(([at]) => at));
    expect(spread.size).toBeGreaterThan(device.reads.length / 2);
  });

  test('writes the scratch behind the head where every extent is held', async () => {
    const { device, layout, live } = setUp(8, () => 1);
    device.contents.fill(7);
    const { write } = await measureCosts(device, layout, live);
    expect(write).toBeGreaterThan(0);
    expect(device.contents.subarray(0, 4096).every((byte) => byte === 7)).toBe(true);
    expect(device.contents.subarray(EXTENT).every((byte) => byte === 7)).toBe(true);
    expect(device.writes.every(([at, bytes]) => at === 4096 && bytes === EXTENT - 4096)).toBe(true);
  });

  test('states a page: a write is shared by the records of an extent', async () => {
    const { device, layout, live } = setUp(8, () => 0);
    device.writeMs = 46;
    const { write } = await measureCosts(device, layout, live);
    // 46 records of 1,424 bytes; timers may end a millisecond early.
    expect(write).toBeGreaterThan(900);
  });

  test('stops early on a slow device', async () => {
    const { device, layout, live } = setUp(40, () => 0);
    device.writeMs = 150;
    await measureCosts(device, layout, live);
    expect(device.writes).toHaveLength(3);
  });

  test('says when the device fails', async () => {
    const { device, layout, live } = setUp(8, () => 0);
    const faulty = new FaultyDevice(device);
    faulty.inject({ on: 'write', nth: 2, kind: 'error', errno: 'ENOSPC' });
    await expect(measureCosts(faulty, layout, live)).rejects.toMatchObject({ errno: 'ENOSPC' });
    faulty.inject({ on: 'read', nth: 1, kind: 'error' });
    await expect(measureCosts(faulty, layout, live)).rejects.toMatchObject({ errno: 'EIO' });
  });
});

test('a real file has costs', async () => {
  const { device, share } = openTier({
    path: join(temporaryFolder(), 'tier'),
    bytes: 32 * 2 ** 20,
    poolId: new Uint8Array(16),
    owner: '/run/lender',
    mayReset: true,
    isEncrypted: false,
  });
  onTestFinished(() => device.close());
  const live = new Int32Array(share.live);
  const { read, write } = await measureCosts(device, share.layout, live);
  expect(read).toBeGreaterThan(0);
  expect(write).toBeGreaterThan(0);
});

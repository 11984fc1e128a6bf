// The device that fails: each fault does what it says and nothing else, both ways of asking.

import { describe, expect, test } from 'vitest';
import { DeviceDied, type Fault, FaultyDevice } from '../support/faulty-device.ts';
import { MemoryDevice } from '../support/memory-device.ts';

const BYTES = 65_536;
const BLOCK = 4096;

const source = new Uint8Array(4 * BLOCK).fill(7);

interface Way {
  readonly way: string;
  write(device: FaultyDevice, at: number, bytes: Uint8Array): Promise<void>;
  read(device: FaultyDevice, at: number, bytes: Uint8Array): Promise<void>;
}

const ways: readonly Way[] = [
  {
    way: 'waiting',
    write: async (device, at, bytes) => device.writeNow(at, bytes),
    read: async (device, at, bytes) => device.readNow(at, bytes),
  },
  {
    way: 'not waiting',
    write: (device, at, bytes) => device.write(at, bytes),
    read: (device, at, bytes) => device.read(at, bytes),
  },
];

describe.each(ways)('$way', ({ write, read }) => {
  function setUp(fault?: Fault) {
    const inner = new MemoryDevice(BYTES);
    const device = new FaultyDevice(inner, { seed: 3 });
    if (fault !== undefined) device.inject(fault);
    return { inner, device };
  }

  function writtenBlocks({ contents }: MemoryDevice): number {
    return contents.filter((byte) => byte === 7).length / BLOCK;
  }

  test('without faults it is the device', async () => {
    const { inner, device } = setUp();
    await write(device, BLOCK, source);
    expect(writtenBlocks(inner)).toBe(4);
    const back = new Uint8Array(4 * BLOCK);
    await read(device, BLOCK, back);
    expect(Buffer.compare(back, source)).toBe(0);
    expect(device).toMatchObject({
      bytes: BYTES,
      blockBytes: BLOCK,
      counts: { read: 1, write: 1 },
    });
    device.discard(0, BLOCK);
    expect(inner.discarded).toEqual([[0, BLOCK]]);
  });

  test('an error comes at its operation, as often as asked, before anything', async () => {
    const { inner, device } = setUp({
      on: 'write',
      nth: 2,
      times: 2,
      kind: 'error',
      errno: 'ENOSPC',
    });
    await write(device, 0, source.subarray(0, BLOCK));
    for (let count = 0; count < 2; count++) {
      await expect(write(device, BLOCK, source)).rejects.toMatchObject({
        code: 'TIER_IO',
        errno: 'ENOSPC',
      });
    }
    expect(writtenBlocks(inner)).toBe(1);
    await write(device, BLOCK, source);
    expect(writtenBlocks(inner)).toBe(5);
    expect(device.injected).toHaveLength(2);
  });

  test('a read fails as well', async () => {
    const { device } = setUp({ on: 'read', nth: 1, kind: 'error' });
    await write(device, 0, source);
    const back = new Uint8Array(BLOCK);
    await expect(read(device, 0, back)).rejects.toMatchObject({ errno: 'EIO' });
    await read(device, 0, back);
  });

  test('a part is written, then it fails', async () => {
    const { inner, device } = setUp({ on: 'write', nth: 1, kind: 'part', blocks: 3 });
    await expect(write(device, 0, source)).rejects.toMatchObject({ errno: 'EIO' });
    expect(writtenBlocks(inner)).toBe(3);
    expect(inner.contents.indexOf(7)).toBe(0);
  });

  test('a torn write is the last thing that happens', async () => {
    const { inner, device } = setUp({ on: 'write', nth: 1, kind: 'torn', blocks: 1 });
    await expect(write(device, 0, source)).rejects.toThrow(DeviceDied);
    expect(writtenBlocks(inner)).toBe(1);
    expect(device.isDead).toBe(true);
    await expect(write(device, 0, source)).rejects.toThrow(DeviceDied);
    await expect(read(device, 0, new Uint8Array(BLOCK))).rejects.toThrow(DeviceDied);
    expect(() => device.discard(0, BLOCK)).toThrow(DeviceDied);
    expect(writtenBlocks(inner)).toBe(1);
  });

  test('one bit flips as it is written, and not in the memory it came from', async () => {
    const { inner, device } = setUp({ on: 'write', nth: 1, kind: 'flip', bit: 8 * BLOCK + 1 });
    await write(device, 0, source);
    expect(inner.contents[BLOCK]).toBe(5);
    expect(writtenBlocks(inner)).toBe(4 - 1 / BLOCK);
    expect(source[BLOCK]).toBe(7);
  });

  test('one bit flips as it is read, and not on the device', async () => {
    const { device } = setUp({ on: 'read', nth: 1, kind: 'flip' });
    await write(device, 0, source);
    const back = new Uint8Array(4 * BLOCK);
    await read(device, 0, back);
    expect(back.filter((byte) => byte !== 7)).toHaveLength(1);
    await read(device, 0, back);
    expect(Buffer.compare(back, source)).toBe(0);
  });

  test('a lost write is answered', async () => {
    const { inner, device } = setUp({ on: 'write', nth: 1, kind: 'lose' });
    await write(device, 0, source);
    expect(writtenBlocks(inner)).toBe(0);
  });

  test('a device that was cut ends there, until it is healed', async () => {
    const { device } = setUp({ on: 'read', nth: 1, kind: 'cut', blocks: 2 });
    await write(device, 0, source);
    const back = new Uint8Array(4 * BLOCK);
    await expect(read(device, 0, back)).rejects.toMatchObject({ code: 'TIER_IO', errno: '' });
    await expect(read(device, 2 * BLOCK, back)).rejects.toMatchObject({ errno: '' });
    await read(device, 0, back.subarray(0, 2 * BLOCK));
    device.heal();
    await read(device, 0, back);
  });

  test('the same seed does the same', async () => {
    const results = await Promise.all(
      [1, 2].map(async () => {
        const { inner, device } = setUp({ on: 'write', nth: 1, times: 4, kind: 'part' });
        for (let at = 0; at < BYTES; at += 4 * BLOCK) {
          await write(device, at, source).catch(() => {});
        }
        return inner.contents;
      }),
    );
    expect(Buffer.compare(results[0]!, results[1]!)).toBe(0);
    expect(results[0]!.includes(7)).toBe(true);
  });
});

test('writes wait while they are held, and go on after', async () => {
  const inner = new MemoryDevice(BYTES);
  const device = new FaultyDevice(inner);
  const letGo = device.hold('write');
  let isDone = false;
  const write = device.write(0, source).then(() => {
    isDone = true;
  });
  await device.read(0, new Uint8Array(BLOCK));
  expect(isDone).toBe(false);
  expect(inner.contents[0]).toBe(0);
  letGo();
  await write;
  expect(inner.contents[0]).toBe(7);
  await device.write(0, source);
});

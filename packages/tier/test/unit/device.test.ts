// Real files and a real block device: what is written is read, past the page cache or through it,
// and what goes wrong is said with its errno.

import { spawnSync } from 'node:child_process';
import { readFileSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FileDevice, fitFile, ioMemory, openDevice, TierError } from '@pagelend/tier';
import { describe, expect, onTestFinished, type TestContext, test } from 'vitest';
import { Progress } from '../../src/device.ts';
import { temporaryFolder } from '../support/folder.ts';

const MIB = 2 ** 20;

function open(path: string, bytes: number | null, mayBeDirect = true): FileDevice {
  const device = openDevice(path, bytes, { mayBeDirect });
  onTestFinished(() => device.close());
  return device;
}

/** The error of something that fails. */
async function errorOf(action: () => unknown): Promise<TierError> {
  try {
    await action();
  } catch (error) {
    if (error instanceof TierError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

function patterned(bytes: number, seed: number): Uint8Array {
  const memory = ioMemory(bytes);
  for (let index = 0; index < bytes; index++) memory[index] = (index >> 8) * 7 + index + seed;
  return memory;
}

/** Bytes of a file in the page cache; null where `fincore` is missing. */
function cachedBytes(path: string): number | null {
  const run = spawnSync('fincore', ['--bytes', '--noheadings', '--output', 'RES', path]);
  return run.status === 0 ? Number(run.stdout.toString().trim()) : null;
}

describe.each([
  { way: 'past the page cache', isDirect: true },
  { way: 'through the page cache', isDirect: false },
])('a file $way', ({ isDirect }) => {
  test('is made for its owner alone, sparse, and keeps what is written', async (context) => {
    const path = join(temporaryFolder(), 'tier');
    const device = open(path, 8 * MIB, isDirect);
    if (device.isDirect !== isDirect) context.skip('this file system has no O_DIRECT');
    expect(device.bytes).toBe(8 * MIB);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(path).blocks).toBe(0);
    const [one, other] = [patterned(MIB, 1), patterned(8192, 2)];
    await device.write(MIB, one);
    device.writeNow(4 * MIB, other);
    const back = ioMemory(MIB);
    device.readNow(MIB, back);
    expect(Buffer.compare(back, one)).toBe(0);
    await device.read(4 * MIB, back.subarray(0, 8192));
    expect(Buffer.compare(back.subarray(0, 8192), other)).toBe(0);
    const file = readFileSync(path);
    expect(Buffer.compare(file.subarray(MIB, 2 * MIB), one)).toBe(0);
    expect(file.subarray(2 * MIB, 4 * MIB).every((byte) => byte === 0)).toBe(true);
  });

  test('stays out of the page cache', async (context) => {
    const path = join(temporaryFolder(), 'tier');
    const device = open(path, 8 * MIB, isDirect);
    await device.write(MIB, patterned(MIB, 1));
    device.writeNow(2 * MIB, patterned(MIB, 1));
    await device.read(MIB, ioMemory(MIB));
    device.readNow(2 * MIB, ioMemory(MIB));
    const cached = cachedBytes(path);
    if (cached === null) context.skip('fincore (util-linux) is missing');
    expect(cached).toBe(0);
    readFileSync(path);
    expect(cachedBytes(path)).toBeGreaterThan(MIB);
  });

  test('gives back what is discarded', async () => {
    const path = join(temporaryFolder(), 'tier');
    const device = open(path, 8 * MIB, isDirect);
    await device.write(MIB, patterned(MIB, 1));
    expect(statSync(path).blocks).toBeGreaterThan(0);
    device.discard(MIB, MIB);
    expect(statSync(path).blocks).toBe(0);
    expect(statSync(path).size).toBe(8 * MIB);
  });

  test('that was cut says where it ends', async () => {
    const path = join(temporaryFolder(), 'tier');
    const device = open(path, 8 * MIB, isDirect);
    truncateSync(path, 2 * MIB + 4096);
    for (const read of [
      () => device.read(2 * MIB, ioMemory(8192)),
      () => device.readNow(2 * MIB, ioMemory(8192)),
    ]) {
      const error = await errorOf(read);
      expect(error).toMatchObject({ code: 'TIER_IO', errno: '' });
      expect(error.message).toContain('it ends there');
      expect(error.message).toContain(`${2 * MIB + 4096} of ${path}`);
    }
  });

  test('whose descriptor is gone says so', async () => {
    const path = join(temporaryFolder(), 'tier');
    const device = openDevice(path, 8 * MIB, { mayBeDirect: isDirect });
    // Another thread's device, of a descriptor that is none.
    const gone = new FileDevice({ ...device.share, fd: 1_000_000 });
    device.close();
    const buffer = ioMemory(4096);
    for (const action of [
      () => gone.read(0, buffer),
      () => gone.readNow(0, buffer),
      () => gone.write(0, buffer),
      () => gone.writeNow(0, buffer),
    ]) {
      expect(await errorOf(action)).toMatchObject({ code: 'TIER_IO', errno: 'EBADF' });
    }
    gone.discard(0, 4096);
  });

  test('takes whole blocks of what it has', async () => {
    const device = open(join(temporaryFolder(), 'tier'), MIB, isDirect);
    const buffer = ioMemory(8192);
    expect(() => device.readNow(512, buffer)).toThrow(RangeError);
    expect(() => device.readNow(0, buffer.subarray(0, 100))).toThrow(RangeError);
    expect(() => device.writeNow(MIB - 4096, buffer)).toThrow(RangeError);
    await expect(device.write(-4096, buffer)).rejects.toThrow(RangeError);
  });
});

test('a new file needs a size, and so does an empty one', async () => {
  const path = join(temporaryFolder(), 'tier');
  expect(await errorOf(() => openDevice(path, null))).toMatchObject({ code: 'TIER_SIZE' });
  writeFileSync(path, '');
  expect(await errorOf(() => openDevice(path, null))).toMatchObject({ code: 'TIER_SIZE' });
  expect(open(path, MIB + 100).bytes).toBe(MIB);
});

test('a file that is there has its size; it grows and does not shrink', async () => {
  const path = join(temporaryFolder(), 'tier');
  openDevice(path, 2 * MIB).close();
  const device = open(path, null);
  expect(device.bytes).toBe(2 * MIB);
  expect(fitFile(device, null)).toBe(device);
  expect(await errorOf(() => fitFile(device, MIB))).toMatchObject({ code: 'TIER_SIZE' });
  const grown = fitFile(device, 3 * MIB);
  expect(grown.bytes).toBe(3 * MIB);
  grown.writeNow(3 * MIB - 4096, patterned(4096, 1));
  expect(statSync(path).size).toBe(3 * MIB);
});

test('neither a folder, a character device nor what cannot be made is a device', async () => {
  const folder = temporaryFolder();
  for (const path of ['/dev/null', folder, join(folder, 'no', 'tier')]) {
    expect(await errorOf(() => openDevice(path, MIB))).toMatchObject({ code: 'TIER_OPEN' });
  }
  const link = join(folder, 'link');
  symlinkSync('/dev/zero', link);
  expect(await errorOf(() => openDevice(link, MIB))).toMatchObject({ code: 'TIER_OPEN' });
});

test('a file that is served is served by nobody else', async () => {
  const path = join(temporaryFolder(), 'tier');
  open(path, MIB);
  expect(await errorOf(() => openDevice(path, MIB))).toMatchObject({ code: 'TIER_IN_USE' });
});

describe('a transfer that is done in parts', () => {
  test('goes on at the block where it stopped', () => {
    const progress = new Progress(16_384);
    expect(progress.advance(null, 5000)).toBe(true);
    expect(progress).toMatchObject({ done: 4096, left: 12_288, isDone: false });
    expect(progress.advance(null, 12_288)).toBe(true);
    expect(progress.isDone).toBe(true);
  });

  test('fails where it does not go on', () => {
    const progress = new Progress(16_384);
    expect(progress.advance(null, 0)).toBe(false);
    expect(progress.advance(null, 4095)).toBe(false);
    expect(progress.advance(Object.assign(new Error(), { code: 'EIO' }), 0)).toBe(false);
  });

  test('begins again after a signal, though not for ever', () => {
    const progress = new Progress(16_384);
    const signal = Object.assign(new Error(), { code: 'EINTR' });
    for (let count = 1; count < 100; count++) expect(progress.advance(signal, 0)).toBe(true);
    expect(progress.advance(null, 4096)).toBe(true);
    for (let count = 1; count < 100; count++) expect(progress.advance(signal, 0)).toBe(true);
    expect(progress.advance(signal, 0)).toBe(false);
  });
});

/** A block device over a file of 8 MiB; the test is skipped where none may be made. */
function loopDevice(context: TestContext, backing: string): string {
  writeFileSync(backing, '');
  truncateSync(backing, 8 * MIB);
  const attached = spawnSync('losetup', ['--find', '--show', backing]);
  if (attached.status !== 0) context.skip('no loop device may be made here');
  const path = attached.stdout.toString().trim();
  onTestFinished(() => {
    spawnSync('losetup', ['--detach', path]);
  });
  return path;
}

describe('a block device', () => {
  test('has its own size, of which less may be used', async (context) => {
    const path = loopDevice(context, join(temporaryFolder(), 'disk'));
    const device = open(path, null);
    expect(device).toMatchObject({ bytes: 8 * MIB, isBlockDevice: true });
    expect(fitFile(device, 6 * MIB).bytes).toBe(6 * MIB);
    expect(await errorOf(() => fitFile(device, 9 * MIB))).toMatchObject({ code: 'TIER_SIZE' });
  });

  test('is refused while something uses it', async (context) => {
    const path = loopDevice(context, join(temporaryFolder(), 'disk'));
    open(path, null);
    const error = await errorOf(() => openDevice(path, null));
    expect(error).toMatchObject({ code: 'TIER_OPEN', errno: 'EBUSY' });
    expect(error.message).toContain('in use');
  });

  test('keeps what is written, and takes discards', async (context) => {
    const backing = join(temporaryFolder(), 'disk');
    const path = loopDevice(context, backing);
    const device = open(path, null);
    await device.write(MIB, patterned(MIB, 1));
    const back = ioMemory(MIB);
    await device.read(MIB, back);
    expect(Buffer.compare(back, patterned(MIB, 1))).toBe(0);
    expect(statSync(backing).blocks).toBeGreaterThan(0);
    device.discard(MIB, MIB);
    expect(statSync(backing).blocks).toBe(0);
  });
});

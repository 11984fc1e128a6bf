// Opening: blank things are formatted, a pool's own tier is taken up, all else is refused and not a
// byte of it changed.

import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { crc32 } from 'node:zlib';
import {
  extentAt,
  ioMemory,
  openTier,
  SOUND,
  type Tier,
  TierError,
  type TierOptions,
  writeRecord,
} from '@pagelend/tier';
import { describe, expect, onTestFinished, test } from 'vitest';
import { headIn, putHead } from '../../src/head.ts';
import { temporaryFolder } from '../support/folder.ts';

const EXTENT = 65_536;
const poolId = new Uint8Array(16).fill(1);
const otherId = new Uint8Array(16).fill(2);

function optionsFor(path: string): TierOptions {
  return {
    path,
    bytes: 16 * EXTENT,
    poolId,
    owner: '/run/lender',
    mayReset: false,
    isEncrypted: false,
    extentBytes: EXTENT,
  };
}

function open(options: TierOptions): Tier {
  const tier = openTier(options);
  onTestFinished(() => {
    try {
      tier.device.close();
    } catch {
      // The test closed it.
    }
  });
  return tier;
}

/** A tier that was made, has something in its first extent, and is closed. */
function madeTier(change: Partial<TierOptions> = {}): TierOptions {
  const options = { ...optionsFor(join(temporaryFolder(), 'tier')), ...change };
  const { device, share } = openTier(options);
  device.writeNow(extentAt(share.layout, 0), ioMemory(4096).fill(7));
  device.close();
  return options;
}

function refusal(options: TierOptions): TierError {
  const before = readFileSync(options.path);
  try {
    openTier(options);
  } catch (error) {
    expect(Buffer.compare(readFileSync(options.path), before)).toBe(0);
    if (error instanceof TierError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

describe('what is blank is formatted', () => {
  test('a new file', () => {
    const options = optionsFor(join(temporaryFolder(), 'tier'));
    const { isFresh, share, device } = open(options);
    expect(isFresh).toBe(true);
    expect(share).toMatchObject({
      path: options.path,
      fd: device.fd,
      isEncrypted: false,
      blockBytes: 4096,
      layout: { firstAt: EXTENT, extentBytes: EXTENT, extentCount: 15, unitBytes: 64 },
    });
    expect(share.live.byteLength).toBe(15 * 4);
  });

  test('a file of zeroes, in its own size', () => {
    const path = join(temporaryFolder(), 'tier');
    writeFileSync(path, '');
    truncateSync(path, 20 * EXTENT + 5);
    const { isFresh, share } = open({ ...optionsFor(path), bytes: null });
    expect(isFresh).toBe(true);
    expect(share.layout.extentCount).toBe(19);
  });

  test('in extents of 1 MiB unless told otherwise', () => {
    const path = join(temporaryFolder(), 'tier');
    const { extentBytes: _, ...options } = optionsFor(path);
    const { share } = open({ ...options, bytes: 5 * 2 ** 20 });
    expect(share.layout).toMatchObject({ extentBytes: 2 ** 20, extentCount: 4 });
  });
});

describe('what is something else is refused and left as it is', () => {
  test.each([
    { what: 'a text', at: 0, bytes: 'hello' },
    { what: 'something behind zeroes, as file systems have it', at: 65_600, bytes: '_BHRfS_M' },
    { what: 'something at the end, as parts of arrays have it', at: 2 ** 22 - 70_000, bytes: 'md' },
  ])('$what', ({ at, bytes }) => {
    const path = join(temporaryFolder(), 'tier');
    const contents = Buffer.alloc(2 ** 22);
    contents.write(bytes, at);
    writeFileSync(path, contents);
    const error = refusal({ ...optionsFor(path), bytes: null, mayReset: true });
    expect(error.code).toBe('TIER_FORMAT');
    expect(error.message).toContain('holds no tier');
  });

  test('a short text', () => {
    const path = join(temporaryFolder(), 'tier');
    writeFileSync(path, 'a letter to a friend');
    expect(refusal({ ...optionsFor(path), mayReset: true }).code).toBe('TIER_FORMAT');
    expect(readFileSync(path, 'utf8')).toBe('a letter to a friend');
  });

  test('what is blank, or not there, where pages are named', () => {
    const path = join(temporaryFolder(), 'tier');
    const options = { ...optionsFor(path), mayFormat: false };
    expect(() => openTier(options)).toThrow('holds no tier, and the pool');
    expect(statSync(path, { throwIfNoEntry: false })).toBeUndefined();
    for (const bytes of [0, 16 * EXTENT]) {
      writeFileSync(path, Buffer.alloc(bytes));
      expect(refusal(options).code).toBe('TIER_FORMAT');
    }
    expect(open({ ...options, mayFormat: true }).isFresh).toBe(true);
  });

  test('a tier of another version', () => {
    const options = madeTier();
    rewriteHead(options.path, (head) => head.writeUInt32LE(2, 16));
    const error = refusal({ ...options, mayReset: true });
    expect(error.code).toBe('TIER_FORMAT');
    expect(error.message).toContain('format 2');
  });

  test('a tier whose head is divided as none can be', () => {
    for (const [at, value] of [
      [28, 0],
      [28, 65_537],
      [32, 0],
      [32, 2 ** 31],
      [36, 0],
      [40, 4096],
    ] as const) {
      const options = madeTier();
      rewriteHead(options.path, (head) => head.writeUInt32LE(value, at));
      expect(refusal(options).code, `${value} at ${at}`).toBe('TIER_FORMAT');
    }
  });

  test('a tier whose head is damaged', () => {
    const { path, ...options } = madeTier();
    const contents = readFileSync(path);
    contents[50]! ^= 1;
    writeFileSync(path, contents);
    const error = refusal({ ...options, path, mayReset: true });
    expect(error.code).toBe('TIER_FORMAT');
    expect(error.message).toContain('head is damaged');
  });

  test("another lender's tier, also where this one has nothing in it", () => {
    const options = madeTier({ owner: '/run/somebody' });
    for (const mayReset of [false, true]) {
      const error = refusal({ ...options, owner: '/run/lender', mayReset });
      expect(error.code).toBe('TIER_OWNER');
      expect(error.message).toContain('the lender at /run/somebody, not of /run/lender');
    }
  });

  test('paths of owners count to their end, however long', () => {
    const owner = `/run/${'long'.repeat(300)}`;
    const options = madeTier({ owner });
    expect(refusal({ ...options, owner: `${owner}er` }).code).toBe('TIER_OWNER');
    expect(open({ ...options }).isFresh).toBe(false);
  });
});

describe('a tier of the same lender', () => {
  test('is taken up by its pool, and its pages are there', () => {
    const options = madeTier();
    const { isFresh, device, share } = open({ ...options, bytes: null });
    expect(isFresh).toBe(false);
    expect(share.layout.extentCount).toBe(15);
    const back = ioMemory(4096);
    device.readNow(extentAt(share.layout, 0), back);
    expect(back.every((byte) => byte === 7)).toBe(true);
  });

  test('keeps its own extents, whatever is asked', () => {
    const options = madeTier();
    const { share } = open({ ...options, extentBytes: 2 * EXTENT });
    expect(share.layout.extentBytes).toBe(EXTENT);
  });

  test('is refused to another pool while that names pages, else begun anew for it', () => {
    const options = { ...madeTier(), poolId: otherId };
    const error = refusal(options);
    expect(error.code).toBe('TIER_OWNER');
    expect(error.message).toContain('another pool');
    const { isFresh, device } = open({ ...options, mayReset: true });
    expect(isFresh).toBe(true);
    device.close();
    // It is that pool's now.
    expect(refusal({ ...options, poolId }).code).toBe('TIER_OWNER');
    expect(open(options).isFresh).toBe(false);
  });

  test('changes between encrypted and not only while nothing is named', () => {
    const options = { ...madeTier(), isEncrypted: true };
    const error = refusal(options);
    expect(error.code).toBe('TIER_ENCRYPTION');
    expect(error.message).toContain('not encrypted');
    const tier = open({ ...options, mayReset: true });
    expect(tier).toMatchObject({ isFresh: true, share: { isEncrypted: true } });
    tier.device.close();
    expect(open(options).share.isEncrypted).toBe(true);
  });

  test('grows with its file, and its pages stay', () => {
    const options = { ...madeTier(), bytes: 32 * EXTENT };
    const { share, device, isFresh } = open(options);
    expect(isFresh).toBe(false);
    expect(share.layout).toMatchObject({ extentCount: 31, unitBytes: 64 });
    const back = ioMemory(4096);
    device.readNow(extentAt(share.layout, 0), back);
    expect(back[0]).toBe(7);
    device.close();
    expect(headIn(readFileSync(options.path))).toMatchObject({ layout: share.layout });
    // From then on it is cut where it was whole before.
    truncateSync(options.path, 16 * EXTENT);
    expect(refusal({ ...options, bytes: null }).code).toBe('TIER_SIZE');
  });

  test('does not shrink, and one that was cut is refused while its pages are named', () => {
    const options = madeTier();
    expect(refusal({ ...options, bytes: 8 * EXTENT }).code).toBe('TIER_SIZE');
    truncateSync(options.path, 8 * EXTENT);
    const error = refusal({ ...options, bytes: null });
    expect(error.code).toBe('TIER_SIZE');
    expect(error.message).toContain(`has ${8 * EXTENT} bytes and had ${16 * EXTENT}`);
    const { share } = open({ ...options, bytes: null, mayReset: true });
    expect(share.layout.extentCount).toBe(7);
  });
});

test('what is too small is refused before a file is made', () => {
  const path = join(temporaryFolder(), 'tier');
  const options = { ...optionsFor(path), bytes: 4 * EXTENT };
  expect(() => openTier(options)).toThrow(TierError);
  expect(statSync(path, { throwIfNoEntry: false })).toBeUndefined();
  open({ ...options, bytes: 5 * EXTENT });
});

test('a refused tier is not left locked', () => {
  const options = madeTier();
  refusal({ ...options, poolId: otherId });
  open(options);
});

test('another thread uses the tier by what it was posted', async () => {
  const { share, device } = open(optionsFor(join(temporaryFolder(), 'tier')));
  const block = ioMemory(4096);
  writeRecord(block, 128, { tag: 5, slot: 6 }, 2, new Uint8Array(100).fill(9));
  await device.write(extentAt(share.layout, 3), block);
  const live = new Int32Array(share.live);
  Atomics.store(live, 3, 2);
  const place = (3 * EXTENT + 128) / share.layout.unitBytes;
  const worker = new Worker(new URL('../fixtures/reader.mjs', import.meta.url), {
    workerData: { share, place, name: { tag: 5, slot: 6 } },
  });
  const answer = await new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  expect(answer).toEqual({ fault: SOUND, kind: 2, payload: new Uint8Array(100).fill(9), left: 1 });
  expect(Atomics.load(live, 3)).toBe(1);
});

test('no single bit of a head changes without being noticed', () => {
  const layout = { firstAt: EXTENT, extentBytes: EXTENT, extentCount: 15, unitBytes: 64 };
  const block = new Uint8Array(4096).fill(0xee);
  putHead(block, { layout, isEncrypted: true, poolId, owner: '/run/lender' });
  expect(headIn(block)).toMatchObject({ layout, isEncrypted: true, poolId, owner: '/run/lender' });
  expect(block.subarray(512).every((byte) => byte === 0)).toBe(true);
  for (let bit = 0; bit < 512 * 8; bit++) {
    block[bit >> 3]! ^= 1 << (bit & 7);
    expect(headIn(block), `bit ${bit}`).toBeTypeOf('string');
    block[bit >> 3]! ^= 1 << (bit & 7);
  }
});

/** Changes a head and makes its checksum right again. */
function rewriteHead(path: string, change: (head: Buffer) => void): void {
  const contents = readFileSync(path);
  const head = contents.subarray(0, 512);
  change(head);
  head.writeUInt32LE(0, 20);
  head.writeUInt32LE(crc32(head), 20);
  writeFileSync(path, contents);
}

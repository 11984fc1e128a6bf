import { spawnSync } from 'node:child_process';
import { crc32 } from 'node:zlib';
import type { CodecName } from '@pagelend/codec';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ChunkWriter, plainChunk } from '../../src/lease-chunks.ts';
import { PageDigest } from '../../src/page-digest.ts';
import { SEED, temporaryDirectory } from '../helpers/pool-host.ts';
import {
  expectPages,
  fileOf,
  LEASE,
  openPool,
  type PageKind,
  pageKinds,
  pageOf,
  restore,
} from './lease-files.ts';

const SLOTS = 3000;
const LIBRARIES: Readonly<Record<string, string>> = { zstd: 'libzstd.so.1', lz4: 'liblz4.so.1' };

function isHere(codec: CodecName): boolean {
  const library = LIBRARIES[codec];
  if (library === undefined) return true;
  return spawnSync('ldconfig', ['-p'], { encoding: 'utf8' }).stdout.includes(library);
}

const written = fc.array(
  fc.record({
    slot: fc.nat(SLOTS - 1),
    count: fc.integer({ min: 1, max: 600 }),
    kind: fc.constantFrom<PageKind>(...pageKinds),
    number: fc.nat(65_535),
  }),
  { maxLength: 5 },
);

function fill(
  host: ReturnType<typeof openPool>,
  runs: readonly { slot: number; count: number; kind: PageKind; number: number }[],
): Map<number, Buffer> {
  const pages = new Map<number, Buffer>();
  for (const { slot, count, kind, number } of runs) {
    const page = pageOf(kind, number);
    for (let i = slot; i < Math.min(SLOTS, slot + count); i++) {
      expect(host.write(LEASE, i, page)).toBe(0);
      pages.set(i, page);
    }
  }
  return pages;
}

const codecs: CodecName[] = ['lzo', 'zstd', 'lz4'];

describe.each(codecs)('saved by %s', (from) => {
  test.each(codecs)('and restored by %s, pages are as they were', async (to, context) => {
    for (const codec of [from, to]) {
      if (!isHere(codec)) (context as unknown as { skip(why: string): void }).skip(`no ${codec}`);
    }
    await fc.assert(
      fc.asyncProperty(written, fc.integer({ min: 1, max: 70_000 }), async (runs, pieceBytes) => {
        const source = openPool(temporaryDirectory(), from, SLOTS);
        const pages = fill(source, runs);
        const file = fileOf(source);
        const target = openPool(temporaryDirectory(), to, SLOTS);
        const head = await restore(file, target, Math.max(pieceBytes, file.length >> 6));
        expect(head).toMatchObject({ name: LEASE, bytes: SLOTS * 4096, codec: from });
        expectPages(target, SLOTS, pages);
        // What was restored makes the same file again, if the codec is the same.
        if (from === to) expect(fileOf(target).equals(file)).toBe(true);
      }),
      { seed: SEED, numRuns: 8 },
    );
  });
});

describe('a file that was changed', () => {
  const runs = [
    { slot: 5, count: 3, kind: 'text', number: 1 },
    { slot: 20, count: 2, kind: 'noise', number: 2 },
    { slot: 30, count: 9, kind: 'word', number: 3 },
    { slot: 2000, count: 300, kind: 'zero', number: 4 },
  ] as const;

  function makeFile(): Buffer {
    const host = openPool(temporaryDirectory(), 'lzo', SLOTS);
    fill(host, runs);
    return fileOf(host);
  }

  test('by one bit is refused, wherever the bit is', async () => {
    const file = makeFile();
    for (let at = 0; at < file.length; at += at < 2000 ? 1 : 37) {
      const damaged = Buffer.from(file);
      damaged[at]! ^= 1 << (at & 7);
      await expect(restore(damaged, null, file.length), `byte ${at}`).rejects.toMatchObject({
        code: 'STORE_LEASE_FILE',
      });
    }
  });

  test('by cutting it off is refused, wherever that is, and so is one that goes on', async () => {
    const file = makeFile();
    for (let bytes = 0; bytes < file.length; bytes += bytes < 2000 ? 1 : 41) {
      await expect(restore(file.subarray(0, bytes), null, file.length)).rejects.toThrow(
        `ends at byte ${bytes}`,
      );
    }
    const longer = Buffer.concat([file, Buffer.from([0])]);
    await expect(restore(longer, null)).rejects.toThrow(`byte ${file.length} is past the end`);
  });

  test('by leaving a chunk out, or putting one in twice, is refused with the place', async () => {
    const file = makeFile();
    const first = 128;
    const next = first + 24 + file.readUInt32LE(first + 12);
    const without = Buffer.concat([file.subarray(0, first), file.subarray(next)]);
    await expect(restore(without, null)).rejects.toThrow('the chunk at byte 128 is not number 0');
    const twice = Buffer.concat([file.subarray(0, next), file.subarray(first)]);
    await expect(restore(twice, null)).rejects.toThrow(`the chunk at byte ${next} is not number 1`);
  });

  test('to another version, or that is no lease at all, says so', async () => {
    const file = makeFile();
    file.writeUInt32LE(2, 16);
    await expect(restore(file, null)).rejects.toThrow('is a lease in format 2; expected format 1');
    await expect(restore(Buffer.alloc(500, 'x'), null)).rejects.toThrow('is no saved lease');
  });

  test('a head with sound checksums that says what cannot be is refused', async () => {
    const changes: readonly ((head: Buffer) => void)[] = [
      // A moment that no date can name; words for a terminal in place of a name.
      (head) => head.writeBigUInt64LE(2n ** 63n, 40),
      (head) => head.write('\u001b[31m', 50, 'latin1'),
      (head) => head.writeBigUInt64LE(4097n, 24),
      (head) => head.writeUInt8(9, 48),
    ];
    for (const change of changes) {
      const file = makeFile();
      change(file);
      file.writeUInt32LE(crc32(file.subarray(0, 124)), 124);
      await expect(restore(file, null)).rejects.toThrow('the head says what cannot be');
    }
  });

  test('what a lender said of its failure is shown without signs that steer a terminal', async () => {
    const head = makeFile().subarray(0, 128);
    const failing = (body: string): Promise<unknown> =>
      restore(Buffer.concat([head, plainChunk('FAIL', 0, Buffer.from(body))]), null);
    const said = failing(JSON.stringify({ message: `no room\u001b[2J${'x'.repeat(2000)}` }));
    await expect(said).rejects.toThrow(/could not be saved: no room\?\[2Jx{400,500};/);
    await expect(failing('null')).rejects.toThrow('it gave no reason');
  });
});

test('a page whose checksums hold and whose stream is none is refused by its slot', async () => {
  const writer = new ChunkWriter();
  writer.add(7, 1, 0x1234_5678, Buffer.from('this is no stream of LZO'));
  const host = openPool(temporaryDirectory(), 'lzo', SLOTS);
  const put = (): void =>
    host.pool.copyOf(LEASE).putIn(writer.finish(0), new PageDigest(), 'a chunk');
  expect(put).toThrow('a chunk: the page of slot 7 is damaged');
  expect(host.pool.lease(LEASE)!.usage().storedPages).toBe(0);
});

test('what changes while a lease is copied is noted, and copying it again makes both equal', () => {
  const source = openPool(temporaryDirectory(), 'lzo', SLOTS);
  const target = openPool(temporaryDirectory(), 'lzo', SLOTS);
  const pages = fill(source, [{ slot: 0, count: SLOTS, kind: 'text', number: 1 }]);
  const [from, to] = [source.pool.copyOf(LEASE), target.pool.copyOf(LEASE)];
  const [sent, stored] = [new PageDigest(), new PageDigest()];
  const writer = new ChunkWriter();
  const carry = (): void => to.putIn(writer.finish(0), stored, 'a chunk');
  expect(from.track()).toBe(true);
  for (let slot = 0; slot < SLOTS; ) {
    slot = from.takeOut(slot, writer, sent);
    carry();
    // Some of what was copied, some of what was not.
    for (let i = 0; i < 40; i++) {
      const changed = (slot * 31 + i * 701) % SLOTS;
      const isFreed = i % 4 === 0;
      const page = pageOf('noise', changed + i);
      if (isFreed) source.pages(LEASE).trim(changed, 1);
      else source.write(LEASE, changed, page);
      if (isFreed) pages.delete(changed);
      else pages.set(changed, page);
    }
  }
  expect(from.countChanged()).toBeGreaterThan(0);
  for (let slot = 0; slot < SLOTS; ) {
    slot = from.takeChanged(slot, writer, sent);
    carry();
  }
  expect(from.countChanged()).toBe(0);
  from.untrack();
  expect(stored.text).toBe(sent.text);
  expect(stored.pages).toBe(pages.size);
  expectPages(target, SLOTS, pages);
});

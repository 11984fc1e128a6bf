import { execFileSync, spawnSync } from 'node:child_process';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { TraceError } from '../src/errors.ts';
import { openInput } from '../src/io/input.ts';
import { failure, scratch } from './helpers.ts';

const dir = scratch();
const hasZstd = spawnSync('zstd', ['--version']).status === 0;
// Lines that compress a little, over several zstd blocks.
const text = Buffer.from(
  Array.from(
    { length: 60_000 },
    (_, at) => ` L ${(Math.imul(at, 2654435761) >>> 8).toString(16)},8\n`,
  ).join(''),
);

async function contents(name: string, bytes: Uint8Array): Promise<Buffer> {
  const input = await openInput(dir.write(name, bytes), true);
  const parts: Uint8Array[] = [];
  for await (const chunk of input.chunks) parts.push(Uint8Array.from(chunk));
  return Buffer.concat(parts);
}

describe('gzip', () => {
  const gz = gzipSync(text);

  it('is read by suffix and by magic bytes, with several members', async () => {
    expect((await contents('a.gz', gz)).equals(text)).toBe(true);
    expect((await contents('magic', gz)).equals(text)).toBe(true);
    expect((await contents('two.gz', Buffer.concat([gz, gz]))).length).toBe(text.length * 2);
    expect((await contents('plain', text)).equals(text)).toBe(true);
  });

  it('is refused if cut off, damaged or followed by other bytes', async () => {
    for (const length of [1, 9, 100, gz.length - 9, gz.length - 1]) {
      expect((await failure(contents('cut.gz', gz.subarray(0, length)))).code).toBe(
        'TRACE_TRUNCATED',
      );
    }
    for (const at of [0, 1, 500, gz.length - 6, gz.length - 2]) {
      const copy = Uint8Array.from(gz);
      copy[at]! ^= 0x10;
      expect((await failure(contents('bad.gz', copy))).code).toMatch(/TRACE_(DAMAGED|TRUNCATED)/);
    }
    for (const tail of [Buffer.from('tail'), Buffer.alloc(3)]) {
      const error = await failure(contents('tail.gz', Buffer.concat([gz, tail])));
      expect(error.code).toBe('TRACE_DAMAGED');
      expect(error.message).toMatch(/tail\.gz: byte \d+: /);
    }
    expect((await failure(contents('empty.gz', Buffer.alloc(0)))).code).toBe('TRACE_EMPTY');
  });
});

describe.skipIf(!hasZstd)('zstd (skipped without the command zstd)', () => {
  const zstd = (input: Uint8Array, ...options: string[]): Buffer =>
    execFileSync('zstd', ['-q', '-c', ...options], { input, maxBuffer: 1e9 });
  const zst = hasZstd ? zstd(text) : Buffer.alloc(0);

  it.each([['-1'], ['-19'], ['--no-check'], ['--long=24'], ['--fast=5']])(
    'reads level %s',
    async (option) => {
      expect((await contents('a.zst', zstd(text, option))).equals(text)).toBe(true);
    },
  );

  it('reads several frames, skippable ones, tiny and empty ones, and detects the magic', async () => {
    const skippable = Buffer.concat([
      Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0]),
      Buffer.from('abc'),
    ]);
    const frames = [zst, skippable, zstd(Buffer.alloc(0)), zstd(Buffer.from('x')), zst];
    const expected = Buffer.concat([text, Buffer.from('x'), text]);
    expect((await contents('many.zst', Buffer.concat(frames))).equals(expected)).toBe(true);
    expect((await contents('magic', zst)).equals(text)).toBe(true);
    const stream = execFileSync('sh', ['-c', 'cat | zstd -q -c'], { input: text, maxBuffer: 1e9 });
    expect((await contents('stream.zst', stream)).equals(text)).toBe(true);
  });

  it('is refused wherever it is cut off', async () => {
    for (const length of [
      1,
      3,
      4,
      6,
      9,
      1000,
      zst.length >> 1,
      zst.length - 5,
      zst.length - 4,
      zst.length - 1,
    ]) {
      const error = await failure(contents('cut.zst', zst.subarray(0, length)));
      expect([error.code, error.data.offset]).toEqual(['TRACE_TRUNCATED', length]);
    }
    const two = Buffer.concat([zst, zst.subarray(0, 50)]);
    expect((await failure(contents('two.zst', two))).code).toBe('TRACE_TRUNCATED');
  });

  it('is refused if any byte is changed, unless the content is proved to be the same', async () => {
    const step = Math.max(1, Math.floor(zst.length / 150));
    for (let at = 0; at < zst.length; at += at < 30 ? 1 : step) {
      const copy = Uint8Array.from(zst);
      copy[at]! ^= 0x21;
      const result = await contents('bad.zst', copy).catch((error: unknown) => error);
      if (Buffer.isBuffer(result)) {
        // Only the window size says nothing about the content, which has the right checksum.
        expect([at, result.equals(text)]).toEqual([5, true]);
        continue;
      }
      const error = result as TraceError;
      expect(error.code).toMatch(/TRACE_(DAMAGED|TRUNCATED|LIMIT)/);
      expect(error.message).toMatch(/bad\.zst: byte \d+: the zstd /);
    }
    expect(
      (await failure(contents('tail.zst', Buffer.concat([zst, Buffer.from('tail')])))).code,
    ).toBe('TRACE_DAMAGED');
  });

  it('refuses a window that would take too much memory', async () => {
    const error = await failure(
      contents('w.zst', Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0xf8, 1, 0, 0])),
    );
    expect(error.code).toBe('TRACE_LIMIT');
  });
});

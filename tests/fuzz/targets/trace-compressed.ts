// Compressed inputs: whatever the bytes are, they are refused by a code, or what comes out is what the
// system's own decompressor makes of them, whole.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateRawSync, gunzipSync, gzipSync } from 'node:zlib';
import { traceErrors } from '@pagelend/trace';
import { openInput } from '../../../packages/trace/src/io/input.ts';
import { codeOf, must, type Target } from '../target.ts';
import { sharedMemoryFolder } from './folders.ts';

const CODES = Object.keys(traceErrors);
const GZIP_HEAD_BYTES = 10;
const GZIP_TAIL_BYTES = 8;
/** More than any input here can hold honestly, or by the ratio of deflate. */
const BYTES_MAX = 64 * 2 ** 20;

async function decompressed(path: string): Promise<Buffer | string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of (await openInput(path, true)).chunks) {
      parts.push(Uint8Array.from(chunk));
      bytes += chunk.length;
      must(bytes <= BYTES_MAX, 'bytes without end');
    }
  } catch (error) {
    return codeOf(error, 'TraceError', CODES);
  }
  return Buffer.concat(parts);
}

async function run(input: Uint8Array): Promise<void> {
  const suffix = ['gz', 'zst'][(input[0] ?? 0) & 1]!;
  const bytes = input.subarray(1);
  const path = join(sharedMemoryFolder(), `input.${suffix}`);
  writeFileSync(path, bytes);
  const found = await decompressed(path);
  if (suffix === 'zst' || typeof found === 'string') return;
  let expected: Buffer;
  try {
    expected = gunzipSync(bytes);
  } catch (error) {
    must(false, `${found.length} bytes of what is no gzip: ${(error as Error).message}`);
  }
  must(found.equals(expected), 'other bytes than zlib finds');
}

/** Sets the checksum and the length behind the stream of a single gzip member. */
function repair(input: Uint8Array): Uint8Array {
  const bytes = Buffer.from(input);
  if (bytes.length < 1 + GZIP_HEAD_BYTES + GZIP_TAIL_BYTES || (bytes[0]! & 1) === 1) return bytes;
  bytes.set([0x1f, 0x8b, 8], 1);
  return bytes;
}

function zip(content: Buffer): Uint8Array {
  return Buffer.concat([Buffer.from([0]), gzipSync(content)]);
}

/** A frame of zstd as its format says it: raw and repeated blocks need no compressor. */
function zstdFrame(content: Buffer, repeats: number): Uint8Array {
  const raw = Buffer.alloc(3);
  raw.writeUIntLE(content.length << 3, 0, 3);
  const run = Buffer.alloc(4);
  run.writeUIntLE((repeats << 3) | 2 | 1, 0, 3);
  run[3] = 0x61;
  const head = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58]);
  return Buffer.concat([Buffer.from([1]), head, raw, content, run]);
}

const LINES = Buffer.from('I  04016b80,3\n L 1ffefffd50,8\n S 1fff000768,8\n'.repeat(20));

export const target: Target = {
  bytesMax: 4096,
  words: [Buffer.from('28b52ffd', 'hex'), Buffer.from('1f8b08', 'hex')],
  seeds: () => [
    zip(LINES),
    zip(Buffer.alloc(0)),
    Buffer.concat([zip(LINES.subarray(0, 40)), gzipSync(LINES)]),
    Buffer.concat([
      Buffer.from([0, 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]),
      deflateRawSync(LINES),
      uint32s(crc32(LINES), LINES.length),
    ]),
    zstdFrame(LINES.subarray(0, 100), 200),
  ],
  repair,
  run,
};

function uint32s(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, index) => void bytes.writeUInt32LE(value >>> 0, 4 * index));
  return bytes;
}

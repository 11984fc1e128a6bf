// Bytes of an input file or of stdin, decompressed on the way. Compression is told by suffix, and
// by magic bytes where there is no name to go by.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { ioError, TraceError } from '../errors.ts';
import { CHUNK_BYTES } from '../limits.ts';
import { gunzipChunks } from './gunzip.ts';
import { unzstdChunks } from './unzstd.ts';

export interface ByteInput {
  /** How errors call it. */
  readonly name: string;
  /** Length of the file as stored; null for a pipe. */
  readonly sizeBytes: number | null;
  /** Stored bytes consumed so far, for progress. */
  readonly bytesRead: () => number;
  /** Decompressed bytes. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

export const STDIN_NAME = '(stdin)';

/**
 * Opens a file or, for `-`, stdin. `detectsMagic`: also look at the first bytes of a file without
 * a telling suffix, which is safe for text but not for binary formats.
 */
export async function openInput(path: string, detectsMagic: boolean): Promise<ByteInput> {
  const isStdin = path === '-';
  const name = isStdin ? STDIN_NAME : path;
  let bytesRead = 0;
  async function* stored(): AsyncGenerator<Uint8Array> {
    const stream = isStdin ? process.stdin : createReadStream(path, { highWaterMark: CHUNK_BYTES });
    try {
      for await (const chunk of stream) {
        const bytes = chunk as Uint8Array;
        bytesRead += bytes.length;
        yield bytes;
      }
    } catch (error) {
      throw ioError(name, 'read', error);
    }
  }
  const sizeBytes = isStdin ? null : await fileSize(path);
  const chunks = decompressed(stored(), path, name, isStdin || detectsMagic);
  return { name, sizeBytes, bytesRead: () => bytesRead, chunks };
}

async function fileSize(path: string): Promise<number | null> {
  try {
    const status = await stat(path);
    if (status.isDirectory()) {
      throw new TraceError('TRACE_IO', 'cannot read: it is a directory', { file: path });
    }
    return status.isFile() ? status.size : null;
  } catch (error) {
    throw ioError(path, 'read', error);
  }
}

async function* decompressed(
  stored: AsyncGenerator<Uint8Array>,
  path: string,
  name: string,
  detectsMagic: boolean,
): AsyncGenerator<Uint8Array> {
  if (path.endsWith('.gz')) return yield* gunzipChunks(stored, name);
  if (path.endsWith('.zst')) return yield* unzstdChunks(stored, name);
  if (!detectsMagic) return yield* stored;
  let head: Uint8Array = new Uint8Array(0);
  while (head.length < 4) {
    const next = await stored.next();
    if (next.done === true) break;
    head = head.length === 0 ? next.value : Buffer.concat([head, next.value]);
  }
  async function* all(): AsyncGenerator<Uint8Array> {
    if (head.length > 0) yield head;
    yield* stored;
  }
  if (head[0] === 0x1f && head[1] === 0x8b && head[2] === 8) yield* gunzipChunks(all(), name);
  else if (startsWithZstdMagic(head)) yield* unzstdChunks(all(), name);
  else yield* all();
}

function startsWithZstdMagic(bytes: Uint8Array): boolean {
  return bytes[0] === 0x28 && bytes[1] === 0xb5 && bytes[2] === 0x2f && bytes[3] === 0xfd;
}

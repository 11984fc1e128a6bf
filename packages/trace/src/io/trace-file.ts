// Opening traces by path, for those who have a file system.
import { type FileHandle, open } from 'node:fs/promises';
import { ioError } from '../errors.ts';
import { type ByteSource, chunksSource } from '../format/byte-source.ts';
import { nodeCodec } from '../format/node-codec.ts';
import { TraceReader } from '../format/reader.ts';
import { CHUNK_BYTES } from '../limits.ts';
import { openInput } from './input.ts';

/** Opens a trace file, or stdin for `-`. Of a file the trailer is checked at once. */
export async function openTrace(path: string): Promise<TraceReader> {
  const source = await openSource(path);
  try {
    return await TraceReader.open(source, nodeCodec);
  } catch (error) {
    await source.close();
    throw error;
  }
}

async function openSource(path: string): Promise<ByteSource> {
  if (path === '-') {
    const input = await openInput(path, false);
    return chunksSource(input.chunks, input.name);
  }
  let handle: FileHandle;
  try {
    handle = await open(path, 'r');
  } catch (error) {
    throw ioError(path, 'read', error);
  }
  const status = await handle.stat();
  if (status.isFile()) return fileSource(handle, path, status.size);
  // A FIFO is read through this very handle: closing it would end whoever writes to it.
  return chunksSource(pipeChunks(handle, path), path);
}

async function* pipeChunks(handle: FileHandle, name: string): AsyncGenerator<Uint8Array> {
  try {
    yield* handle.createReadStream({ highWaterMark: CHUNK_BYTES });
  } catch (error) {
    throw ioError(name, 'read', error);
  }
}

/** Reads ahead in large pieces, because blocks of a recording are only some ten kilobytes. */
function fileSource(handle: FileHandle, name: string, sizeBytes: number): ByteSource {
  let buffer = new Uint8Array(CHUNK_BYTES / 4);
  let filled = 0;
  let at = 0;
  let next = 0;
  return {
    name,
    sizeBytes,
    async read(bytes) {
      if (filled - at < bytes) {
        // Only what the file can still hold is allocated, whatever a length field claims.
        const possible = Math.min(bytes, filled - at + Math.max(0, sizeBytes - next));
        const target = possible > buffer.length ? new Uint8Array(possible) : buffer;
        target.set(buffer.subarray(at, filled));
        buffer = target;
        filled -= at;
        at = 0;
        try {
          while (filled < bytes) {
            const room = buffer.length - filled;
            const { bytesRead } = await handle.read(buffer, filled, room, next);
            if (bytesRead === 0) break;
            filled += bytesRead;
            next += bytesRead;
          }
        } catch (error) {
          throw ioError(name, 'read', error);
        }
      }
      const part = buffer.subarray(at, Math.min(at + bytes, filled));
      at += part.length;
      return part;
    },
    seek(offset) {
      filled = 0;
      at = 0;
      next = offset;
    },
    async close() {
      await handle.close();
    },
  };
}

// gzip by node:zlib. Node takes whatever follows a member and is no member itself for harmless
// garbage; here it is an error, because it may be the damaged rest of the data.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { TraceError } from '../errors.ts';
import { CHUNK_BYTES } from '../limits.ts';

export async function* gunzipChunks(
  stored: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<Uint8Array> {
  let bytesIn = 0;
  let inputError: unknown = null;
  async function* counted(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of stored) {
        bytesIn += chunk.length;
        yield chunk;
      }
    } catch (error) {
      inputError = error;
      throw error;
    }
  }
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES / 4 });
  const fed = pipeline(Readable.from(counted()), gunzip);
  // The same error ends the iteration below; this only keeps it from being called unhandled.
  fed.catch(() => undefined);
  try {
    for await (const chunk of gunzip) yield chunk as Uint8Array;
    await fed;
  } catch (cause) {
    if (bytesIn === 0 && inputError === null) throw emptyCompressed(name, 'gzip');
    throw inputError ?? gzipError(name, bytesIn, gunzip.bytesWritten, cause);
  }
  if (gunzip.bytesWritten !== bytesIn) {
    const data = { file: name, offset: gunzip.bytesWritten, expected: 'the end of the file' };
    throw new TraceError('TRACE_DAMAGED', 'bytes follow the gzip data', data);
  }
}

/** An empty file with a suffix that promises compressed data. */
export function emptyCompressed(name: string, format: string): TraceError {
  const data = { file: name, offset: 0, found: 'an empty file', expected: `${format} data` };
  return new TraceError('TRACE_EMPTY', 'there is no input', data);
}

function gzipError(name: string, bytesIn: number, consumed: number, cause: unknown): TraceError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  if (reason === 'unexpected end of file') {
    const data = { file: name, offset: bytesIn, hint: 'copy it again', cause };
    return new TraceError('TRACE_TRUNCATED', 'the gzip data is cut off', data);
  }
  const data = { file: name, offset: consumed, found: reason, cause };
  return new TraceError('TRACE_DAMAGED', 'the gzip data is damaged', data);
}

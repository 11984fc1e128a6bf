// Where results go: a file, or stdout for `-`. A file is written under another name and renamed
// when it is complete, so that an interrupted run never leaves half a file under the asked-for name.
import { once } from 'node:events';
import { type FileHandle, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { createGzip, type Gzip } from 'node:zlib';
import { ioError, TraceError } from '../errors.ts';

export interface ByteOutput {
  /** How errors call it. */
  readonly name: string;
  /** Writes all of `bytes`, which may be reused once the promise has resolved. */
  write(bytes: Uint8Array): Promise<void>;
  /** Flushes, and gives a file its asked-for name. */
  finish(): Promise<void>;
  /** Removes what was written to a file. Never throws. */
  abort(): Promise<void>;
}

/** Opens an output; `.gz` compresses if `compression` is `by-suffix`. */
export async function openOutput(
  path: string,
  compression: 'none' | 'by-suffix' = 'none',
): Promise<ByteOutput> {
  if (compression === 'by-suffix' && path.endsWith('.zst')) {
    throw new TraceError('TRACE_OPTION', 'writing .zst is not supported', {
      file: path,
      hint: 'write to `-` and pipe into `zstd`, or use the suffix .gz',
    });
  }
  if (path === '') {
    throw new TraceError('TRACE_OPTION', 'the name of the output is empty', {
      expected: 'a file, or -',
    });
  }
  const plain = path === '-' ? stdoutOutput() : await fileOutput(path);
  return compression === 'by-suffix' && path.endsWith('.gz') ? gzipOutput(plain) : plain;
}

function stdoutOutput(): ByteOutput {
  const name = '(stdout)';
  // A reader that goes away is reported by `write`; without a listener it would end the process.
  process.stdout.on('error', ignore);
  return {
    name,
    write(bytes) {
      // The callback comes when the bytes have left, which is the back-pressure of a pipe.
      return new Promise((resolve, reject) => {
        process.stdout.write(bytes, (error) => {
          if (error) reject(ioError(name, 'write', error));
          else resolve();
        });
      });
    },
    async finish() {
      process.stdout.off('error', ignore);
    },
    async abort() {},
  };
}

function ignore(): void {}

async function fileOutput(path: string): Promise<ByteOutput> {
  const target = await renameTarget(path);
  const partial = target === null ? path : `${target}.partial-${process.pid}`;
  let handle: FileHandle;
  try {
    handle = await open(partial, 'w');
  } catch (error) {
    throw ioError(path, 'create it', error);
  }
  return {
    name: path,
    async write(bytes) {
      try {
        for (let at = 0; at < bytes.length; ) {
          at += (await handle.write(bytes, at, bytes.length - at)).bytesWritten;
        }
      } catch (error) {
        throw ioError(path, 'write', error);
      }
    },
    async finish() {
      try {
        await handle.close();
        if (target !== null) await rename(partial, target);
      } catch (error) {
        throw ioError(path, 'finish it', error);
      }
    },
    async abort() {
      await handle.close().catch(() => undefined);
      if (target !== null) await rm(partial, { force: true }).catch(() => undefined);
    },
  };
}

/**
 * The path that a complete file is renamed to: through symbolic links, so that a link stays one.
 * Null for what is no regular file (a device, a FIFO), which must be written in place.
 */
async function renameTarget(path: string): Promise<string | null> {
  try {
    const target = await realpath(path);
    const status = await stat(target);
    if (status.isDirectory()) {
      throw new TraceError('TRACE_IO', 'cannot write: it is a directory', { file: path });
    }
    return status.isFile() ? target : null;
  } catch (error) {
    if (error instanceof TraceError) throw error;
    return path;
  }
}

function gzipOutput(inner: ByteOutput): ByteOutput {
  const gzip: Gzip = createGzip();
  const drained = (async () => {
    for await (const chunk of gzip) await inner.write(chunk as Uint8Array);
  })();
  // The error is thrown by `write` or `finish`; this only keeps it from being called unhandled.
  drained.catch(() => undefined);
  return {
    name: inner.name,
    async write(bytes) {
      // Copied, because the stream keeps the bytes longer than the caller does.
      if (!gzip.write(Uint8Array.from(bytes))) await Promise.race([once(gzip, 'drain'), drained]);
    },
    async finish() {
      gzip.end();
      await drained;
      await inner.finish();
    },
    async abort() {
      gzip.destroy();
      await drained.catch(() => undefined);
      await inner.abort();
    },
  };
}

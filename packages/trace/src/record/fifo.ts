// A real pipe between Valgrind and this process. What Node offers for extra descriptors is a socket,
// and lackey writes one line at a time: a socket keeps each line in a buffer of its own and fills up at
// once. A FIFO packs lines. The reader polls instead of blocking, because a reader that is
// woken for every line slows the recording to half its speed.
import { spawnSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ioError } from '../errors.ts';

export interface Fifo {
  /** To be given to the child; close it with `closeWriter` once the child has it. */
  readonly writeFd: number;
  closeWriter(): void;
  /** What is there now: a view of a buffer, empty if nothing is, null once all writers are gone. */
  read(): Uint8Array | null;
  close(): void;
}

/** Linux pipes hold 64 KiB unless told otherwise; a read that gets less has emptied it. */
export const PIPE_BYTES = 65536;

export function makeFifo(): Fifo {
  const directory = mkdtempSync(join(tmpdir(), 'pagelend-record-'));
  const path = join(directory, 'lackey');
  try {
    const made = spawnSync('mkfifo', ['-m', '600', path], { encoding: 'utf8' });
    if (made.error) throw ioError(path, 'make a FIFO', made.error);
    if (made.status !== 0) throw ioError(path, 'make a FIFO', made.stderr);
    const readFd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const writeFd = openSync(path, constants.O_WRONLY);
    return openFifo(readFd, writeFd);
  } finally {
    // Both ends are open, so the name is no longer needed and cannot be left behind.
    rmSync(directory, { recursive: true, force: true });
  }
}

function openFifo(readFd: number, writeFd: number): Fifo {
  const buffer = new Uint8Array(PIPE_BYTES);
  let isWriterOpen = true;
  return {
    writeFd,
    closeWriter() {
      if (isWriterOpen) closeSync(writeFd);
      isWriterOpen = false;
    },
    read() {
      try {
        const count = readSync(readFd, buffer, 0, buffer.length, null);
        return count === 0 ? null : buffer.subarray(0, count);
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') {
          return buffer.subarray(0, 0);
        }
        throw ioError('(valgrind)', 'read from the pipe', error);
      }
    },
    close() {
      this.closeWriter();
      closeSync(readFd);
    },
  };
}

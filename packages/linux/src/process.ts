// What keeps a process that holds other machines' memory alive and alone: locks that die with it,
// memory that is not swapped out, readiness told to the service manager.

import { cFunction, lastErrno } from './c-library.ts';
import { errnoName } from './errors.ts';
import { sendDatagram } from './sockets.ts';

const LOCK_EXCLUSIVE_NOW = 2 | 4;
const MLOCK_ONFAULT = 1;
const PR_SET_IO_FLUSHER = 57;

const flock = cFunction<(fd: number, operation: number) => number>(
  'int flock(int fd, int operation)',
);
const mlock2 = cFunction<(address: number, bytes: number, flags: number) => number>(
  'int mlock2(intptr_t address, size_t bytes, unsigned int flags)',
);
const prctl = cFunction<(option: number, a: number, b: number, c: number, d: number) => number>(
  'int prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)',
);

/** Takes the lock of an open file unless another process holds it; it ends with the descriptor. */
export function lockFile(fd: number): boolean {
  return flock(fd, LOCK_EXCLUSIVE_NOW) === 0;
}

/**
 * Keeps a range in memory, page by page as they are touched. Returns null, or why it was not
 * permitted. The whole process can't be locked (mlockall): V8 gives heap pages back by madvise,
 * which fails on locked memory, and V8 then ends the process.
 */
export function lockRange(address: number, bytes: number): string | null {
  return mlock2(address, bytes, MLOCK_ONFAULT) === 0 ? null : errnoName(lastErrno());
}

/**
 * Marks this thread as one that memory reclaim may depend upon, so that the kernel never makes it
 * wait for its own clients. Threads that it starts inherit this. Returns null, or why not.
 */
export function markIoFlusher(): string | null {
  return prctl(PR_SET_IO_FLUSHER, 1, 0, 0, 0) === 0 ? null : errnoName(lastErrno());
}

/** Tells the service manager of a change, as in `READY=1`; without one it does nothing. */
export function notifyServiceManager(state: string): void {
  const path = process.env.NOTIFY_SOCKET;
  if (path !== undefined && path !== '') sendDatagram(path, state);
}

// What Node lacks for files and block devices that hold what no cache should: reads and writes past
// the page cache, pages dropped from it, a device's size, ranges told to be unused.

import { constants } from 'node:fs';
import { cFunction, lastErrno } from './c-library.ts';
import { callFailed } from './errors.ts';

const F_GETFL = 3;
const F_SETFL = 4;
const SEEK_END = 2;
const POSIX_FADV_RANDOM = 1;
const POSIX_FADV_DONTNEED = 4;
const BLKDISCARD = 0x1277;

const fcntl = cFunction<(fd: number, command: number, value: number) => number>(
  'int fcntl(int fd, int command, int value)',
);
const lseek = cFunction<(fd: number, at: number, from: number) => number>(
  'int64_t lseek(int fd, int64_t at, int from)',
);
const fadvise = cFunction<(fd: number, at: number, bytes: number, advice: number) => number>(
  'int posix_fadvise(int fd, int64_t at, int64_t bytes, int advice)',
);
const ioctl = cFunction<(fd: number, request: number, range: BigUint64Array) => number>(
  'int ioctl(int fd, unsigned long request, const void *range)',
);

/**
 * Makes reads and writes of an open file go past the page cache, or through it again. Returns 0 or
 * the errno: EINVAL where the file system knows no such thing.
 */
export function setDirect(fd: number, isDirect: boolean): number {
  const flags = fcntl(fd, F_GETFL, 0);
  if (flags < 0) return lastErrno();
  const wanted = isDirect ? flags | constants.O_DIRECT : flags & ~constants.O_DIRECT;
  return fcntl(fd, F_SETFL, wanted) === 0 ? 0 : lastErrno();
}

/** Where a file or a block device ends. The latter's size is told by no stat. */
export function endOf(fd: number): number {
  const end = Number(lseek(fd, 0, SEEK_END));
  if (end < 0) throw callFailed('lseek', lastErrno(), 'cannot find the size');
  return end;
}

/** Has the kernel read nothing ahead of what is asked for. Returns 0 or the errno. */
export function expectRandom(fd: number): number {
  return fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
}

/** Drops a range from the page cache, but for pages not yet written. Returns 0 or the errno. */
export function dropCached(fd: number, at: number, bytes: number): number {
  return fadvise(fd, at, bytes, POSIX_FADV_DONTNEED);
}

/** Tells a block device that a range is not needed. Returns 0 or the errno. */
export function discardRange(fd: number, at: number, bytes: number): number {
  const range = new BigUint64Array([BigInt(at), BigInt(bytes)]);
  return ioctl(fd, BLKDISCARD, range) === 0 ? 0 : lastErrno();
}

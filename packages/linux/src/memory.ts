// Files mapped over the range of addresses that a WebAssembly.Memory has reserved, so that what
// WebAssembly and every thread's typed arrays see is the file: shared by all threads, kept by tmpfs
// when the process dies, and copied nowhere.
//
// A memory created with `initial` equal to `maximum` never moves, and the engine unmaps its whole
// range when the memory is collected, whatever was mapped over it.

import { cFunction, lastErrno } from './c-library.ts';
import { callFailed } from './errors.ts';

const PROT_READ_WRITE = 3;
const MAP_SHARED_FIXED = 0x11;
/** Without reservation: a range of many gigabytes must not count as memory that could be asked for. */
const MAP_PRIVATE_FIXED_ANONYMOUS_NORESERVE = 0x4032;
const FALLOC_PUNCH_HOLE_KEEP_SIZE = 3;
const MADV_POPULATE_WRITE = 23;
const MFD_CLOEXEC = 1;
const EINTR = 4;

const mmap = cFunction<
  (address: number, bytes: number, prot: number, flags: number, fd: number, at: number) => number
>('intptr_t mmap(intptr_t address, size_t bytes, int prot, int flags, int fd, int64_t at)');
const memmove = cFunction<(to: Uint8Array, from: Uint8Array, bytes: number) => number>(
  'intptr_t memmove(const void *to, const void *from, size_t bytes)',
);
const fallocate = cFunction<(fd: number, mode: number, at: number, bytes: number) => number>(
  'int fallocate(int fd, int mode, int64_t at, int64_t bytes)',
);
const madvise = cFunction<(address: number, bytes: number, advice: number) => number>(
  'int madvise(intptr_t address, size_t bytes, int advice)',
);
const memfd = cFunction<(name: string, flags: number) => number>(
  'int memfd_create(const char *name, unsigned int flags)',
);

/** The address at which a shared memory of WebAssembly begins. */
export function addressOf(memory: WebAssembly.Memory): number {
  const first = new Uint8Array(memory.buffer, 0, 1);
  // Moving nothing returns where to. A search for the first byte would return it too, but not while
  // another thread changes that byte.
  return Number(memmove(first, first, 0));
}

/** Maps `bytes` of a file from offset `at` over `address`, shared. All multiples of 4096. */
export function mapFile(address: number, bytes: number, fd: number, at: number): void {
  const mapped = mmap(address, bytes, PROT_READ_WRITE, MAP_SHARED_FIXED, fd, at);
  if (mapped !== address) throw callFailed('mmap', lastErrno(), `cannot map ${bytes} bytes`);
}

/** Maps zeroes over the range: what was mapped there is no longer reached, nor held, from here. */
export function unmapFile(address: number, bytes: number): void {
  const mapped = mmap(
    address,
    bytes,
    PROT_READ_WRITE,
    MAP_PRIVATE_FIXED_ANONYMOUS_NORESERVE,
    -1,
    0,
  );
  if (mapped !== address) throw callFailed('mmap', lastErrno(), `cannot unmap ${bytes} bytes`);
}

/**
 * Takes room for a range of a file, so that touching its mapping can't fail later (on a full tmpfs
 * that is SIGBUS). Returns 0 or the errno, ENOSPC above all.
 */
export function reserveFile(fd: number, at: number, bytes: number): number {
  for (;;) {
    if (fallocate(fd, 0, at, bytes) === 0) return 0;
    const errno = lastErrno();
    if (errno !== EINTR) return errno;
  }
}

/** Gives a range of a file back: it reads as zeroes afterwards. Returns 0 or the errno. */
export function punchFile(fd: number, at: number, bytes: number): number {
  return fallocate(fd, FALLOC_PUNCH_HOLE_KEEP_SIZE, at, bytes) === 0 ? 0 : lastErrno();
}

/** Makes the pages of a mapped range present in one call; a kernel before 5.14 does it at touch. */
export function populate(address: number, bytes: number): void {
  madvise(address, bytes, MADV_POPULATE_WRITE);
}

/** A file of memory without a name, gone with the last descriptor and mapping. */
export function createMemoryFile(name: string): number {
  const fd = memfd(name, MFD_CLOEXEC);
  if (fd < 0) throw callFailed('memfd_create', lastErrno(), 'cannot make a memory file');
  return fd;
}

// The files of a pool: `pool` (head and the size class of every block), `pages.N` (the blocks of a
// window, sparse), `lock`. They are written through their mappings alone, so a killed process leaves
// in them all that it had written. Files of another version are refused and left as they are.

import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import {
  addressOf,
  createMemoryFile,
  errnoName,
  lockFile,
  lockRange,
  mapFile,
  reserveFile,
  unmapFile,
} from '@pagelend/linux';
import { StoreError } from './errors.ts';
import {
  BLOCK_BYTES,
  BLOCK_COUNT_MAX,
  BLOCKS_PER_WINDOW,
  IO_BYTES,
  PAGE_BYTES,
  SPARE_BLOCK_COUNT,
} from './layout.ts';
import { classBytes } from './size-classes.ts';

export const MAGIC = 'pagelend pool\n';
export const VERSION = 1;
export const VERSION_AT = 16;
/** Past the table of classes. */
export const OWNER_AT = 1024;
export const HEAD_BYTES = PAGE_BYTES;
const WASM_PAGE_BYTES = 65_536;
const OWN_FILES = 0o600;
const OWN_DIRECTORY = 0o700;

export interface PoolFiles {
  readonly isFresh: boolean;
  readonly blockCount: number;
  readonly classes: SharedArrayBuffer;
  readonly classesAt: number;
  readonly windows: readonly WebAssembly.Memory[];
  readonly windowFds: readonly number[];
  /** Why what is mapped could not be kept from being swapped out; null if it is. */
  readonly lockRefusal: string | null;
  close(): void;
}

/** Opens the pool's files, or makes them, for as many blocks as the memory may need. */
export function openPoolFiles(directory: string, owner: string, memoryBytes: number): PoolFiles {
  makeDirectory(directory);
  const fds = [takeLock(directory)];
  try {
    return mapPoolFiles(directory, owner, memoryBytes, fds);
  } catch (error) {
    for (const fd of fds) closeSync(fd);
    throw error;
  }
}

/** Opens and maps all files but the lock; `fds` gets their descriptors, also where this fails. */
function mapPoolFiles(
  directory: string,
  owner: string,
  memoryBytes: number,
  fds: number[],
): PoolFiles {
  const open = (name: string): number => {
    const fd = openOwn(join(directory, name));
    fds.push(fd);
    return fd;
  };
  const headFd = open('pool');
  const isFresh = checkHead(directory, owner, headFd);
  const heldBlocks = Math.max(0, fstatSync(headFd).size - HEAD_BYTES);
  const wanted = Math.ceil(memoryBytes / BLOCK_BYTES) + SPARE_BLOCK_COUNT;
  const blockCount = Math.min(BLOCK_COUNT_MAX, Math.max(roundUp(wanted, PAGE_BYTES), heldBlocks));
  const classBytesTotal = HEAD_BYTES + roundUp(blockCount, PAGE_BYTES);
  reserve(headFd, classBytesTotal, directory);
  ftruncateSync(headFd, classBytesTotal);
  const classes = sharedMemory(classBytesTotal);
  mapFile(addressOf(classes), classBytesTotal, headFd, 0);
  // Only now is it a pool: one that was killed before has no head and is begun again.
  if (isFresh) writeSync(headFd, headOf(owner), 0, HEAD_BYTES, 0);
  const io = createMemoryFile('pagelend-io');
  fds.push(io);
  ftruncateSync(io, IO_BYTES);
  const windowFds: number[] = [];
  const windows: WebAssembly.Memory[] = [];
  const mapped: { readonly address: number; readonly bytes: number }[] = [
    { address: addressOf(classes), bytes: classBytesTotal },
  ];
  for (let first = 0; first < blockCount; first += BLOCKS_PER_WINDOW) {
    const bytes = Math.min(BLOCKS_PER_WINDOW, blockCount - first) * BLOCK_BYTES;
    const fd = open(`pages.${windows.length}`);
    ftruncateSync(fd, Math.max(bytes, fstatSync(fd).size));
    const memory = sharedMemory(IO_BYTES + bytes);
    mapFile(addressOf(memory), IO_BYTES, io, 0);
    mapFile(addressOf(memory) + IO_BYTES, bytes, fd, 0);
    windows.push(memory);
    windowFds.push(fd);
    mapped.push({ address: addressOf(memory), bytes: IO_BYTES + bytes });
  }
  // The host may swap tmpfs out like any memory. The first refusal tells of all.
  const refusals = mapped.map(({ address, bytes }) => lockRange(address, bytes));
  return {
    isFresh,
    lockRefusal: refusals.find((refusal) => refusal !== null) ?? null,
    blockCount,
    classes: bufferOf(classes),
    classesAt: HEAD_BYTES,
    windows,
    windowFds,
    close: () => {
      // Whoever still has the memory can't reach the files, which may be another process's next.
      for (const { address, bytes } of mapped.splice(0)) unmapFile(address, bytes);
      for (const fd of fds.splice(0)) closeSync(fd);
    },
  };
}

/** A memory that never moves, with room for `bytes`. Untouched, it takes none. */
export function sharedMemory(bytes: number): WebAssembly.Memory {
  const pages = Math.ceil(bytes / WASM_PAGE_BYTES);
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
}

/** The buffer of a memory that `sharedMemory` made. */
export function bufferOf({ buffer }: WebAssembly.Memory): SharedArrayBuffer {
  // The declarations of the web platform know no shared memory.
  if ((buffer as unknown) instanceof SharedArrayBuffer)
    return buffer as unknown as SharedArrayBuffer;
  throw new TypeError('the memory is not shared');
}

export function openOwn(path: string): number {
  try {
    return openSync(path, constants.O_RDWR | constants.O_CREAT, OWN_FILES);
  } catch (error) {
    throw new StoreError('STORE_DIRECTORY', `cannot open ${path}: ${reasonOf(error)}`);
  }
}

/** Takes room for a file's first bytes, which its mapping may then touch. */
export function reserve(fd: number, bytes: number, directory: string): void {
  const errno = reserveFile(fd, 0, bytes);
  if (errno === 0) return;
  throw new StoreError(
    'STORE_DIRECTORY',
    `no room for the pool's tables in ${directory}: ${errnoName(errno)}; free some or name another --pool-dir`,
  );
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export function roundUp(bytes: number, unit: number): number {
  return Math.ceil(bytes / unit) * unit;
}

function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: OWN_DIRECTORY });
  } catch (error) {
    throw new StoreError('STORE_DIRECTORY', `cannot make ${directory}: ${reasonOf(error)}`);
  }
}

function takeLock(directory: string): number {
  const fd = openOwn(join(directory, 'lock'));
  if (lockFile(fd)) return fd;
  closeSync(fd);
  throw new StoreError(
    'STORE_IN_USE',
    `another process serves the pool in ${directory}; stop it first, or name another --pool-dir`,
  );
}

/** Whether the pool is yet to be made. Throws where the file is something else than ours. */
export function checkHead(directory: string, owner: string, fd: number): boolean {
  const head = Buffer.alloc(HEAD_BYTES);
  readSync(fd, head, 0, HEAD_BYTES, 0);
  if (head.every((byte) => byte === 0)) return true;
  if (!head.subarray(0, OWNER_AT).equals(headOf('').subarray(0, OWNER_AT))) {
    const isOurs = head.subarray(0, MAGIC.length).toString('latin1') === MAGIC;
    const found = isOurs ? `format ${head.readUInt32LE(VERSION_AT)}` : 'no pool';
    throw new StoreError(
      'STORE_FORMAT',
      `${join(directory, 'pool')} is ${found}, and this version reads format ${VERSION}; ` +
        'it was left as it is: serve it with the version that made it, or name another --pool-dir',
    );
  }
  if (head.equals(headOf(owner))) return false;
  const found = head.subarray(OWNER_AT + 2, OWNER_AT + 2 + head.readUInt16LE(OWNER_AT)).toString();
  throw new StoreError(
    'STORE_OWNER',
    `the pool in ${directory} holds the pages of the lender at ${found}, not of ${owner}; ` +
      'it was left as it is: serve it from there, or name another --pool-dir',
  );
}

export function headOf(owner: string): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.write(MAGIC, 'latin1');
  head.writeUInt32LE(VERSION, VERSION_AT);
  head.writeUInt32LE(BLOCK_BYTES, VERSION_AT + 4);
  // The sizes of the classes are part of the format: a place's size is told by its class alone.
  classBytes.forEach((bytes, index) => {
    head.writeUInt16LE(bytes, VERSION_AT + 8 + index * 2);
  });
  const name = Buffer.from(owner).subarray(0, HEAD_BYTES - OWNER_AT - 2);
  head.writeUInt16LE(name.length, OWNER_AT);
  name.copy(head, OWNER_AT + 2);
  return head;
}

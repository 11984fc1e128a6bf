// A pool's files, opened for reading alone and locked, so that no lender starts meanwhile. They are
// read and not mapped: a mapping of tmpfs takes memory for every hole that is looked at.

import {
  closeSync,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  statfsSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { lockFile } from '@pagelend/linux';
import { StoreError } from '../errors.ts';
import { BLOCK_BYTES, BLOCK_COUNT_MAX, PAGE_BYTES, WINDOW_MASK, WINDOW_SHIFT } from '../layout.ts';
import {
  checkHead,
  HEAD_BYTES,
  headOf,
  MAGIC,
  OWNER_AT,
  reasonOf,
  VERSION,
  VERSION_AT,
} from '../pool-files.ts';
import type { Findings } from './findings.ts';

const TMPFS_MAGIC = 0x01021994;
const SECTOR_BYTES = 512;
const PAGES_FILE = /^pages\.(\d+)$/;

export class PoolView {
  readonly directory: string;
  /** One byte a block; as many as the file holds, and an entry can name. */
  readonly classes: Uint8Array;
  readonly isMemory: boolean;
  readonly #fds: number[];
  /** By window; below 0 where the file is missing. */
  readonly #windows: number[];

  constructor(directory: string, fds: number[], windows: number[], classes: Uint8Array) {
    this.directory = directory;
    this.classes = classes;
    this.isMemory = statfsSync(directory).type === TMPFS_MAGIC;
    this.#fds = fds;
    this.#windows = windows;
  }

  get blockCount(): number {
    return this.classes.length;
  }

  get windowCount(): number {
    return this.#windows.length;
  }

  /** Bytes that the file system has given the pages of a window. */
  paidBytes(window: number): number {
    const fd = this.#windows[window] ?? -1;
    return fd < 0 ? 0 : fstatSync(fd).blocks * SECTOR_BYTES;
  }

  /** Reads `target` full from byte `at` of a block. Returns what is wrong, or null. */
  read(block: number, at: number, target: Uint8Array): string | null {
    const window = block >>> WINDOW_SHIFT;
    const fd = this.#windows[window] ?? -1;
    if (fd < 0) return `there is no file pages.${window}`;
    const offset = (block & WINDOW_MASK) * BLOCK_BYTES + at;
    try {
      const bytes = readSync(fd, target, 0, target.length, offset);
      return bytes === target.length ? null : `pages.${window} ends before it`;
    } catch (error) {
      return `pages.${window} can't be read there: ${reasonOf(error)}`;
    }
  }

  close(): void {
    for (const fd of this.#fds.splice(0)) closeSync(fd);
  }
}

/**
 * Opens the pool; null where there is none. Throws STORE_IN_USE, STORE_OWNER, STORE_FORMAT of another
 * version, and STORE_DIRECTORY.
 */
export function openPoolView(
  directory: string,
  owner: string,
  findings: Findings,
): PoolView | null {
  if (!isThere(directory)) return null;
  const fds: number[] = [];
  try {
    const open = (name: string): number => {
      const fd = openToRead(join(directory, name));
      fds.push(fd);
      return fd;
    };
    takeLock(directory, open, findings);
    if (!isThere(join(directory, 'pool'))) {
      const left = readdirSync(directory).filter((name) => /^pages\.|\.slots$/.test(name));
      if (left.length > 0) findings.add('head', `${directory} has ${left[0]} and no file pool`);
      for (const fd of fds) closeSync(fd);
      return null;
    }
    const headFd = open('pool');
    const size = fstatSync(headFd).size;
    lookAtHead(directory, owner, headFd, findings);
    const blockCount = Math.min(BLOCK_COUNT_MAX, Math.max(0, size - HEAD_BYTES));
    const classes = new Uint8Array(blockCount);
    const got = readSync(headFd, classes, 0, blockCount, HEAD_BYTES);
    if (got !== blockCount) findings.add('head', `${directory}/pool can't be read whole`);
    return new PoolView(directory, fds, openWindows(directory, open), classes);
  } catch (error) {
    for (const fd of fds) closeSync(fd);
    throw error;
  }
}

/** Whether something is at a path; where nobody can tell, that is no answer. */
export function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    throw new StoreError('STORE_DIRECTORY', `cannot look at ${path}: ${reasonOf(error)}`);
  }
}

export function openToRead(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    throw new StoreError('STORE_DIRECTORY', `cannot open ${path}: ${reasonOf(error)}`);
  }
}

function openWindows(directory: string, open: (name: string) => number): number[] {
  const windows: number[] = [];
  for (const name of readdirSync(directory)) {
    const window = Number(PAGES_FILE.exec(name)?.[1] ?? -1);
    if (window >= 0 && window < BLOCK_COUNT_MAX >>> WINDOW_SHIFT) windows[window] = open(name);
  }
  return Array.from(windows, (fd) => fd ?? -1);
}

function takeLock(directory: string, open: (name: string) => number, findings: Findings): void {
  if (!isThere(join(directory, 'lock'))) {
    findings.add('lock', `${join(directory, 'lock')} is missing, and making it would be a change`);
  } else if (!lockFile(open('lock'))) {
    throw new StoreError(
      'STORE_IN_USE',
      `another process serves the pool in ${directory}; check it once that one is stopped`,
    );
  }
}

/** A head of this version and owner that is not as it was written has come to harm. */
function lookAtHead(directory: string, owner: string, fd: number, findings: Findings): void {
  const head = Buffer.alloc(HEAD_BYTES);
  readSync(fd, head, 0, HEAD_BYTES, 0);
  const expected = headOf(owner);
  if (head.equals(expected)) return;
  const isOurs = head.toString('latin1', 0, MAGIC.length) === MAGIC;
  const ownerEnd = OWNER_AT + 2 + expected.readUInt16LE(OWNER_AT);
  const isOwners = head.subarray(OWNER_AT, ownerEnd).equals(expected.subarray(OWNER_AT, ownerEnd));
  const isDivided = head.subarray(0, OWNER_AT).equals(expected.subarray(0, OWNER_AT));
  const isOther = isOurs && head.readUInt32LE(VERSION_AT) !== VERSION;
  // These are told as a start tells them, and nothing else can be said of such a pool.
  if (isOther || (isDivided && !isOwners)) checkHead(directory, owner, fd);
  const hasTables = readdirSync(directory).some((name) => name.endsWith('.slots'));
  if (!hasTables && head.every((byte) => byte === 0)) {
    findings.add(
      'unfinished',
      `${directory}: its making was cut short; the next start begins anew`,
    );
    return;
  }
  const at = head.findIndex((byte, index) => byte !== expected[index]);
  const what = `byte ${at} of its head is ${head[at]} and not ${expected[at]}`;
  findings.add('head', `${join(directory, 'pool')}: ${what}: a lender refuses it, or begins anew`);
}

/** Pages of a file that a range of a block touches, one bit each of the block's 16. */
export function pageBits(at: number, bytes: number): number {
  let bits = 0;
  for (let page = Math.floor(at / PAGE_BYTES); page * PAGE_BYTES < at + bytes; page++) {
    bits |= 1 << page;
  }
  return bits;
}

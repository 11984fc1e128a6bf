// The slots of a lease: four bytes each, in a file of its own that every thread has mapped. The file
// is sparse; a page of it (1024 slots, 4 MiB of the lease) is paid for when the first of them is
// written, and a byte in the file's marks says so. What is not marked is not touched: it is a hole.

import { closeSync, fstatSync, ftruncateSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { addressOf, lockRange, mapFile, punchFile, reserveFile, unmapFile } from '@pagelend/linux';
import { StoreError } from './errors.ts';
import { PAGE_BYTES, SLOT_COUNT_MAX } from './layout.ts';
import { bufferOf, openOwn, reserve, sharedMemory } from './pool-files.ts';

const MAGIC = 'pagelend slots\n';
/** Without pages behind; a table that may name some says so, since older readers know none. */
const VERSION = 1;
const VERSION_BEHIND = 2;
export const MAY_NAME_BEHIND = VERSION_BEHIND;
const VERSION_AT = 16;
const COUNT_AT = 24;
export const HEAD_BYTES = PAGE_BYTES;
/** Room for the marks of the largest table, so that a resized one keeps its slots where they are. */
const MARKS_BYTES = 2 ** 20;
export const SLOTS_AT = HEAD_BYTES + MARKS_BYTES;

/** A memory of WebAssembly ends here. */
const MEMORY_BYTES_MAX = 2 ** 32;

export const SLOT_BYTES = 4;
export const SLOTS_PER_TABLE_PAGE = PAGE_BYTES / SLOT_BYTES;
export const TABLE_PAGE_SHIFT = 10;

/** What a thread needs of a table. Travels to it in a message. */
export interface TableShare {
  readonly leaseIndex: number;
  readonly slotCount: number;
  readonly memory: SharedArrayBuffer;
  readonly fd: number;
  /** Null without a tier. */
  readonly behind: TableBehind | null;
}

/** What is kept of each slot for the tier, an Int32 each, in memory that dies with the process. */
export interface TableBehind {
  /** What the lease's records are marked with. */
  readonly tag: number;
  /** Where in the tier a good copy is of a page that stands in the pool; see behind/lease-behind.ts. */
  readonly copies: SharedArrayBuffer;
  /** The page's number among those that the policy knows, plus one. */
  readonly ids: SharedArrayBuffer;
}

export class SlotTable {
  readonly share: TableShare;
  /** Whether the table was made now: there was none, or one that was never finished. */
  readonly isFresh: boolean;
  readonly path: string;
  /** Pages of the file that are there from the beginning: head and marks. */
  readonly fixedPages: number;
  readonly #address: number;
  readonly #bytes: number;

  /** Opens the table, or makes it. One of another size becomes this size; what lies past it is gone. */
  constructor(
    directory: string,
    id: string,
    leaseIndex: number,
    slotCount: number,
    tier: 'none' | 'lost' | 'there' = 'none',
  ) {
    checkSlotCount(slotCount);
    this.path = tablePath(directory, id);
    const tablePages = Math.ceil(slotCount / SLOTS_PER_TABLE_PAGE);
    this.fixedPages = fixedPagesOf(slotCount);
    this.#bytes = SLOTS_AT + tablePages * PAGE_BYTES;
    const fd = openOwn(this.path);
    try {
      const oldCount = readTableHead(this.path, fd).count;
      checkMarks(this.path, fd, tablePages);
      this.isFresh = oldCount === 0;
      reserve(fd, this.fixedPages * PAGE_BYTES, directory);
      const keptCount = Math.min(slotCount, slotsInFile(fd));
      if (keptCount < oldCount) forgetPast(fd, keptCount, oldCount, this.fixedPages);
      ftruncateSync(fd, this.#bytes);
      clearUnmarked(fd, tablePages);
      writeSync(fd, headOf(slotCount, tier !== 'none'), 0, HEAD_BYTES, 0);
      // What lies past the file is memory of the process alone, and none until it is touched.
      const memory = sharedMemory(this.#bytes + changeBytesOf(slotCount));
      this.#address = addressOf(memory);
      mapFile(this.#address, this.#bytes, fd, 0);
      // Where that is not permitted, the pool's report has said so.
      lockRange(this.#address, this.#bytes);
      const behind = tier === 'there' ? makeBehind(id, slotCount) : null;
      this.share = { leaseIndex, slotCount, memory: bufferOf(memory), fd, behind };
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  /** Pages of the file that are paid for. */
  get paidPages(): number {
    let pages = this.fixedPages;
    for (const mark of this.marks) pages += mark;
    return pages;
  }

  get marks(): Uint8Array<SharedArrayBuffer> {
    return marksOf(this.share);
  }

  get slots(): Int32Array<SharedArrayBuffer> {
    return slotsOf(this.share);
  }

  close(): void {
    unmapFile(this.#address, this.#bytes);
    closeSync(this.share.fd);
  }

  /** Removes the file; what its entries named must have been freed before. */
  remove(): void {
    unlinkSync(this.path);
    this.close();
  }
}

export function tablePath(directory: string, id: string): string {
  return join(directory, `${id}.slots`);
}

/** Pages that a table of so many slots takes before anything is written: its head and its marks. */
export function fixedPagesOf(slotCount: number): number {
  return 1 + Math.ceil(slotCount / SLOTS_PER_TABLE_PAGE / PAGE_BYTES);
}

export function marksOf({ memory, slotCount }: TableShare): Uint8Array<SharedArrayBuffer> {
  return new Uint8Array(memory, HEAD_BYTES, Math.ceil(slotCount / SLOTS_PER_TABLE_PAGE));
}

export function slotsOf({ memory, slotCount }: TableShare): Int32Array<SharedArrayBuffer> {
  return new Int32Array(memory, SLOTS_AT, slotCount);
}

/**
 * One bit a slot that says that it was changed, while a lease is copied; null for a lease of more
 * than some 3.9 TiB, whose memory has no room for them.
 */
export function changesOf({ memory, slotCount }: TableShare): Int32Array<SharedArrayBuffer> | null {
  const bytes = changeBytesOf(slotCount);
  if (bytes === 0) return null;
  const at = SLOTS_AT + Math.ceil(slotCount / SLOTS_PER_TABLE_PAGE) * PAGE_BYTES;
  return new Int32Array(memory, at, bytes / Int32Array.BYTES_PER_ELEMENT);
}

function changeBytesOf(slotCount: number): number {
  const bytes = Math.ceil(slotCount / 32) * Int32Array.BYTES_PER_ELEMENT;
  const tableBytes = SLOTS_AT + Math.ceil(slotCount / SLOTS_PER_TABLE_PAGE) * PAGE_BYTES;
  return tableBytes + bytes <= MEMORY_BYTES_MAX ? bytes : 0;
}

/** Takes memory for one page of the table; false where the file system has none. */
export function reserveTablePage({ fd }: TableShare, tablePage: number): boolean {
  return reserveFile(fd, SLOTS_AT + tablePage * PAGE_BYTES, PAGE_BYTES) === 0;
}

export function checkSlotCount(slotCount: number): void {
  if (Number.isInteger(slotCount) && slotCount > 0 && slotCount <= SLOT_COUNT_MAX) return;
  throw new StoreError(
    'STORE_LEASE',
    `a lease has 4096 to ${SLOT_COUNT_MAX * PAGE_BYTES} bytes, in whole pages; not ${slotCount * PAGE_BYTES}`,
  );
}

/** Version and slots of the table that is in the file; both 0 in one that was never finished. */
export function readTableHead(path: string, fd: number): { version: number; count: number } {
  if (fstatSync(fd).size === 0) return { version: 0, count: 0 };
  const head = Buffer.alloc(HEAD_BYTES);
  readSync(fd, head, 0, HEAD_BYTES, 0);
  // A daemon that was killed before it wrote the head had stored nothing either.
  if (head.every((byte) => byte === 0)) return { version: 0, count: 0 };
  const isOurs = head.subarray(0, MAGIC.length).toString('latin1') === MAGIC;
  const version = isOurs ? head.readUInt32LE(VERSION_AT) : 0;
  if (version === VERSION || version === VERSION_BEHIND) {
    return { version, count: checkedCount(path, head.readDoubleLE(COUNT_AT)) };
  }
  throw new StoreError(
    'STORE_FORMAT',
    `${path} is ${isOurs ? `format ${version}` : 'no table of slots'}, and this version reads ` +
      `formats ${VERSION} and ${VERSION_BEHIND}; it was left as it is`,
  );
}

/** A count that was ever written; by another one nothing must be given back. */
function checkedCount(path: string, count: number): number {
  if (Number.isInteger(count) && count > 0 && count <= SLOT_COUNT_MAX) return count;
  throw impossible(path, `${count} slots`);
}

function checkMarks(path: string, fd: number, tablePages: number): void {
  const mark = readMarks(fd, tablePages).find((one) => one > 1);
  if (mark !== undefined) throw impossible(path, `a mark of ${mark}`);
}

function impossible(path: string, what: string): StoreError {
  return new StoreError(
    'STORE_DAMAGED',
    `${path} says that it has ${what}, which cannot be; it was left as it is: delete it, and with it the pages of its lease`,
  );
}

/** What is not marked is a hole: entries that stood there would come back with the next write. */
function clearUnmarked(fd: number, tablePages: number): void {
  const marks = readMarks(fd, tablePages);
  for (let from = marks.indexOf(0); from >= 0; ) {
    const next = marks.indexOf(1, from);
    const to = next < 0 ? tablePages : next;
    punchFile(fd, SLOTS_AT + from * PAGE_BYTES, (to - from) * PAGE_BYTES);
    from = marks.indexOf(0, to);
  }
}

function readMarks(fd: number, tablePages: number): Buffer {
  const marks = Buffer.alloc(tablePages);
  readSync(fd, marks, 0, tablePages, HEAD_BYTES);
  return marks;
}

/** Slots that the file has room for: fewer than its head says where a shrinking was cut short. */
function slotsInFile(fd: number): number {
  return Math.max(0, Math.floor((fstatSync(fd).size - SLOTS_AT) / SLOT_BYTES));
}

/** Drops slots past the new end: were the lease to grow again, they would name others' pages. */
function forgetPast(fd: number, slotCount: number, oldCount: number, fixedPages: number): void {
  ftruncateSync(fd, SLOTS_AT + slotCount * SLOT_BYTES);
  const first = Math.ceil(slotCount / SLOTS_PER_TABLE_PAGE);
  const count = Math.ceil(oldCount / SLOTS_PER_TABLE_PAGE) - first;
  if (count > 0) writeSync(fd, Buffer.alloc(count), 0, count, HEAD_BYTES + first);
  const fixedBytes = fixedPages * PAGE_BYTES;
  if (fixedBytes < SLOTS_AT) punchFile(fd, fixedBytes, SLOTS_AT - fixedBytes);
}

function makeBehind(id: string, slotCount: number): TableBehind {
  const bytes = slotCount * Int32Array.BYTES_PER_ELEMENT;
  return {
    tag: crc32(id),
    copies: new SharedArrayBuffer(bytes),
    ids: new SharedArrayBuffer(bytes),
  };
}

function headOf(slotCount: number, mayNameBehind: boolean): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.write(MAGIC, 'latin1');
  head.writeUInt32LE(mayNameBehind ? VERSION_BEHIND : VERSION, VERSION_AT);
  head.writeDoubleLE(slotCount, COUNT_AT);
  return head;
}

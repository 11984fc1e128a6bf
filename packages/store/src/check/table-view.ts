// The table of a lease's slots, opened for reading alone. It is read in chunks, as often as somebody
// wants to see its entries, so that a table of any size takes no more memory than a chunk.

import { closeSync, fstatSync, readSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { HOLE } from '../entry.ts';
import { PAGE_BYTES } from '../layout.ts';
import { reasonOf } from '../pool-files.ts';
import {
  HEAD_BYTES,
  MAY_NAME_BEHIND,
  readTableHead,
  SLOT_BYTES,
  SLOTS_AT,
  SLOTS_PER_TABLE_PAGE,
  tablePath,
} from '../slot-table.ts';
import type { CheckedLease } from './contract.ts';
import type { Findings } from './findings.ts';
import { openToRead } from './pool-view.ts';

const CHUNK_TABLE_PAGES = 16;
/** What of a head says nothing: between magic, version and count, and after them. */
const HEAD_GAPS = [
  [15, 16],
  [20, 24],
  [32, HEAD_BYTES],
] as const;
const CHUNK_SLOTS = CHUNK_TABLE_PAGES * SLOTS_PER_TABLE_PAGE;

/** What a scan comes upon; slots ascend. */
export interface TableVisitor {
  entry(slot: number, entry: number): void;
  /** `count` slots of a page of the table that is marked as holes have entries, from `slot` on. */
  unmarked?(slot: number, count: number): void;
  /** After each chunk: the slots that were seen. */
  progress?(slots: number): void;
}

export class TableView {
  readonly lease: CheckedLease;
  /** Slots that the next start takes up. */
  readonly slotCount: number;
  readonly mayNameBehind: boolean;
  /** Bytes that the file system has given the file. */
  readonly paidBytes: number;
  readonly #fd: number;
  readonly #marks: Buffer;
  readonly #chunk = new Int32Array(CHUNK_SLOTS);

  constructor(lease: CheckedLease, fd: number, slotCount: number, mayNameBehind: boolean) {
    this.lease = lease;
    this.slotCount = slotCount;
    this.mayNameBehind = mayNameBehind;
    this.paidBytes = fstatSync(fd).blocks * 512;
    this.#fd = fd;
    this.#marks = Buffer.alloc(Math.ceil(slotCount / SLOTS_PER_TABLE_PAGE));
    readFull(fd, this.#marks, HEAD_BYTES);
  }

  get marks(): Buffer {
    return this.#marks;
  }

  /** Shows all entries that are no holes, and lets others have their turn in between. */
  async scan(visitor: TableVisitor): Promise<void> {
    for (let first = 0; first < this.slotCount; first += CHUNK_SLOTS) {
      const count = Math.min(CHUNK_SLOTS, this.slotCount - first);
      const chunk = this.#chunk.subarray(0, count);
      readFull(this.#fd, new Uint8Array(chunk.buffer, 0, chunk.byteLength), this.#at(first));
      for (let from = 0; from < count; from += SLOTS_PER_TABLE_PAGE) {
        const page = chunk.subarray(from, Math.min(count, from + SLOTS_PER_TABLE_PAGE));
        this.#show(first + from, page, visitor);
      }
      visitor.progress?.(first + count);
      await setImmediate();
    }
  }

  #show(first: number, page: Int32Array, visitor: TableVisitor): void {
    if (this.#marks[first / SLOTS_PER_TABLE_PAGE] === 0) {
      const from = page.findIndex((entry) => entry !== HOLE);
      if (from < 0 || visitor.unmarked === undefined) return;
      visitor.unmarked(first + from, page.filter((entry) => entry !== HOLE).length);
      return;
    }
    for (let index = 0; index < page.length; index++) {
      const entry = page[index]!;
      if (entry !== HOLE) visitor.entry(first + index, entry);
    }
  }

  #at(slot: number): number {
    return SLOTS_AT + slot * SLOT_BYTES;
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** Opens a lease's table and looks at its head, size and marks; null where nothing else can be seen. */
export function openTableView(
  directory: string,
  lease: CheckedLease,
  findings: Findings,
): TableView | null {
  const path = tablePath(directory, lease.id);
  const about = { lease: lease.name };
  const fd = openToRead(path);
  try {
    const { version, count } = readTableHead(path, fd);
    const size = fstatSync(fd).size;
    const rest = count === 0 ? anyByte(fd, HEAD_BYTES, size) : -1;
    if (count === 0 && rest < 0) {
      const says = `lease ${lease.name} has a table that was never finished: it begins empty`;
      findings.add('unfinished', says, about);
    } else if (count === 0) {
      findings.add('table', `${path} has no head, and something at byte ${rest}`, about);
    }
    if (count === 0) {
      closeSync(fd);
      return null;
    }
    const asked = lease.bytes / PAGE_BYTES;
    const slotsInFile = Math.max(0, Math.floor((size - SLOTS_AT) / SLOT_BYTES));
    if (slotsInFile < Math.min(count, asked)) {
      const says = `${path} ends after ${slotsInFile} slots, and its head says ${count}`;
      findings.add('table', `${says}: pages past them are lost`, about);
    }
    const slotCount = Math.min(asked, slotsInFile);
    lookAtRest(path, fd, { count, asked, slotCount, size }, lease, findings);
    const table = new TableView(lease, fd, slotCount, version === MAY_NAME_BEHIND);
    const mark = table.marks.find((one) => one > 1);
    if (mark !== undefined) {
      const says = `${path} says that it has a mark of ${mark}, which cannot be`;
      findings.add('table', `${says}: a lender refuses it`, about);
    }
    return table;
  } catch (error) {
    closeSync(fd);
    findings.add('table', reasonOf(error), about);
    return null;
  }
}

interface TableSizes {
  readonly count: number;
  readonly asked: number;
  readonly slotCount: number;
  readonly size: number;
}

/** What a start gives up or never looks at: slots past the end, the rest of the head and the marks. */
function lookAtRest(
  path: string,
  fd: number,
  { count, asked, slotCount, size }: TableSizes,
  { name }: CheckedLease,
  findings: Findings,
): void {
  const about = { lease: name };
  if (count !== asked) {
    const says = `lease ${name} has ${asked} slots, and its table ${count}`;
    findings.add('unfinished', `${says}: the next start ends the change of its size`, about);
  }
  const headRest =
    HEAD_GAPS.map(([from, end]) => anyByte(fd, from, end)).find((at) => at >= 0) ?? -1;
  const marksEnd = HEAD_BYTES + Math.ceil(Math.max(count, slotCount) / SLOTS_PER_TABLE_PAGE);
  const marksRest = anyByte(fd, marksEnd, Math.min(SLOTS_AT, size));
  const slotsEnd = SLOTS_AT + Math.max(count, slotCount) * SLOT_BYTES;
  for (const at of [headRest, marksRest, anyByte(fd, slotsEnd, size)]) {
    if (at >= 0) findings.add('padding', `${path}: byte ${at} means nothing and is not 0`, about);
  }
}

/** The first byte of a range that is not zero; -1 where all are. */
function anyByte(fd: number, from: number, end: number): number {
  const chunk = Buffer.alloc(2 ** 16);
  for (let at = from; at < end; ) {
    const bytes = readSync(fd, chunk, 0, Math.min(chunk.length, end - at), at);
    if (bytes === 0) return -1;
    const found = chunk.subarray(0, bytes).findIndex((byte) => byte !== 0);
    if (found >= 0) return at + found;
    at += bytes;
  }
  return -1;
}

/** Reads a range; what lies past the file's end is zero, as a start makes it. */
function readFull(fd: number, target: Uint8Array, at: number): void {
  let done = 0;
  while (done < target.length) {
    const bytes = readSync(fd, target, done, target.length - done, at + done);
    if (bytes === 0) break;
    done += bytes;
  }
  target.fill(0, done);
}

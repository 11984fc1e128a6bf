// The board between connections and the keeper of the tier: a ring of events, and a row for each
// connection, in which it says what it waits for and the keeper what became of it.
//
// A cell belongs to the keeper while it says ASKED and to its row's connection otherwise. Its bytes
// lie in the I/O area, so that what was read is decompressed from there straight to where it is sent.

import { CELL_BYTES, CELLS_AT, CELLS_PER_ROW, HOST_ROW_COUNT, ROW_COUNT } from '../layout.ts';
import { makeRing, RING_BYTES } from './event-ring.ts';

/** Words of a row, before its cells. */
export const ROOM_STATE = 0;
/** What found no room: a size class, or one of the two below. */
export const ROOM_CLASS = 1;
export const ROOM_IN_LIMIT = 0;
export const ROOM_FOR_TABLE = 255;
/** Added to them: it was granted, and there was none. */
export const ROOM_AGAIN = 256;
export const ROOM_KIND_MASK = ROOM_AGAIN - 1;
/** The descriptor of the bell of the thread that serves the row's connection. */
export const BELL_FD = 2;
const ROW_HEAD_WORDS = 4;

/** States of a cell. */
export const FREE = 0;
export const ASKED = 1;
/** The record's bytes are in the cell. */
export const READY = 2;
/** It could not be read. */
export const FAILED = 3;

/** States of a row's wish for room. */
export const NO_WISH = 0;
export const WISHED = 1;
export const GRANTED = 2;
/** Nothing can leave the pool: the tier is full, or fails. */
export const REFUSED = 3;

/** Words of a cell. */
export const CELL_STATE = 0;
export const CELL_LEASE = 1;
export const CELL_SLOT = 2;
export const CELL_ENTRY = 3;
/** Address in the I/O area of what is kept of the page, its length, and what it is. */
export const CELL_DATA_AT = 4;
export const CELL_DATA_BYTES = 5;
export const CELL_KIND = 6;
export const CELL_WORDS = 7;

/** The thread that opened the pool looks for its answers itself: for tables of leases in one row, */
export const TABLE_ROW = ROW_COUNT - 1;
/** for what it reads and writes of leases in the others, each of which one copy has at a time. */
export const FIRST_OWN_ROW = HOST_ROW_COUNT;
export const OWN_ROW_COUNT = TABLE_ROW - FIRST_OWN_ROW;

const ROW_WORDS = ROW_HEAD_WORDS + CELLS_PER_ROW * CELL_WORDS;
const ROWS_AT = RING_BYTES;
const BOARD_BYTES = ROWS_AT + ROW_COUNT * ROW_WORDS * Int32Array.BYTES_PER_ELEMENT;

export function makeBoard(): SharedArrayBuffer {
  const board = new SharedArrayBuffer(BOARD_BYTES);
  makeRing(board, 0);
  const rows = viewRows(board);
  for (let row = FIRST_OWN_ROW; row < ROW_COUNT; row++) rows[rowAt(row) + BELL_FD] = -1;
  return board;
}

export function viewRows(board: SharedArrayBuffer): Int32Array<SharedArrayBuffer> {
  return new Int32Array(board, ROWS_AT);
}

export function rowAt(row: number): number {
  return row * ROW_WORDS;
}

export function cellAt(row: number, cell: number): number {
  return row * ROW_WORDS + ROW_HEAD_WORDS + cell * CELL_WORDS;
}

/** Address of a cell's bytes in the I/O area. */
export function cellBytesAt(row: number, cell: number): number {
  return CELLS_AT + (row * CELLS_PER_ROW + cell) * CELL_BYTES;
}

const ROW_SHIFT = 8;

export function cellName(row: number, cell: number): number {
  return (row << ROW_SHIFT) | cell;
}

export function rowOfName(name: number): number {
  return name >>> ROW_SHIFT;
}

export function cellOfName(name: number): number {
  return name & (2 ** ROW_SHIFT - 1);
}

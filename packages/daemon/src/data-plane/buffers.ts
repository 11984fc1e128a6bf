// How the pool's I/O area is divided among connections: a pair of buffers each.

import { BUFFERS_AT, BUFFERS_END, HOST_ROW_COUNT } from '@pagelend/store';

/** Room for sixteen requests of a page and their answers, and for a read-ahead of 64 KiB. */
export const RECEIVE_BYTES = 131_072;
export const SEND_BYTES = 131_072;
const PAIR_BYTES = RECEIVE_BYTES + SEND_BYTES;

export const CONNECTION_COUNT_MAX = Math.min(
  HOST_ROW_COUNT,
  Math.floor((BUFFERS_END - BUFFERS_AT) / PAIR_BYTES),
);

export function receiveAt(buffer: number): number {
  return BUFFERS_AT + buffer * PAIR_BYTES;
}

export function sendAt(buffer: number): number {
  return receiveAt(buffer) + RECEIVE_BYTES;
}

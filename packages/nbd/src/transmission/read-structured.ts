// READ with structured replies: consecutive pages of data go as one chunk as far as the output
// region reaches, pages that read as zeroes as a hole. Chunks are complete when their header is
// written, so that the last one can say DONE: the server "MUST NOT mark a chunk as final if there
// is still a possibility of detecting an error before transmission of that chunk completes".

import {
  DATA_HEADER_BYTES,
  ERROR_OFFSET_CHUNK_BYTES,
  HOLE_CHUNK_BYTES,
  REPLY_FLAG_DONE,
} from '../constants.ts';
import { DATA, PAGE_BYTES, WAIT } from '../page-device.ts';
import type { Connection } from './connection.ts';
import { FINISHED, type Progress, WANTS_DEVICE, WANTS_OUTPUT, WANTS_TURN } from './progress.ts';
import { partBytes } from './request.ts';

/** What a reply has besides its data. A part of a page, at either end, may be sent as a hole. */
const OVERHEAD_BYTES_MAX = DATA_HEADER_BYTES + 2 * HOLE_CHUNK_BYTES + ERROR_OFFSET_CHUNK_BYTES;

export function serveStructuredRead(connection: Connection): Progress {
  const { request, replies, device } = connection;
  if (request.length === 0) {
    // "Each chunk MUST describe at least one byte": there is none to describe.
    replies.none(request);
    return FINISHED;
  }
  if (!request.isBegun) {
    // "A server SHOULD try to minimize the number of chunks sent in a reply": it begins when the
    // whole reply has room, or when there is no more room to be had.
    const whole = request.length + OVERHEAD_BYTES_MAX;
    if (replies.room < whole && replies.room < replies.bytes) return WANTS_OUTPUT;
    request.isBegun = true;
  }
  while (request.left > 0) {
    if (!replies.isOpen) {
      const part = partBytes(request.from, request.left);
      // Data and an error after it: a hole needs less.
      const needed = DATA_HEADER_BYTES + part + ERROR_OFFSET_CHUNK_BYTES;
      if (replies.room < needed) return WANTS_OUTPUT;
      if (connection.turnSlots <= 0) return WANTS_TURN;
      if (device.state(request.slot) !== DATA) {
        sendHole(connection);
        continue;
      }
    }
    const error = sendData(connection);
    if (error !== 0) return error === WAIT ? WANTS_DEVICE : FINISHED;
  }
  return FINISHED;
}

/**
 * Sends pages as far as they are data and there is room. Returns 0, the error of a page, which was
 * reported, or WAIT: then the chunk stays open and is gone on with.
 */
function sendData(connection: Connection): number {
  const { request, replies, device } = connection;
  const headerAt = replies.tail;
  const end = replies.end - ERROR_OFFSET_CHUNK_BYTES;
  const dataAt = headerAt + DATA_HEADER_BYTES;
  let at = replies.reopen();
  if (at === headerAt) at = dataAt;
  const offset = request.offset - (at - dataAt);
  let { slot, from, left } = request;
  let error = 0;
  do {
    const bytes = partBytes(from, left);
    if (end - at < bytes) break;
    if (bytes === PAGE_BYTES) error = device.read(slot, at);
    else error = device.readPart(slot, from, bytes, at);
    if (error !== 0) break;
    at += bytes;
    left -= bytes;
    slot += 1;
    from = 0;
  } while (left > 0 && device.state(slot) === DATA);
  request.slot = slot;
  request.from = from;
  request.left = left;
  if (error === WAIT) {
    replies.open(at);
    return WAIT;
  }
  if (at > dataAt) {
    const flags = left === 0 ? REPLY_FLAG_DONE : 0;
    replies.dataHeader(headerAt, request, flags, offset, at - dataAt);
    replies.tail = at;
  }
  if (error === 0) return 0;
  // "The server MUST include an error chunk … but MAY omit further content chunks."
  replies.errorAt(request, error, request.offset);
  return error;
}

/** Sends one hole for all the pages from here on that read as zeroes. */
function sendHole(connection: Connection): void {
  const { request, replies, device } = connection;
  const offset = request.offset;
  const firstSlot = request.slot;
  let { slot, from, left } = request;
  do {
    left -= partBytes(from, left);
    slot += 1;
    from = 0;
  } while (left > 0 && device.state(slot) !== DATA);
  replies.hole(request, left === 0 ? REPLY_FLAG_DONE : 0, offset, request.left - left);
  connection.turnSlots -= slot - firstSlot;
  request.slot = slot;
  request.from = from;
  request.left = left;
}

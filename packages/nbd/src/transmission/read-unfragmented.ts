// READ with the flag DF: "the server MUST send at most one content chunk … If the area being read
// contains both data and a hole, the server MUST use OFFSET_DATA with the zeroes explicitly
// present." A read that fits in the output region is staged there; of a longer one the header goes
// first and a chunk without content says at the end whether it worked. What was read of that is sent
// while the next page is waited for; a staged read stays back as a whole.

import { DATA_HEADER_BYTES, ERROR_OFFSET_CHUNK_BYTES, REPLY_FLAG_DONE } from '../constants.ts';
import { PAGE_BYTES, WAIT } from '../page-device.ts';
import type { Connection } from './connection.ts';
import { FINISHED, type Progress, WANTS_DEVICE, WANTS_OUTPUT } from './progress.ts';
import { partBytes } from './request.ts';

export function serveUnfragmentedRead(connection: Connection): Progress {
  const { request, replies } = connection;
  if (request.length === 0) {
    replies.none(request);
    return FINISHED;
  }
  const whole = DATA_HEADER_BYTES + request.length + ERROR_OFFSET_CHUNK_BYTES;
  const isStaged = whole <= replies.bytes;
  if (!request.isBegun) {
    if (replies.room < whole && replies.room < replies.bytes) return WANTS_OUTPUT;
    const flags = isStaged ? REPLY_FLAG_DONE : 0;
    replies.dataHeader(replies.tail, request, flags, request.offset, request.length);
    replies.open(replies.tail + DATA_HEADER_BYTES);
    request.isBegun = true;
  }
  if (isStaged) return stage(connection);
  const progress = request.error === 0 ? stream(connection) : pad(connection);
  if (progress !== FINISHED) return progress;
  if (replies.room < ERROR_OFFSET_CHUNK_BYTES) return WANTS_OUTPUT;
  if (request.error === 0) replies.none(request);
  else replies.errorAt(request, request.error, request.offset);
  return FINISHED;
}

function stage(connection: Connection): Progress {
  const { request, replies } = connection;
  const error = readPages(connection);
  if (error === WAIT) return WANTS_DEVICE;
  const end = replies.reopen();
  // "The server MAY send an error chunk with no corresponding content chunk."
  if (error !== 0) replies.errorAt(request, error, request.offset);
  else replies.tail = end;
  return FINISHED;
}

function stream(connection: Connection): Progress {
  const { request, replies } = connection;
  const error = readPages(connection);
  replies.tail = replies.reopen();
  if (error === WAIT) {
    // What is there may be sent, but the page that is waited for keeps its place.
    replies.open(replies.tail);
    return WANTS_DEVICE;
  }
  request.error = error;
  if (error !== 0) return pad(connection);
  return request.left > 0 ? WANTS_OUTPUT : FINISHED;
}

/**
 * "If an error is detected, the server MUST still complete the transmission of any current chunk
 * (it MUST use padding bytes which SHOULD be zero)". The request's position stays at the error.
 */
function pad(connection: Connection): Progress {
  const { request, replies } = connection;
  const bytes = Math.min(request.left, replies.room);
  replies.zeroes(bytes);
  request.left -= bytes;
  return request.left > 0 ? WANTS_OUTPUT : FINISHED;
}

/**
 * Reads pages until the request is done, the region is full, or one fails or waits: then that is
 * returned. What was read lies behind `tail`, up to where the reply is left open.
 */
function readPages(connection: Connection): number {
  const { request, replies, device } = connection;
  const end = replies.end;
  let { slot, from, left } = request;
  let at = replies.reopen();
  let error = 0;
  while (left > 0) {
    const bytes = partBytes(from, left);
    if (end - at < bytes) break;
    if (bytes === PAGE_BYTES) error = device.read(slot, at);
    else error = device.readPart(slot, from, bytes, at);
    if (error !== 0) break;
    at += bytes;
    left -= bytes;
    slot += 1;
    from = 0;
  }
  replies.open(at);
  request.slot = slot;
  request.from = from;
  request.left = left;
  return error;
}

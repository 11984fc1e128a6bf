// WRITE: "The client MUST follow the request header with length number of bytes." Each page goes to
// the device from where it arrived, as soon as all of it is there.

import { PAGE_BYTES, WAIT } from '../page-device.ts';
import type { Connection } from './connection.ts';
import { FINISHED, type Progress, WANTS_DEVICE, WANTS_INPUT } from './progress.ts';
import { partBytes } from './request.ts';

export function serveWrite(connection: Connection): Progress {
  const { request, input, device } = connection;
  const end = input.tail;
  let at = input.head;
  let { slot, from, left } = request;
  let error = 0;
  while (left > 0) {
    const bytes = partBytes(from, left);
    if (end - at < bytes) break;
    if (bytes === PAGE_BYTES) error = device.write(slot, at);
    else error = device.writePart(slot, from, bytes, at);
    if (error !== 0) break;
    at += bytes;
    left -= bytes;
    slot += 1;
    from = 0;
  }
  input.head = at;
  request.slot = slot;
  request.from = from;
  request.left = left;
  if (error !== 0) {
    if (error === WAIT) return WANTS_DEVICE;
    request.error = error;
    return drainWrite(connection);
  }
  if (left > 0) return WANTS_INPUT;
  // "The server MUST write the data to disk, and then send the reply message."
  connection.replies.answer(request, 0);
  return FINISHED;
}

/** Lets the rest of a refused or failed write's payload go by; the answer is its first error. */
export function drainWrite(connection: Connection): Progress {
  const { request, input } = connection;
  const there = input.tail - input.head;
  const bytes = there < request.left ? there : request.left;
  input.head += bytes;
  request.left -= bytes;
  if (request.left > 0) return WANTS_INPUT;
  connection.replies.answer(request, request.error);
  return FINISHED;
}

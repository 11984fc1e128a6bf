// READ without structured replies: a header that says whether it worked, and then the data. So a
// read that fits in the output region is staged there as a whole. Of a longer one the header has to
// go before all its pages were read, and a failure after that can only end the session. Until the
// region is full nothing of the reply is sent, however long pages are waited for.

import { SIMPLE_REPLY_BYTES } from '../constants.ts';
import { PAGE_BYTES, WAIT } from '../page-device.ts';
import type { Connection } from './connection.ts';
import { ENDED, FINISHED, type Progress, WANTS_DEVICE, WANTS_OUTPUT } from './progress.ts';
import { partBytes } from './request.ts';

export function serveSimpleRead(connection: Connection): Progress {
  const { request, replies, device } = connection;
  let at = replies.reopen();
  if (!request.isBegun) {
    const whole = SIMPLE_REPLY_BYTES + request.length;
    if (replies.room < whole && replies.room < replies.bytes) return WANTS_OUTPUT;
    replies.simpleHeader(at, request, 0);
    at += SIMPLE_REPLY_BYTES;
    request.isBegun = true;
    request.isPartSent = false;
  }
  const end = replies.end;
  let { slot, from, left } = request;
  let progress: Progress = FINISHED;
  let error = 0;
  while (left > 0) {
    const bytes = partBytes(from, left);
    if (end - at < bytes) {
      progress = WANTS_OUTPUT;
      break;
    }
    if (bytes === PAGE_BYTES) error = device.read(slot, at);
    else error = device.readPart(slot, from, bytes, at);
    if (error !== 0) break;
    at += bytes;
    left -= bytes;
    slot += 1;
    from = 0;
  }
  request.slot = slot;
  request.from = from;
  request.left = left;
  if (error !== 0) {
    if (error !== WAIT) return fail(connection, error);
    replies.open(at);
    return WANTS_DEVICE;
  }
  replies.tail = at;
  request.isPartSent = true;
  return progress;
}

function fail(connection: Connection, error: number): Progress {
  const { request, replies } = connection;
  if (!request.isPartSent) {
    // "If an error occurs, the server SHOULD set the appropriate error code in the error field …
    // it MUST NOT send any payload for this request."
    replies.answer(request, error);
    return FINISHED;
  }
  // "If an error occurs while reading after the server has already sent out the reply header with
  // an error field set to zero …, the server MUST immediately initiate a hard disconnect; it MUST
  // NOT send any further data to the client."
  replies.discard();
  connection.reason = `device: error ${error} in a read of which a part was sent`;
  return ENDED;
}

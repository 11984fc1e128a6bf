// BLOCK_STATUS for base:allocation: "a list of one or more consecutive extents", bounded in number
// and in the slots that are looked at, because "the server MAY return less data than requested".

import {
  BASE_ALLOCATION_ID,
  CHUNK_HEADER_BYTES,
  CMD_FLAG_REQ_ONE,
  EXTENT_COUNT_MAX,
  REPLY_FLAG_DONE,
  REPLY_TYPE_BLOCK_STATUS,
  TURN_SLOTS_MAX,
} from '../constants.ts';
import type { Connection } from './connection.ts';
import { FINISHED, type Progress, WANTS_OUTPUT, WANTS_TURN } from './progress.ts';
import { partBytes } from './request.ts';

const CONTEXT_BYTES = 4;
const EXTENT_BYTES = 8;
const ROOM_BYTES = CHUNK_HEADER_BYTES + CONTEXT_BYTES + EXTENT_COUNT_MAX * EXTENT_BYTES;

export function serveBlockStatus(connection: Connection): Progress {
  const { request, replies, device } = connection;
  if (replies.room < ROOM_BYTES) return WANTS_OUTPUT;
  if (connection.turnSlots <= 0) return WANTS_TURN;
  // "REQ_ONE: … the server MUST NOT send metadata on more than one extent in the reply."
  const countMax = (request.flags & CMD_FLAG_REQ_ONE) !== 0 ? 1 : EXTENT_COUNT_MAX;
  const headerAt = replies.tail;
  replies.tail += CHUNK_HEADER_BYTES;
  replies.u32(BASE_ALLOCATION_ID);
  let { slot, from, left } = request;
  let slotsLeft = TURN_SLOTS_MAX;
  let state = device.state(slot);
  for (let count = 0; count < countMax && left > 0 && slotsLeft > 0; count++) {
    const leftBefore = left;
    const extentState = state;
    do {
      left -= partBytes(from, left);
      slot += 1;
      from = 0;
      slotsLeft -= 1;
      if (left > 0) state = device.state(slot);
    } while (left > 0 && slotsLeft > 0 && state === extentState);
    // "32 bits, length of the extent (unsigned, MUST be nonzero); 32 bits, status flags": an extent
    // never reaches beyond the request, as REQ_ONE demands.
    replies.u32(leftBefore - left);
    replies.u32(extentState);
  }
  connection.turnSlots -= TURN_SLOTS_MAX - slotsLeft;
  const payload = replies.tail - headerAt - CHUNK_HEADER_BYTES;
  // "A successful block status request MUST have exactly one status chunk per … context ID."
  replies.chunkHeader(headerAt, request, REPLY_FLAG_DONE, REPLY_TYPE_BLOCK_STATUS, payload);
  return FINISHED;
}

// TRIM, WRITE_ZEROES, CACHE and FLUSH: requests without a byte of payload. The first two may be about
// 4 GiB, so they are done in slices and other connections get their turn in between.

import { CMD_FLAG_NO_HOLE } from '../constants.ts';
import { PAGE_BYTES, WAIT } from '../page-device.ts';
import type { Connection } from './connection.ts';
import { FINISHED, type Progress, WANTS_DEVICE, WANTS_TURN } from './progress.ts';
import { partBytes } from './request.ts';

/**
 * Frees the whole pages inside of the range. "A server MAY discard length bytes starting at offset,
 * but is not required to; and MAY round offset up and length down".
 */
export function serveTrim(connection: Connection): Progress {
  const { request, device } = connection;
  if (!request.isBegun) {
    const skipped = request.from === 0 ? 0 : partBytes(request.from, request.left);
    if (skipped > 0) {
      request.slot += 1;
      request.from = 0;
      request.left -= skipped;
    }
    request.isBegun = true;
  }
  while (request.left >= PAGE_BYTES) {
    if (connection.turnSlots <= 0) return WANTS_TURN;
    const count = sliceCount(connection);
    const error = device.trim(request.slot, count);
    if (error !== 0) return finish(connection, error);
    advance(connection, count);
  }
  return finish(connection, 0);
}

/**
 * Zeroes all of the range. FAST_ZERO: "MUST fail quickly with ENOTSUP unless the request can be
 * serviced in less time than a corresponding WRITE". It always can: a page of zeroes takes no
 * compression, and the ends of a range cost what a write would cost but for the payload.
 */
export function serveWriteZeroes(connection: Connection): Progress {
  const { request, device } = connection;
  // "The client MAY set … NO_HOLE to inform the server that the area MUST be fully provisioned."
  const isKept = (request.flags & CMD_FLAG_NO_HOLE) !== 0;
  while (request.left > 0) {
    if (connection.turnSlots <= 0) return WANTS_TURN;
    let error = 0;
    if (request.from === 0 && request.left >= PAGE_BYTES) {
      const count = request.waitingCount > 0 ? request.waitingCount : sliceCount(connection);
      error = device.zero(request.slot, count, isKept);
      request.waitingCount = error === WAIT ? count : 0;
      if (error === 0) advance(connection, count);
    } else {
      const bytes = partBytes(request.from, request.left);
      error = device.zeroPart(request.slot, request.from, bytes);
      if (error === 0) {
        request.slot += 1;
        request.from = 0;
        request.left -= bytes;
        connection.turnSlots -= 1;
      }
    }
    if (error !== 0) return error === WAIT ? WANTS_DEVICE : finish(connection, error);
  }
  return finish(connection, 0);
}

/** "The server MAY use this information to speed up further access": here it is fast as it is. */
export function serveCache(connection: Connection): Progress {
  return finish(connection, 0);
}

/**
 * "The server MUST NOT send a successful reply header for this request before all write requests
 * for which a reply has already been sent to the client have reached permanent storage": a write is
 * answered when its pages are as safe as they will be.
 */
export function serveFlush(connection: Connection): Progress {
  return finish(connection, 0);
}

function sliceCount(connection: Connection): number {
  return Math.min(Math.floor(connection.request.left / PAGE_BYTES), connection.turnSlots);
}

function advance(connection: Connection, count: number): void {
  connection.request.slot += count;
  connection.request.left -= count * PAGE_BYTES;
  connection.turnSlots -= count;
}

function finish(connection: Connection, error: number): Progress {
  connection.replies.answer(connection.request, error);
  return FINISHED;
}

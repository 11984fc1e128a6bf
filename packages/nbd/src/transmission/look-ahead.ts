// What comes after the request that waits for the device: replies go in order, but a device whose
// pages are far away may fetch many at a time. So it is told of the pages that reads will ask for:
// the rest of the request's own, then those of complete requests that lie behind it in the region.
// All of it is a hint; nothing is begun, and nothing refused, before its turn. With each page that is
// waited for it is told anew what comes after that one, for it may have had no room to fetch all.

import {
  CMD_BLOCK_STATUS,
  CMD_CACHE,
  CMD_FLUSH,
  CMD_READ,
  CMD_TRIM,
  CMD_WRITE,
  CMD_WRITE_ZEROES,
  LOOK_AHEAD_REQUESTS,
  LOOK_AHEAD_SLOTS,
  REQUEST_BYTES,
  REQUEST_MAGIC,
} from '../constants.ts';
import { check } from './check.ts';
import type { Connection } from './connection.ts';
import { endSlot, Request } from './request.ts';

const NOWHERE = -1;

export class LookAhead {
  readonly #connection: Connection;
  readonly #view: DataView;
  readonly #next = new Request();
  /** The page that is waited for: its request's header, and its slot. */
  #waitsAt = NOWHERE;
  #waitsSlot = 0;
  /**
   * How far was told since it is: all of the reads before the one whose header is at this address,
   * and that one up to this slot.
   */
  #toldAt = NOWHERE;
  #toldSlot = 0;

  constructor(connection: Connection, view: DataView) {
    this.#connection = connection;
    this.#view = view;
  }

  /** Headers may be moved from here on, or others come to their addresses. */
  forget(): void {
    this.#waitsAt = NOWHERE;
  }

  /** Announces up to so many requests and pages from the page on that is waited for now. */
  look(): void {
    const { device, request, input, agreement } = this.#connection;
    if (device.announce === undefined) return;
    if (request.at !== this.#waitsAt || request.slot !== this.#waitsSlot) {
      this.#waitsAt = request.at;
      this.#waitsSlot = request.slot;
      this.#toldAt = NOWHERE;
    }
    let slotsLeft = LOOK_AHEAD_SLOTS;
    let at = input.head;
    if (request.type === CMD_READ) slotsLeft -= this.#tell(request, request.slot + 1, slotsLeft);
    // What has not come of a payload ends the look: then this is beyond `tail`.
    else if (request.type === CMD_WRITE) at += request.left;
    const next = this.#next;
    for (let count = 0; count < LOOK_AHEAD_REQUESTS && slotsLeft > 0; count++) {
      if (input.tail - at < REQUEST_BYTES || this.#view.getUint32(at) !== REQUEST_MAGIC) return;
      next.decode(this.#view, at);
      if (!isKnown(next.type)) return;
      at += REQUEST_BYTES;
      if (next.type === CMD_WRITE) at += next.length;
      else if (next.type === CMD_READ && check(next, agreement, device.bytes) === 0) {
        slotsLeft -= this.#tell(next, next.slot, slotsLeft);
      }
    }
  }

  /** Announces a read's pages from `slot` on, at most so many; returns how many are known by now. */
  #tell(request: Request, slot: number, slotsLeft: number): number {
    const end = Math.min(endSlot(request), slot + slotsLeft);
    if (end <= slot) return 0;
    if (request.at >= this.#toldAt) {
      const first = request.at === this.#toldAt ? Math.max(slot, this.#toldSlot) : slot;
      if (first < end) this.#connection.device.announce!(first, end - first);
      this.#toldAt = request.at;
      this.#toldSlot = Math.max(first, end);
    }
    return end - slot;
  }
}

/** Behind DISC nothing is served; behind what this server does not know, nobody knows. */
function isKnown(type: number): boolean {
  switch (type) {
    case CMD_READ:
    case CMD_WRITE:
    case CMD_FLUSH:
    case CMD_TRIM:
    case CMD_CACHE:
    case CMD_WRITE_ZEROES:
    case CMD_BLOCK_STATUS:
      return true;
    default:
      return false;
  }
}

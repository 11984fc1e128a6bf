// Writes replies into the region from which they are sent. Data goes between a header and the next
// one by the device itself; headers are written when it is known what they say.

import { assert } from '../assert.ts';
import {
  CHUNK_HEADER_BYTES,
  DATA_HEADER_BYTES,
  ERROR_CHUNK_BYTES,
  ERROR_OFFSET_CHUNK_BYTES,
  HOLE_CHUNK_BYTES,
  REPLY_FLAG_DONE,
  REPLY_TYPE_ERROR,
  REPLY_TYPE_ERROR_OFFSET,
  REPLY_TYPE_NONE,
  REPLY_TYPE_OFFSET_DATA,
  REPLY_TYPE_OFFSET_HOLE,
  SIMPLE_REPLY_BYTES,
  SIMPLE_REPLY_MAGIC,
  STRUCTURED_REPLY_MAGIC,
} from '../constants.ts';
import type { Request } from './request.ts';

const HIGH_WORD = 2 ** 32;

export class Replies {
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  readonly #start: number;
  readonly #isStructured: boolean;
  #isDiscarded = false;
  /** Where a reply goes on that stays where it is while the device is waited for; -1 if none does. */
  #openAt = -1;
  readonly end: number;
  /** Address of the first byte that has not been sent. */
  next: number;
  /** Address of the place for the next byte. */
  tail: number;

  constructor(memory: ArrayBufferLike, start: number, bytes: number, isStructured: boolean) {
    this.#view = new DataView(memory);
    this.#bytes = new Uint8Array(memory);
    this.#start = start;
    this.#isStructured = isStructured;
    this.end = start + bytes;
    this.next = start;
    this.tail = start;
  }

  /** The whole region. */
  get bytes(): number {
    return this.end - this.#start;
  }

  get room(): number {
    return this.end - this.tail;
  }

  /**
   * Leaves the region as it is until `reopen`: what begins at `tail` is not ready to be sent and goes
   * on at `at`. So a reply that waits comes out as one that doesn't, byte for byte.
   */
  open(at: number): void {
    this.#openAt = at;
  }

  /** Address at which the reply that was left open goes on; without one, of the next byte. */
  reopen(): number {
    const at = this.#openAt;
    if (at < 0) return this.tail;
    this.#openAt = -1;
    return at;
  }

  /** Whether a reply was left open. */
  get isOpen(): boolean {
    return this.#openAt >= 0;
  }

  /** Once everything was sent the region is free again; it is never free in part. */
  sent(bytes: number): void {
    if (this.#isDiscarded) return;
    assert(bytes >= 0 && bytes <= this.tail - this.next, 'what was sent was pending');
    this.next += bytes;
    if (this.next === this.tail && this.#openAt < 0) {
      this.next = this.#start;
      this.tail = this.#start;
    }
  }

  /** Forgets what was not sent; of a send that is under way it does not matter any more. */
  discard(): void {
    this.tail = this.next;
    this.#isDiscarded = true;
  }

  zeroes(count: number): void {
    this.#bytes.fill(0, this.tail, this.tail + count);
    this.tail += count;
  }

  /** The whole reply to a request that has no data, 34 bytes at most. */
  answer(request: Request, error: number): void {
    // "If structured replies have been negotiated, a simple reply MAY be used as a reply to any
    // request other than READ, but only if the reply has no data payload"; "the server SHOULD
    // prefer sending errors via a structured reply".
    if (error !== 0 && this.#isStructured) this.error(request, error);
    else {
      this.simpleHeader(this.tail, request, error);
      this.tail += SIMPLE_REPLY_BYTES;
    }
  }

  /** "S: 32 bits, magic; 32 bits, error (MAY be zero); 64 bits, cookie" */
  simpleHeader(at: number, request: Request, error: number): void {
    const view = this.#view;
    view.setUint32(at, SIMPLE_REPLY_MAGIC);
    view.setUint32(at + 4, error);
    view.setInt32(at + 8, request.cookieHigh);
    view.setInt32(at + 12, request.cookieLow);
  }

  /** "32 bits, magic; 16 bits, flags; 16 bits, type; 64 bits, cookie; 32 bits, length of payload" */
  chunkHeader(at: number, request: Request, flags: number, type: number, bytes: number): void {
    const view = this.#view;
    view.setUint32(at, STRUCTURED_REPLY_MAGIC);
    view.setUint16(at + 4, flags);
    view.setUint16(at + 6, type);
    view.setInt32(at + 8, request.cookieHigh);
    view.setInt32(at + 12, request.cookieLow);
    view.setUint32(at + 16, bytes);
  }

  /** The header before so many bytes of data that begin at `offset` of the export. */
  dataHeader(at: number, request: Request, flags: number, offset: number, bytes: number): void {
    this.chunkHeader(at, request, flags, REPLY_TYPE_OFFSET_DATA, 8 + bytes);
    this.#offset(at + CHUNK_HEADER_BYTES, offset);
  }

  hole(request: Request, flags: number, offset: number, bytes: number): void {
    const at = this.tail;
    // "OFFSET_HOLE: length MUST be exactly 12 … 32 bits: hole size (unsigned, MUST be nonzero)"
    this.chunkHeader(at, request, flags, REPLY_TYPE_OFFSET_HOLE, 12);
    this.#offset(at + CHUNK_HEADER_BYTES, offset);
    this.#view.setUint32(at + DATA_HEADER_BYTES, bytes);
    this.tail = at + HOLE_CHUNK_BYTES;
  }

  /** "NONE: length MUST be 0 … MUST always be used with the REPLY_FLAG_DONE bit set." */
  none(request: Request): void {
    this.chunkHeader(this.tail, request, REPLY_FLAG_DONE, REPLY_TYPE_NONE, 0);
    this.tail += CHUNK_HEADER_BYTES;
  }

  /** The final chunk of a request that failed as a whole, without a message. */
  error(request: Request, error: number): void {
    const at = this.tail;
    this.chunkHeader(at, request, REPLY_FLAG_DONE, REPLY_TYPE_ERROR, 6);
    this.#view.setUint32(at + CHUNK_HEADER_BYTES, error);
    this.#view.setUint16(at + CHUNK_HEADER_BYTES + 4, 0);
    this.tail = at + ERROR_CHUNK_BYTES;
  }

  /** The final chunk of a read that failed at the request's position. */
  errorAt(request: Request, error: number, offset: number): void {
    const at = this.tail;
    this.chunkHeader(at, request, REPLY_FLAG_DONE, REPLY_TYPE_ERROR_OFFSET, 14);
    this.#view.setUint32(at + CHUNK_HEADER_BYTES, error);
    this.#view.setUint16(at + CHUNK_HEADER_BYTES + 4, 0);
    this.#offset(at + CHUNK_HEADER_BYTES + 6, offset);
    this.tail = at + ERROR_OFFSET_CHUNK_BYTES;
  }

  u32(value: number): void {
    this.#view.setUint32(this.tail, value);
    this.tail += 4;
  }

  #offset(at: number, offset: number): void {
    this.#view.setUint32(at, Math.floor(offset / HIGH_WORD));
    this.#view.setUint32(at + 4, offset >>> 0);
  }
}

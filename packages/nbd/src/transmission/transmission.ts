// The transmission phase of one connection, server side: requests in one region of a memory, replies
// in another, no I/O and nothing allocated per request. The host receives straight into the one
// region and sends straight from the other; the device takes and puts pages in between.
//
// Requests are answered in order of arrival, so the order per block holds. Clients may not rely on
// it ("The server MAY process commands out of order"): replies carry the request's cookie.

import { assert } from '../assert.ts';
import {
  BUFFER_BYTES_MIN,
  CMD_DISC,
  CMD_TRIM,
  CMD_WRITE,
  CMD_WRITE_ZEROES,
  ERROR_OFFSET_CHUNK_BYTES,
  REQUEST_BYTES,
  REQUEST_MAGIC,
  TURN_SLOTS_MAX,
} from '../constants.ts';
import { PAGE_BYTES, type PageDevice } from '../page-device.ts';
import { check } from './check.ts';
import { Connection } from './connection.ts';
import { LookAhead } from './look-ahead.ts';
import { observe, type RequestObserver } from './observer.ts';
import {
  ENDED,
  FINISHED,
  HELD,
  WANTS_DEVICE,
  WANTS_INPUT,
  WANTS_OUTPUT,
  type Wants,
} from './progress.ts';
import { ReceiveBuffer } from './receive-buffer.ts';
import { Replies } from './replies.ts';
import { serve } from './serve.ts';

/** Where in the memory a connection's two regions lie; each has at least 64 KiB. */
export interface TransmissionBuffers {
  readonly rxAt: number;
  readonly rxBytes: number;
  readonly txAt: number;
  readonly txBytes: number;
}

/** What the handshake agreed on. */
export interface TransmissionOptions {
  readonly isStructured: boolean;
  readonly hasBaseAllocation: boolean;
  readonly isReadOnly?: boolean | undefined;
}

/**
 * The host's loop: receive into `rxRoom` bytes at `rxNext`, tell `received`; call `advance`; send
 * `txPending` bytes from `txNext`, tell `sent`; do as `advance` said. No receive may be under way
 * during `advance`; a send may.
 *
 * While `advance` wants the device, the host waits for that; it may send what is pending, and may
 * receive as far as there is room and then call `lookAhead`.
 *
 * To stop in order, the host receives no more and goes on until `advance` wants input: all complete
 * requests are then answered. `isIdle` tells whether there is the beginning of another.
 */
export class Transmission {
  readonly #connection: Connection;
  readonly #view: DataView;
  readonly #ahead: LookAhead;
  #isServing = false;
  /** While true no request is begun; one that is begun goes on to its end. */
  isHeld = false;
  /** Is told of each request that is begun and was found good. */
  observer: RequestObserver | null = null;

  constructor(
    memory: ArrayBufferLike,
    buffers: TransmissionBuffers,
    device: PageDevice,
    options: TransmissionOptions,
  ) {
    const { rxAt, rxBytes, txAt, txBytes } = buffers;
    assertRegion(memory, rxAt, rxBytes);
    assertRegion(memory, txAt, txBytes);
    assert(rxAt + rxBytes <= txAt || txAt + txBytes <= rxAt, 'the regions do not overlap');
    assert(Number.isSafeInteger(device.bytes), 'the size of an export is a number below 2^53');
    assert(device.bytes % PAGE_BYTES === 0, 'the size of an export is a multiple of 4096');
    const { isStructured, hasBaseAllocation, isReadOnly = false } = options;
    assert(isStructured || !hasBaseAllocation, 'metadata contexts need structured replies');
    this.#view = new DataView(memory);
    this.#connection = new Connection(
      device,
      new ReceiveBuffer(memory, rxAt, rxBytes),
      new Replies(memory, txAt, txBytes, isStructured),
      { isStructured, hasBaseAllocation, isReadOnly },
    );
    this.#ahead = new LookAhead(this.#connection, this.#view);
  }

  /** Address at which the next bytes are to be received. */
  get rxNext(): number {
    return this.#connection.input.tail;
  }

  /** How many bytes may be received; above 0 whenever `advance` wanted input. */
  get rxRoom(): number {
    return this.#connection.input.room;
  }

  /** Address of the first byte that is to be sent. */
  get txNext(): number {
    return this.#connection.replies.next;
  }

  /** How many bytes are to be sent. */
  get txPending(): number {
    return this.#connection.replies.tail - this.#connection.replies.next;
  }

  /**
   * Why the session ended: `disconnected` by the client, `protocol: …` if it broke the protocol, or
   * `device: …` if a long read without structured replies failed after its header was sent. Empty
   * while the session lasts.
   */
  get reason(): string {
    return this.#connection.reason;
  }

  /** Whether nothing has come that is not answered: no request, and no part of one. */
  get isIdle(): boolean {
    return !this.#isServing && this.#connection.input.tail === this.#connection.input.head;
  }

  /** Whether a request is begun that changes pages and is not carried out yet. */
  get isChanging(): boolean {
    if (!this.#isServing) return false;
    const { type } = this.#connection.request;
    return type === CMD_WRITE || type === CMD_TRIM || type === CMD_WRITE_ZEROES;
  }

  /** Whether a request is begun and not answered yet. */
  get isServing(): boolean {
    return this.#isServing;
  }

  received(bytes: number): void {
    this.#connection.input.received(bytes);
  }

  sent(bytes: number): void {
    this.#connection.replies.sent(bytes);
  }

  /** Serves what it can and says what it needs to go on. */
  advance(): Wants {
    const connection = this.#connection;
    if (connection.reason !== '') return ENDED;
    const { input } = connection;
    connection.turnSlots = TURN_SLOTS_MAX;
    for (;;) {
      if (!this.#isServing) {
        if (this.isHeld) return HELD;
        if (input.tail - input.head < REQUEST_BYTES) return this.#starve();
        // Room for any answer without data, so that serving a write needs no output.
        if (connection.replies.room < ERROR_OFFSET_CHUNK_BYTES) return WANTS_OUTPUT;
        if (!this.#begin()) return ENDED;
        if (!this.#isServing) continue;
      }
      const progress = serve(connection);
      if (progress === FINISHED) {
        this.#isServing = false;
        continue;
      }
      if (progress === WANTS_INPUT) return this.#starve();
      if (progress === WANTS_DEVICE) this.#ahead.look();
      return progress;
    }
  }

  /** While the device is waited for: announces to it the pages of what was received since. */
  lookAhead(): void {
    assert(this.#isServing, 'a request waits');
    this.#ahead.look();
  }

  /** All that could be served is. */
  #starve(): Wants {
    this.#connection.input.makeRoom();
    this.#ahead.forget();
    return WANTS_INPUT;
  }

  /** Takes the next request; one that is refused is answered. False if the session is over. */
  #begin(): boolean {
    const connection = this.#connection;
    const { request, input, agreement } = connection;
    const at = input.head;
    if (this.#view.getUint32(at) !== REQUEST_MAGIC) {
      // "Either side MAY initiate a hard disconnect if it detects a violation": what follows cannot
      // be told apart any more.
      connection.reason = 'protocol: a request has not the magic number';
      return false;
    }
    request.decode(this.#view, at);
    input.head = at + REQUEST_BYTES;
    if (request.type === CMD_DISC) {
      // "The server MUST handle all outstanding requests … and close the TCP session"; "There is no
      // reply to a DISC." All earlier requests are answered by now.
      connection.reason = 'disconnected';
      return false;
    }
    const error = check(request, agreement, connection.device.bytes);
    if (this.observer !== null && error === 0) observe(this.observer, request);
    if (error === 0 || request.type === CMD_WRITE) {
      request.error = error;
      this.#isServing = true;
    } else {
      connection.replies.answer(request, error);
    }
    return true;
  }
}

function assertRegion(memory: ArrayBufferLike, at: number, bytes: number): void {
  assert(bytes >= BUFFER_BYTES_MIN, `a region has at least ${BUFFER_BYTES_MIN} bytes`);
  assert(at >= 0 && at + bytes <= memory.byteLength, 'a region lies in the memory');
}

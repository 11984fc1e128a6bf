// The reading side of a stream of requests: bytes go in as they come, requests come out one by one.

import type { RequestKind } from '@pagelend/nbd';
import { DaemonError } from '../errors.ts';
import {
  type EndReason,
  endReasons,
  HEAD_BYTES,
  headFault,
  RECORD_BYTES,
  RECORD_KINDS,
} from './stream-format.ts';

export interface RequestSink {
  /** A request on `count` pages, from the one in `slot` on. */
  request(kind: RequestKind, slot: number, count: number, connection: number): void;
  /** So many requests came too fast to be told. */
  lost(count: number): void;
}

export class RequestStreamParser {
  readonly #sink: RequestSink;
  #held: Uint8Array = new Uint8Array(0);
  #hasHead = false;
  #end: EndReason | null = null;

  constructor(sink: RequestSink) {
    this.#sink = sink;
  }

  /** Why the recording ended; null while it goes on. */
  get end(): EndReason | null {
    return this.#end;
  }

  /** Throws DAEMON_ANSWER where the bytes are no stream of requests. */
  push(chunk: Uint8Array): void {
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    let at = 0;
    if (!this.#hasHead) {
      if (bytes.length < HEAD_BYTES) {
        this.#held = new Uint8Array(bytes);
        return;
      }
      const fault = headFault(bytes);
      if (fault !== null) throw broken(fault);
      this.#hasHead = true;
      at = HEAD_BYTES;
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (; at + RECORD_BYTES <= bytes.length; at += RECORD_BYTES) this.#record(view, at);
    // A copy (which `slice` of a Buffer is not): the chunk's memory may be used again.
    this.#held = new Uint8Array(bytes.subarray(at));
  }

  #record(view: DataView, at: number): void {
    if (this.#end !== null) throw broken('more after the end of the recording');
    const kind = view.getUint32(at, true);
    const connection = view.getUint32(at + 4, true);
    const slot = view.getUint32(at + 8, true);
    const count = view.getUint32(at + 12, true);
    if (kind <= RECORD_KINDS.zeroed) {
      this.#sink.request(kind as RequestKind, slot, count, connection);
    } else if (kind === RECORD_KINDS.lost) this.#sink.lost(count);
    else if (kind === RECORD_KINDS.end && count < endReasons.length) this.#end = endReasons[count]!;
    else throw broken(`a record of kind ${kind} (${count}), which is unknown`);
  }
}

function broken(what: string): DaemonError {
  return new DaemonError(
    'DAEMON_ANSWER',
    `the daemon sent ${what}; use a pagelend of its own version`,
  );
}

// One recording, on the main thread: takes requests out of the ring whenever whoever receives them
// has room for more. One that is too slow stops nobody: the ring fills, and what is lost is told.

import { makeRequestRing, RingReader } from './request-ring.ts';
import { type EndReason, endRecord, RECORD_BYTES, streamHead } from './stream-format.ts';

/** How long to sleep once the ring is empty; threads would pay for waking anybody. */
const POLL_MS = 10;
const CHUNK_RECORDS = 65_536 / RECORD_BYTES;

export class Recording {
  readonly ring: SharedArrayBuffer;
  readonly #reader: RingReader;
  readonly #onGone: () => void;
  #end: EndReason | null = null;
  #wake: (() => void) | null = null;

  /** `onGone` is called when the receiver goes away before the end. */
  constructor(onGone: () => void, ring = makeRequestRing()) {
    this.ring = ring;
    this.#reader = new RingReader(ring);
    this.#onGone = onGone;
  }

  /** Ends the stream behind what is in the ring. No thread may write to it any more. */
  finish(reason: EndReason): void {
    this.#end ??= reason;
    this.#wake?.();
  }

  /** The bytes to send, made as they are asked for. */
  stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return new ReadableStream(
      {
        start: (controller) => controller.enqueue(streamHead()),
        pull: (controller) => this.#pull(controller),
        cancel: () => {
          this.finish('asked');
          this.#onGone();
        },
      },
      { highWaterMark: 1 },
    );
  }

  async #pull(controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>): Promise<void> {
    for (;;) {
      // Asked before the ring is: what was written before the end is in the ring by then.
      const end = this.#end;
      const bytes = this.#reader.take(CHUNK_RECORDS);
      if (bytes !== null) {
        controller.enqueue(bytes);
        return;
      }
      if (end !== null) {
        controller.enqueue(endRecord(end));
        controller.close();
        return;
      }
      await this.#sleep();
    }
  }

  #sleep(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, POLL_MS);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

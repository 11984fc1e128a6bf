// The region in which a client's bytes arrive. They are served where they lie; only the beginning
// of a message or page whose end has not come is ever moved, once in half a region at most.

import { assert } from '../assert.ts';

export class ReceiveBuffer {
  readonly #bytes: Uint8Array;
  readonly #start: number;
  readonly #end: number;
  /** Address of the first byte that is not yet served. */
  head: number;
  /** Address of the place for the next byte. */
  tail: number;

  constructor(memory: ArrayBufferLike, start: number, bytes: number) {
    this.#bytes = new Uint8Array(memory);
    this.#start = start;
    this.#end = start + bytes;
    this.head = start;
    this.tail = start;
  }

  get room(): number {
    return this.#end - this.tail;
  }

  received(bytes: number): void {
    assert(bytes >= 0 && bytes <= this.room, 'what was received fits in the room');
    this.tail += bytes;
  }

  /** Makes room when all that can be served is; what is left is less than a message and a page. */
  makeRoom(): void {
    const { head, tail } = this;
    const start = this.#start;
    if (head === tail) {
      this.head = start;
      this.tail = start;
    } else if (this.#end - tail < (this.#end - start) / 2 && head > start) {
      this.#bytes.copyWithin(start, head, tail);
      this.head = start;
      this.tail = start + tail - head;
    }
  }
}

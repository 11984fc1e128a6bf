// Bytes that have come and are not yet understood, as one stretch, so that input may arrive one
// byte at a time. It never holds more than one option and what came in one call after it.

const INITIAL_BYTES = 256;

export class ByteQueue {
  #bytes = new Uint8Array(INITIAL_BYTES);
  #head = 0;
  #tail = 0;

  get length(): number {
    return this.#tail - this.#head;
  }

  push(bytes: Uint8Array): void {
    const count = this.length;
    if (this.#tail + bytes.length > this.#bytes.length) {
      const needed = count + bytes.length;
      const old = this.#bytes.subarray(this.#head, this.#tail);
      // At least doubled when it grows, so that single bytes are not copied over and over.
      if (needed > this.#bytes.length / 2) this.#bytes = new Uint8Array(2 * needed);
      this.#bytes.set(old);
      this.#head = 0;
      this.#tail = count;
    }
    this.#bytes.set(bytes, this.#tail);
    this.#tail += bytes.length;
  }

  /** The first `count` bytes, which must be there; valid until the next push. */
  peek(count: number): DataView {
    return new DataView(this.#bytes.buffer, this.#head, count);
  }

  /** Takes the first `count` bytes, which must be there; valid until the next push. */
  take(count: number): Uint8Array {
    this.#head += count;
    return this.#bytes.subarray(this.#head - count, this.#head);
  }

  /** Drops up to `count` bytes; returns how many. */
  drop(count: number): number {
    const dropped = Math.min(count, this.length);
    this.#head += dropped;
    return dropped;
  }

  /** Takes a copy of everything. */
  takeAll(): Uint8Array {
    return this.take(this.length).slice();
  }
}

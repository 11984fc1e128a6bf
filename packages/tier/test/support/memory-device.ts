// A device in memory, which checks what a real one requires: whole blocks, within its end, from
// memory that begins at a page.

import type { TierDevice } from '../../src/contract.ts';

export const BLOCK_BYTES = 4096;

export class MemoryDevice implements TierDevice {
  readonly path = 'memory';
  readonly blockBytes = BLOCK_BYTES;
  readonly contents: Uint8Array;
  /** Ranges that it was told to forget: offset and length, one after the other. */
  readonly discarded: (readonly [number, number])[] = [];
  isClosed = false;

  /** `contents` are taken over, zeroed, from a device that is used no more. */
  constructor(bytes: number, contents = new Uint8Array(bytes)) {
    this.contents = contents.fill(0);
  }

  get bytes(): number {
    return this.contents.length;
  }

  async read(at: number, target: Uint8Array): Promise<void> {
    this.readNow(at, target);
  }

  readNow(at: number, target: Uint8Array): void {
    this.#check(at, target);
    target.set(this.contents.subarray(at, at + target.length));
  }

  async write(at: number, source: Uint8Array): Promise<void> {
    this.writeNow(at, source);
  }

  writeNow(at: number, source: Uint8Array): void {
    this.#check(at, source);
    this.contents.set(source, at);
  }

  /** What is forgotten is filled with what no record begins with. */
  discard(at: number, bytes: number): void {
    this.discarded.push([at, bytes]);
    this.contents.fill(0xdd, at, at + bytes);
  }

  close(): void {
    this.isClosed = true;
  }

  #check(at: number, bytes: Uint8Array): void {
    const isWhole = [at, bytes.length, bytes.byteOffset].every(
      (value) => value % BLOCK_BYTES === 0,
    );
    if (this.isClosed || !isWhole || at < 0 || at + bytes.length > this.contents.length) {
      throw new RangeError(`no transfer of a device: ${bytes.length} bytes at ${at}`);
    }
  }
}

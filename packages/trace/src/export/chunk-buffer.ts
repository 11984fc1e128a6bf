// Collects small records into large writes.
import type { ByteOutput } from '../io/output.ts';
import { CHUNK_BYTES } from '../limits.ts';

export class ChunkBuffer {
  readonly bytes = new Uint8Array(CHUNK_BYTES / 4);
  readonly view = new DataView(this.bytes.buffer);
  /** Where the next record goes. */
  at = 0;
  readonly #output: ByteOutput;

  constructor(output: ByteOutput) {
    this.#output = output;
  }

  /** Whether a record of this many bytes still fits. */
  fits(recordBytes: number): boolean {
    return this.at + recordBytes <= this.bytes.length;
  }

  async flush(): Promise<void> {
    const filled = this.bytes.subarray(0, this.at);
    this.at = 0;
    if (filled.length > 0) await this.#output.write(filled);
  }
}

// A memory in which codecs are watched: streams and pages lie between canaries, and can lie at the
// very end, where reading further traps.

import {
  COMPRESSED_BYTES_MAX,
  type CodecName,
  createCodec,
  PAGE_BYTES,
  SCRATCH_BYTES,
} from '@pagelend/codec';

const CANARY = 0xa5;
const BLOCK_BYTES = 65_536;

export class Workplace {
  readonly memory: WebAssembly.Memory;
  readonly bytes: Uint8Array;
  readonly codec;

  constructor(name: CodecName = 'lzo') {
    this.memory = new WebAssembly.Memory({ initial: 2, maximum: 2, shared: true });
    this.bytes = new Uint8Array(this.memory.buffer);
    this.codec = createCodec(name, this.memory, 0);
  }

  /** Compresses a page that ends where the memory does. */
  compress(page: Uint8Array): Uint8Array {
    const source = 2 * BLOCK_BYTES - PAGE_BYTES;
    const target = 32_768;
    this.#guard();
    this.bytes.set(page, source);
    const length = this.codec.compress(source, target);
    this.#check([source, PAGE_BYTES], [target, COMPRESSED_BYTES_MAX]);
    return Uint8Array.from(this.bytes.subarray(target, target + length));
  }

  /** Decompresses a stream; null where it is refused. One side lies at the memory's end. */
  decompress(stream: Uint8Array, isTargetAtEnd = false): Uint8Array | null {
    const end = 2 * BLOCK_BYTES;
    const source = isTargetAtEnd ? 32_768 + 3 : end - stream.length;
    const target = isTargetAtEnd ? end - PAGE_BYTES : 32_768 + 5;
    this.#guard();
    this.bytes.set(stream, source);
    const isSound = this.codec.decompress(source, stream.length, target);
    this.#check([source, stream.length], [target, PAGE_BYTES]);
    const read = this.bytes.subarray(source, source + stream.length);
    if (Buffer.compare(read, stream) !== 0) throw new Error('the stream was written to');
    return isSound ? Uint8Array.from(this.bytes.subarray(target, target + PAGE_BYTES)) : null;
  }

  #guard(): void {
    this.bytes.fill(CANARY, SCRATCH_BYTES);
  }

  /** Throws if a byte was written outside of the two ranges and the scratch memory. */
  #check(...ranges: readonly [at: number, bytes: number][]): void {
    const sorted = ranges.toSorted((a, b) => a[0] - b[0]);
    let at = SCRATCH_BYTES;
    for (const [start, bytes] of [...sorted, [this.bytes.length, 0] as const]) {
      const gap = this.bytes.subarray(at, start);
      if (Buffer.compare(gap, canaries.subarray(0, gap.length)) !== 0) {
        throw new Error(`written outside: between ${at} and ${start}`);
      }
      at = start + bytes;
    }
  }
}

const canaries = new Uint8Array(2 * BLOCK_BYTES).fill(CANARY);

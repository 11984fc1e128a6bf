// zstd by the package fzstd, which is plain JavaScript and streams. Of the packages that install
// without a download it was chosen by trial with the real zstd command's output: the WebAssembly
// packages either drop a corrupt block in silence, never return from one, or want the whole input
// at once. fzstd checks no checksum, so that is done here; zstd-frames.ts says where input fails.
import { Decompress } from 'fzstd';
import xxhash from 'xxhash-wasm';
import { TraceError } from '../errors.ts';
import { emptyCompressed } from './gunzip.ts';
import { ZstdFrameWalker, type ZstdPiece } from './zstd-frames.ts';

export async function* unzstdChunks(
  stored: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<Uint8Array> {
  const { create64 } = await xxhash();
  const walker = new ZstdFrameWalker(name);
  let frame = new ZstdFrame(name, create64());
  let isEmpty = true;
  for await (const chunk of stored) {
    isEmpty = isEmpty && chunk.length === 0;
    for (const piece of walker.push(chunk)) {
      if (piece.kind === 'frame' && piece.isFirst) frame = new ZstdFrame(name, create64());
      yield* frame.take(piece, walker.offset);
    }
  }
  if (isEmpty) throw emptyCompressed(name, 'zstd');
  walker.end();
}

/** The state of decompressing one frame. */
class ZstdFrame {
  readonly #name: string;
  readonly #hash: Hash;
  readonly #decompress: Decompress;
  #output: Uint8Array[] = [];
  #bytes = 0;

  constructor(name: string, hash: Hash) {
    this.#name = name;
    this.#hash = hash;
    this.#decompress = new Decompress((block) => {
      if (block.length > 0) this.#output.push(block);
    });
  }

  *take(piece: ZstdPiece, offset: number): Generator<Uint8Array> {
    try {
      if (piece.kind === 'frame') this.#decompress.push(piece.bytes);
      else this.#decompress.push(new Uint8Array(0), true);
    } catch (cause) {
      const found = cause instanceof Error ? cause.message : String(cause);
      throw this.#damaged(offset, found, undefined);
    }
    const blocks = this.#output;
    this.#output = [];
    for (const block of blocks) {
      this.#hash.update(block);
      this.#bytes += block.length;
      yield block;
    }
    if (piece.kind === 'frame') return;
    if (piece.contentBytes !== null && piece.contentBytes !== this.#bytes) {
      throw this.#damaged(offset, `${this.#bytes} bytes`, `${piece.contentBytes} in the frame`);
    }
    const checksum = Number(this.#hash.digest() & 0xffffffffn);
    if (piece.checksum !== null && piece.checksum !== checksum) {
      const found = `checksum 0x${checksum.toString(16)}`;
      throw this.#damaged(offset, found, `0x${piece.checksum.toString(16)}`);
    }
  }

  #damaged(offset: number, found: string, expected: string | undefined): TraceError {
    const data = {
      file: this.#name,
      offset,
      found,
      ...(expected === undefined ? {} : { expected }),
    };
    return new TraceError('TRACE_DAMAGED', 'the zstd data is damaged', data);
  }
}

interface Hash {
  update(bytes: Uint8Array): unknown;
  digest(): bigint;
}

// Whether bytes are what is kept of a page: they are decompressed, in a small memory of their own, by
// the codec that they say. A codec whose library is missing tells nothing of its pages.

import {
  type CodecName,
  codecIds,
  createCodec,
  type PageCodec,
  SCRATCH_BYTES,
} from '@pagelend/codec';
import { BLOCK_BYTES, PAGE_BYTES } from '../layout.ts';
import { RECORD_RAW, RECORD_WORD, WORD_BYTES } from '../lease-chunks.ts';
import { bufferOf, roundUp, sharedMemory } from '../pool-files.ts';

const codecNames = Object.entries(codecIds) as [CodecName, number][];
const PAGE_AT = roundUp(SCRATCH_BYTES * codecNames.length, PAGE_BYTES);

/** Where callers put bytes; it begins at a page, and so does the device's memory. */
export const INPUT_AT = PAGE_AT + PAGE_BYTES;
export const INPUT_BYTES = 2 ** 20 + BLOCK_BYTES;

export class PageReader {
  /** The memory; callers write to INPUT_AT and after it. */
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  /** Pages of each codec whose library is missing, and what is said of that. */
  readonly unchecked = new Map<CodecName, { pages: number; readonly reason: string }>();
  readonly #memory = sharedMemory(INPUT_AT + INPUT_BYTES);
  readonly #codecs = new Map<number, PageCodec | null>();

  constructor() {
    this.bytes = new Uint8Array(bufferOf(this.#memory));
  }

  /** What is wrong with `bytes` at `at` as what is kept of a page; null where they are sound. */
  fault(kind: number, at: number, bytes: number): string | null {
    if (kind === RECORD_WORD) {
      return bytes === WORD_BYTES ? null : `it has ${bytes} bytes for a repeated word of 8`;
    }
    if (kind === RECORD_RAW) {
      return bytes === PAGE_BYTES ? null : `it has ${bytes} bytes for a page as it is`;
    }
    const named = codecNames.find(([, id]) => id === kind);
    if (named === undefined) return `it is kept as kind ${kind}, which no version has`;
    const [name] = named;
    const codec = this.#codec(name, kind);
    if (codec === null) {
      this.unchecked.get(name)!.pages += 1;
      return null;
    }
    const isPage = codec.decompress(at, bytes, PAGE_AT);
    return isPage ? null : `its ${bytes} bytes are no ${name} stream of one page`;
  }

  #codec(name: CodecName, kind: number): PageCodec | null {
    let codec = this.#codecs.get(kind);
    if (codec === undefined) {
      codec = null;
      try {
        codec = createCodec(name, this.#memory, (kind - 1) * SCRATCH_BYTES);
      } catch (error) {
        this.unchecked.set(name, { pages: 0, reason: String((error as Error).message) });
      }
      this.#codecs.set(kind, codec);
    }
    return codec;
  }
}

// The writing side of the format, without I/O: references go in one at a time, finished blocks come
// out as bytes. Counts stand in the trailer, so a trace can be written to a pipe.
import { type Op, WRITE } from '@pagelend/policies';
import { BLOCK_REFERENCES_MAX, PAGE_SIZE_BYTES_DEFAULT } from '../limits.ts';
import { BlockEncoder } from './block-encoder.ts';
import { encodeHeader, encodeTrailer } from './header.ts';
import type { BlockCodec, Provenance, TraceSummary } from './layout.ts';
import { nodeCodec } from './node-codec.ts';
import { PageNumbering } from './page-numbering.ts';

export interface EncoderOptions {
  /** Power of two; 4096 unless given. */
  readonly pageSizeBytes?: number;
  readonly provenance?: Provenance;
  readonly codec?: BlockCodec;
}

export class TraceEncoder {
  readonly pageSizeBytes: number;
  readonly #codec: BlockCodec;
  readonly #blockEncoder: BlockEncoder;
  readonly #numbering = new PageNumbering();
  readonly #block = new Uint32Array(BLOCK_REFERENCES_MAX);
  #filled = 0;
  #finished: Uint8Array[] = [];
  #blocks = 0;
  #references = 0;
  #writes = 0;
  #pagesInBlocks = 0;

  constructor(options: EncoderOptions = {}) {
    this.pageSizeBytes = options.pageSizeBytes ?? PAGE_SIZE_BYTES_DEFAULT;
    this.#codec = options.codec ?? nodeCodec;
    this.#blockEncoder = new BlockEncoder(this.#codec);
    this.#finished.push(encodeHeader(this.pageSizeBytes, options.provenance ?? {}, this.#codec));
  }

  /** Appends one reference. Throws TRACE_PAGE_RANGE unless 0 <= pageNumber < 2^52. */
  add(pageNumber: number, op: Op): void {
    const id = this.#numbering.idOf(pageNumber);
    this.#block[this.#filled++] = ((id << 1) | op) >>> 0;
    if (this.#filled === BLOCK_REFERENCES_MAX) this.#finishBlock();
  }

  /** References added so far. */
  get references(): number {
    return this.#references + this.#filled;
  }

  /** Distinct pages so far. */
  get pages(): number {
    return this.#numbering.count;
  }

  /** Bytes that are ready to be written, in order; the caller takes them away. */
  take(): Uint8Array[] {
    const finished = this.#finished;
    if (finished.length > 0) this.#finished = [];
    return finished;
  }

  /** Ends the trace; `take` then yields the last block and the trailer. Nothing may be added after. */
  finish(): TraceSummary {
    if (this.#filled > 0) this.#finishBlock();
    const summary = {
      references: this.#references,
      reads: this.#references - this.#writes,
      writes: this.#writes,
      pages: this.#numbering.count,
      blocks: this.#blocks,
    };
    this.#finished.push(encodeTrailer(summary, this.#codec));
    return summary;
  }

  #finishBlock(): void {
    const references = this.#block.subarray(0, this.#filled);
    let writes = 0;
    for (let at = 0; at < references.length; at++) writes += references[at]! & WRITE;
    const { count } = this.#numbering;
    this.#finished.push(
      this.#blockEncoder.encode(
        references,
        this.#blocks,
        this.#pagesInBlocks,
        writes,
        this.#numbering,
      ),
    );
    this.#blocks++;
    this.#references += references.length;
    this.#writes += writes;
    this.#pagesInBlocks = count;
    this.#filled = 0;
  }
}

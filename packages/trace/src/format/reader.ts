// The reading side of the format over any source of bytes. Blocks come out as packed references
// with dense ids; all counts are compared with the trailer, and a trace that ends without one is an
// error, because a shorter trace would give other results without a sign.
import { assert } from '@pagelend/policies';
import { TraceError } from '../errors.ts';
import { BlockDecoder, splitPayload } from './block-decoder.ts';
import { type BlockHeader, decodePageNumbers, parseBlockHeader } from './block-header.ts';
import type { ByteSource } from './byte-source.ts';
import { damaged, headerBytes, hex, parseHeader, parseTrailer, truncated } from './header.ts';
import {
  BLOCK_CHECKSUM_AT,
  BLOCK_FOOTER_BYTES,
  BLOCK_HEADER_BYTES,
  type BlockCodec,
  HEADER_FIXED_BYTES,
  TRAILER_BYTES,
  TRAILER_TAG,
  type TraceHeader,
  type TraceSummary,
} from './layout.ts';

export class TraceReader {
  /** The file as the user named it, `(stdin)` for `-`. */
  readonly name: string;
  readonly header: TraceHeader;
  /** Counts of the trailer; null for a stream whose end was not read yet. */
  summary: TraceSummary | null = null;

  readonly #source: ByteSource;
  readonly #codec: BlockCodec;
  readonly #decoder = new BlockDecoder();
  readonly #firstBlockAt: number;
  #pageNumbers = new Float64Array(1024);
  #pages = 0;
  #isStreamUsed = false;

  private constructor(source: ByteSource, codec: BlockCodec, header: TraceHeader, bytes: number) {
    this.name = source.name;
    this.header = header;
    this.#source = source;
    this.#codec = codec;
    this.#firstBlockAt = bytes;
  }

  /** Reads the header and, of a seekable source, the trailer. The reader owns the source. */
  static async open(source: ByteSource, codec: BlockCodec): Promise<TraceReader> {
    // Copied, because a source's bytes are valid only until its next read.
    const fixed = Uint8Array.from(await source.read(HEADER_FIXED_BYTES));
    const bytes = headerBytes(fixed, source.name);
    const rest = await source.read(bytes - HEADER_FIXED_BYTES);
    const whole = new Uint8Array(bytes);
    whole.set(fixed);
    whole.set(rest, HEADER_FIXED_BYTES);
    const got = fixed.length + rest.length;
    if (got < bytes) throw truncated(source.name, got, `a header of ${bytes} bytes`);
    const header = parseHeader(whole, codec, source.name);
    const reader = new TraceReader(source, codec, header, bytes);
    if (source.sizeBytes !== null) await reader.#readTrailer(source.sizeBytes);
    return reader;
  }

  /** Dense id -> page number of the pages seen so far; complete after the last block. */
  get pageNumbers(): Float64Array {
    return this.#pageNumbers.subarray(0, this.#pages);
  }

  /** Whether `blocks` may be called again and `blocksBackward` at all. */
  get isSeekable(): boolean {
    return this.#source.sizeBytes !== null;
  }

  /** All references in order, a block at a time. An array is valid until the next step. */
  async *blocks(): AsyncGenerator<Uint32Array, void, undefined> {
    this.#rewind();
    const counts = { blocks: 0, references: 0, writes: 0 };
    let offset = this.#firstBlockAt;
    for (;;) {
      const block = await this.#readBlock(offset);
      if (block === null) break;
      const { header } = block;
      if (header.index !== counts.blocks || header.firstPage !== this.#pages) {
        const found = `block ${header.index} whose first new page is ${header.firstPage}`;
        const expected = `block ${counts.blocks} and page ${this.#pages}`;
        throw damaged(this.name, offset, found, expected);
      }
      const references = this.#decode(block, offset);
      this.#pages += header.newPages;
      counts.blocks++;
      counts.references += header.references;
      counts.writes += header.writes;
      offset += BLOCK_HEADER_BYTES + header.storedBytes + BLOCK_FOOTER_BYTES;
      yield references;
    }
    await this.#finish(offset, counts);
  }

  /**
   * The same blocks, last first; within a block the references stand in their order. Needs a
   * seekable source whose blocks were read forward once, which has checked all that they claim.
   */
  async *blocksBackward(): AsyncGenerator<Uint32Array, void, undefined> {
    const { sizeBytes } = this.#source;
    if (sizeBytes === null) throw this.#notSeekable();
    assert(this.#pages === this.summary?.pages, 'read the blocks forward before backward');
    let end = sizeBytes - TRAILER_BYTES;
    let index = this.summary.blocks;
    while (end > this.#firstBlockAt) {
      this.#source.seek(end - BLOCK_FOOTER_BYTES);
      const footer = await this.#source.read(BLOCK_FOOTER_BYTES);
      const stored = new DataView(footer.buffer, footer.byteOffset, 4).getUint32(0, true);
      const offset = end - BLOCK_FOOTER_BYTES - stored - BLOCK_HEADER_BYTES;
      if (offset < this.#firstBlockAt) {
        const at = end - BLOCK_FOOTER_BYTES;
        throw damaged(this.name, at, `a block of ${stored} bytes`, 'one that fits into the file');
      }
      this.#source.seek(offset);
      const block = await this.#readBlock(offset);
      index--;
      const lastPage = block === null ? 0 : block.header.firstPage + block.header.newPages;
      if (block === null || block.header.index !== index || lastPage > this.#pages) {
        throw damaged(this.name, offset, 'another block', `block ${index}`);
      }
      yield this.#decode(block, offset);
      end = offset;
    }
  }

  async close(): Promise<void> {
    await this.#source.close();
  }

  #rewind(): void {
    this.#pages = 0;
    if (this.#source.sizeBytes !== null) {
      this.#source.seek(this.#firstBlockAt);
    } else if (this.#isStreamUsed) {
      throw this.#notSeekable();
    }
    this.#isStreamUsed = true;
  }

  async #readTrailer(sizeBytes: number): Promise<void> {
    const offset = sizeBytes - TRAILER_BYTES;
    if (offset < this.#firstBlockAt) {
      throw truncated(this.name, sizeBytes, `a trailer of ${TRAILER_BYTES} bytes`);
    }
    this.#source.seek(offset);
    const bytes = await this.#source.read(TRAILER_BYTES);
    this.summary = parseTrailer(bytes, offset, this.#codec, this.name);
  }

  /** Reads one block at the current place; null at the trailer, whose tag was consumed. */
  async #readBlock(offset: number): Promise<StoredBlock | null> {
    const tag = Uint8Array.from(await this.#source.read(4));
    if (tag.length === 4 && new DataView(tag.buffer).getUint32(0, true) === TRAILER_TAG)
      return null;
    const rest = tag.length < 4 ? tag.subarray(4) : await this.#source.read(BLOCK_HEADER_BYTES - 4);
    const got = tag.length + rest.length;
    if (got < BLOCK_HEADER_BYTES) throw truncated(this.name, offset + got, 'a block or a trailer');
    const headerData = new Uint8Array(BLOCK_HEADER_BYTES);
    headerData.set(tag);
    headerData.set(rest, 4);
    const header = parseBlockHeader(headerData, offset, this.name);
    const body = await this.#source.read(header.storedBytes + BLOCK_FOOTER_BYTES);
    if (body.length < header.storedBytes + BLOCK_FOOTER_BYTES) {
      const at = offset + got + body.length;
      throw truncated(this.name, at, `a block of ${header.storedBytes} bytes`);
    }
    const stored = body.subarray(0, header.storedBytes);
    const headerSum = this.#codec.crc32(headerData.subarray(0, BLOCK_CHECKSUM_AT));
    const sum = this.#codec.crc32(stored, headerSum);
    if (sum !== header.checksum) {
      const at = offset + BLOCK_CHECKSUM_AT;
      throw damaged(this.name, at, `block checksum ${hex(header.checksum)}`, hex(sum));
    }
    const footer = new DataView(body.buffer, body.byteOffset + header.storedBytes, 4);
    const again = footer.getUint32(0, true);
    if (again !== header.storedBytes) {
      const at = offset + BLOCK_HEADER_BYTES + header.storedBytes;
      throw damaged(this.name, at, `a closing length of ${again}`, String(header.storedBytes));
    }
    return { header, stored };
  }

  #decode({ header, stored }: StoredBlock, offset: number): Uint32Array {
    const fail = (found: string): TraceError =>
      damaged(this.name, offset, `in the block here ${found}`, `${header.references} references`);
    let raw = stored;
    if (header.isDeflated) {
      try {
        raw = this.#codec.inflate(stored, header.rawBytes);
      } catch (cause) {
        throw fail(cause instanceof Error ? cause.message : String(cause));
      }
    }
    const streams = splitPayload(raw);
    if (streams === null) throw fail('streams longer than it');
    this.#reserve(header.firstPage + header.newPages);
    const { firstPage, newPages } = header;
    const wrong =
      this.#decoder.decode(streams, header.references, firstPage, newPages) ||
      decodePageNumbers(streams.pages, this.#pageNumbers, firstPage, newPages);
    if (wrong !== '') throw fail(wrong);
    if (this.#decoder.writes !== header.writes) throw fail(`${this.#decoder.writes} writes`);
    return this.#decoder.references.subarray(0, header.references);
  }

  /** The tag of the trailer was read; takes the rest, and nothing may follow. */
  async #finish(
    offset: number,
    counts: { blocks: number; references: number; writes: number },
  ): Promise<void> {
    const trailer = new Uint8Array(TRAILER_BYTES);
    new DataView(trailer.buffer).setUint32(0, TRAILER_TAG, true);
    const rest = await this.#source.read(TRAILER_BYTES - 4);
    if (rest.length < TRAILER_BYTES - 4) {
      throw truncated(this.name, offset + 4 + rest.length, `a trailer of ${TRAILER_BYTES} bytes`);
    }
    trailer.set(rest, 4);
    const summary = parseTrailer(trailer, offset, this.#codec, this.name);
    const extra = await this.#source.read(1);
    if (extra.length > 0) {
      throw damaged(this.name, offset + TRAILER_BYTES, 'more bytes', 'the end of the file');
    }
    if (
      summary.blocks !== counts.blocks ||
      summary.references !== counts.references ||
      summary.writes !== counts.writes ||
      summary.pages !== this.#pages
    ) {
      const found = `${counts.references} references, ${counts.writes} writes, ${this.#pages} pages`;
      const expected = `${summary.references}, ${summary.writes} and ${summary.pages}`;
      throw damaged(this.name, offset, `${found} in ${counts.blocks} blocks`, expected);
    }
    this.summary = summary;
  }

  /** Grows with what was decoded, never with what a header merely claims. */
  #reserve(pages: number): void {
    if (pages <= this.#pageNumbers.length) return;
    const grown = new Float64Array(Math.max(pages, this.#pageNumbers.length * 2));
    grown.set(this.#pageNumbers);
    this.#pageNumbers = grown;
  }

  #notSeekable(): TraceError {
    return new TraceError('TRACE_NOT_SEEKABLE', 'a pipe can be read only once', {
      file: this.name,
      hint: 'write the trace to a file first',
    });
  }
}

interface StoredBlock {
  readonly header: BlockHeader;
  readonly stored: Uint8Array;
}

// Walks the structure of zstd data (RFC 8878) without decompressing it: frames, blocks, checksums.
// The decompressor is a kept package in plain JavaScript that bounds no memory, checks no checksum
// and does not say where input fails; this walker supplies all three.
import { TraceError } from '../errors.ts';
import { ZSTD_WINDOW_BYTES_MAX } from '../limits.ts';

/** What a piece of input is: `frame` bytes go to the decompressor, the others do not. */
export type ZstdPiece =
  | { readonly kind: 'frame'; readonly bytes: Uint8Array; readonly isFirst: boolean }
  | {
      readonly kind: 'end';
      readonly checksum: number | null;
      readonly contentBytes: number | null;
    };

const MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;

export class ZstdFrameWalker {
  /** Offset in the compressed input of the next byte to be walked. */
  offset = 0;
  readonly #name: string;
  #state: 'magic' | 'descriptor' | 'block' | 'data' | 'checksum' | 'skip-length' | 'skip' = 'magic';
  #pending: Uint8Array = new Uint8Array(0);
  /** Bytes of the current block's data or of a skippable frame that are still to come. */
  #left = 0;
  #isLastBlock = false;
  #hasChecksum = false;
  #contentBytes: number | null = null;
  #isFirst = true;

  constructor(name: string) {
    this.#name = name;
  }

  /** Cuts a chunk of input into pieces. */
  *push(chunk: Uint8Array): Generator<ZstdPiece> {
    let rest = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    this.#pending = new Uint8Array(0);
    for (;;) {
      if (this.#state === 'data' || this.#state === 'skip') {
        const part = rest.subarray(0, this.#left);
        rest = rest.subarray(part.length);
        this.#left -= part.length;
        this.offset += part.length;
        if (this.#state === 'data' && part.length > 0) yield this.#frame(part);
        if (this.#left > 0) return;
        if (this.#state === 'skip') this.#state = 'magic';
        else if (!this.#isLastBlock) this.#state = 'block';
        else if (this.#hasChecksum) this.#state = 'checksum';
        else yield this.#end(null);
        continue;
      }
      const need = this.#headBytes(rest);
      if (rest.length < need) {
        this.#pending = Uint8Array.from(rest);
        return;
      }
      const head = rest.subarray(0, need);
      const before = this.#state;
      this.#take(head);
      // A frame's magic stays in place, because it is part of the header that comes next.
      if (before === 'magic' && this.#state === 'descriptor') continue;
      rest = rest.subarray(need);
      this.offset += need;
      if (before === 'descriptor' || before === 'block') yield this.#frame(head);
      if (before === 'checksum') {
        yield this.#frame(head);
        yield this.#end(uint32(head, 0));
      }
    }
  }

  /** Throws unless the input ended between two frames. */
  end(): void {
    if (this.#state === 'magic' && this.#pending.length === 0) return;
    throw new TraceError('TRACE_TRUNCATED', 'the zstd data is cut off', {
      file: this.#name,
      offset: this.offset + this.#pending.length,
      hint: 'copy it again',
    });
  }

  /** How many bytes the next fixed part has, as far as `rest` shows it. */
  #headBytes(rest: Uint8Array): number {
    switch (this.#state) {
      case 'magic':
      case 'checksum':
      case 'skip-length':
        return 4;
      case 'block':
        return 3;
      default:
        return rest.length < 5 ? 5 : descriptorBytes(rest[4]!);
    }
  }

  #take(head: Uint8Array): void {
    switch (this.#state) {
      case 'magic':
        this.#takeMagic(uint32(head, 0));
        break;
      case 'skip-length':
        this.#left = uint32(head, 0);
        this.#state = 'skip';
        break;
      case 'descriptor':
        this.#takeDescriptor(head);
        break;
      case 'block':
        this.#takeBlock(head[0]! | (head[1]! << 8) | (head[2]! << 16));
        break;
      default:
        break;
    }
  }

  #takeMagic(magic: number): void {
    if (magic === MAGIC) {
      this.#state = 'descriptor';
      this.#isFirst = true;
    } else if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) {
      this.#state = 'skip-length';
    } else {
      throw this.#damaged(`0x${magic.toString(16)}`, 'the magic bytes of a zstd frame');
    }
  }

  #takeDescriptor(head: Uint8Array): void {
    const descriptor = head[4]!;
    if ((descriptor & 0x08) !== 0) throw this.#damaged('a reserved bit that is set', 'zero');
    if ((descriptor & 3) !== 0) throw this.#damaged('a dictionary', 'a frame without one');
    const isSingleSegment = (descriptor & 0x20) !== 0;
    this.#hasChecksum = (descriptor & 0x04) !== 0;
    const sizeCode = descriptor >>> 6;
    const sizeBytes = contentSizeBytes(descriptor);
    this.#contentBytes = null;
    if (sizeBytes > 0) {
      let value = 0;
      for (let at = head.length - 1; at >= head.length - sizeBytes; at--)
        value = value * 256 + head[at]!;
      this.#contentBytes = sizeCode === 1 ? value + 256 : value;
    }
    const windowByte = head[5] ?? 0;
    const windowBase = 2 ** (10 + (windowByte >>> 3));
    const windowBytes = isSingleSegment
      ? (this.#contentBytes ?? 0)
      : windowBase + (windowBase / 8) * (windowByte & 7);
    if (windowBytes > ZSTD_WINDOW_BYTES_MAX) {
      throw new TraceError('TRACE_LIMIT', 'the zstd window is too large', {
        file: this.#name,
        offset: this.offset,
        found: `${windowBytes} bytes`,
        expected: `at most ${ZSTD_WINDOW_BYTES_MAX}`,
        hint: 'decompress with `zstd -dc` and pipe the result in',
      });
    }
    this.#state = 'block';
  }

  #takeBlock(header: number): void {
    const type = (header >>> 1) & 3;
    const blockBytes = header >>> 3;
    if (type === 3 || blockBytes > 131072) {
      throw this.#damaged(`a block of type ${type} and ${blockBytes} bytes`, 'a zstd block');
    }
    this.#isLastBlock = (header & 1) === 1;
    this.#left = type === 1 ? 1 : blockBytes;
    this.#state = 'data';
  }

  #frame(bytes: Uint8Array): ZstdPiece {
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    return { kind: 'frame', bytes, isFirst };
  }

  #end(checksum: number | null): ZstdPiece {
    this.#state = 'magic';
    return { kind: 'end', checksum, contentBytes: this.#contentBytes };
  }

  #damaged(found: string, expected: string): TraceError {
    const data = { file: this.#name, offset: this.offset, found, expected };
    return new TraceError('TRACE_DAMAGED', 'the zstd data is damaged', data);
  }
}

function uint32(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
  );
}

function contentSizeBytes(descriptor: number): number {
  const code = descriptor >>> 6;
  return code === 0 ? (descriptor >>> 5) & 1 : 1 << code;
}

/** Length of a frame header with its magic and no dictionary, told by the frame header descriptor. */
function descriptorBytes(descriptor: number): number {
  const windowBytes = (descriptor & 0x20) !== 0 ? 0 : 1;
  return 5 + windowBytes + contentSizeBytes(descriptor);
}

// For every reference the index of the next one to the same page, which needs a walk from the end.
// The result is too large for memory (8 bytes a reference), so the backward walk appends it, block
// after block, to a scratch file, and the forward walk takes the blocks off its end.
import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ioError } from '../errors.ts';
import type { TraceReader } from '../format/reader.ts';
import { BLOCK_REFERENCES_MAX } from '../limits.ts';

/** Stands for "never referenced again". */
export const NEVER = -1;

export class NextAccessFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  #end = 0;

  private constructor(path: string, handle: FileHandle) {
    this.#path = path;
    this.#handle = handle;
  }

  /** The scratch file stands beside the output, where there has to be room anyway. */
  static async open(output: string): Promise<NextAccessFile> {
    const base = output === '-' ? join(tmpdir(), 'pagelend') : output;
    const path = `${base}.next-${randomUUID().slice(0, 8)}`;
    try {
      return new NextAccessFile(path, await open(path, 'wx+'));
    } catch (error) {
      throw ioError(path, 'create the scratch file', error);
    }
  }

  /** Walks the whole trace backward; its blocks must have been read forward before. */
  async fill(reader: TraceReader, onBlock: (references: number) => void): Promise<void> {
    const { references, pages } = reader.summary!;
    const nextOf = new Float64Array(pages).fill(NEVER);
    const indexes = new Float64Array(BLOCK_REFERENCES_MAX);
    let index = references;
    for await (const block of reader.blocksBackward()) {
      for (let at = block.length - 1; at >= 0; at--) {
        const page = block[at]! >>> 1;
        indexes[at] = nextOf[page]!;
        nextOf[page] = --index;
      }
      await this.#append(indexes.subarray(0, block.length));
      onBlock(references - index);
    }
  }

  /** The indexes for the next block in forward order. */
  async take(references: number): Promise<Float64Array> {
    const bytes = new Uint8Array(references * 8);
    this.#end -= bytes.length;
    for (let at = 0; at < bytes.length; ) {
      const room = bytes.length - at;
      const { bytesRead } = await this.#handle.read(bytes, at, room, this.#end + at);
      if (bytesRead === 0) throw ioError(this.#path, 'read the scratch file', 'it is too short');
      at += bytesRead;
    }
    return new Float64Array(bytes.buffer);
  }

  async close(): Promise<void> {
    await this.#handle.close().catch(() => undefined);
    await rm(this.#path, { force: true }).catch(() => undefined);
  }

  async #append(indexes: Float64Array): Promise<void> {
    const bytes = new Uint8Array(indexes.buffer, indexes.byteOffset, indexes.byteLength);
    try {
      for (let at = 0; at < bytes.length; ) {
        const room = bytes.length - at;
        at += (await this.#handle.write(bytes, at, room, this.#end + at)).bytesWritten;
      }
    } catch (error) {
      throw ioError(this.#path, 'write the scratch file', error);
    }
    this.#end += bytes.length;
  }
}

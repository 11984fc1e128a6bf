// A file or a block device by its descriptor, read and written past the page cache: what was put
// behind memory must not take memory again. Where the file system refuses that, transfers go
// through the cache, are waited for and dropped from it.
//
// Descriptors belong to the process, so any thread may make a device of one that another opened.
// Node's transfers run on its pool of threads (four unless UV_THREADPOOL_SIZE says otherwise).

import { closeSync, fdatasync, fdatasyncSync, read, readSync, write, writeSync } from 'node:fs';
import { discardRange, dropCached, punchFile } from '@pagelend/linux';
import type { TierDevice } from './contract.ts';
import { errnoOf, reasonOf, TierError } from './errors.ts';
import { BLOCK_BYTES } from './layout.ts';

/** Transfers that a signal interrupted, one after the other, before it is called an error. */
const INTERRUPTED_COUNT_MAX = 100;

/** What another thread needs to make the same device; plain numbers and text. */
export interface DeviceShare {
  readonly path: string;
  readonly fd: number;
  readonly bytes: number;
  readonly isDirect: boolean;
  readonly isBlockDevice: boolean;
}

type Transfer = (
  fd: number,
  bytes: Uint8Array,
  offset: number,
  length: number,
  at: number,
  done: (error: Error | null, count: number) => void,
) => void;
type TransferNow = (
  fd: number,
  bytes: Uint8Array,
  offset: number,
  length: number,
  at: number,
) => number;

export class FileDevice implements TierDevice {
  readonly path: string;
  readonly fd: number;
  readonly bytes: number;
  readonly blockBytes = BLOCK_BYTES;
  /** Whether transfers go past the page cache. */
  readonly isDirect: boolean;
  readonly isBlockDevice: boolean;

  constructor(share: DeviceShare) {
    this.path = share.path;
    this.fd = share.fd;
    this.bytes = share.bytes;
    this.isDirect = share.isDirect;
    this.isBlockDevice = share.isBlockDevice;
  }

  get share(): DeviceShare {
    const { path, fd, bytes, isDirect, isBlockDevice } = this;
    return { path, fd, bytes, isDirect, isBlockDevice };
  }

  async read(at: number, target: Uint8Array): Promise<void> {
    await this.#transfer(read, 'read', at, target);
    if (!this.isDirect) dropCached(this.fd, at, target.length);
  }

  readNow(at: number, target: Uint8Array): void {
    this.#transferNow(readSync, 'read', at, target);
    if (!this.isDirect) dropCached(this.fd, at, target.length);
  }

  async write(at: number, source: Uint8Array): Promise<void> {
    await this.#transfer(write, 'write', at, source);
    if (this.isDirect) return;
    // Through the cache a write fails only here, and only what is written can be dropped.
    await new Promise<void>((resolve, reject) => {
      fdatasync(this.fd, (error) => {
        if (error === null) resolve();
        else reject(this.#failure('write', at, source.length, error));
      });
    });
    dropCached(this.fd, at, source.length);
  }

  writeNow(at: number, source: Uint8Array): void {
    this.#transferNow(writeSync, 'write', at, source);
    if (this.isDirect) return;
    try {
      fdatasyncSync(this.fd);
    } catch (error) {
      throw this.#failure('write', at, source.length, error);
    }
    dropCached(this.fd, at, source.length);
  }

  discard(at: number, bytes: number): void {
    if (this.isBlockDevice) discardRange(this.fd, at, bytes);
    else punchFile(this.fd, at, bytes);
  }

  close(): void {
    closeSync(this.fd);
  }

  async #transfer(
    transfer: Transfer,
    verb: 'read' | 'write',
    at: number,
    bytes: Uint8Array,
  ): Promise<void> {
    this.#checkRange(at, bytes.length);
    const progress = new Progress(bytes.length);
    while (!progress.isDone) {
      const { done, left } = progress;
      await new Promise<void>((resolve, reject) => {
        transfer(this.fd, bytes, done, left, at + done, (error, count) => {
          if (progress.advance(error, count)) resolve();
          else reject(this.#failure(verb, at + done, left, error));
        });
      });
    }
  }

  #transferNow(transfer: TransferNow, verb: 'read' | 'write', at: number, bytes: Uint8Array): void {
    this.#checkRange(at, bytes.length);
    const progress = new Progress(bytes.length);
    while (!progress.isDone) {
      const { done, left } = progress;
      let count = 0;
      let failure: unknown = null;
      try {
        count = transfer(this.fd, bytes, done, left, at + done);
      } catch (error) {
        failure = error;
      }
      if (progress.advance(failure, count)) continue;
      throw this.#failure(verb, at + done, left, failure);
    }
  }

  #checkRange(at: number, bytes: number): void {
    if (at % BLOCK_BYTES === 0 && bytes % BLOCK_BYTES === 0 && at >= 0 && at + bytes <= this.bytes)
      return;
    throw new RangeError(`no whole blocks of ${this.path}: ${bytes} bytes at ${at}`);
  }

  #failure(verb: 'read' | 'write', at: number, bytes: number, error: unknown): TierError {
    const why = error === null ? 'it ends there' : reasonOf(error);
    const what = `cannot ${verb} ${bytes} bytes at ${at} of ${this.path}: ${why}`;
    return new TierError('TIER_IO', what, errnoOf(error));
  }
}

/** How far a transfer is that the kernel may do in parts. */
export class Progress {
  done = 0;
  readonly #bytes: number;
  #interrupted = 0;

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes - this.done;
  }

  get isDone(): boolean {
    return this.done >= this.#bytes;
  }

  /** Takes the outcome of one call. False: it failed, or moved no whole block. */
  advance(error: unknown, count: number): boolean {
    if (error !== null) {
      return errnoOf(error) === 'EINTR' && ++this.#interrupted < INTERRUPTED_COUNT_MAX;
    }
    // Past the cache a transfer begins at a block, so a part of one is done again.
    const whole = count - (count % BLOCK_BYTES);
    this.done += whole;
    this.#interrupted = 0;
    return whole > 0;
  }
}

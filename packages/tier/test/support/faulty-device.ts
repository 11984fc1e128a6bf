// Any device, failing as devices do, at operations that a test names: before anything happened, in
// the middle, silently, or for good. What a test does not name works.
//
//     const device = new FaultyDevice(inner, { seed: 7 });
//     device.inject({ on: 'write', nth: 3, kind: 'error', errno: 'ENOSPC' });
//     const letGo = device.hold('write');    // writes begun from now on wait until letGo()

import { TierError } from '@pagelend/tier';
import type { TierDevice } from '../../src/contract.ts';

export type Operation = 'read' | 'write';

export interface Fault {
  readonly on: Operation;
  /** Which operation of its kind from now on, 1 the next one. */
  readonly nth: number;
  /** As many operations in a row; 1 by default, Infinity for good. */
  readonly times?: number;
  /**
   * - `error`: fails with `errno`, and nothing happened.
   * - `part`: a write of which the first blocks are written; then it fails with `errno`.
   * - `torn`: the same, and the process dies: it throws DeviceDied, and so does all that comes
   *   after.
   * - `flip`: one bit is another than it was read or written; no error.
   * - `lose`: a write that is answered and never done.
   * - `cut`: from here on the file ends at a block of the range, as if it had been truncated.
   */
  readonly kind: 'error' | 'part' | 'torn' | 'flip' | 'lose' | 'cut';
  /** EIO by default. */
  readonly errno?: string;
  /** How many blocks of `part`, `torn` and `cut` remain; else as the seed has it, not all. */
  readonly blocks?: number;
  /** The bit that `flip` changes, counted from the range's beginning; else as the seed has it. */
  readonly bit?: number;
}

/** Thrown by a device whose process has died; no code may catch it and go on. */
export class DeviceDied extends Error {}

/** What a fault did, in the order in which they happened. */
export interface Injected {
  readonly fault: Fault;
  readonly at: number;
  readonly bytes: number;
}

interface Armed {
  readonly fault: Fault;
  readonly from: number;
  readonly until: number;
}

export class FaultyDevice implements TierDevice {
  /** Operations so far, failed ones among them. */
  readonly counts: Record<Operation, number> = { read: 0, write: 0 };
  readonly injected: Injected[] = [];
  isDead = false;
  readonly #inner: TierDevice;
  readonly #random: () => number;
  readonly #armed: Armed[] = [];
  readonly #gates: Record<Operation, Promise<void> | null> = { read: null, write: null };
  #end = Number.POSITIVE_INFINITY;

  constructor(inner: TierDevice, { seed = 1 }: { readonly seed?: number } = {}) {
    this.#inner = inner;
    this.#random = randomFrom(seed);
  }

  get path(): string {
    return this.#inner.path;
  }

  get bytes(): number {
    return this.#inner.bytes;
  }

  get blockBytes(): number {
    return this.#inner.blockBytes;
  }

  /** Has a fault happen. Where several name an operation, the first one that was injected does. */
  inject(fault: Fault): void {
    const from = this.counts[fault.on] + fault.nth;
    this.#armed.push({ fault, from, until: from + (fault.times ?? 1) });
  }

  /** Takes back all that has not happened yet, and what was cut is there again. */
  heal(): void {
    this.#armed.length = 0;
    this.#end = Number.POSITIVE_INFINITY;
  }

  /**
   * Has asynchronous operations wait before they do anything, until the returned function is
   * called.
   */
  hold(on: Operation): () => void {
    let letGo = (): void => {};
    const gate = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    this.#gates[on] = gate;
    return () => {
      if (this.#gates[on] === gate) this.#gates[on] = null;
      letGo();
    };
  }

  async read(at: number, target: Uint8Array): Promise<void> {
    const fault = this.#begin('read');
    await this.#gates.read;
    this.#readWith(fault, at, target, await this.#attempt(() => this.#inner.read(at, target)));
  }

  readNow(at: number, target: Uint8Array): void {
    const fault = this.#begin('read');
    let failure: unknown = null;
    try {
      this.#inner.readNow(at, target);
    } catch (error) {
      failure = error;
    }
    this.#readWith(fault, at, target, failure);
  }

  async write(at: number, source: Uint8Array): Promise<void> {
    const fault = this.#begin('write');
    await this.#gates.write;
    if (this.isDead) throw new DeviceDied();
    const written = this.#writeWith(fault, at, source);
    if (written.length > 0) await this.#inner.write(at, written);
    this.#endWrite(fault, at, source);
  }

  writeNow(at: number, source: Uint8Array): void {
    const fault = this.#begin('write');
    const written = this.#writeWith(fault, at, source);
    if (written.length > 0) this.#inner.writeNow(at, written);
    this.#endWrite(fault, at, source);
  }

  discard(at: number, bytes: number): void {
    if (this.isDead) throw new DeviceDied();
    this.#inner.discard(at, bytes);
  }

  close(): void {
    this.#inner.close();
  }

  #begin(on: Operation): Fault | null {
    if (this.isDead) throw new DeviceDied();
    const number = ++this.counts[on];
    const armed = this.#armed.find(
      ({ fault, from, until }) => fault.on === on && number >= from && number < until,
    );
    return armed?.fault ?? null;
  }

  async #attempt(read: () => Promise<void>): Promise<unknown> {
    try {
      await read();
      return null;
    } catch (error) {
      return error;
    }
  }

  /** Ends a read that the device underneath has done, or failed to do. */
  #readWith(fault: Fault | null, at: number, target: Uint8Array, failure: unknown): void {
    if (this.isDead) throw new DeviceDied();
    if (fault !== null) this.injected.push({ fault, at, bytes: target.length });
    if (failure !== null) throw failure;
    if (fault?.kind === 'torn') this.#die();
    if (fault?.kind === 'cut') this.#end = at + this.#blocksOf(fault, target.length);
    if (fault?.kind === 'flip') this.#flip(fault, target);
    if (at + target.length > this.#end) throw failureOf('read', '', at);
    if (fault?.kind === 'error' || fault?.kind === 'part') {
      throw failureOf('read', fault.errno ?? 'EIO', at);
    }
  }

  /** What is really written of a source. */
  #writeWith(fault: Fault | null, at: number, source: Uint8Array): Uint8Array {
    if (fault === null) return source;
    this.injected.push({ fault, at, bytes: source.length });
    switch (fault.kind) {
      case 'error':
      case 'lose':
        return source.subarray(0, 0);
      case 'flip': {
        const changed = alignedCopy(source);
        this.#flip(fault, changed);
        return changed;
      }
      case 'cut':
        this.#end = at + this.#blocksOf(fault, source.length);
        return source;
      default:
        return source.subarray(0, this.#blocksOf(fault, source.length));
    }
  }

  #endWrite(fault: Fault | null, at: number, source: Uint8Array): void {
    // Writing past the end makes a file longer again.
    if (fault === null && at <= this.#end) this.#end = Math.max(this.#end, at + source.length);
    if (fault?.kind === 'torn') this.#die();
    if (fault?.kind === 'error' || fault?.kind === 'part') {
      throw failureOf('write', fault.errno ?? 'EIO', at);
    }
  }

  #die(): never {
    this.isDead = true;
    throw new DeviceDied();
  }

  #blocksOf(fault: Fault, bytes: number): number {
    const all = bytes / this.blockBytes;
    const blocks = fault.blocks ?? Math.floor(this.#random() * all);
    return Math.min(blocks, all) * this.blockBytes;
  }

  #flip(fault: Fault, bytes: Uint8Array): void {
    const bit = fault.bit ?? Math.floor(this.#random() * bytes.length * 8);
    bytes[bit >> 3]! ^= 1 << (bit & 7);
  }
}

function failureOf(verb: Operation, errno: string, at: number): TierError {
  const why = errno === '' ? 'it ends there' : errno;
  return new TierError('TIER_IO', `cannot ${verb} at ${at}: ${why} (injected)`, errno);
}

/** A copy whose memory begins at a page, as transfers past the page cache need it. */
function alignedCopy(source: Uint8Array): Uint8Array {
  const pages = Math.ceil(source.length / 65_536);
  const copy = new Uint8Array(new WebAssembly.Memory({ initial: pages }).buffer, 0, source.length);
  copy.set(source);
  return copy;
}

/** Numbers from 0 to 1, the same from the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

// A device whose pages are not there at once: any call may wait, by chance that a seed decides, and
// any number of times. It holds its host to the rules: what waits is called again with the same
// arguments, nothing else is called meanwhile, and what is announced is on the device.

import { WAIT } from '@pagelend/nbd';
import { MapDevice, type Region } from './devices.ts';
import type { Waiting } from './harness.ts';

const TICKS_MAX = 4;

export interface Announced {
  readonly slot: number;
  readonly count: number;
}

export class WaitingDevice extends MapDevice implements Waiting {
  /** Calls that waited. */
  waitCount = 0;
  announced: Announced[] = [];
  /** How likely a call waits, 0 to 1. */
  chance = 0.5;
  readonly #memory: Uint8Array;
  readonly #slotCount: number;
  #seed: number;
  /** The call that waits, with its arguments; empty if none does. */
  #pending = '';
  #ticksLeft = 0;
  /** While its own methods call one another. */
  #isInside = false;

  constructor(
    seed: number,
    bytes: number,
    memory: ArrayBufferLike,
    rx: Region,
    tx: Region,
    failing: ReadonlyMap<number, number> = new Map(),
  ) {
    super(bytes, memory, rx, tx, failing);
    this.#memory = new Uint8Array(memory);
    this.#slotCount = bytes / 4096;
    this.#seed = seed;
    this.tick = this.tick.bind(this);
  }

  tick(): boolean {
    this.#ticksLeft -= 1;
    return this.#ticksLeft <= 0;
  }

  announce(slot: number, count: number): void {
    if (this.#pending === '') throw new Error('announced while nothing waits');
    const isInside = slot >= 0 && count > 0 && slot + count <= this.#slotCount;
    if (!isInside) throw new Error(`${count} slots from ${slot} on are not on the device`);
    this.announced.push({ slot, count });
  }

  override read(slot: number, target: number): number {
    const waits = this.#waits(`read ${slot} to ${target}`);
    if (waits) this.#memory.fill(0xdd, target, target + 4096);
    return waits ? WAIT : this.#inside(() => super.read(slot, target));
  }

  override readPart(slot: number, from: number, bytes: number, target: number): number {
    const waits = this.#waits(`read ${slot} from ${from}, ${bytes} to ${target}`);
    if (waits) this.#memory.fill(0xdd, target, target + bytes);
    return waits ? WAIT : this.#inside(() => super.readPart(slot, from, bytes, target));
  }

  override write(slot: number, source: number): number {
    if (this.#waits(`write ${slot} of ${source}, ${this.#sum(source, 4096)}`)) return WAIT;
    return this.#inside(() => super.write(slot, source));
  }

  override writePart(slot: number, from: number, bytes: number, source: number): number {
    const what = `write ${slot} from ${from}, ${bytes} of ${source}, ${this.#sum(source, bytes)}`;
    if (this.#waits(what)) return WAIT;
    return this.#inside(() => super.writePart(slot, from, bytes, source));
  }

  override zero(slot: number, count: number, isKept: boolean): number {
    if (this.#waits(`zero ${slot}, ${count}, ${isKept}`)) return WAIT;
    return this.#inside(() => super.zero(slot, count, isKept));
  }

  override zeroPart(slot: number, from: number, bytes: number): number {
    if (this.#waits(`zero ${slot} from ${from}, ${bytes}`)) return WAIT;
    return this.#inside(() => super.zeroPart(slot, from, bytes));
  }

  override trim(slot: number, count: number): number {
    if (!this.#isInside && this.#pending !== '') throw new Error(`${this.#pending} waits`);
    return this.#inside(() => super.trim(slot, count));
  }

  #waits(call: string): boolean {
    if (this.#isInside) return false;
    if (this.#pending !== '' && call !== this.#pending) {
      throw new Error(`${call} while this waits: ${this.#pending}`);
    }
    const isEarly = this.#pending !== '' && this.#ticksLeft > 0;
    if (!isEarly && this.#random() >= this.chance) {
      this.#pending = '';
      return false;
    }
    if (!isEarly) this.#ticksLeft = Math.floor(this.#random() * TICKS_MAX);
    this.#pending = call;
    this.waitCount += 1;
    return true;
  }

  #inside(work: () => number): number {
    const wasInside = this.#isInside;
    this.#isInside = true;
    const error = work();
    this.#isInside = wasInside;
    return error;
  }

  #sum(at: number, bytes: number): number {
    let sum = 0;
    for (const byte of this.#memory.subarray(at, at + bytes)) sum = (sum * 31 + byte) | 0;
    return sum;
  }

  /** Mulberry32. */
  #random(): number {
    this.#seed = (this.#seed + 0x6d2b79f5) | 0;
    let value = Math.imul(this.#seed ^ (this.#seed >>> 15), this.#seed | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  }
}

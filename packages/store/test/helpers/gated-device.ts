// A device that answers late, by so many turns of the event loop as the seed says, and that can be
// taken from its keeper as a crash takes it: what is under way is done or not, and nobody is told.

import { type TierDevice, TierError } from '@pagelend/tier';

export class GatedDevice implements TierDevice {
  /** Whether the process that used the device is gone. */
  isDead = false;
  readonly #inner: TierDevice;
  readonly #random: () => number;
  readonly #turnsMax: number;

  constructor(inner: TierDevice, random: () => number, turnsMax: number) {
    this.#inner = inner;
    this.#random = random;
    this.#turnsMax = turnsMax;
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

  read(at: number, target: Uint8Array): Promise<void> {
    return this.#late(() => this.#inner.read(at, target));
  }

  write(at: number, source: Uint8Array): Promise<void> {
    return this.#late(() => this.#inner.write(at, source));
  }

  readNow(at: number, target: Uint8Array): void {
    this.#inner.readNow(at, target);
  }

  writeNow(at: number, source: Uint8Array): void {
    this.#inner.writeNow(at, source);
  }

  discard(at: number, bytes: number): void {
    this.#inner.discard(at, bytes);
  }

  close(): void {
    this.#inner.close();
  }

  async #late(transfer: () => Promise<void>): Promise<void> {
    const before = Math.floor(this.#random() * this.#turnsMax);
    for (let turn = 0; turn < before && !this.isDead; turn++) await nextTurn();
    this.#checkAlive();
    await transfer();
    const after = Math.floor(this.#random() * this.#turnsMax);
    for (let turn = 0; turn < after && !this.isDead; turn++) await nextTurn();
    this.#checkAlive();
  }

  #checkAlive(): void {
    if (this.isDead) throw new TierError('TIER_IO', 'the process is gone (injected)', 'EIO');
  }
}

export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

// What a history does to the device of its tier, and what may go wrong because of it.

import type { FaultyDevice } from '../../../tier/test/support/faulty-device.ts';

/** Past the keeper's rest after a failure, in which it refuses without a try. */
const REST_MS = 400;

export class DeviceTrouble {
  readonly #random: () => number;
  readonly #isDamaged: boolean;
  #writesMayFail = false;
  #readsMayFail = false;
  #failedUntil = 0;

  /** `isDamaged` where bits are written wrong, which is found out when they are read. */
  constructor(random: () => number, isDamaged: boolean) {
    this.#random = random;
    this.#isDamaged = isDamaged;
  }

  /** Whether a page may answer EIO just now. */
  get mayFailToRead(): boolean {
    return this.#readsMayFail || this.#isDamaged;
  }

  /** Whether a write may be refused although there is room behind. */
  get mayRefuse(): boolean {
    return this.#writesMayFail || this.#isDamaged || performance.now() < this.#failedUntil;
  }

  failWrites(device: FaultyDevice): void {
    this.#writesMayFail = true;
    const errno = this.#random() < 0.5 ? 'EIO' : 'ENOSPC';
    const kind = this.#random() < 0.5 ? 'part' : 'error';
    device.inject({ on: 'write', nth: 1, times: this.#times(), kind, errno });
  }

  failReads(device: FaultyDevice): void {
    this.#readsMayFail = true;
    const kind = this.#random() < 0.7 ? 'error' : 'flip';
    device.inject({ on: 'read', nth: 1, times: this.#times(), kind });
  }

  /** A bit is written wrong, or the file is cut short for a while. */
  damage(device: FaultyDevice): void {
    const kind = this.#random() < 0.8 ? 'flip' : 'cut';
    device.inject({ on: 'write', nth: 1 + Math.floor(this.#random() * 3), kind });
  }

  /** The device works from now on; the keeper may yet be resting after its last failure. */
  recover(): void {
    if (this.#writesMayFail) this.#failedUntil = performance.now() + REST_MS;
    this.#writesMayFail = false;
    this.#readsMayFail = false;
  }

  #times(): number {
    return this.#random() < 0.3 ? Number.POSITIVE_INFINITY : 1 + Math.floor(this.#random() * 4);
  }
}

// Gives the space of free extents back to the file system that a tier's file lies in. Only after a
// calm, since an extent that is about to be written anew would have to be found room for again, and
// some at a time, since who asks for a page waits for it. A block device is told nothing: some are
// slow to forget, and nobody else could use the space.

import { DEVICE_WRITE_BYTES } from './figures.ts';
import type { KeeperParts } from './parts.ts';

/** Nothing was written behind for so long. */
const CALM_MS = 10_000;
const STEP_MS = 500;
const EXTENTS_PER_STEP = 16;

export class Discards {
  readonly #parts: KeeperParts;
  #writtenBytes = 0;
  #nextAt = performance.now() + CALM_MS;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
  }

  /** Gives some back where it is time to; to be called now and then. */
  go(): void {
    const { tier, figures, log } = this.#parts;
    const now = performance.now();
    if (tier.isBlockDevice) return;
    const writtenBytes = figures[DEVICE_WRITE_BYTES]!;
    if (writtenBytes !== this.#writtenBytes) {
      this.#writtenBytes = writtenBytes;
      this.#nextAt = now + CALM_MS;
    }
    if (now < this.#nextAt) return;
    const isAll = log.discardFree(EXTENTS_PER_STEP) < EXTENTS_PER_STEP;
    this.#nextAt = now + (isAll ? CALM_MS : STEP_MS);
  }
}

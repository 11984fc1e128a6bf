// Counts of a group's shadows that fade with the lease's own references, so that verdicts follow the
// guest, and no clock that somebody sets has a part in them. Counts are in references of the whole
// lease: what a sample of share r saw weighs 1 / r.

import { COUNTS, DEVICE_WRITES, READ_FAULTS, WRITE_FAULTS } from './shadow.ts';
import type { ShadowGroup } from './shadow-group.ts';

export class FadingCounts {
  /** References, faded. */
  references = 0;
  readonly #counts: Float64Array;

  constructor(shadowCount: number) {
    this.#counts = new Float64Array(shadowCount * COUNTS);
  }

  /** Adds what the group counted since the last call, each of it `weight` times. */
  take(group: ShadowGroup, weight: number): void {
    this.references += group.references * weight;
    group.references = 0;
    for (const [index, { counts }] of group.shadows.entries()) {
      for (let kind = 0; kind < COUNTS; kind++) {
        this.#counts[index * COUNTS + kind]! += counts[kind]! * weight;
      }
      counts.fill(0);
    }
  }

  /** Adds so large a share of what another window holds. */
  addShare(other: FadingCounts, share: number): void {
    this.references += other.references * share;
    for (let i = 0; i < this.#counts.length; i++) this.#counts[i]! += other.#counts[i]! * share;
  }

  fade(kept: number): void {
    this.references *= kept;
    for (let i = 0; i < this.#counts.length; i++) this.#counts[i]! *= kept;
  }

  clear(): void {
    this.references = 0;
    this.#counts.fill(0);
  }

  readFaults(shadow: number): number {
    return this.#counts[shadow * COUNTS + READ_FAULTS]!;
  }

  writeFaults(shadow: number): number {
    return this.#counts[shadow * COUNTS + WRITE_FAULTS]!;
  }

  deviceWrites(shadow: number): number {
    return this.#counts[shadow * COUNTS + DEVICE_WRITES]!;
  }
}

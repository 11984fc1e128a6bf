// Divides the pool among leases from time to time, by what the judge says that each gains, and has
// the keeper of the tier take pages from those that have more than their part.

import { type CostPoint, demandCurve, divide, type Judge, JudgeError } from '@pagelend/judge';
import type { PoolAttachment } from '@pagelend/store';
import type { LeaseShare } from '../lease-definitions.ts';

/** A lease as it is to be divided for. */
export interface SharedLease {
  share: LeaseShare;
  /** Pages read and written up to the last division. */
  references: number;
  /** Up to now. */
  referencesNow: number;
  residentBytes: number;
  limitBytes: number | null;
  /** What was known last of its cost by memory. */
  curve: readonly CostPoint[] | null;
}

export class Division {
  readonly #judge: Judge;
  readonly #targets: Float64Array;

  constructor(judge: Judge, { share }: PoolAttachment) {
    this.#judge = judge;
    this.#targets = new Float64Array(share.behind!.targets);
  }

  /** Sets all leases' parts of `totalBytes`. Returns why that can't be done, or null. */
  divide(leases: ReadonlyMap<number, SharedLease>, totalBytes: number): string | null {
    const demands = [...leases].map(([index, lease]) => {
      const passed = Math.max(0, lease.referencesNow - lease.references);
      const verdict = this.#judge.verdict(index);
      // While shadows fill after a change of memory nothing is known, and what was known still holds.
      lease.curve = (verdict === null ? null : demandCurve(verdict, passed)) ?? lease.curve;
      const { weight, floorBytes, capBytes } = lease.share;
      return {
        weight,
        floorBytes,
        capBytes: leastOf(capBytes, lease.limitBytes, floorBytes),
        residentBytes: lease.residentBytes,
        targetBytes: this.#targets[index]! || null,
        curve: lease.curve,
      };
    });
    try {
      const parts = divide(demands, { totalBytes });
      for (const [i, index] of [...leases.keys()].entries()) this.#targets[index] = parts[i]!;
      for (const lease of leases.values()) lease.references = lease.referencesNow;
      return null;
    } catch (error) {
      if (error instanceof JudgeError) return error.message;
      throw error;
    }
  }

  forget(leaseIndex: number): void {
    this.#targets[leaseIndex] = 0;
  }
}

/** The smaller of cap and limit, not below the floor; null where there is neither. */
function leastOf(cap: number | null, limit: number | null, floor: number): number | null {
  if (cap === null && limit === null) return null;
  return Math.max(
    floor,
    Math.min(cap ?? Number.POSITIVE_INFINITY, limit ?? Number.POSITIVE_INFINITY),
  );
}

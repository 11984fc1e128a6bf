// Divides the pool among leases from time to time, by what the judge says that each gains, and has
// the keeper of the tier take pages from those that have more than their part.
//
// Each step changes a lease's memory, and its shadows of larger memories must then fill again before
// they say anything. What they said before still holds for a while; forgotten, a lease would lose at
// the next step what it gained by this one.

import { type CostPoint, divide, type Judge, JudgeError, type LeaseVerdict } from '@pagelend/judge';
import type { PoolAttachment } from '@pagelend/store';
import type { LeaseShare } from '../lease-definitions.ts';

/** What device time a lease costs with so much memory, as it was known so many divisions ago. */
export interface KnownCost {
  readonly bytes: number;
  readonly microsecondsPerReference: number;
  readonly age: number;
}

/** A lease as it is to be divided for. */
export interface SharedLease {
  share: LeaseShare;
  /** Pages read and written up to the last division. */
  references: number;
  /** Up to now. */
  referencesNow: number;
  residentBytes: number;
  limitBytes: number | null;
  known: readonly KnownCost[];
}

/** Divisions after which what is not confirmed is forgotten: five minutes. */
const AGE_MAX = 60;
const REFERENCES_PER_POINT = 1000;

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
      lease.known = knownOf(this.#judge.verdict(index), lease.known);
      const { weight, floorBytes, capBytes } = lease.share;
      return {
        weight,
        floorBytes,
        capBytes: leastOf(capBytes, lease.limitBytes, floorBytes),
        residentBytes: lease.residentBytes,
        targetBytes: this.#targets[index]! || null,
        curve: curveOf(lease, passed),
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

/** What is known now, and of larger memories what was known before. */
export function knownOf(
  verdict: Pick<LeaseVerdict, 'curve'> | null,
  before: readonly KnownCost[],
): KnownCost[] {
  const now = (verdict?.curve ?? []).flatMap(({ unknown, bytes, deviceMicroseconds }) =>
    unknown !== null || deviceMicroseconds === null
      ? []
      : [{ bytes, microsecondsPerReference: deviceMicroseconds / REFERENCES_PER_POINT, age: 0 }],
  );
  const reach = now.at(-1)?.bytes ?? 0;
  const still = before
    .filter(({ bytes, age }) => bytes > reach && age < AGE_MAX)
    .map((point) => ({ ...point, age: point.age + 1 }));
  return [...now, ...still];
}

/** Null where too little is known: one point has no slope, and a lease keeps what it has known of. */
function curveOf({ known, residentBytes }: SharedLease, references: number): CostPoint[] | null {
  if (known.length < 2 || known[0]!.bytes > residentBytes) return null;
  return known.map(({ bytes, microsecondsPerReference }) => ({
    bytes,
    microseconds: microsecondsPerReference * references,
  }));
}

/** The smaller of cap and limit, not below the floor; null where there is neither. */
function leastOf(cap: number | null, limit: number | null, floor: number): number | null {
  if (cap === null && limit === null) return null;
  return Math.max(
    floor,
    Math.min(cap ?? Number.POSITIVE_INFINITY, limit ?? Number.POSITIVE_INFINITY),
  );
}

// What a plan is asked with, and what of it cannot be.

import { sizeText } from '@pagelend/daemon';
import { RelocationError } from '../errors.ts';
import type { Content } from '../model/contents.ts';

export interface PlanRequest {
  readonly guests: number;
  /** What each guest is given. */
  readonly memoryBytes: number;
  /** What the programs of a guest take in all, its kernel included. */
  readonly demandBytes: number;
  /** What of it must stay in memory for the guest to run well; null: not said. */
  readonly workingSetBytes: number | null;
  readonly contents: readonly Content[];
  /** What the contents are called in results. */
  readonly contentsSay: string;
  /** From 0 to 1, exclusive. */
  readonly confidence: number;
  /** A limit on the pool; null: as much as it takes. */
  readonly poolBytes: number | null;
  readonly hostMemoryBytes: number | null;
  /** Kept free of guests and lender on the host. */
  readonly hostReserveBytes: number;
  /** What a guest's process takes besides its memory. */
  readonly guestOverheadBytes: number;
  readonly seed: number;
}

export const PLAN_GUESTS_MAX = 100_000;
const MEMORY_BYTES_MIN = 2 ** 20;

export function checkRequest(request: PlanRequest): void {
  const { guests, memoryBytes, demandBytes, workingSetBytes, confidence, contents } = request;
  if (!Number.isSafeInteger(guests) || guests < 1 || guests > PLAN_GUESTS_MAX) {
    fail(`${guests} guests: expected 1 to ${PLAN_GUESTS_MAX}`);
  }
  if (memoryBytes < MEMORY_BYTES_MIN) {
    fail(`guests of ${sizeText(memoryBytes)}: expected at least ${sizeText(MEMORY_BYTES_MIN)}`);
  }
  if (demandBytes <= memoryBytes) {
    fail(
      `guests whose programs take ${sizeText(demandBytes)} are not short with ${sizeText(memoryBytes)}; ` +
        'a demand is larger than the memory, an overcommit above 1',
    );
  }
  if (workingSetBytes !== null && workingSetBytes > memoryBytes) {
    fail(
      `a working set of ${sizeText(workingSetBytes)} does not fit in guests of ${sizeText(memoryBytes)}: ` +
        'they would swap all the time, wherever to; give them at least that',
    );
  }
  if (!(confidence > 0 && confidence < 1)) {
    fail(`a confidence of ${confidence}: expected more than 0 and less than 1, as 99%`);
  }
  if (contents.length === 0) fail('no contents of pages');
}

function fail(says: string): never {
  throw new RelocationError('RELOCATION_PLAN', `cannot plan for ${says}`);
}

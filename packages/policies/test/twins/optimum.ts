// The least I/O time of any demand-paging policy, by dynamic programming over cache states: after
// each reference, for each pair of a resident set and a dirty set that can be reached, the least
// cost of reaching it. Exponential in the pages: for tiny instances only. Pages that are dirty at the
// end are not charged, as in the results of a simulation.

import { type Op, WRITE } from '@pagelend/policies';

/** A bit per page in each half of a state: resident << PAGES_MAX | dirty. */
const PAGES_MAX = 10;

export function optimalTime(
  trace: readonly (readonly [number, Op])[],
  frames: number,
  costs: { readonly read: number; readonly write: number },
): number {
  let states = new Map<number, number>([[0, 0]]);
  for (const [page, op] of trace) {
    const next = new Map<number, number>();
    const reach = (resident: number, dirty: number, cost: number): void => {
      const soiled = op === WRITE ? dirty | (1 << page) : dirty;
      const state = (resident << PAGES_MAX) | soiled;
      next.set(state, Math.min(cost, next.get(state) ?? Number.POSITIVE_INFINITY));
    };
    for (const [state, cost] of states) {
      const resident = state >> PAGES_MAX;
      const dirty = state & ((1 << PAGES_MAX) - 1);
      const after = resident | (1 << page);
      if (after === resident) {
        reach(resident, dirty, cost);
      } else if (countBits(resident) < frames) {
        reach(after, dirty, cost + costs.read);
      } else {
        for (let victim = 0; victim < PAGES_MAX; victim++) {
          const bit = 1 << victim;
          if ((resident & bit) === 0) continue;
          const writes = (dirty & bit) !== 0 ? costs.write : 0;
          reach(after & ~bit, dirty & ~bit, cost + costs.read + writes);
        }
      }
    }
    states = next;
  }
  return Math.min(...states.values());
}

function countBits(mask: number): number {
  return mask === 0 ? 0 : (mask & 1) + countBits(mask >> 1);
}

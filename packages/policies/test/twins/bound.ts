// The separable lower bound of policies.md section 5, by two slow runs of MIN. No policy reads fewer
// pages than MIN does on the whole trace. And MIN on the writes alone tells how many write-backs
// there must be: each of its misses is a page dirtied anew, of which only those that are resident
// at the end may still wait for their write-back.

import { type Op, WRITE } from '@pagelend/policies';
import { MinTwin } from './min.ts';

export interface SlowBound {
  /** Page-ins that no policy can avoid. */
  readonly pageins: number;
  /** Write-backs that no policy can avoid. */
  readonly writebacks: number;
}

export function slowBound(trace: readonly (readonly [number, Op])[], frames: number): SlowBound {
  const all = new MinTwin(frames, trace).run(trace);
  const writes = trace.filter(([, op]) => op === WRITE);
  const written = new MinTwin(frames, writes).run(writes);
  return { pageins: all.faults, writebacks: written.faults - written.resident.size };
}

/** The bound as I/O time: no policy's `read * pageins + write * writebacks` is below it. */
export function slowBoundTime(
  trace: readonly (readonly [number, Op])[],
  frames: number,
  costs: { readonly read: number; readonly write: number },
): number {
  const { pageins, writebacks } = slowBound(trace, frames);
  return costs.read * pageins + costs.write * writebacks;
}

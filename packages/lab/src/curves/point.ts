// The points of a trace's curves: a policy at a frame count, under a cost pair where it looks at them.

import type { Observation } from '@pagelend/policies';
import type { AskedPolicy } from '../asked-policy.ts';
import type { Cell, CellResult } from '../cell.ts';
import type { CostPair } from '../media.ts';
import type { Transfers } from './estimate.ts';

export interface Point {
  readonly policy: string;
  readonly observes: Observation;
  readonly frames: number;
  /** Null where the policy does not look at costs, so that one point serves all cost pairs. */
  readonly costs: CostPair | null;
}

/** What the policies and sizes asked for come to, each once. */
export function pointsOf(
  policies: readonly AskedPolicy[],
  frames: readonly number[],
  costs: readonly CostPair[],
): Point[] {
  return policies.flatMap(({ asked, observes, usesCosts }) =>
    frames.flatMap((count) =>
      (usesCosts ? costs : [null]).map((pair) => ({
        policy: asked,
        observes,
        frames: count,
        costs: pair,
      })),
    ),
  );
}

/** The same for two points that are one. */
export function pointKey({ policy, frames, costs }: Point): string {
  return JSON.stringify([policy, frames, costs?.read ?? 0, costs?.write ?? 0]);
}

/** The cell that simulates the point. */
export function cellOf({ policy, frames, costs }: Point): Cell {
  const { read, write } = costs ?? { read: 1, write: 1 };
  return { policy, frames, costs: { read, write }, over: 'trace', offers: null };
}

/** What was counted after the warm-up. */
export function transfersOf({ warm, end }: CellResult): Transfers {
  return {
    warmFaults: end.faults - warm.faults - (end.coldFaults - warm.coldFaults),
    writebacks: end.writebacks - warm.writebacks,
  };
}

// Average I/O time saved against CLOCK and against CAR: the two figures by which the CRAW-RM paper
// sums up its evaluation. Each point (a trace at a frame count) counts the same, whatever its size.

import type { SimRow } from '../result.ts';
import { type Cold, type CostPair, type GroupedResult, ioTime, relativeToClock } from './groups.ts';

export interface Saving {
  /**
   * Mean over the points of 1 - I/O time / the baseline's; negative where the policy takes more.
   */
  readonly mean: number;
  readonly least: number;
  readonly most: number;
  readonly points: number;
}

export interface PolicyAverage {
  readonly policy: string;
  readonly observes: string;
  /** Null where no point has a baseline to compare with. */
  readonly overClock: Readonly<Record<Cold, Saving | null>>;
  readonly overCar: Readonly<Record<Cold, Saving | null>>;
}

export interface CostAverages {
  readonly cost: CostPair;
  readonly policies: readonly PolicyAverage[];
}

/** The policy against which the second comparison is made, as asked for; null without a CAR. */
export function carAmong(policies: readonly { readonly policy: string }[]): string | null {
  const names = policies.map(({ policy }) => policy);
  return names.find((name) => name === 'car') ?? names.find((name) => /^car:/.test(name)) ?? null;
}

export function averages({ policies, costs, groups }: GroupedResult): CostAverages[] {
  const car = carAmong(policies);
  return costs.map((cost) => {
    const points = groups
      .filter((group) => group.cost === cost)
      .flatMap(({ rowsAt }) => [...rowsAt.values()]);
    return {
      cost,
      policies: policies.map(({ policy, observes }) => ({
        policy,
        observes,
        overClock: {
          with: saving(points, policy, (row) => relativeToClock(row, 'with')),
          without: saving(points, policy, (row) => relativeToClock(row, 'without')),
        },
        overCar: {
          with: saving(points, policy, (row, rows) => overRow(row, rows.get(car ?? ''), 'with')),
          without: saving(points, policy, (row, rows) =>
            overRow(row, rows.get(car ?? ''), 'without'),
          ),
        },
      })),
    };
  });
}

type Point = ReadonlyMap<string, SimRow>;

function saving(
  points: readonly Point[],
  policy: string,
  ratio: (row: SimRow, rows: Point) => number | null,
): Saving | null {
  let sum = 0;
  let count = 0;
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (const rows of points) {
    const row = rows.get(policy);
    const share = row === undefined ? null : ratio(row, rows);
    if (share === null) continue;
    sum += 1 - share;
    count++;
    least = Math.min(least, 1 - share);
    most = Math.max(most, 1 - share);
  }
  return count === 0 ? null : { mean: sum / count, least, most, points: count };
}

/** I/O time over that of another row, by the rule of `relative_to_clock`: 0 over 0 is 1. */
function overRow(row: SimRow, baseline: SimRow | undefined, cold: Cold): number | null {
  if (baseline === undefined) return null;
  const time = ioTime(row, cold);
  const baselineTime = ioTime(baseline, cold);
  if (baselineTime === 0) return time === 0 ? 1 : null;
  return time / baselineTime;
}

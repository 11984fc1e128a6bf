// Rows of curves sorted into what tables and figures show: a group is one trace under one cost pair,
// its frame counts ascending, its policies in the order they were asked for.

import type { CurveResult, CurveRow, CurveTrace } from '../../curves/curve-result.ts';
import type { CostPair, PolicyName } from '../groups.ts';
import { costLabel, traceLabels } from '../labels.ts';

export interface CurveGroup {
  readonly trace: CurveTrace;
  readonly label: string;
  readonly cost: CostPair;
  readonly frameCounts: readonly number[];
  /** By policy as asked for, ascending by frames. */
  readonly rowsOf: ReadonlyMap<string, readonly CurveRow[]>;
}

export interface GroupedCurves {
  readonly policies: readonly PolicyName[];
  readonly costs: readonly CostPair[];
  /** Traces outermost. */
  readonly groups: readonly CurveGroup[];
}

export function groupCurves({ rows, traces }: CurveResult): GroupedCurves {
  const labels = traceLabels(traces.map(({ trace }) => trace));
  const policies = new Map<string, PolicyName>();
  const costs = new Map<string, CostPair>();
  const byGroup = new Map<string, CurveRow[]>();
  for (const row of rows) {
    const { policy, observes, medium, read_cost: readCost, write_cost: writeCost } = row;
    policies.set(policy, { policy, observes });
    const cost = JSON.stringify([medium, readCost, writeCost]);
    if (!costs.has(cost)) {
      const label = costLabel(medium, readCost, writeCost);
      costs.set(cost, { medium, readCost, writeCost, label });
    }
    const key = `${row.trace}\n${cost}`;
    byGroup.set(key, [...(byGroup.get(key) ?? []), row]);
  }
  const groups = traces.flatMap((trace) =>
    [...costs].flatMap(([key, cost]) => {
      const mine = byGroup.get(`${trace.trace}\n${key}`) ?? [];
      return mine.length === 0 ? [] : [groupOf(trace, labels.get(trace.trace)!, cost, mine)];
    }),
  );
  return { policies: [...policies.values()], costs: [...costs.values()], groups };
}

/** True where the curve of misses differs from one cost pair to another. */
export function missesDependOnCosts({ groups }: GroupedCurves): boolean {
  const seen = new Map<string, number>();
  return groups.some(({ rowsOf }) =>
    [...rowsOf.values()].flat().some(({ trace, policy, frames, faults }) => {
      const key = JSON.stringify([trace, policy, frames]);
      const before = seen.get(key) ?? faults;
      seen.set(key, faults);
      return before !== faults;
    }),
  );
}

function groupOf(
  trace: CurveTrace,
  label: string,
  cost: CostPair,
  rows: readonly CurveRow[],
): CurveGroup {
  const sorted = rows.toSorted((a, b) => a.frames - b.frames);
  const rowsOf = new Map<string, CurveRow[]>();
  for (const { policy } of rows) if (!rowsOf.has(policy)) rowsOf.set(policy, []);
  for (const row of sorted) rowsOf.get(row.policy)!.push(row);
  const frameCounts = [...new Set(sorted.map(({ frames }) => frames))];
  return { trace, label, cost, frameCounts, rowsOf };
}

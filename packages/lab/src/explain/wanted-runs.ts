// Which runs of the explained policy a trace needs: one a frame count and, where the policy looks at
// costs, one a cost pair. They come before the cells of the rows, which then share them.

import type { AskedPolicy } from '../asked-policy.ts';
import type { CellResult } from '../cell.ts';
import type { CostPair } from '../media.ts';
import type { SimExplanation } from '../result.ts';
import { type ExplainedRun, explanationOf } from './explanation.ts';

export interface WantedRun extends ExplainedRun {
  /** Index of its cell. */
  readonly cell: number;
}

export function wantedRuns(
  run: Pick<ExplainedRun, 'trace' | 'offers' | 'warmupReferences'>,
  { asked, observes, usesCosts }: AskedPolicy,
  frameCounts: readonly number[],
  costPairs: readonly CostPair[],
  addCell: (frames: number, costs: CostPair | null) => number,
): WantedRun[] {
  return frameCounts.flatMap((frames) =>
    (usesCosts ? costPairs : [null]).map((costs) => ({
      ...run,
      policy: asked,
      observes,
      frames,
      costs,
      cell: addCell(frames, costs),
    })),
  );
}

export function explanationsOf(
  runs: readonly WantedRun[],
  results: readonly CellResult[],
): SimExplanation[] {
  return runs.map((run) => explanationOf(run, results[run.cell]!.samples!));
}

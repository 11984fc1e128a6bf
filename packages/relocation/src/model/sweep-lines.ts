// Rows of sweeps as lines: lent and zram of the same inputs side by side.

import type { ModelRow } from './result.ts';

export interface SweepLine {
  readonly value: string;
  readonly lent: ModelRow;
  readonly zram: ModelRow;
}

/** By sweep, in the order in which they were run. */
export function sweepLines(rows: readonly ModelRow[]): Map<string, SweepLine[]> {
  const found = new Map<string, SweepLine[]>();
  for (const lent of rows) {
    const { sweep, value } = lent;
    if (sweep === null || value === null || lent.scheme !== 'lent') continue;
    const zram = rows.find(
      (row) => row.scheme === 'zram' && row.sweep === sweep && row.value === value,
    )!;
    found.set(sweep, [...(found.get(sweep) ?? []), { value, lent, zram }]);
  }
  return found;
}

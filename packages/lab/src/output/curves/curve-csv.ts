// Rows of curves as CSV: the keys of the JSON in its order.

import type { CurveResult, CurveRow } from '../../curves/curve-result.ts';
import { csvOf } from '../csv.ts';

const keysInOrder = {
  trace: true,
  policy: true,
  observes: true,
  frames: true,
  medium: true,
  read_cost: true,
  write_cost: true,
  references: true,
  faults: true,
  cold_faults: true,
  reads: true,
  writebacks: true,
  miss_ratio: true,
  io_time: true,
  exact: true,
  faults_standard_error: true,
  writebacks_standard_error: true,
  miss_ratio_standard_error: true,
  io_time_standard_error: true,
} as const satisfies Record<keyof CurveRow, true>;

export const curveColumns = Object.keys(keysInOrder) as readonly (keyof CurveRow)[];

export function renderCurveCsv({ rows }: CurveResult): string {
  return csvOf(
    curveColumns,
    rows.map((row) => curveColumns.map((key) => row[key])),
  );
}

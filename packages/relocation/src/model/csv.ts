// The model's rows as CSV: every case and swept case under every scheme.

import { csvOf } from '@pagelend/lab';
import type { ModelResult, ModelRow } from './result.ts';

export function renderModelCsv({ rows }: Pick<ModelResult, 'rows'>): string {
  const keys = Object.keys(rows[0] ?? {}) as (keyof ModelRow)[];
  return csvOf(
    keys,
    rows.map((row) => keys.map((key) => row[key])),
  );
}

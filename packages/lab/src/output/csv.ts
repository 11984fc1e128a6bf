// Rows as CSV (RFC 4180, but lines end with LF as every tool reads and Unix tools want). A field
// without a value is empty; text that is empty would be the same, and no text column ever is.

import type { SimResult } from '../result.ts';
import { columns } from './columns.ts';

type Value = string | number | boolean | null;

export function renderCsv(result: Pick<SimResult, 'rows'>): string {
  const keys = columns.map(({ key }) => key);
  return csvOf(
    keys,
    result.rows.map((row) => keys.map((key) => row[key])),
  );
}

export function csvOf(keys: readonly string[], rows: readonly (readonly Value[])[]): string {
  return [keys, ...rows].map((cells) => `${cells.map(field).join(',')}\n`).join('');
}

function field(value: Value): string {
  if (value === null) return '';
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

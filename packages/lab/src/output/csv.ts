// Rows as CSV (RFC 4180, but lines end with LF as every tool reads and Unix tools want). A field
// without a value is empty; text that is empty would be the same, and no text column ever is.

import type { SimResult } from '../result.ts';
import { columns } from './columns.ts';

export function renderCsv(result: SimResult): string {
  const lines = [columns.map(({ key }) => key).join(',')];
  for (const row of result.rows) lines.push(columns.map(({ key }) => field(row[key])).join(','));
  return `${lines.join('\n')}\n`;
}

function field(value: string | number | null): string {
  if (value === null) return '';
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

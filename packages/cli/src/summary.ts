// What every verb that writes a trace says about it.

import type { TraceSummary } from '@pagelend/trace';
import { count, showDone } from './text.ts';

export function showSummary(
  output: string,
  summary: TraceSummary,
  asJson: boolean,
  extra: Readonly<Record<string, number>> = {},
): void {
  const { references, reads, writes, pages } = summary;
  const line =
    `${output}: ${count(references)} references (${count(reads)} reads, ${count(writes)} writes) ` +
    `to ${count(pages)} pages` +
    Object.entries(extra)
      .map(([name, value]) => `, ${count(value)} ${name}`)
      .join('');
  const schema = 'pagelend.trace-summary/1';
  showDone(output, asJson, line, {
    schema,
    trace: output,
    references,
    reads,
    writes,
    pages,
    ...extra,
  });
}

// What every verb that writes a trace says about it: on stdout, or on stderr where stdout is taken
// by the trace itself.

import type { TraceSummary } from '@pagelend/trace';
import { count, note, print, printJson } from './text.ts';

export function showSummary(
  output: string,
  summary: TraceSummary,
  asJson: boolean,
  extra: Readonly<Record<string, number>> = {},
): void {
  const { references, reads, writes, pages } = summary;
  const others = Object.entries(extra);
  if (asJson && output !== '-') {
    const schema = 'pagelend.trace-summary/1';
    printJson({ schema, trace: output, references, reads, writes, pages, ...extra });
    return;
  }
  const line =
    `${output}: ${count(references)} references (${count(reads)} reads, ${count(writes)} writes) ` +
    `to ${count(pages)} pages` +
    others.map(([name, value]) => `, ${count(value)} ${name}`).join('');
  if (output === '-') note(line);
  else print(line);
}

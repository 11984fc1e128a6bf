// What a reader must know before quoting a number. Notes that do not apply to this result are left
// out, so that those that do are read.

import type { SimResult } from '../../result.ts';
import { type GroupedResult, hasColdReads } from '../groups.ts';
import { grouped } from '../numbers.ts';

/** How first touches are charged, as a clause. */
export const coldReadWords = {
  all: 'every first touch of a page is charged as a read',
  'reads-only':
    'a first touch is charged as a read only where it reads; a page first written starts as zeroes',
  none: 'first touches are not charged as reads',
} as const;

/** Each note as HTML. */
export function notes(result: SimResult, { policies, groups }: GroupedResult): string[] {
  const names = policies.map(({ policy }) => policy.split(':')[0]!);
  const bounded = result.rows.some((row) => row.lower_bound_io_time !== null);
  const found = [
    '<b>Relative I/O time</b> is I/O time over that of CLOCK at the same memory size and cost, in percent; a page enters CLOCK with its reference bit set. Below 100 is less I/O than CLOCK.',
    `<b>Cold faults</b> are first touches of a page: no policy avoids them. In this result ${coldReadWords[result.cold_read]}.${hasColdReads(result.rows) ? ' They pull every policy towards 100 %, the more so the shorter the trace; the view without them shows what replacement alone decides.' : ''}`,
    '<b>Pages still in memory at the end</b> are not written back, for any policy.',
    warmupNote(result),
    '<b>Single points are chaotic</b>: a loop slightly larger than memory can turn one policy\u2019s result around at one size. Read the curve, or the average, rather than a point.',
    '<b>What a policy observes</b> is named beside it, because a policy that sees each reference or the future is no rival to one that sees the bits of an MMU.',
  ];
  if (names.some((name) => name === 'craw' || name === 'craw-rm')) {
    found.push(
      '<b>CRAW and CRAW-RM are reconstructions</b>: the text of the original CRAW paper could not be had, so what its abstract and the CRAW-RM paper state is kept, and every decision beyond that is inferred and has an option.',
    );
  }
  if (names.includes('min')) {
    found.push(
      '<b>MIN bounds page-ins only</b>: it evicts the page whose next use is farthest and takes no account of write-backs, so its I/O time may lie above that of an online policy.',
    );
  }
  if (bounded) {
    found.push(
      '<b>The lower bound</b> adds the fewest possible reads to the fewest possible write-backs, each found by itself. No policy can take less; perhaps none can reach it.',
    );
  }
  if (groups.some(({ cost }) => cost.medium !== null)) {
    found.push(
      '<b>Costs of a named medium</b> are illustrative. Only the ratio of write cost to read cost decides which policy wins.',
    );
  }
  return found.filter((note) => note !== '');
}

function warmupNote({ warmup_references }: SimResult): string {
  const most = Math.max(0, ...warmup_references);
  if (most === 0)
    return '<b>No warm-up</b>: counting starts at the first reference, with memory empty.';
  const each = warmup_references.every((count) => count === most)
    ? `the first ${grouped(most)} references of each trace`
    : 'the first references of each trace (how many is in the table of traces)';
  return `<b>Warm-up</b>: ${each} are replayed before counting starts.`;
}

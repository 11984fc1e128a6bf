// The sentences of the page of curves: what was measured, and what a reader must know of it.

import type { CurveResult, CurveSampling } from '../../curves/curve-result.ts';
import { counted, countedInWords, grouped, percent } from '../numbers.ts';
import { capitalised, escaped, listed } from '../report/html.ts';
import { coldReadWords } from '../report/notes.ts';
import type { GroupedCurves } from './curve-groups.ts';

export function curveTitle({ policies, groups }: GroupedCurves): string {
  const traces = new Set(groups.map(({ trace }) => trace));
  const subject = traces.size === 1 ? groups[0]!.label : countedInWords(traces.size, 'trace');
  const what =
    policies.length === 1
      ? policies[0]!.policy
      : countedInWords(policies.length, 'replacement policy', 'replacement policies');
  return `Miss-ratio and I/O-time curves of ${what} on ${subject}`;
}

/** As HTML. */
export function curveAbstract(result: CurveResult, { policies, costs }: GroupedCurves): string {
  const references = result.traces.reduce((sum, trace) => sum + trace.references, 0);
  const count = result.traces.length;
  const others = policies.filter(({ policy }) => policy !== 'lru');
  const sampled = result.traces.filter(({ sampling }) => sampling !== null).length;
  const sentences = [
    `${capitalised(countedInWords(count, 'trace'))} of page references (${grouped(references)}${count === 1 ? '' : ' in all'}) ${count === 1 ? 'was' : 'were'} measured.`,
    others.length < policies.length ? 'LRU’s curve is exact at every size, from one pass.' : '',
    othersInWords(others.length, sampled, count),
    `I/O time is reads × read cost + write-backs × write cost, for ${listed(costs.map(({ label }) => label))}.`,
  ];
  const text = sentences.filter((sentence) => sentence !== '').join(' ');
  return `<p class="abstract">${escaped(text)}</p>`;
}

function othersInWords(others: number, sampled: number, traces: number): string {
  if (others === 0) return '';
  const subject = others === 1 ? 'The other policy was' : 'The other policies were';
  if (sampled === 0) return `${subject} simulated in full at each size, so every count is exact.`;
  const where = sampled === traces ? '' : ` on ${countedInWords(sampled, 'trace')}`;
  return `${subject} estimated from samples of the pages${where}; bands show the error.`;
}

/** Each note as HTML. */
export function curveNotes(result: CurveResult, { policies }: GroupedCurves): string[] {
  const names = policies.map(({ policy }) => policy.split(':')[0]!);
  const warm = result.traces.some(({ warmup_references }) => warmup_references > 0);
  const found = [
    `<b>Miss ratio</b> is page faults per reference, first touches included; ${coldReadWords[result.cold_read]}.`,
    '<b>Write-backs</b> happen when a modified page leaves memory; pages still there at the end are not written.',
    warm
      ? '<b>Warm-up</b>: the first references of each trace (how many is in the table of traces) are replayed before counting starts.'
      : '<b>No warm-up</b>: counting starts at the first reference, with memory empty.',
    '<b>What a policy observes</b> is named beside it, because a policy that sees each reference or the future is no rival to one that sees the bits of an MMU.',
  ];
  if (names.some((name) => name === 'craw' || name === 'craw-rm')) {
    found.push(
      '<b>CRAW and CRAW-RM are reconstructions</b>: what was not published is inferred, and every such decision has an option.',
    );
  }
  for (const { trace, sampling } of result.traces) {
    if (sampling !== null) found.push(samplingNote(trace, sampling));
  }
  return found;
}

function samplingNote(trace: string, sampling: CurveSampling): string {
  return (
    `<b>Samples of ${escaped(trace)}</b>: ${counted(sampling.seeds, 'sample')} of ${counted(sampling.sampled_pages, 'page')} ` +
    `(${percent(sampling.sample_rate)} % of them), chosen by a hash of the page; standard errors are from the spread between samples and tell nothing of an error that they share. ` +
    `By plain scale the same samples miss LRU, whose curve is known, by ${percent(sampling.lru_transfers_mean_relative_error)} % of its page transfers on average over ${counted(sampling.sizes, 'size')}; ` +
    'other policies are read at sizes matched by LRU, which takes part of that error away. Sizes too small for a sample were replayed whole.'
  );
}

// The sentences above the figures: what was measured and what came out.

import type { SimResult } from '../../result.ts';
import { type CostAverages, carAmong, type PolicyAverage } from '../averages.ts';
import { CLOCK, type CostPair, type GroupedResult, hasColdReads } from '../groups.ts';
import { binaryBytes, counted, countedInWords, grouped, percent } from '../numbers.ts';
import { carTitle } from '../summary.ts';
import { capitalised, escaped, listed, typeset } from './html.ts';
import { coldReadWords } from './notes.ts';

export function reportTitle(grouping: GroupedResult): string {
  const { policies, groups } = grouping;
  const traces = traceCount(grouping);
  const one = groups[0];
  const subject = traces === 1 && one !== undefined ? one.label : countedInWords(traces, 'trace');
  const what =
    policies.length === 1
      ? policies[0]!.policy
      : countedInWords(policies.length, 'page-replacement policy', 'page-replacement policies');
  return `I/O time of ${what} on ${subject}`;
}

export function abstract(
  result: SimResult,
  grouping: GroupedResult,
  saved: readonly CostAverages[],
): string {
  if (grouping.groups.length === 0) return '<p class="abstract">The result holds no rows.</p>';
  const sentences = [
    measured(grouping),
    charged(result, grouping),
    finding(result, grouping, saved),
  ];
  return `<p class="abstract">${escaped(sentences.filter((text) => text !== '').join(' '))}</p>`;
}

function measured(grouping: GroupedResult): string {
  const { groups, policies } = grouping;
  const traces = traceCount(grouping);
  const first = groups[0]!.cost;
  const references = groups
    .filter(({ cost }) => cost === first)
    .reduce((sum, { trace }) => sum + trace.references, 0);
  return (
    `${capitalised(countedInWords(traces, 'trace'))} of page references ` +
    `(${grouped(references)}${traces === 1 ? '' : ' in all'}) ${traces === 1 ? 'was' : 'were'} replayed under ` +
    `${countedInWords(policies.length, 'replacement policy', 'replacement policies')} ${memorySizes(grouping)}.`
  );
}

/** Frame counts in percent of a footprint differ between traces, hence `each`. */
function memorySizes({ groups }: GroupedResult): string {
  const all = new Set(groups.flatMap(({ frameCounts }) => frameCounts));
  const most = Math.max(...groups.map(({ frameCounts }) => frameCounts.length));
  const pageSizes = [...new Set(groups.map(({ trace }) => trace.page_size_bytes))];
  const memory = (frames: number): string =>
    pageSizes.length === 1 ? ` (${binaryBytes(frames * pageSizes[0]!)})` : '';
  const least = Math.min(...all);
  const greatest = Math.max(...all);
  if (all.size === 1) return `with ${counted(least, 'page frame')}${memory(least)} of memory`;
  const each = all.size > most ? ' each' : '';
  return (
    `at ${countedInWords(most, 'memory size')}${each}, from ${grouped(least)}${memory(least)} ` +
    `to ${counted(greatest, 'page frame')}${memory(greatest)}`
  );
}

function charged({ cold_read }: SimResult, { costs }: GroupedResult): string {
  const cold = cold_read === 'all' ? '' : ` (${coldReadWords[cold_read]})`;
  return (
    `A page fault reads a page from storage${cold}, and a modified page is written when it leaves memory; ` +
    'I/O time is reads \u00d7 read cost + write-backs \u00d7 write cost, ' +
    `here ${costsInWords(costs)}.`
  );
}

function costsInWords(costs: readonly CostPair[]): string {
  const readCosts = new Set(costs.map(({ readCost }) => readCost));
  if (costs.length > 1 && readCosts.size === 1 && costs.every(({ medium }) => medium === null)) {
    const writeCosts = listed(costs.map(({ writeCost }) => String(writeCost)));
    return `with read cost ${costs[0]!.readCost} and write cost ${writeCosts}`;
  }
  return `for ${costs.map(({ label }) => label).join('; ')}`;
}

/** The average that a reader looks for first; only policies that a real MMU can carry compete. */
function finding(
  result: SimResult,
  { policies }: GroupedResult,
  saved: readonly CostAverages[],
): string {
  const car = carAmong(policies);
  const clauses = saved.flatMap(({ cost, policies: entries }) => {
    const best = bestOnMmu(entries);
    if (best === undefined) return [];
    const at = saved.length === 1 ? '' : ` at ${cost.label}`;
    const over = saying(best.overClock.with!.mean, 'CLOCK');
    const beside = best.policy === car ? null : best.overCar.with;
    const andCar = beside === null ? '' : ` and ${saying(beside.mean, carTitle(car ?? ''))}`;
    return [{ policy: best.policy, text: `${over}${andCar}${at}` }];
  });
  if (clauses.length === 0) return '';
  const winners = new Set(clauses.map(({ policy }) => policy));
  const cold = hasColdReads(result.rows) ? ', cold faults included' : '';
  const head = 'Of the policies that need no more than what every MMU shows,';
  if (winners.size === 1) {
    const text = clauses.map((clause) => clause.text).join('; ');
    return `${head} ${clauses[0]!.policy} does best on average: ${text}${cold}.`;
  }
  const text = clauses.map((clause) => `${clause.policy} with ${clause.text}`).join('; ');
  return `${head} the best on average are ${text}${cold}.`;
}

function bestOnMmu(entries: readonly PolicyAverage[]): PolicyAverage | undefined {
  return entries
    .filter(({ policy, observes }) => policy !== CLOCK && onMmu(observes))
    .filter(({ overClock }) => overClock.with !== null)
    .sort((a, b) => b.overClock.with!.mean - a.overClock.with!.mean)[0];
}

function onMmu(observes: string): boolean {
  return observes === 'faults' || observes === 'reference' || observes === 'reference+modified';
}

function saying(mean: number, baseline: string): string {
  const amount = typeset(percent(Math.abs(mean)));
  return `${amount}\u00a0% ${mean < 0 ? 'more' : 'less'} I/O time than ${baseline}`;
}

function traceCount({ groups }: GroupedResult): number {
  return new Set(groups.map(({ trace }) => trace)).size;
}

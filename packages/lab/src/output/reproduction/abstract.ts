// The sentences at the top of the page: what was measured, what came out, what it is worth.

import type { CrawRmResult, Verdict } from '../../reproduce/result.ts';
import { countedInWords, grouped, percent } from '../numbers.ts';
import { capitalised, escaped, listed, typeset } from '../report/html.ts';

export function abstract(result: CrawRmResult): string {
  const sentences = [measured(result), cameOut(result), verdicts(result), worth(result)];
  return `<p class="abstract">${escaped(sentences.join(' '))}</p>`;
}

function measured({ workloads, paper_frames: paper, write_costs: costs }: CrawRmResult): string {
  const references = workloads.reduce((sum, workload) => sum + workload.references, 0);
  const most = Math.max(...workloads.map(({ frame_counts }) => frame_counts.length));
  const sizes =
    most > paper.length
      ? `the paper\u2019s memory sizes and up to ${grouped(most - paper.length)} more each`
      : 'the paper\u2019s memory sizes';
  return (
    `${capitalised(countedInWords(workloads.length, 'desktop program'))} (${listed(workloads.map(({ title }) => title))}; ` +
    `${grouped(references)} page references in all) were replayed under CLOCK, CAR, CRAW and CRAW-RM at ${sizes}, ` +
    `with writes that cost ${listed(costs.map((cost) => grouped(cost)))} times a read.`
  );
}

/** The two averages that the paper gives, over its own sizes. */
function cameOut({ averages, published }: CrawRmResult): string {
  const saved = (cold: 'with' | 'without', key: 'clock' | 'car'): string => {
    const values = averages
      .filter(({ policy, sizes, cold_faults }) => {
        return policy === 'craw-rm' && sizes === 'paper' && cold_faults === cold;
      })
      .map((average) => average[`saved_over_${key}_percent`])
      .filter((value) => value !== null);
    const ends = [Math.min(...values), Math.max(...values)].map((value) =>
      typeset(percent(value / 100)),
    );
    if (values.length === 0) return 'nothing';
    return `${ends[0] === ends[1] ? '' : `${ends[0]} to `}${ends[1]}\u00a0%`;
  };
  return (
    `On average over the paper\u2019s sizes CRAW-RM saves ${saved('with', 'clock')} of CLOCK\u2019s I/O time, ` +
    `depending on the cost of a write, and ${saved('without', 'clock')} of what is left without cold faults; over CAR it is ` +
    `${saved('with', 'car')} and ${saved('without', 'car')}. The paper publishes ` +
    `${published.saved_over_clock_percent}\u00a0% and ${published.saved_over_car_percent}\u00a0%, and no cost ratio.`
  );
}

function verdicts({ claims }: CrawRmResult): string {
  const count = (verdict: Verdict): number =>
    claims.filter((claim) => claim.verdict === verdict).length;
  const parts = (['agrees', 'in part', 'disagrees', 'not measured'] as const)
    .filter((verdict) => count(verdict) > 0)
    .map((verdict) => `${countedInWords(count(verdict), '', '').trim()} ${words[verdict]}`);
  return `Of ${countedInWords(claims.length, 'reading')} of the paper\u2019s statements, ${listed(parts)}.`;
}

const words: Readonly<Record<Verdict, string>> = {
  agrees: 'agree with what was found',
  'in part': 'agree in part',
  disagrees: 'do not agree',
  'not measured': 'could not be measured',
};

function worth({ policies }: CrawRmResult): string {
  const lazy = policies.some((policy) => policy.includes('link=lazy'))
    ? ' Both are shown with immediate links, as a simulator can have them, and with lazy ones, as hardware can.'
    : '';
  return (
    'The programs, their versions and their inputs are not the paper\u2019s, which names none. CRAW is a ' +
    'reconstruction, since its own text could not be had, and so is CRAW-RM, which builds on it; nothing was ' +
    `tuned to come near a number.${lazy}`
  );
}

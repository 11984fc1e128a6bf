// What the paper states, each statement held against the measurements by a rule that is printed beside
// it. A statement is looked at in several cases (sizes, cold faults, cost ratios), because the paper
// does not say which it means: in all of them it agrees, in none it disagrees, else in part. The rules
// stand here and not in the configuration: they are the reading of the statements.

import { percent } from '../output/numbers.ts';
import type { Experiment } from './experiment.ts';
import { crawBeside, type Rows } from './measures.ts';
import type { Claim, ClaimCase, ColdFaults, Sizes, Verdict, View } from './result.ts';

const RM = 'craw-rm';

export function claimsOf(rows: Rows, experiment: Experiment): Claim[] {
  return [
    better(rows, experiment, 'clock', 'CLOCK'),
    better(rows, experiment, 'car', 'CAR'),
    amount(rows, experiment, 'clock', experiment.published.savedOverClockPercent),
    amount(rows, experiment, 'car', experiment.published.savedOverCarPercent),
    nearCrawOnAverage(rows, experiment),
    nearCrawAtPoints(rows, experiment),
    converging(rows, experiment),
  ];
}

function better(rows: Rows, { writeCosts }: Experiment, baseline: string, name: string): Claim {
  const cases = rows.views(writeCosts).map((view): ClaimCase => {
    const means = ['craw', RM].map((policy) => rows.saved(view, policy, baseline));
    const [craw, rm] = means;
    return {
      where: whereOf(view),
      measured: `CRAW ${savedWords(craw!)}, CRAW-RM ${savedWords(rm!)}`,
      agrees: means.every((saved) => saved !== null && saved > 0),
    };
  });
  return claim(
    `better-than-${baseline}`,
    `CRAW and CRAW-RM take less I/O time than ${name}`,
    'both save I/O time on average',
    cases,
  );
}

/** The paper gives one number and no cost ratio, so the number is held against the whole range. */
function amount(
  rows: Rows,
  { writeCosts }: Experiment,
  baseline: string,
  published: number,
): Claim {
  const name = baseline.toUpperCase();
  const cases = groups.flatMap(([sizes, cold_faults]): ClaimCase[] => {
    if (sizes === 'curve' && !rows.hasCurve) return [];
    const means = writeCosts
      .map((write_cost) => rows.saved({ sizes, cold_faults, write_cost }, RM, baseline))
      .filter((saved) => saved !== null);
    if (means.length === 0) return [];
    const [least, most] = [Math.min(...means), Math.max(...means)];
    return [
      {
        where: whereOf({ sizes, cold_faults }),
        measured: `${points(least)} to ${points(most)} %${most < published ? ', less' : ''}${least > published ? ', more' : ''}`,
        agrees: least <= published && published <= most,
      },
    ];
  });
  return claim(
    `saved-over-${baseline}`,
    `CRAW-RM saves ${published} % of I/O time over ${name} on average`,
    `the published number lies between the least and the greatest average at write costs ${listed(writeCosts)}`,
    cases,
  );
}

/** Nearly equal may mean the averages or every point; each reading is held by itself. */
function nearCrawOnAverage(rows: Rows, experiment: Experiment): Claim {
  const { writeCosts, nearPoints, published } = experiment;
  const cases = rows.views(writeCosts).flatMap((view): ClaimCase[] => {
    const rm = rows.saved(view, RM, 'clock');
    const craw = rows.saved(view, crawBeside(RM)!, 'clock');
    if (rm === null || craw === null) return [];
    const measured = `CRAW ${savedWords(craw)}, CRAW-RM ${savedWords(rm)}`;
    return [{ where: whereOf(view), measured, agrees: Math.abs(rm - craw) <= nearPoints }];
  });
  return claim(
    'near-craw-on-average',
    `CRAW-RM is ${published.besideCraw} to CRAW, on average`,
    `what the two save over CLOCK on average differs by at most ${nearPoints} percentage points (our line)`,
    cases,
  );
}

function nearCrawAtPoints(rows: Rows, experiment: Experiment): Claim {
  const { writeCosts, nearPoints, published } = experiment;
  const cases = rows.views(writeCosts).flatMap((view): ClaimCase[] => {
    const apart = rows.apart(view, RM, crawBeside(RM)!);
    if (apart === null) return [];
    const measured = `${points(apart)} points apart`;
    return [{ where: whereOf(view), measured, agrees: apart <= nearPoints }];
  });
  return claim(
    'near-craw-at-points',
    `CRAW-RM is ${published.besideCraw} to CRAW, at each size`,
    `the mean distance of the two at a size is at most ${nearPoints} percentage points of CLOCK’s I/O time (our line)`,
    cases,
  );
}

function converging(rows: Rows, { published, nearPoints, writeCosts }: Experiment): Claim {
  const { frames, workloads } = published.converging;
  const policies = ['clock', 'car', 'craw', RM];
  const cases = rows.workloads
    .filter(({ trace, frame_counts }) => workloads.includes(trace) && frame_counts.includes(frames))
    .map((workload): ClaimCase => {
      let spread = 0;
      for (const view of rows.views(writeCosts).filter(({ sizes }) => sizes === 'paper')) {
        const shares = policies
          .map((policy) => rows.ratio(workload.trace, frames, view, policy, 'clock'))
          .filter((share) => share !== null);
        // CLOCK's own share is always among them.
        spread = Math.max(spread, 100 * (Math.max(...shares) - Math.min(...shares)));
      }
      const { title, pages } = workload;
      return {
        where: `${title}, ${pages} pages in all`,
        measured: `at most ${points(spread)} points apart`,
        agrees: spread <= nearPoints,
      };
    });
  const titles = rows.workloads.filter(({ trace }) => workloads.includes(trace));
  return claim(
    'converging',
    `At ${frames} frames all policies come together for the ${titles.map(({ title }) => title).join(' and the ')}`,
    `at every write cost, with and without cold faults, they are at most ${nearPoints} points apart (our line)`,
    cases,
  );
}

const groups: readonly (readonly [Sizes, ColdFaults])[] = [
  ['paper', 'with'],
  ['paper', 'without'],
  ['curve', 'with'],
  ['curve', 'without'],
];

function claim(id: string, says: string, rule: string, cases: readonly ClaimCase[]): Claim {
  const agreeing = cases.filter(({ agrees }) => agrees).length;
  return { id, says, rule, verdict: verdictOf(agreeing, cases.length), agreeing, cases };
}

function verdictOf(agreeing: number, count: number): Verdict {
  if (count === 0) return 'not measured';
  if (agreeing === count) return 'agrees';
  return agreeing === 0 ? 'disagrees' : 'in part';
}

export function whereOf(view: Pick<View, 'sizes' | 'cold_faults'> & Partial<View>): string {
  const sizes = view.sizes === 'paper' ? "the paper's sizes" : 'all sizes';
  const cold = `${view.cold_faults} cold faults`;
  const cost = view.write_cost === undefined ? '' : `, write cost ${view.write_cost}`;
  return `${sizes}, ${cold}${cost}`;
}

function savedWords(saved: number | null): string {
  return saved === null ? 'nothing' : `${points(saved)} %`;
}

function points(value: number): string {
  return percent(value / 100);
}

function listed(values: readonly number[]): string {
  return values.join(', ');
}

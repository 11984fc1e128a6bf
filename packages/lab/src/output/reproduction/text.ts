// What `reproduce craw-rm` prints: averages beside the published ones, each workload at the paper's
// sizes, and what agrees.

import { crawBeside } from '../../reproduce/measures.ts';
import type { Average, CrawRmResult, Sizes, WorkloadResult } from '../../reproduce/result.ts';
import { relativeToClock } from '../groups.ts';
import { grouped, NO_NUMBER, percent } from '../numbers.ts';
import { textTable } from '../text-table.ts';

const sizesWords: Readonly<Record<Sizes, string>> = {
  paper: "the paper's sizes",
  curve: 'all sizes below the footprint',
};

/** Ends with a line break. */
export function renderCrawRm(result: CrawRmResult): string {
  return `${[
    `${result.says}, measured here. CRAW and CRAW-RM are reconstructions.`,
    '',
    'Average I/O time that CRAW-RM saves, in %: mean over the workloads of the mean over sizes; beside',
    'it what CRAW saves, and the mean distance of the two at a point. In brackets without cold faults.',
    ...averageLines(result),
    '',
    "I/O time in % of CLOCK's at the paper's sizes, with cold faults",
    ...result.workloads.flatMap((workload) => workloadLines(result, workload)),
    '',
    'What the paper says, and in how many cases (sizes, cold faults, write costs) it was found',
    ...claimLines(result),
  ].join('\n')}\n`;
}

function averageLines(result: CrawRmResult): string[] {
  const { published } = result;
  const rows: string[][] = [
    [
      '  published',
      `${percent(published.saved_over_clock_percent / 100)}${' '.repeat(BRACKET)}`,
      `${percent(published.saved_over_car_percent / 100)}${' '.repeat(BRACKET)}`,
      '',
      published.beside_craw,
    ],
  ];
  for (const [policy, sizes] of sectionsOf(result)) {
    rows.push([`  ${policy}, ${sizesWords[sizes]}`]);
    for (const cost of result.write_costs) {
      const find = averageFinder(result.averages, policy, sizes, cost);
      const craw = averageFinder(result.averages, crawBeside(policy) ?? '', sizes, cost);
      const cell = (key: AverageKey, of = find): string =>
        pair(of('with', key), of('without', key));
      rows.push([
        `    write cost ${grouped(cost)}`,
        cell('saved_over_clock_percent'),
        cell('saved_over_car_percent'),
        cell('saved_over_clock_percent', craw),
        cell('apart_from_craw_points'),
      ]);
    }
  }
  return textTable(
    [
      { title: '', align: 'left' },
      { title: 'over CLOCK', align: 'right' },
      { title: 'over CAR', align: 'right' },
      { title: 'CRAW over CLOCK', align: 'right' },
      { title: 'from CRAW', align: 'right' },
    ],
    rows,
  );
}

export type AverageKey =
  | 'saved_over_clock_percent'
  | 'saved_over_car_percent'
  | 'apart_from_craw_points';

/** Each CRAW-RM over each set of sizes: the sections of the table of averages. */
export function sectionsOf({ averages }: CrawRmResult): [policy: string, sizes: Sizes][] {
  const compared = averages.filter(({ apart_from_craw_points: apart }) => apart !== null);
  const policies = [...new Set(compared.map(({ policy }) => policy))];
  const sets = [...new Set(compared.map(({ sizes }) => sizes))];
  return policies.flatMap((policy) => sets.map((sizes): [string, Sizes] => [policy, sizes]));
}

export function averageFinder(
  averages: readonly Average[],
  policy: string,
  sizes: Sizes,
  writeCost: number,
): (cold: 'with' | 'without', key: AverageKey) => number | null {
  const mine = averages.filter(
    (average) =>
      average.policy === policy && average.sizes === sizes && average.write_cost === writeCost,
  );
  return (cold, key) => mine.find(({ cold_faults }) => cold_faults === cold)?.[key] ?? null;
}

const BRACKET = 9;

function pair(value: number | null, without: number | null): string {
  return `${number(value)} ${`(${number(without)})`.padStart(BRACKET - 1)}`;
}

function number(value: number | null): string {
  return value === null ? NO_NUMBER : percent(value / 100);
}

function workloadLines(result: CrawRmResult, workload: WorkloadResult): string[] {
  const { paper_frames: frameCounts, write_costs: costs } = result;
  const mine = result.rows.filter(({ trace }) => trace === workload.trace);
  const rows = result.policies
    .filter((policy) => policy !== 'clock')
    .map((policy) => [
      `    ${policy}`,
      ...costs.flatMap((cost) =>
        frameCounts.map((frames) => {
          const row = mine.find(
            (one) => one.policy === policy && one.write_cost === cost && one.frames === frames,
          );
          return percent(row === undefined ? null : relativeToClock(row, 'with'));
        }),
      ),
    ]);
  const facts = `${grouped(workload.references)} references, ${grouped(workload.pages)} pages`;
  const columns = [
    { title: '    frames', align: 'left' } as const,
    ...costs.flatMap(() =>
      frameCounts.map((frames) => ({ title: grouped(frames), align: 'right' }) as const),
    ),
  ];
  const heads = [
    '    write cost',
    ...costs.flatMap((cost) => frameCounts.map((_, i) => (i === 0 ? grouped(cost) : ''))),
  ];
  const lines = textTable(
    columns.map(({ align }, i) => ({ title: heads[i] ?? '', align })),
    [columns.map(({ title }) => title), ...rows],
  );
  return [`  ${workload.title} (${facts})`, ...lines];
}

function claimLines({ claims }: CrawRmResult): string[] {
  const rows = claims.map(({ verdict, says, agreeing, cases }) => [
    `  ${verdict}`,
    `${agreeing} of ${cases.length}`,
    says,
  ]);
  const table = textTable(
    [
      { title: '', align: 'left' },
      { title: '', align: 'right' },
      { title: '', align: 'left' },
    ],
    rows,
  );
  return table.slice(1);
}

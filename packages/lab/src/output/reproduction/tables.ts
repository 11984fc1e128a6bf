// The two tables of the page: averages beside the published ones, and the paper's statements beside
// what was found.

import { crawBeside } from '../../reproduce/measures.ts';
import type { Claim, CrawRmResult, Sizes } from '../../reproduce/result.ts';
import { grouped, percent } from '../numbers.ts';
import { capitalised, escaped, typeset } from '../report/html.ts';
import { sample } from '../report/marks.ts';
import { wrapped } from '../report/tables.ts';
import type { Curve } from '../report/view.ts';
import { type AverageKey, averageFinder, sectionsOf } from './text.ts';

/** Columns of averages; of CRAW under the same options where the policy is a CRAW-RM. */
const averageColumns: readonly (readonly [title: string, key: AverageKey, of: 'own' | 'craw'])[] = [
  ['over CLOCK, %', 'saved_over_clock_percent', 'own'],
  ['over CAR, %', 'saved_over_car_percent', 'own'],
  ['CRAW over CLOCK, %', 'saved_over_clock_percent', 'craw'],
  ['from CRAW, points', 'apart_from_craw_points', 'own'],
];

const OPEN_CASES_MAX = 4;

const sizesWords: Readonly<Record<Sizes, string>> = {
  paper: 'the paper\u2019s sizes',
  curve: 'all sizes',
};

export function averagesBesidePublished(result: CrawRmResult, curves: readonly Curve[]): string {
  const { published, write_costs: costs } = result;
  const rows = sectionsOf(result).flatMap(([policy, sizes]) => {
    const mark = curves.find(({ name }) => name.policy === policy)?.mark;
    const name = `${mark === undefined ? '' : `${sample(mark)} `}${escaped(policy)}<small>${sizesWords[sizes]}</small>`;
    return costs.map((cost, i) => {
      const finders = {
        own: averageFinder(result.averages, policy, sizes, cost),
        craw: averageFinder(result.averages, crawBeside(policy) ?? '', sizes, cost),
      };
      const cells = averageColumns.map(([, key, of]) => {
        const shown = (['with', 'without'] as const).map(
          (cold) => `<span class="cold-${cold}">${number(finders[of](cold, key))}</span>`,
        );
        return `<td class="number">${shown.join('')}</td>`;
      });
      const head = i === 0 ? `<th scope="rowgroup" rowspan="${costs.length}">${name}</th>` : '';
      const first = i === 0 ? ' class="section"' : '';
      return `<tr${first}>${head}<td class="number">${grouped(cost)}</td>${cells.join('')}</tr>`;
    });
  });
  const stated = [
    number(published.saved_over_clock_percent),
    number(published.saved_over_car_percent),
    '\u2013',
    escaped(published.beside_craw),
  ];
  return wrapped(
    'Average I/O time saved, beside the published',
    '<thead><tr><th scope="col">policy</th><th scope="col" class="number">write cost</th>' +
      averageColumns.map(([title]) => `<th scope="col" class="number">${title}</th>`).join('') +
      '</tr></thead><tbody>' +
      `<tr class="published"><th scope="row">published</th><td class="number">not stated</td>${stated.map((cell) => `<td class="number">${cell}</td>`).join('')}</tr>` +
      `${rows.join('')}</tbody>`,
    'averages reproduction',
  );
}

/** The statements, each with its verdict, its rule and, folded, every case. */
export function statements(claims: readonly Claim[]): string {
  const items = claims.map((claim) => {
    const { verdict, says, rule, agreeing, cases } = claim;
    const kind = verdict.replace(' ', '-');
    return (
      `<li class="claim ${kind}"><b class="verdict">${capitalised(verdict)}</b> ` +
      `<span class="says">${escaped(says)}.</span> ` +
      `<span class="rule">A case agrees where ${escaped(rule)}: ${agreeing} of ${cases.length}.</span>` +
      `${cases.length === 0 ? '' : `<details${isShort(claim) ? ' open' : ''}><summary>Every case</summary>${caseTable(claim)}</details>`}</li>`
    );
  });
  return `<ul class="claims">${items.join('')}</ul>`;
}

/** Few cases that a reader asks for at once stand open. */
function isShort({ verdict, cases }: Claim): boolean {
  return verdict !== 'agrees' && cases.length <= OPEN_CASES_MAX;
}

function caseTable({ says, cases }: Claim): string {
  const rows = cases.map(
    ({ where, measured, agrees }) =>
      `<tr><th scope="row">${escaped(typesetAll(where))}</th><td>${escaped(typesetAll(measured))}</td><td>${agrees ? 'agrees' : 'does not'}</td></tr>`,
  );
  return wrapped(
    `Cases of: ${says}`,
    `<thead><tr><th scope="col">case</th><th scope="col">measured</th><th scope="col">and the paper</th></tr></thead><tbody>${rows.join('')}</tbody>`,
    'cases',
  );
}

function typesetAll(words: string): string {
  return words.replace(/(^| )-(?=\d)/g, '$1\u2212').replaceAll("'", '\u2019');
}

function number(value: number | null): string {
  return typeset(percent(value === null ? null : value / 100));
}

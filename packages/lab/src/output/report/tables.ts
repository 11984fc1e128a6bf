// The two tables in the text of the report: averages, and facts about the traces. Headers are real
// headers, and a table wider than the screen scrolls by itself and not with the page.

import { isObservation, observations } from '@pagelend/policies';
import type { SimResult } from '../../result.ts';
import { type CostAverages, carAmong, type Saving } from '../averages.ts';
import { CLOCK, type Cold, type Group } from '../groups.ts';
import { binaryBytes, grouped, percent } from '../numbers.ts';
import { carTitle } from '../summary.ts';
import { escaped, typeset } from './html.ts';
import { sample } from './marks.ts';
import type { Curve } from './view.ts';

export function averagesTable(
  saved: readonly CostAverages[],
  curves: readonly Curve[],
  cold: boolean,
): string {
  const car = carAmong(curves.map(({ name }) => name));
  const baselines = car === null ? ['CLOCK'] : ['CLOCK', carTitle(car)];
  const spans = saved.map(
    ({ cost }) => `<th scope="colgroup" colspan="${baselines.length}">${escaped(cost.label)}</th>`,
  );
  const heads = saved.flatMap(() =>
    baselines.map((name) => `<th scope="col" class="number">over ${escaped(name)}</th>`),
  );
  const rows = curves.map(({ name, mark, index }) => {
    const cells = saved.flatMap(({ policies }) => {
      const { overClock, overCar } = policies[index]!;
      const clockCell = savingCell(name.policy === CLOCK ? null : overClock, cold);
      if (car === null) return [clockCell];
      return [clockCell, savingCell(name.policy === car ? null : overCar, cold)];
    });
    return (
      `<tr><th scope="row">${sample(mark)} ${escaped(name.policy)}` +
      `<small>${escaped(observationWords(name.observes))}</small></th>${cells.join('')}</tr>`
    );
  });
  return wrapped(
    'Average I/O time saved',
    `<thead><tr><th scope="col" rowspan="2">policy, and what it observes</th>${spans.join('')}</tr>` +
      `<tr>${heads.join('')}</tr></thead><tbody>${rows.join('')}</tbody>`,
    'averages',
  );
}

/** What a policy observes in words; a user's own word as it is. */
function observationWords(observes: string): string {
  return isObservation(observes) ? observations[observes] : observes;
}

function savingCell(pair: Readonly<Record<Cold, Saving | null>> | null, cold: boolean): string {
  const text = (saving: Saving | null): string =>
    saving === null
      ? '\u2013'
      : `${typeset(percent(saving.mean))}<small>${typeset(percent(saving.least))} to ${typeset(percent(saving.most))}</small>`;
  if (pair === null) return '<td class="number">\u2013</td>';
  const withCold = `<span class="cold-with">${text(pair.with)}</span>`;
  const without = cold ? `<span class="cold-without">${text(pair.without)}</span>` : '';
  return `<td class="number">${withCold}${without}</td>`;
}

export function tracesTable(result: SimResult, groups: readonly Group[]): string {
  const warm = result.warmup_references.some((count) => count > 0);
  const heads = [
    'trace',
    'references',
    'reads',
    'writes',
    'pages',
    'page size',
    'footprint',
    ...(warm ? ['warm-up'] : []),
    'cold share of faults',
    'origin',
  ];
  const rows = result.traces.flatMap((trace, index) => {
    const mine = groups.filter((group) => group.trace.trace === trace.trace);
    if (mine.length === 0) return [];
    const { references, read_references: reads, write_references: writes } = trace;
    const share = (part: number): string =>
      references === 0 ? '' : ` <small>${percent(part / references)} %</small>`;
    const numbers = [
      grouped(references),
      grouped(reads) + share(reads),
      grouped(writes) + share(writes),
      grouped(trace.pages),
      binaryBytes(trace.page_size_bytes),
      binaryBytes(trace.pages * trace.page_size_bytes),
      ...(warm ? [grouped(result.warmup_references[index] ?? 0)] : []),
      coldShare(mine),
    ];
    return [
      `<tr><th scope="row" title="${escaped(trace.trace)}">${escaped(mine[0]!.label)}</th>` +
        numbers.map((cell) => `<td class="number">${cell}</td>`).join('') +
        `<td class="words"><code>${escaped(trace.origin === '' ? 'unknown' : trace.origin)}</code></td></tr>`,
    ];
  });
  const head = heads.map((name, index) => {
    const kind = index === 0 || name === 'origin' ? '' : ' class="number"';
    return `<th scope="col"${kind}>${name}</th>`;
  });
  return wrapped(
    'Facts about each trace',
    `<thead><tr>${head.join('')}</tr></thead><tbody>${rows.join('')}</tbody>`,
    'facts',
  );
}

/** Over every policy and memory size of the trace: it grows with memory. */
function coldShare(groups: readonly Group[]): string {
  let least = Number.POSITIVE_INFINITY;
  let most = 0;
  for (const { rowsAt } of groups) {
    for (const rows of rowsAt.values()) {
      for (const { faults, cold_faults } of rows.values()) {
        if (faults === 0) continue;
        least = Math.min(least, cold_faults / faults);
        most = Math.max(most, cold_faults / faults);
      }
    }
  }
  if (least > most) return '\u2013';
  const [low, high] = [percent(least), percent(most)];
  return low === high ? `${low} %` : `${low} to ${high} %`;
}

/** A region that can be scrolled by keyboard too. */
export function wrapped(label: string, table: string, kind: string): string {
  return `<div class="scroll" role="region" tabindex="0" aria-label="${escaped(label)}"><table class="${kind}">${table}</table></div>`;
}

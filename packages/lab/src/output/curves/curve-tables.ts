// The tables of the page of curves: facts about the traces, and every count behind the figures.

import type { CurveResult, CurveRow } from '../../curves/curve-result.ts';
import { binaryBytes, finePercent, grouped, percent } from '../numbers.ts';
import { escaped } from '../report/html.ts';
import { wrapped } from '../report/tables.ts';
import type { GroupedCurves } from './curve-groups.ts';

export function curveTracesTable(result: CurveResult, { groups }: GroupedCurves): string {
  const labels = new Map(groups.map(({ trace, label }) => [trace.trace, label]));
  const warm = result.traces.some(({ warmup_references }) => warmup_references > 0);
  const heads = [
    'references',
    'reads',
    'writes',
    'pages',
    'footprint',
    ...(warm ? ['warm-up'] : []),
  ];
  const rows = result.traces.map((trace) => {
    const numbers = [
      grouped(trace.references),
      grouped(trace.read_references),
      grouped(trace.write_references),
      grouped(trace.pages),
      binaryBytes(trace.pages * trace.page_size_bytes),
      ...(warm ? [grouped(trace.warmup_references)] : []),
    ];
    return (
      `<tr><th scope="row" title="${escaped(trace.trace)}">${escaped(labels.get(trace.trace) ?? trace.trace)}</th>` +
      numbers.map((cell) => `<td class="number">${cell}</td>`).join('') +
      `<td class="words"><code>${escaped(trace.origin === '' ? 'unknown' : trace.origin)}</code></td></tr>`
    );
  });
  const head = heads.map((name) => `<th scope="col" class="number">${name}</th>`).join('');
  return wrapped(
    'Facts about each trace',
    `<thead><tr><th scope="col">trace</th>${head}<th scope="col">origin</th></tr></thead><tbody>${rows.join('')}</tbody>`,
    'facts',
  );
}

const fields: readonly (readonly [title: string, cell: (row: CurveRow) => string])[] = [
  ['frames', (row) => grouped(row.frames)],
  ['faults', (row) => grouped(row.faults)],
  ['reads', (row) => grouped(row.reads)],
  ['write-backs', (row) => grouped(row.writebacks)],
  ['miss ratio, %', (row) => finePercent(row.miss_ratio)],
  ['I/O time', (row) => grouped(row.io_time)],
  ['its standard error, %', errorShare],
];

/** One collapsed table per trace; several costs stand in one table with a column of their own. */
export function curveDataTables({ groups, costs }: GroupedCurves): string {
  const several = costs.length > 1;
  const traces = [...new Set(groups.map(({ trace }) => trace))];
  const words = [...(several ? ['cost'] : []), 'policy'];
  const heads =
    words.map((title) => `<th scope="col">${title}</th>`).join('') +
    fields.map(([title]) => `<th scope="col" class="number">${title}</th>`).join('');
  return traces
    .map((trace) => {
      const mine = groups.filter((group) => group.trace === trace);
      const rows = mine.flatMap(({ rowsOf, cost }) =>
        [...rowsOf.values()].flat().map((row) => {
          const cells = fields.map(([, cell]) => `<td class="number">${cell(row)}</td>`).join('');
          const costCell = several ? `<td>${escaped(cost.label)}</td>` : '';
          return `<tr>${costCell}<td>${escaped(row.policy)}</td>${cells}</tr>`;
        }),
      );
      const { label } = mine[0]!;
      const table = wrapped(
        `Every count of ${label}`,
        `<thead><tr>${heads}</tr></thead><tbody>${rows.join('')}</tbody>`,
        'data',
      );
      return `<details><summary>${escaped(label)} <small>${grouped(rows.length)} rows</small></summary>${table}</details>`;
    })
    .join('');
}

function errorShare({ exact, io_time: time, io_time_standard_error: error }: CurveRow): string {
  if (exact || error === null) return 'exact';
  return percent(time === 0 ? 0 : error / time);
}

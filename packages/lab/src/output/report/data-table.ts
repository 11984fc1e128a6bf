// Every count of every row, one collapsed table per trace: what the figures were drawn from.

import type { SimResult, SimRow } from '../../result.ts';
import { type Group, type GroupedResult, hasColdReads } from '../groups.ts';
import { grouped, percent } from '../numbers.ts';
import { escaped, typeset } from './html.ts';
import { wrapped } from './tables.ts';

interface DataField {
  readonly title: string;
  readonly cell: (row: SimRow) => string;
  readonly number: boolean;
}

const dataFields: readonly DataField[] = [
  { title: 'frames', cell: (row) => grouped(row.frames), number: true },
  { title: 'policy', cell: (row) => escaped(row.policy), number: false },
  { title: 'observes', cell: (row) => escaped(row.observes), number: false },
  { title: 'faults', cell: (row) => grouped(row.faults), number: true },
  { title: 'cold faults', cell: (row) => grouped(row.cold_faults), number: true },
  { title: 'reads', cell: (row) => grouped(row.reads), number: true },
  { title: 'write-backs', cell: (row) => grouped(row.writebacks), number: true },
  { title: 'I/O time', cell: (row) => grouped(row.io_time), number: true },
  { title: '% of CLOCK', cell: (row) => typeset(percent(row.relative_to_clock)), number: true },
  {
    title: '% without cold',
    cell: (row) => typeset(percent(row.relative_to_clock_without_cold)),
    number: true,
  },
  {
    title: 'lower bound',
    cell: (row) => (row.lower_bound_io_time === null ? '' : grouped(row.lower_bound_io_time)),
    number: true,
  },
];

/** One collapsed table per trace; many costs stand in one table with a column of their own. */
export function dataTables(result: SimResult, { groups, costs }: GroupedResult): string {
  const bounded = result.rows.some((row) => row.lower_bound_io_time !== null);
  const cold = hasColdReads(result.rows);
  const fields = dataFields.filter(
    ({ title }) => (title !== 'lower bound' || bounded) && (title !== '% without cold' || cold),
  );
  const several = costs.length > 1;
  const traces = [...new Set(groups.map(({ trace }) => trace))];
  return traces
    .map((trace) => {
      const mine = groups.filter((group) => group.trace === trace);
      const rows = mine.flatMap((group) => groupRowsHtml(group, fields, several));
      const heads = [...(several ? [{ title: 'cost', number: false }] : []), ...fields].map(
        ({ title, number }) => `<th scope="col"${number ? ' class="number"' : ''}>${title}</th>`,
      );
      const label = mine[0]!.label;
      const table = wrapped(
        `Every count of ${label}`,
        `<thead><tr>${heads.join('')}</tr></thead><tbody>${rows.join('')}</tbody>`,
        'data',
      );
      return `<details><summary>${escaped(label)} <small>${grouped(rows.length)} rows</small></summary>${table}</details>`;
    })
    .join('');
}

function groupRowsHtml(group: Group, fields: readonly DataField[], several: boolean): string[] {
  return group.frameCounts.flatMap((frames) =>
    [...group.rowsAt.get(frames)!.values()].map((row) => {
      const cells = fields.map(({ cell, number }) =>
        number ? `<td class="number">${cell(row)}</td>` : `<td>${cell(row)}</td>`,
      );
      const cost = several ? `<td>${escaped(group.cost.label)}</td>` : '';
      return `<tr>${cost}${cells.join('')}</tr>`;
    }),
  );
}

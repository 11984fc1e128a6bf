// The table that `sim` prints. A few frame counts are shown with every count; many are shown as a
// matrix of relative I/O time, policies down and frame counts across, because eight lines for each
// of twelve memory sizes cannot be compared by eye. Colour only repeats what the `*` says.

import type { SimResult, SimRow } from '../result.ts';
import { bestOf, boundOf, type Group, groupRows, hasColdReads, type PolicyName } from './groups.ts';
import { colours, type Ink, plain } from './ink.ts';
import { printable } from './labels.ts';
import { renderMatrix } from './matrix.ts';
import { counted, grouped, NO_NUMBER, percent } from './numbers.ts';
import { displayWidth, textTable } from './text-table.ts';

/** More frame counts than this in a group are shown as a matrix. */
const FULL_TABLE_FRAMES_MAX = 4;

export interface TableOptions {
  readonly color: boolean;
  /** Columns of the terminal; without it the table is as wide as it needs to be. */
  readonly width?: number;
}

/** Ends with a line break; empty for a result without rows. */
export function renderTable(result: SimResult, options: TableOptions): string {
  const { groups, policies } = groupRows(result);
  if (groups.length === 0) return '';
  const ink = options.color ? colours : plain;
  const width = options.width ?? Number.POSITIVE_INFINITY;
  const cold = hasColdReads(result.rows);
  const lines: string[] = [];
  let observesShown = true;
  let matrixShown = false;
  for (const group of groups) {
    lines.push(ink.strong(heading(group)));
    if (group.frameCounts.length > FULL_TABLE_FRAMES_MAX) {
      lines.push(...renderMatrix(group, policies, cold, width, ink));
      matrixShown = true;
      observesShown = false;
    } else {
      const table = fullTable(group, cold, width, ink);
      lines.push(...table.lines);
      observesShown &&= table.observesShown;
    }
    lines.push('');
  }
  lines.push(...legend(policies, observesShown, matrixShown, ink));
  return `${lines.join('\n')}\n`;
}

function heading({ label, cost, trace }: Group): string {
  const facts = `${counted(trace.references, 'reference')}, ${counted(trace.pages, 'page')}`;
  return printable(`${label}  ${cost.label}  (${facts})`);
}

interface Field {
  readonly title: string;
  readonly align: 'left' | 'right';
  readonly cell: (row: SimRow) => string;
  /** Fields that a narrow terminal loses first have the highest number; 0 is never lost. */
  readonly spare: number;
}

const fields: readonly Field[] = [
  { title: 'policy', align: 'left', cell: (row) => printable(row.policy), spare: 0 },
  { title: 'observes', align: 'left', cell: (row) => printable(row.observes), spare: 3 },
  { title: 'faults', align: 'right', cell: (row) => grouped(row.faults), spare: 2 },
  { title: 'reads', align: 'right', cell: (row) => grouped(row.reads), spare: 0 },
  { title: 'writebacks', align: 'right', cell: (row) => grouped(row.writebacks), spare: 0 },
  { title: 'I/O time', align: 'right', cell: (row) => grouped(row.io_time), spare: 0 },
  { title: '% CLOCK', align: 'right', cell: (row) => percent(row.relative_to_clock), spare: 0 },
  {
    title: 'w/o cold',
    align: 'right',
    cell: (row) => percent(row.relative_to_clock_without_cold),
    spare: 1,
  },
];

function fullTable(
  group: Group,
  cold: boolean,
  width: number,
  ink: Ink,
): { lines: string[]; observesShown: boolean } {
  let shown = fields.filter(({ title }) => cold || title !== 'w/o cold');
  for (;;) {
    const lines = layOut(group, shown, ink);
    const spare = shown.reduce((most, field) => Math.max(most, field.spare), 0);
    if (spare === 0 || lines.width <= width) {
      return { lines: lines.text, observesShown: shown.some(({ title }) => title === 'observes') };
    }
    shown = shown.filter((field) => field.spare !== spare);
  }
}

function layOut(
  group: Group,
  shown: readonly Field[],
  ink: Ink,
): { text: string[]; width: number } {
  const rows: string[][] = [];
  const inks: ((text: string) => string)[] = [ink.faint];
  for (const frames of group.frameCounts) {
    const atFrames = group.rowsAt.get(frames)!;
    const best = bestOf(atFrames.values());
    let framesCell = grouped(frames);
    for (const row of atFrames.values()) {
      const isBest = best.has(row.policy);
      rows.push([framesCell, isBest ? '*' : '', ...shown.map(({ cell }) => cell(row))]);
      inks.push(isBest ? ink.best : plain.best);
      framesCell = '';
    }
    const boundRow = boundCells(atFrames.values(), shown);
    if (boundRow !== null) {
      rows.push(['', '', ...boundRow]);
      inks.push(ink.faint);
    }
  }
  const columns = [
    { title: 'frames', align: 'right' } as const,
    { title: '', align: 'left' } as const,
    ...shown.map(({ title, align }) => ({ title, align })),
  ];
  const lines = textTable(columns, rows);
  const width = Math.max(...lines.map(displayWidth));
  return { text: lines.map((line, index) => inks[index]!(line)), width };
}

function boundCells(rows: Iterable<SimRow>, shown: readonly Field[]): string[] | null {
  const all = [...rows];
  const bound = boundOf(all, 'with');
  if (bound === null) return null;
  const cells: Readonly<Record<string, string>> = {
    policy: 'lower bound',
    observes: '',
    faults: '',
    reads: grouped(bound.reads),
    writebacks: grouped(bound.writebacks),
    'I/O time': grouped(bound.ioTime),
    '% CLOCK': percent(bound.relative),
    'w/o cold': percent(boundOf(all, 'without')?.relative ?? null),
  };
  return shown.map(({ title }) => cells[title] ?? NO_NUMBER);
}

function legend(
  policies: readonly PolicyName[],
  observesShown: boolean,
  matrixShown: boolean,
  ink: Ink,
): string[] {
  const lines: string[] = [];
  if (!observesShown) {
    const byObservation = new Map<string, string[]>();
    for (const { policy, observes } of policies) {
      const names = byObservation.get(observes) ?? [];
      byObservation.set(observes, [...names, printable(policy)]);
    }
    lines.push('What each policy observes:');
    for (const [observes, names] of byObservation) {
      lines.push(`  ${printable(observes)}: ${names.join(', ')}`);
    }
  }
  lines.push(
    '* least I/O time of the policies that do not look ahead; % CLOCK: I/O time, CLOCK = 100',
  );
  if (matrixShown) lines.push('Every count of every point is in the JSON, CSV and HTML output.');
  return lines.map(ink.faint);
}

// Curves as `curve` prints them: for one policy every count at every size, for several the miss
// ratios and the I/O times side by side. What is estimated is marked, and the errors stand below.

import type { CurveResult, CurveRow, CurveTrace } from '../../curves/curve-result.ts';
import type { PolicyName } from '../groups.ts';
import { colours, plain } from '../ink.ts';
import { printable } from '../labels.ts';
import { binaryBytes, counted, finePercent, grouped, NO_NUMBER, percent } from '../numbers.ts';
import type { TableOptions } from '../table.ts';
import { textTable } from '../text-table.ts';
import { type CurveGroup, groupCurves, missesDependOnCosts } from './curve-groups.ts';
import { renderPlot } from './plot.ts';

const ESTIMATED = '~';

export interface CurveTextOptions extends TableOptions {
  /** Draws the miss ratios too, with letters. */
  readonly plot?: boolean;
}

/** Ends with a line break; empty for a result without rows. */
export function renderCurves(result: CurveResult, options: CurveTextOptions): string {
  const grouping = groupCurves(result);
  const { policies, groups } = grouping;
  const ink = options.color ? colours : plain;
  const lines: string[] = [];
  const perCost = missesDependOnCosts(grouping);
  let drawn: CurveTrace | null = null;
  for (const group of groups) {
    const isNew = drawn !== group.trace;
    drawn = group.trace;
    lines.push(ink.strong(heading(group)));
    if (isNew && options.plot === true) lines.push(...renderPlot(group, options.width), '');
    const tables =
      policies.length === 1
        ? [countsTable(group, policies[0]!)]
        : [
            ...(isNew || perCost ? [valueTable(group, policies, 'miss ratio, %', miss)] : []),
            valueTable(group, policies, 'I/O time', (row) => grouped(row.io_time)),
          ];
    for (const { title, head, rows } of tables) {
      lines.push(...(title === '' ? [] : [title]), ink.faint(head), ...rows, '');
    }
    if (isLast(group, groups)) lines.push(...samplingLines(group.trace, result.rows));
  }
  return lines.length === 0 ? '' : `${lines.join('\n').trimEnd()}\n`;
}

function heading({ label, cost, trace }: CurveGroup): string {
  const facts = `${counted(trace.references, 'reference')}, ${counted(trace.pages, 'page')}`;
  return printable(`${label}  ${cost.label}  (${facts})`);
}

function isLast(group: CurveGroup, groups: readonly CurveGroup[]): boolean {
  return groups.findLast(({ trace }) => trace === group.trace) === group;
}

function miss({ miss_ratio }: CurveRow): string {
  return finePercent(miss_ratio);
}

function marked({ exact }: CurveRow, text: string): string {
  return exact ? text : ESTIMATED + text;
}

interface TextTable {
  readonly title: string;
  readonly head: string;
  readonly rows: readonly string[];
}

function countsTable({ trace, rowsOf }: CurveGroup, { policy }: PolicyName): TextTable {
  const rows = rowsOf.get(policy)!;
  const estimated = rows.some(({ exact }) => !exact);
  const titles = [
    'frames',
    'memory',
    'faults',
    'reads',
    'write-backs',
    'miss ratio, %',
    'I/O time',
  ];
  const [head, ...lines] = textTable(
    [...titles, ...(estimated ? ['± %'] : [])].map((title) => ({ title, align: 'right' })),
    rows.map((row) => [
      grouped(row.frames),
      binaryBytes(row.frames * trace.page_size_bytes),
      ...[row.faults, row.reads, row.writebacks].map((count) => marked(row, grouped(count))),
      marked(row, miss(row)),
      marked(row, grouped(row.io_time)),
      ...(estimated ? [errorShare(row)] : []),
    ]),
  );
  return { title: printable(policy), head: head!, rows: lines };
}

/** Of I/O time, in percent. */
function errorShare({ io_time_standard_error: error, io_time: time }: CurveRow): string {
  return error === null ? NO_NUMBER : percent(time === 0 ? 0 : error / time);
}

function valueTable(
  { trace, frameCounts, rowsOf }: CurveGroup,
  policies: readonly PolicyName[],
  title: string,
  cell: (row: CurveRow) => string,
): TextTable {
  const heads = ['frames', 'memory', ...policies.map(({ policy }) => printable(policy))];
  const [head, ...rows] = textTable(
    heads.map((name) => ({ title: name, align: 'right' })),
    frameCounts.map((frames, index) => [
      grouped(frames),
      binaryBytes(frames * trace.page_size_bytes),
      ...policies.map(({ policy }) => {
        const row = rowsOf.get(policy)![index]!;
        return marked(row, cell(row));
      }),
    ]),
  );
  return { title, head: head!, rows };
}

function samplingLines({ trace, sampling }: CurveTrace, all: readonly CurveRow[]): string[] {
  if (sampling === null) return [];
  const rows = all.filter((row) => row.trace === trace && !row.exact);
  const shares = rows.map((row) => (row.io_time_standard_error ?? 0) / Math.max(1, row.io_time));
  const samples = `${sampling.seeds} samples of ${counted(sampling.sampled_pages, 'page')}`;
  return [
    `${ESTIMATED} estimated from ${samples} (${percent(sampling.sample_rate)} %); the standard error of I/O time is at most ${percent(Math.max(...shares))} %.`,
    `By plain scale the same samples miss LRU, whose curve is exact, by ${percent(sampling.lru_transfers_mean_relative_error)} % on average`,
    `(reads and write-backs together, ${counted(sampling.sizes, 'size')}).`,
    '',
  ];
}

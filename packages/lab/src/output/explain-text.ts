// What an explained policy did, as text: a block a trace and cost pair, gauges down and memory sizes
// across, so that what grows or shrinks with memory shows in a line.

import { levelFigures } from '../explain/explanation.ts';
import type { ExplainedGauge, ExplainedSize, SimExplanation, SimResult } from '../result.ts';
import { costLabel, printable, traceLabels } from './labels.ts';
import { counted, grouped, NO_NUMBER } from './numbers.ts';
import { displayWidth, type TextColumn, textTable } from './text-table.ts';

const GAP = 2;

/** Which resident pages the host counts, whatever the policy. */
const bits = [
  { key: 'referenced_pages', name: 'resident: referenced' },
  { key: 'modified_pages', name: 'resident: modified' },
  { key: 'dirty_pages', name: 'resident: dirty' },
] as const;

type BitKey = (typeof bits)[number]['key'];

/** Ends with a line break; empty where no policy was to be explained. */
export function renderExplanations(
  result: SimResult,
  { width }: { readonly width?: number | undefined },
): string {
  const explanations = result.explanations ?? [];
  if (explanations.length === 0) return '';
  const labels = traceLabels(result.traces.map(({ trace }) => trace));
  const blocks = explanationBlocks(explanations).map((runs) => {
    const { trace, policy, medium, read_cost, write_cost, warmup_references } = runs[0]!;
    const cost = read_cost === null ? 'any cost' : costLabel(medium, read_cost, write_cost!);
    const warmup = warmup_references === 0 ? '' : ` after ${grouped(warmup_references)}`;
    const over = `${counted(runs[0]!.references, 'reference')}${warmup}`;
    const heading = printable(`${policy} explained: ${labels.get(trace)!}  ${cost}  (${over})`);
    return [heading, ...table(runs, width ?? Number.POSITIVE_INFINITY)].join('\n');
  });
  const legend = [
    "Lists and bits in pages: the mean, in brackets the least and the most; before it a target's start and end.",
    'Events: per fault, in brackets how many.',
  ];
  return `${[...blocks, legend.join('\n')].join('\n\n')}\n`;
}

/** The runs that differ by their frame count alone, fewest frames first. */
export function explanationBlocks(explanations: readonly SimExplanation[]): SimExplanation[][] {
  const blocks = new Map<string, SimExplanation[]>();
  for (const run of explanations) {
    const key = JSON.stringify([run.trace, run.medium, run.read_cost, run.write_cost]);
    const block = blocks.get(key) ?? [];
    block.push(run);
    blocks.set(key, block);
  }
  return [...blocks.values()].map((runs) => runs.sort((a, b) => a.frames - b.frames));
}

/** As many memory sizes side by side as the width has room for, one at least; the rest below. */
function table(runs: readonly SimExplanation[], width: number): string[] {
  const shown = bits.filter(({ key }) => runs[0]!.samples[key] !== null);
  const names = [
    'frames',
    'faults',
    'write-backs',
    ...runs[0]!.gauges.map(nameOf),
    ...shown.map(({ name }) => name),
  ];
  const cells = runs.map((run) => [
    grouped(run.frames),
    grouped(run.faults),
    grouped(run.writebacks),
    ...run.gauges.map(figuresOf),
    ...shown.map(({ key }) => bitFigures(run, key)),
  ]);
  const widthOf = (column: readonly string[]): number => Math.max(...column.map(displayWidth));
  const lines: string[] = [];
  for (let from = 0; from < cells.length; ) {
    let to = from + 1;
    let used = 2 * GAP + widthOf(names) + widthOf(cells[from]!);
    while (to < cells.length && used + GAP + widthOf(cells[to]!) <= width) {
      used += GAP + widthOf(cells[to++]!);
    }
    lines.push(...layOut(names, cells.slice(from, to)));
    from = to;
  }
  return lines;
}

function layOut(names: readonly string[], columns: readonly (readonly string[])[]): string[] {
  const rows = names.map((name, row) => [
    `  ${printable(name)}`,
    ...columns.map((column) => column[row]!),
  ]);
  const heads: TextColumn[] = rows[0]!.map((title, index) => ({
    title,
    align: index === 0 ? 'left' : 'right',
  }));
  return textTable(heads, rows.slice(1));
}

function nameOf({ name, kind }: ExplainedGauge): string {
  if (kind === 'count') return `${name} per fault`;
  return kind === 'pages' || /target/i.test(name) ? name : `${name} (target)`;
}

function figuresOf(gauge: ExplainedGauge): string {
  if (gauge.kind === 'count') {
    const perFault = gauge.per_fault === null ? NO_NUMBER : gauge.per_fault.toFixed(2);
    return `${perFault} (${grouped(gauge.total)})`;
  }
  const level = levelText(gauge);
  if (gauge.kind === 'pages') return level;
  return `${rounded(gauge.start)} to ${rounded(gauge.end)}, ${level}`;
}

function bitFigures({ samples, warmup_references }: SimExplanation, key: BitKey): string {
  const first = samples.references.indexOf(warmup_references);
  return levelText(levelFigures(samples[key]!, first));
}

function levelText({ mean, least, most }: Pick<ExplainedSize, 'mean' | 'least' | 'most'>): string {
  return `${rounded(mean)} (${rounded(least)}..${rounded(most)})`;
}

/** Tenths matter to a target of a few pages and to nothing else. */
function rounded(value: number): string {
  return grouped(Math.abs(value) < 100 ? Number(value.toFixed(1)) : Math.round(value));
}

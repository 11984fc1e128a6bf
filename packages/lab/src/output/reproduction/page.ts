// The page of `reproduce craw-rm`: what agrees with the paper and what does not, averages beside the
// published ones, and Figure 2 measured here, once per write cost. Figures, controls and tables are
// those of the report.

import type { CrawRmResult } from '../../reproduce/result.ts';
import { SIM_SCHEMA, type SimResult } from '../../result.ts';
import { columns } from '../columns.ts';
import { type Group, type GroupedResult, groupRows, hasColdReads } from '../groups.ts';
import { controls } from '../report/controls.ts';
import { dataTables } from '../report/data-table.ts';
import { figuresOf, renderFigure } from '../report/figure.ts';
import { head } from '../report/head.ts';
import { escaped, listed, scriptJson } from '../report/html.ts';
import { type Mark, markerDefinitions, marksOf } from '../report/marks.ts';
import { notes } from '../report/notes.ts';
import { scriptWith } from '../report/script.ts';
import { tipScript } from '../report/script-tip.ts';
import { tracesTable } from '../report/tables.ts';
import type { Curve } from '../report/view.ts';
import { abstract } from './abstract.ts';
import { averagesBesidePublished, statements } from './tables.ts';

const TITLE = 'CRAW-RM\u2019s evaluation, measured here';

export function renderCrawRmPage(result: CrawRmResult): string {
  const sim = simResultOf(result);
  const grouping = titled(groupRows(sim), result);
  const { policies, costs, groups } = grouping;
  const marks = looks(policies);
  const hasCurve = result.averages.some(({ sizes }) => sizes === 'curve');
  const curves: Curve[] = policies.map((name, index) => ({ index, name, mark: marks[index]! }));
  const page = {
    traces: result.workloads.map(({ trace }) => groups.find((g) => g.trace.trace === trace)!.trace),
    costs,
    marked: {
      frames: result.paper_frames,
      says: `Dotted lines mark the paper\u2019s sizes, ${listed(result.paper_frames.map(String))} frames.`,
    },
  };
  const figures = figuresOf(groups, costs).map((figure, index) =>
    renderFigure(figure, index + 1, curves, page),
  );
  return `${[
    ...head(
      TITLE,
      result.version,
      ' class="reproduction" data-measure="relative" data-cold="with"',
    ),
    `<body>${markerDefinitions()}`,
    `<header><h1>${TITLE}</h1>${abstract(result)}</header>`,
    `<main>${controls(hasColdReads(sim.rows))}`,
    ...section('What agrees and what does not', statementsSay(hasCurve), statements(result.claims)),
    ...section('Averages', averagesSay(hasCurve), averagesBesidePublished(result, curves)),
    '<h2>Figure 2, measured here</h2>',
    ...figures,
    ...section('Workloads', WORKLOADS, tracesTable(sim, groups)),
    '<h2>Notes</h2><ol class="notes">',
    ...notes(sim, grouping).map((note) => `<li>${note}</li>`),
    '</ol>',
    '<section class="data-section"><h2>Every count at the paper\u2019s sizes</h2>',
    '<p class="downloads">Save the rows of all sizes as <button type="button" class="link" id="save-json">JSON</button> or <button type="button" class="link" id="save-csv">CSV</button>.</p>',
    `${dataTables(sim, atPaperSizes(grouping, result))}</section>`,
    '</main>',
    `<footer>Made by pagelend ${escaped(result.version)}, schema ${escaped(result.schema)}: pagelend reproduce craw-rm.`,
    '<span class="print-only">Every count is in the HTML file that this was printed from.</span>',
    '</footer>',
    `<script type="application/json" id="pagelend-result">${scriptJson(result)}</script>`,
    `<script type="application/json" id="pagelend-view">${scriptJson(scriptView(grouping))}</script>`,
    `<script>${scriptWith('pagelend-craw-rm', [tipScript])}</script>`,
    '</body></html>',
  ].join('\n')}\n`;
}

/** Without curves the paper's sizes are all there are. */
const statementsSay = (hasCurve: boolean): string =>
  'Each statement of the paper is held against the measurements by the rule beside it. It is looked at ' +
  `over the paper\u2019s sizes${hasCurve ? ' and over all sizes below the footprint' : ''}, with and ` +
  'without cold faults, at each write cost: in every case it agrees, in none it disagrees, else in part.';

const averagesSay = (hasCurve: boolean): string =>
  '<b>Table 1.</b> I/O time that CRAW-RM saves over CLOCK and over CAR, what CRAW saves over CLOCK under ' +
  'the same <code>link</code>, and the mean distance of the two at a point, in points of CLOCK\u2019s I/O ' +
  'time<span class="cold-with">; cold faults charged</span><span class="cold-without">; cold faults left ' +
  'out</span>. Each workload counts the same: means over workloads of the mean of 1 \u2212 I/O time / the ' +
  `baseline\u2019s over its sizes. ${hasCurve ? '<i>All sizes</i> are those of the figures below the footprint. ' : ''}With ` +
  '<code>link=lazy</code> the policies see no more than what the MMU shows when a page is scanned.';

const WORKLOADS =
  '<b>Table 2.</b> What was replayed. Reads and writes are references; a footprint is all pages that were touched.';

function section(title: string, says: string, content: string): string[] {
  return [`<h2>${title}</h2>`, `<p>${says}</p>`, content];
}

/** The rows as a sweep's result, for what reports are made of. */
function simResultOf({ version, workloads, rows }: CrawRmResult): SimResult {
  return {
    schema: SIM_SCHEMA,
    version,
    cold_read: 'all',
    warmup_references: workloads.map(() => 0),
    traces: workloads,
    rows,
  };
}

/** Panels are named as the paper names its workloads. */
function titled(grouping: GroupedResult, { workloads }: CrawRmResult): GroupedResult {
  const titles = new Map(workloads.map(({ trace, title }) => [trace, title]));
  const groups = grouping.groups.map(
    (group): Group => ({ ...group, label: titles.get(group.trace.trace) ?? group.label }),
  );
  return { ...grouping, groups };
}

/** A lazy policy has the colour of its immediate one, and a dash and marks of its own. */
function looks(policies: GroupedResult['policies']): Mark[] {
  const marks = marksOf(policies);
  const names = policies.map(({ policy }) => policy);
  return marks.map((mark, i) => {
    const base = names.indexOf(names[i]!.split(':')[0]!);
    if (base < 0 || base === i) return mark;
    const { colour, dash } = marks[base]!;
    return { ...mark, colour, dash: dash === '' ? '2 2.5' : '9 3 2 3' };
  });
}

function atPaperSizes(grouping: GroupedResult, { paper_frames }: CrawRmResult): GroupedResult {
  const groups = grouping.groups.map((group) => ({
    ...group,
    frameCounts: group.frameCounts.filter((frames) => paper_frames.includes(frames)),
  }));
  return { ...grouping, groups };
}

/** The lists that the script's indexes point into. */
function scriptView({ policies, costs, groups }: GroupedResult) {
  return {
    policies: policies.map(({ policy }) => policy),
    traces: [...new Set(groups.map(({ trace }) => trace.trace))],
    costs,
    columns: columns.map(({ key }) => key),
  };
}

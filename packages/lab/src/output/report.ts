// The report: one HTML file that needs nothing else, to be opened from disk, mailed or printed. All
// drawing happens here; the same result gives the same bytes, so a report can be compared and kept.

import type { SimResult } from '../result.ts';
import { averages } from './averages.ts';
import { columns } from './columns.ts';
import { CLOCK, type GroupedResult, groupRows, hasColdReads } from './groups.ts';
import { abstract, reportTitle } from './report/abstract.ts';
import { controls } from './report/controls.ts';
import { dataTables } from './report/data-table.ts';
import { explainSection } from './report/explain-figure.ts';
import { figuresOf, renderFigure } from './report/figure.ts';
import { head } from './report/head.ts';
import { escaped, scriptJson } from './report/html.ts';
import { markerDefinitions, marksOf } from './report/marks.ts';
import { notes } from './report/notes.ts';
import { pageScript } from './report/script.ts';
import { averagesTable, tracesTable } from './report/tables.ts';

export function renderReport(result: SimResult): string {
  const grouping = groupRows(result);
  const { policies, costs, groups } = grouping;
  const marks = marksOf(policies);
  const curves = policies.map((name, index) => ({ index, name, mark: marks[index]! }));
  const cold = hasColdReads(result.rows);
  const saved = averages(grouping);
  const title = escaped(reportTitle(grouping));
  const page = { traces: [...new Set(groups.map(({ trace }) => trace))], costs };
  const figures = figuresOf(groups, costs)
    .filter((figure) => figure.groups.length > 0)
    .map((figure, index) => renderFigure(figure, index + 1, curves, page));
  const explained = explainSection(result, figures.length + 1);
  const compared = policies.some(({ policy }) => policy !== CLOCK);
  return `${[
    ...head(title, result.version, ' data-measure="relative" data-cold="with"'),
    `<body>${markerDefinitions()}`,
    `<header><h1>${title}</h1>${abstract(result, grouping, saved)}</header>`,
    `<main>${groups.length === 0 ? '' : controls(cold)}`,
    ...figures,
    ...(compared ? averagesSection(averagesTable(saved, curves, cold), cold) : []),
    ...explained,
    ...(groups.length === 0 ? [] : countsSections(result, grouping, compared)),
    '</main>',
    `<footer>Made by pagelend ${escaped(result.version)}, schema ${escaped(result.schema)}.`,
    '<span class="print-only">Every count is in the HTML file that this was printed from.</span>',
    '</footer>',
    `<script type="application/json" id="pagelend-result">${scriptJson(result)}</script>`,
    `<script type="application/json" id="pagelend-view">${scriptJson(scriptView(grouping))}</script>`,
    groups.length === 0 ? '' : `<script>${pageScript(explained.length > 0)}</script>`,
    '</body></html>',
  ].join('\n')}\n`;
}

function averagesSection(table: string, cold: boolean): string[] {
  const which = cold
    ? '<span class="cold-with">, cold faults charged</span><span class="cold-without">, cold faults left out</span>'
    : '';
  return [
    '<h2>Average I/O time saved</h2>',
    '<p><b>Table 1.</b> Mean over all traces and memory sizes of 1 \u2212 I/O time / the baseline\u2019s, ' +
      `in percent${which}; below it the least and the greatest single point. ` +
      'Each point counts the same. Negative is more I/O than the baseline.</p>',
    table,
  ];
}

function countsSections(result: SimResult, grouping: GroupedResult, compared: boolean): string[] {
  return [
    '<h2>Traces</h2>',
    `<p><b>Table ${compared ? 2 : 1}.</b> What was replayed. Reads and writes are references; a footprint is all pages that were touched.</p>`,
    tracesTable(result, grouping.groups),
    '<h2>Notes</h2>',
    '<ol class="notes">',
    ...notes(result, grouping).map((note) => `<li>${note}</li>`),
    '</ol>',
    '<section class="data-section"><h2>Every count</h2>',
    '<p class="downloads">Save the rows as <button type="button" class="link" id="save-json">JSON</button> or <button type="button" class="link" id="save-csv">CSV</button>.</p>',
    `${dataTables(result, grouping)}</section>`,
  ];
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

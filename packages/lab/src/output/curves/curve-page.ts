// The page of curves: one HTML file that needs nothing else, like the report of a sweep and made from
// the same parts. The same result gives the same bytes.

import type { CurveResult } from '../../curves/curve-result.ts';
import { curveControls } from '../report/controls.ts';
import { head } from '../report/head.ts';
import { escaped, scriptJson } from '../report/html.ts';
import { markerDefinitions, marksOf } from '../report/marks.ts';
import { curveColumns } from './curve-csv.ts';
import { curveFigures, renderCurveFigure } from './curve-figure.ts';
import { groupCurves } from './curve-groups.ts';
import { curveScript } from './curve-script.ts';
import { curveDataTables, curveTracesTable } from './curve-tables.ts';
import { curveAbstract, curveNotes, curveTitle } from './curve-words.ts';

export function renderCurvePage(result: CurveResult): string {
  const grouping = groupCurves(result);
  const { policies, costs } = grouping;
  const marks = marksOf(policies);
  const series = policies.map((name, index) => ({ index, name, mark: marks[index]! }));
  const view = {
    policies: policies.map(({ policy }) => policy),
    traces: result.traces.map(({ trace }) => trace),
    costs,
    columns: curveColumns,
  };
  const title = escaped(curveTitle(grouping));
  const figures = curveFigures(grouping).map((figure, index) =>
    renderCurveFigure(figure, index + 1, series, view),
  );
  const notes = curveNotes(result, grouping).map((note) => `<li>${note}</li>`);
  return `${[
    ...head(title, result.version, ' data-measure="absolute"'),
    `<body>${markerDefinitions()}`,
    `<header><h1>${title}</h1>${curveAbstract(result, grouping)}</header>`,
    `<main>${curveControls()}`,
    ...figures,
    '<h2>Traces</h2>',
    curveTracesTable(result, grouping),
    '<h2>Notes</h2>',
    `<ol class="notes">${notes.join('\n')}</ol>`,
    '<section class="data-section"><h2>Every count</h2>',
    '<p class="downloads">Save the rows as <button type="button" class="link" id="save-json">JSON</button> or <button type="button" class="link" id="save-csv">CSV</button>.</p>',
    `${curveDataTables(grouping)}</section>`,
    '</main>',
    `<footer>Made by pagelend ${escaped(result.version)}, schema ${escaped(result.schema)}.`,
    '<span class="print-only">Every count is in the HTML file that this was printed from.</span>',
    '</footer>',
    `<script type="application/json" id="pagelend-result">${scriptJson(result)}</script>`,
    `<script type="application/json" id="pagelend-view">${scriptJson(view)}</script>`,
    `<script>${curveScript()}</script>`,
    '</body></html>',
  ].join('\n')}\n`;
}

// The page of `reproduce relocation`: one HTML file that needs nothing else, in the look of all other
// pages.

import {
  claimList,
  escaped,
  markerDefinitions,
  markSample,
  pageHead,
  schemeControls,
  scriptJson,
} from '@pagelend/lab';
import { configurations, regimes } from '../experiment/plan.ts';
import type { RelocationResult } from '../experiment/result.ts';
import { rowColumns } from './csv.ts';
import { figure } from './figure.ts';
import { freePanel } from './free-panel.ts';
import { gainPanel } from './gain-panel.ts';
import { configurationMarks, predictedMark } from './marks.ts';
import { abstract, accountSays, notes, summarySays } from './prose.ts';
import { relocationScript } from './script.ts';
import { accountTable, gainTable, runsTable, summaryTable } from './tables.ts';
import { timePanel } from './time-panel.ts';
import { configurationWords, regimeWords } from './words.ts';

const TITLE = 'Swap lent instead of kept, measured here';

export function renderRelocationPage(result: RelocationResult): string {
  const shown = regimes.filter((regime) => result.rows.some((row) => row.regime === regime));
  const panels = shown.map((regime, index) => freePanel(result, regime, index));
  const view = {
    configurations,
    costs: [],
    traces: [],
    columns: rowColumns,
    readings: panels.map(({ readings }) => readings),
  };
  const hasGains = result.gains.some(({ regime }) => regime === 'clean');
  return `${[
    ...pageHead(TITLE, result.version, ' class="reproduction relocation"'),
    `<body>${markerDefinitions()}`,
    `<header><h1>${TITLE}</h1>${abstract(result)}</header>`,
    `<main>${schemeControls()}`,
    '<h2>What agrees and what does not</h2>',
    '<p>Each statement is held against the runs by the rule beside it: in every case it agrees, in none it disagrees, else in part.</p>',
    claimList(result.claims),
    '<h2>Free pages over time</h2>',
    figure(
      1,
      panels.map(({ regime, svg }) => [regimeWords[regime], svg]),
      legend(result),
      'Free pages of the guest while the job runs, as in the paper\u2019s Figure 2. The strong line is the middle round, faint ones are the others; higher is better.',
    ),
    '<h2>The gain</h2>',
    gainTable(result),
    '<p><b>Table 1.</b> Free pages with lent swap over free pages with zram, less 1. Predicted: the pages of zram\u2019s pool over its free pages; apart: measured less predicted, in percent of measured. Before the job nothing but the swap differs; during it also how long each phase of the job took, which on a host with other work is never the same twice: <i>job alike</i> leaves out differences in anonymous pages and page cache.</p>',
    ...(hasGains
      ? [
          figure(
            2,
            [['gain over the size of the hog', gainPanel(result)]],
            gainLegend(),
            'What is gained grows with what was swapped out. The paper\u2019s number, dotted, is one point of such a curve; it names neither the hog\u2019s size nor how its pages compress.',
          ),
        ]
      : []),
    '<h2>Every configuration</h2>',
    summaryTable(result),
    `<p>${summarySays(result)}</p>`,
    figure(
      hasGains ? 3 : 2,
      shown.map((regime) => [regimeWords[regime], timePanel(result, regime)]),
      '',
      'The job\u2019s time: a point a round, a stroke at the middle; lower is better.',
    ),
    '<h2>What the gain is made up of</h2>',
    accountTable(result),
    `<p>${accountSays()}</p>`,
    '<h2>Notes</h2><ol class="notes">',
    ...notes(result).map((note) => `<li>${note}</li>`),
    '</ol>',
    '<section class="data-section"><h2>Every run</h2>',
    '<p class="downloads">Save the result as <button type="button" class="link" id="save-json">JSON</button> or its runs as <button type="button" class="link" id="save-csv">CSV</button>.</p>',
    `${runsTable(result)}</section>`,
    '</main>',
    `<footer>Made by pagelend ${escaped(result.version)}, schema ${escaped(result.schema)}: pagelend reproduce relocation.`,
    '<span class="print-only">Every count is in the HTML file that this was printed from.</span>',
    '</footer>',
    `<script type="application/json" id="pagelend-result">${scriptJson(result)}</script>`,
    `<script type="application/json" id="pagelend-view">${scriptJson(view)}</script>`,
    `<script>${relocationScript()}</script>`,
    '</body></html>',
  ].join('\n')}\n`;
}

function legend({ rows }: RelocationResult): string {
  const entries = configurations
    .map((configuration, index) => ({ configuration, index }))
    .filter(({ configuration }) => rows.some((row) => row.configuration === configuration))
    .map(
      ({ configuration, index }) =>
        `<li><button type="button" data-toggle="${index}" aria-pressed="true">${markSample(configurationMarks[configuration])}` +
        `<span class="policy">${configuration}</span> <span class="observes">${escaped(configurationWords[configuration])}</span></button></li>`,
    );
  return `<ul class="legend" aria-label="Configurations; press to hide or show">${entries.join('')}</ul>`;
}

function gainLegend(): string {
  const entry = (mark: string, says: string): string =>
    `<li><span class="entry">${mark}<span class="policy">${says}</span></span></li>`;
  return `<ul class="legend">${entry(markSample(configurationMarks.lent), 'measured')}${entry(markSample(predictedMark), 'predicted from the pool')}</ul>`;
}

// The page of the model: one HTML file in the look of all reports. It says that it is a model in its
// title, in its first sentence and in its foot.

import {
  binaryBytes,
  escaped,
  grouped,
  markerDefinitions,
  markSample,
  NO_NUMBER,
  pageHead,
  percent,
  schemeControls,
  scriptJson,
  scriptWith,
  scrolledTable,
  typeset,
} from '@pagelend/lab';
import { figure } from '../report/figure.ts';
import { DAEMON_BYTES } from './lender-memory.ts';
import { apartSays, measuredSection } from './measured-table.ts';
import { formulaMark, gainPanel, schemeMarks, timePanel } from './model-panels.ts';
import type { CaseResult, ModelResult, ModelRow } from './result.ts';
import { schemeSays, schemes } from './schemes.ts';
import { type SweepLine, sweepLines } from './sweep-lines.ts';

const TITLE = 'Swap lent instead of kept: a model';
const MIB = 2 ** 20;

/** Sweeps that are drawn, over which number. */
const drawnSweeps: readonly (readonly [string, string, (line: SweepLine) => number])[] = [
  ['hog', 'size of the hog, MiB', ({ lent }) => lent.hog_bytes / MIB],
  ['swapped share', 'share of the hog that is out, %', ({ lent }) => lent.swapped_share * 100],
  ['memory', 'memory of a guest, MiB', ({ lent }) => lent.memory_bytes / MIB],
  ['guests', 'guests', ({ lent }) => lent.guests],
];

export function renderModelPage(result: ModelResult): string {
  const { cases, measured, published, version } = result;
  const sweeps = sweepLines(result.rows);
  const gains = drawnSweeps.flatMap(([sweep, title, xOf]) => {
    const lines = sweeps.get(sweep);
    if (lines === undefined || lines.length < 2) return [];
    return [[sweep, gainPanel(lines, title, xOf, published.gain_percent)] as const];
  });
  const view = { columns: Object.keys(result.rows[0] ?? {}) };
  return `${[
    ...pageHead(TITLE, version, ' class="reproduction relocation"'),
    `<body>${markerDefinitions()}`,
    `<header><h1>${TITLE}</h1>${abstract(result)}</header>`,
    `<main>${schemeControls()}`,
    '<h2>Free pages over time</h2>',
    figure(
      1,
      cases.map((one) => [one.case, timePanel(result, one.case)]),
      legend(result),
      'Free pages of a busy guest while the job runs, as in the paper\u2019s Figure 2. Higher is better. A long curve is drawn by means over sixtieths of the time. Swap on flash and on a disk leaves the same pages free as lent swap does, and lies under it.',
    ),
    ...cases.flatMap((one, index) => caseSection(one, index + 1)),
    ...(measured === null ? [] : measuredSection(measured, cases.length + 1)),
    ...(gains.length === 0 ? [] : ['<h2>The gain</h2>', gainFigure(gains, published.gain_percent)]),
    ...[...sweeps].flatMap(([sweep, lines]) => [
      `<h2>${escaped(capital(sweep))} varied</h2>`,
      sweepTable(sweep, lines),
    ]),
    ...(sweeps.size === 0
      ? []
      : [
          '<p>Host: free pages of all guests less what the lender takes, its own memory included, lent less zram.</p>',
        ]),
    '<h2>What is assumed</h2><ol class="notes">',
    ...result.assumptions.map((text) => `<li>${escaped(text)}.</li>`),
    ...result.costs
      .filter(({ scheme }) => scheme !== 'none')
      .map(
        (cost) =>
          `<li>${cost.scheme}: ${cost.in_us} \u00b5s to read a page, ${cost.out_us} \u00b5s to write one (${escaped(cost.says)}); assumed.</li>`,
      ),
    `<li>Page contents: ${escaped(result.contents)}.</li>`,
    '</ol><h2>What is not modelled</h2><ol class="notes">',
    ...result.not_modelled.map((text) => `<li>${escaped(text)}.</li>`),
    '</ol>',
    '<section class="data-section"><h2>Every case</h2>',
    '<p class="downloads">Save the result as <button type="button" class="link" id="save-json">JSON</button> or its rows as <button type="button" class="link" id="save-csv">CSV</button>.</p>',
    `${rowsTable(result.rows)}</section>`,
    '</main>',
    `<footer>A model, made by pagelend ${escaped(version)}, schema ${escaped(result.schema)}: pagelend reproduce relocation --model.</footer>`,
    `<script type="application/json" id="pagelend-result">${scriptJson(result)}</script>`,
    `<script type="application/json" id="pagelend-view">${scriptJson(view)}</script>`,
    `<script>${scriptWith('pagelend-relocation-model', [])}</script>`,
    '</body></html>',
  ].join('\n')}\n`;
}

function abstract(result: ModelResult): string {
  const { says, cases, measured, published, trace, hog_of_published_bytes: hog } = result;
  const found = cases.map(
    (one) =>
      `in case \u2018${one.case}\u2019 ${one.gain_percent === null ? 'memory ran out' : `the gain is ${signed(one.gain_percent)}\u00a0%`}`,
  );
  const reached =
    hog === null
      ? 'No size of the hog that was tried gives the published number.'
      : `The published number is reached with a hog of ${binaryBytes(hog)} in the first case.`;
  return `<p class="abstract">${escaped(
    `${says}. The job is ${trace.name}, ${grouped(trace.references)} recorded references. ` +
      `The paper measured ${published.gain_percent}\u00a0% more free pages with swap that is compressed and lent than with swap compressed in the guest; here ${found.join(', ')}. ${reached}${measured === null ? '' : ` ${apartSays(measured)}`}`,
  )}</p>`;
}

function caseSection(one: CaseResult, number: number): string[] {
  const heads = [
    'free pages',
    'least',
    'page cache',
    'swapped',
    'pool in guest',
    'at the lender',
    'out',
    'in',
  ];
  const rows = one.schemes.map((row) => {
    const cells = [
      row.free_pages,
      row.free_pages_least,
      row.cache_pages,
      row.swapped_pages,
      row.guest_pool_pages,
      row.lender_pool_pages,
      row.swap_outs,
      row.swap_ins,
    ].map((value) => cell(pages(value)));
    const end = row.is_out_of_memory ? ' <small>out\u00a0of\u00a0memory</small>' : '';
    return `<tr><th scope="row">${markSample(schemeMarks[row.scheme])} ${row.scheme}${end}</th>${cells.join('')}${cell(row.stall_seconds.toFixed(2))}</tr>`;
  });
  const { balloon_free_pages: balloon, shared_free_pages: shared } = one.bounds;
  return [
    `<h2>${escaped(capital(one.case))}</h2>`,
    `<p>${grouped(one.guests)} guests of ${binaryBytes(one.memory_bytes)}, ${one.busy_guests} of them busy, with a hog of ${binaryBytes(one.hog_bytes)} (${escaped(one.hog_content)}). ` +
      `Lent over zram: ${gainSays(one)} ` +
      `${hostSays(one)} ` +
      `Bounds without any swap: ${typeset(pages(balloon))} free pages a guest if the host moved them between guests (ballooning), ${typeset(pages(shared))} if equal pages were merged as well.</p>`,
    table(`Case ${one.case}`, 'scheme', [...heads, 'waiting, s'], rows),
    `<p><b>Table ${number}.</b> Means over the job of a busy guest; the lender\u2019s pages are those of all guests. Waiting is counts times assumed costs.</p>`,
  ];
}

function gainSays(one: CaseResult): string {
  return one.gain_percent === null
    ? 'none, memory ran out.'
    : `<b>${typeset(signed(one.gain_percent))}\u00a0%</b>; ${formulaSays(one)}`;
}

function formulaSays({ predicted_gain_percent: predicted }: CaseResult): string {
  if (predicted === null) {
    return 'free pages stand at the kernel\u2019s watermarks here, whatever is swapped out and wherever to.';
  }
  return `swapped pages times compressed share over free pages gives ${typeset(signed(predicted))}\u00a0%.`;
}

function hostSays({ host_gain_pages: gain }: CaseResult): string {
  return `What all guests gain, less the lender\u2019s pool and its own memory (${binaryBytes(DAEMON_BYTES)}, however many guests it serves), is ${typeset(pages(gain))} pages for the host.`;
}

function sweepTable(sweep: string, lines: readonly SweepLine[]): string {
  const heads = ['zram free', 'lent free', 'gain, %', 'formula, %', 'at the lender', 'host, pages'];
  const rows = lines.map(({ value, lent, zram }) => {
    const cells = [
      pages(zram.free_pages),
      pages(lent.free_pages),
      signed(lent.gain_percent),
      signed(lent.predicted_gain_percent),
      pages(lent.lender_pool_pages),
      pages(lent.host_gain_pages),
    ].map((text) => cell(typeset(text)));
    return `<tr><th scope="row">${escaped(value)}</th>${cells.join('')}</tr>`;
  });
  return table(`Sweep of ${sweep}`, sweep, heads, rows);
}

function rowsTable(rows: readonly ModelRow[]): string {
  const heads = ['value', 'scheme', 'free pages', 'swapped', 'pool in guest', 'at lender'];
  const lines = rows.map((row) => {
    const numbers = [
      row.free_pages,
      row.swapped_pages,
      row.guest_pool_pages,
      row.lender_pool_pages,
    ].map((value) => cell(pages(value)));
    return `<tr><td>${escaped(row.sweep ?? row.case)}</td><td>${escaped(row.value ?? '')}</td><td>${row.scheme}</td>${numbers.join('')}</tr>`;
  });
  const titles = ['case or sweep', ...heads].map(
    (title, i) => `<th scope="col"${i > 2 ? ' class="number"' : ''}>${title}</th>`,
  );
  return scrolledTable(
    'Every case under every scheme',
    `<thead><tr>${titles.join('')}</tr></thead><tbody>${lines.join('')}</tbody>`,
    'data',
  );
}

function table(label: string, first: string, heads: readonly string[], rows: readonly string[]) {
  const titles = heads.map((title) => `<th scope="col" class="number">${title}</th>`);
  return scrolledTable(
    label,
    `<thead><tr><th scope="col">${escaped(first)}</th>${titles.join('')}</tr></thead><tbody>${rows.join('')}</tbody>`,
    'facts',
  );
}

function gainFigure(panels: readonly (readonly [string, string])[], published: number): string {
  const entry = (mark: string, says: string): string =>
    `<li><span class="entry">${mark}<span class="policy">${says}</span></span></li>`;
  const legend = `<ul class="legend">${entry(markSample(schemeMarks.lent), 'model')}${entry(markSample(formulaMark), 'formula')}</ul>`;
  return figure(
    2,
    panels,
    legend,
    `The gain of lent over zram as one input varies and all others stay. The paper\u2019s ${published}\u00a0%, dotted, is one point of such curves; it names neither the hog\u2019s size nor how its pages compress.`,
  );
}

function legend({ curves }: ModelResult): string {
  const entries = schemes
    .map((scheme, index) => ({ scheme, index }))
    .filter(({ scheme }) => curves.some((curve) => curve.scheme === scheme))
    .map(
      ({ scheme, index }) =>
        `<li><button type="button" data-toggle="${index}" aria-pressed="true">${markSample(schemeMarks[scheme])}` +
        `<span class="policy">${scheme}</span> <span class="observes">${escaped(schemeSays[scheme])}</span></button></li>`,
    );
  return `<ul class="legend" aria-label="Schemes; press to hide or show">${entries.join('')}</ul>`;
}

function cell(text: string): string {
  return `<td class="number">${text}</td>`;
}

function pages(value: number): string {
  return grouped(Math.round(value));
}

function signed(value: number | null): string {
  if (value === null) return NO_NUMBER;
  return `${value > 0 ? '+' : ''}${percent(value / 100)}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

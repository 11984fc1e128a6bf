// The figures of an explained policy: one for each of its runs, of which the page shows the one that
// is chosen. Without a script, all of them.

import type { ExplainedGauge, SimExplanation, SimResult } from '../../result.ts';
import { costLabel, traceLabels } from '../labels.ts';
import { counted, grouped } from '../numbers.ts';
import { explainChart, lineSample, sampleCoordinates } from './explain-chart.ts';
import { type ExplainPanel, explainPanels, faultSpans, faultsPerSpan } from './explain-panels.ts';
import { escaped } from './html.ts';

/** Empty where no policy was to be explained. `firstNumber` is that of the first figure. */
export function explainSection(result: SimResult, firstNumber: number): string[] {
  const runs = result.explanations ?? [];
  if (runs.length === 0) return [];
  const labels = traceLabels(result.traces.map(({ trace }) => trace));
  const policy = escaped(runs[0]!.policy);
  return [
    '<section class="explain">',
    `<h2>What ${policy} did</h2>`,
    `<p>A look at ${policy} after every so many references: how long its lists are and what they aim at, what happens ` +
      'at a fault, and which bits the pages in memory show. Events are those since the look before.</p>',
    selector(runs, labels),
    ...runs.map((run, index) => renderRun(run, index, labels.get(run.trace)!, firstNumber + index)),
    '</section>',
  ];
}

/** Shown only where the script runs, and only where there is a choice. */
function selector(runs: readonly SimExplanation[], labels: ReadonlyMap<string, string>): string {
  if (runs.length < 2) return '';
  const traces = [...new Set(runs.map(({ trace }) => trace))];
  const groups = traces.map((trace) => {
    const options = runs.flatMap((run, index) =>
      run.trace === trace ? [`<option value="${index}">${escaped(setting(run))}</option>`] : [],
    );
    return `<optgroup label="${escaped(labels.get(trace)!)}">${options.join('')}</optgroup>`;
  });
  return `<p class="choose"><label>Run <select autocomplete="off">${groups.join('')}</select></label></p>`;
}

function renderRun(run: SimExplanation, index: number, label: string, number: number): string {
  const panels = explainPanels(run);
  const spans = faultSpans(run)
    .map(({ first, last }) => `${first}-${last}`)
    .join(' ');
  const rows = panels.map((panel, place) => {
    const says = `${label}, ${setting(run)}: ${panel.title}. ${panel.series.map(({ name }) => name).join(', ')}.`;
    return (
      `<div class="explain-panel">${explainChart(run, panel, place === panels.length - 1, says)}` +
      `${legend(panel)}</div>`
    );
  });
  return (
    `<figure class="explain-run" id="figure-${number}" data-run="${index}" data-x="${sampleCoordinates(run)}" data-spans="${spans}" ` +
    `tabindex="0" aria-labelledby="caption-${number}">${rows.join('')}` +
    `<p class="reading" role="status"></p>${caption(run, label, number)}</figure>`
  );
}

/** The script writes the values at a sample beside the names. */
function legend({ series, drawn }: ExplainPanel): string {
  const entries = series.map(
    (one, index) =>
      `<li>${lineSample(one, index)}<span class="policy">${escaped(one.name)}</span> ` +
      `<span class="value" data-key="${one.key}" data-drawn="${drawn}"></span> ` +
      `<span class="observes">${escaped(one.says)}</span></li>`,
  );
  return `<ul class="legend">${entries.join('')}</ul>`;
}

function caption(run: SimExplanation, label: string, number: number): string {
  const { policy, samples, warmup_references } = run;
  const every = Math.round(samples.references.at(-1)! / (samples.references.length - 1));
  const targets = run.gauges.some(({ kind }) => kind === 'target')
    ? ' Targets are drawn with dashes.'
    : '';
  const warmup =
    warmup_references === 0
      ? ''
      : ' Left of the upright line is the warm-up, which is not counted.';
  const least = faultsPerSpan(samples.faults);
  const events = run.gauges.some(({ kind }) => kind === 'count')
    ? ` Events per fault are over ${counted(least, 'fault')} or more.`
    : '';
  const silent =
    run.gauges.length === 0 ? ' The policy declares no gauges, so its lists are not shown.' : '';
  return (
    `<figcaption id="caption-${number}"><b>Figure ${number}.</b> ${escaped(policy)} on ${escaped(label)}, ` +
    `${escaped(setting(run))}: ${counted(run.faults, 'fault')} and ${counted(run.writebacks, 'write-back')}, ` +
    `looked at every ${counted(every, 'reference')}.${events}${targets}${warmup}${silent} ${escaped(means(run))}</figcaption>`
  );
}

function setting({ frames, medium, read_cost, write_cost }: SimExplanation): string {
  const cost = read_cost === null ? '' : `, ${costLabel(medium, read_cost, write_cost!)}`;
  return `${counted(frames, 'page frame')}${cost}`;
}

/** The averages, for paper, which reads nothing out. */
function means({ gauges }: SimExplanation): string {
  const words = gauges.flatMap((gauge) => meanOf(gauge));
  return words.length === 0 ? '' : `On average ${words.join(', ')}.`;
}

function meanOf(gauge: ExplainedGauge): string[] {
  if (gauge.kind !== 'count') return [`${gauge.name} ${grouped(Math.round(gauge.mean))} pages`];
  return gauge.per_fault === null ? [] : [`${gauge.name} ${gauge.per_fault.toFixed(2)} per fault`];
}

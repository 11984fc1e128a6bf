// A figure: panels side by side under one legend with a caption, as a paper has it. Its panels are
// the traces under one cost pair; for a single trace they are the cost pairs.

import type { SimTrace } from '../../result.ts';
import { boundOf, CLOCK, type Cold, type CostPair, type Group, hasColdReads } from '../groups.ts';
import { binaryBytes, counted, grouped } from '../numbers.ts';
import { escaped } from './html.ts';
import { sample } from './marks.ts';
import { curvesPanel, frameCoordinates } from './panel-curves.ts';
import { dotsHeight, dotsPanel } from './panel-dots.ts';
import { isFar, PANEL, PANEL_END, yDomain } from './scales.ts';
import { type Curve, extent, type View, viewsOf } from './view.ts';

export interface Figure {
  readonly groups: readonly Group[];
  /** By what the panels differ. */
  readonly panels: 'trace' | 'cost';
}

/** What the script knows traces and cost pairs by: their places in these lists. */
export interface PageContext {
  readonly traces: readonly SimTrace[];
  readonly costs: readonly CostPair[];
  /** Frame counts that are marked in every panel, and what they are. */
  readonly marked?: { readonly frames: readonly number[]; readonly says: string };
}

export function figuresOf(groups: readonly Group[], costs: readonly CostPair[]): Figure[] {
  const traces = new Set(groups.map(({ trace }) => trace));
  if (traces.size === 1 && costs.length > 1) return [{ groups, panels: 'cost' }];
  return costs.map((cost) => ({
    groups: groups.filter((group) => group.cost === cost),
    panels: 'trace',
  }));
}

export function renderFigure(
  { groups, panels }: Figure,
  number: number,
  curves: readonly Curve[],
  page: PageContext,
): string {
  const rows = groups.flatMap(allRows);
  const views = viewsOf(hasColdReads(rows));
  const drawn = groups.map((group, index) => {
    const title = panels === 'trace' ? group.label : group.cost.label;
    const letter = groups.length > 1 ? `<span class="letter">(${letterOf(index)})</span> ` : '';
    const svgs = views.map((view) => panelSvg(group, groups, curves, view, page));
    return `<section class="panel"><h3>${letter}${escaped(title)}</h3>${svgs.join('')}</section>`;
  });
  const single = groups.length === 1 ? ' single' : '';
  const cuts = cutWords(groups, curves, views);
  return (
    `<figure class="figure${single}" id="figure-${number}" aria-labelledby="caption-${number}">` +
    `<div class="panels">${drawn.join('')}</div>` +
    `<div class="below">${legend(curves, rows.length > 0 && groups.some(hasBound))}` +
    `${caption(groups, panels, number, cuts, page.marked?.says)}</div></figure>`
  );
}

function panelSvg(
  group: Group,
  neighbours: readonly Group[],
  curves: readonly Curve[],
  view: View,
  page: PageContext,
): string {
  const dots = group.frameCounts.length === 1;
  const peers = neighbours.filter(({ frameCounts }) => (frameCounts.length === 1) === dots);
  const domain = yDomain(group, peers, curves, view);
  const height = dots ? dotsHeight(curves) : PANEL.height;
  const drawing = dots
    ? dotsPanel(group, curves, view, domain)
    : curvesPanel(group, curves, view, domain, page.marked?.frames);
  const reading = dots
    ? ''
    : ` tabindex="0" data-trace="${page.traces.indexOf(group.trace)}" data-cost="${page.costs.indexOf(group.cost)}" data-frames="${group.frameCounts.join(' ')}" data-x="${frameCoordinates(group.frameCounts)}"`;
  const crosshair = dots
    ? ''
    : `<path class="crosshair" d="M0 ${PANEL.top}V${PANEL.height - PANEL.bottom}" visibility="hidden"/>`;
  return (
    `<svg class="chart view-${view.measure} cold-${view.cold}" viewBox="0 0 ${PANEL.width} ${height}" role="img"` +
    ` aria-label="${escaped(describe(group, view))}"${reading}>${drawing}${crosshair}</svg>`
  );
}

function describe({ label, cost, frameCounts }: Group, { measure, cold }: View): string {
  const what = measure === 'relative' ? 'I/O time in percent of CLOCK' : 'I/O time';
  const over =
    frameCounts.length === 1
      ? `at ${counted(frameCounts[0]!, 'page frame')}`
      : `over ${grouped(frameCounts[0]!)} to ${grouped(frameCounts.at(-1)!)} page frames`;
  const reading = frameCounts.length === 1 ? '' : ' Arrow keys read out the points.';
  return `${label}, ${cost.label}: ${what} ${over}, ${coldWords(cold)}.${reading}`;
}

function coldWords(cold: Cold): string {
  return cold === 'with' ? 'cold faults charged' : 'without cold faults';
}

/** Buttons, because a click hides a policy; without a script they are a legend and no more. */
function legend(curves: readonly Curve[], bound: boolean): string {
  const entries = curves.map(
    ({ index, name, mark }) =>
      `<li><button type="button" data-toggle="${index}" aria-pressed="true">${sample(mark)}` +
      `<span class="policy">${escaped(name.policy)}</span> <span class="observes">${escaped(name.observes)}</span></button></li>`,
  );
  if (!curves.some(({ name }) => name.policy === CLOCK)) {
    entries.push(
      '<li><span class="entry"><svg class="sample" viewBox="0 0 34 14" width="34" height="14" aria-hidden="true"><path class="baseline" d="M1 7H33"/></svg><span class="policy">CLOCK</span> <span class="observes">the measure</span></span></li>',
    );
  }
  if (bound) {
    entries.push(
      '<li><button type="button" data-toggle="bound" aria-pressed="true"><svg class="sample bound" viewBox="0 0 34 14" width="34" height="14" aria-hidden="true"><path class="shade" d="M1 5H33V14H1Z"/><path class="edge" d="M1 5H33"/></svg>' +
        '<span class="policy">lower bound</span> <span class="observes">no policy can be below</span></button></li>',
    );
  }
  return `<ul class="legend" aria-label="Policies and what each observes; press to hide or show">${entries.join('')}</ul>`;
}

function caption(
  groups: readonly Group[],
  panels: Figure['panels'],
  number: number,
  cuts: string,
  marked?: string,
): string {
  const { cost, label, trace } = groups[0]!;
  const subject = panels === 'trace' ? `at ${cost.label}` : `on ${label}`;
  const one = groups.every(({ frameCounts }) => frameCounts.length === 1);
  const over = one ? 'at one memory size' : 'over memory size';
  const views =
    `<span class="view-relative">I/O time in percent of CLOCK\u2019s ${over}</span>` +
    `<span class="view-absolute">I/O time in units of the costs ${over}</span>`;
  const scales =
    groups.length > 1 ? '<span class="view-absolute"> Each panel has its own scale.</span>' : '';
  const colds = hasColdReads(groups.flatMap(allRows))
    ? '<span class="cold-with">, cold faults charged</span><span class="cold-without">, cold faults left out</span>'
    : '';
  const pageSizes = new Set(groups.map(({ trace: { page_size_bytes } }) => page_size_bytes));
  const frame =
    pageSizes.size === 1 ? ` A frame holds one page of ${binaryBytes(trace.page_size_bytes)}.` : '';
  const marks = marked === undefined ? '' : ` ${escaped(marked)}`;
  return (
    `<figcaption id="caption-${number}"><b>Figure ${number}.</b> ${views}, ` +
    `${escaped(subject)}${colds}; lower is better.${frame}${scales}${cuts}${marks}</figcaption>`
  );
}

/** What is said where curves leave the panels, in the views in which they do. */
function cutWords(
  groups: readonly Group[],
  curves: readonly Curve[],
  views: readonly View[],
): string {
  return views
    .filter((view) => view.measure === 'relative' && isFar(extent(groups, curves, view).most))
    .map(
      ({ cold }) =>
        `<span class="view-relative"><span class="cold-${cold}"> Panels end at ${PANEL_END} %; policies beyond are named there, and their numbers stand in the tables.</span></span>`,
    )
    .join('');
}

function hasBound({ rowsAt }: Group): boolean {
  return [...rowsAt.values()].some((rows) => boundOf(rows.values(), 'with') !== null);
}

function allRows({ rowsAt }: Group) {
  return [...rowsAt.values()].flatMap((rows) => [...rows.values()]);
}

/** a to z, then aa, ab, … */
function letterOf(index: number): string {
  const letter = String.fromCharCode(97 + (index % 26));
  return index < 26 ? letter : letterOf(Math.floor(index / 26) - 1) + letter;
}

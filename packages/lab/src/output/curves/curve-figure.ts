// A figure of curves: panels side by side under one legend with a caption.

import type { CostPair } from '../groups.ts';
import { binaryBytes, counted, grouped } from '../numbers.ts';
import { escaped } from '../report/html.ts';
import { sample } from '../report/marks.ts';
import { PANEL } from '../report/scales.ts';
import { type CurveGroup, type GroupedCurves, missesDependOnCosts } from './curve-groups.ts';
import { curvePanel, frameCoordinates, type Series } from './curve-panel.ts';
import { type CurveMeasure, measureTitles } from './curve-values.ts';

export interface CurveFigure {
  /** I/O time has two views, of which the page shows one. */
  readonly measure: 'miss-ratio' | 'io-time';
  readonly groups: readonly CurveGroup[];
  /** By what the panels differ. */
  readonly panels: 'trace' | 'cost';
}

/** Miss ratios first, once where costs do not matter to them; then I/O time for each cost pair. */
export function curveFigures(grouping: GroupedCurves): CurveFigure[] {
  const { groups, costs } = grouping;
  const traces = new Set(groups.map(({ trace }) => trace));
  const ofCost = (cost: CostPair): CurveGroup[] => groups.filter((group) => group.cost === cost);
  const byTrace = (measure: CurveFigure['measure'], shown: readonly CostPair[]): CurveFigure[] =>
    shown.map((cost) => ({ measure, groups: ofCost(cost), panels: 'trace' }));
  const misses = byTrace('miss-ratio', missesDependOnCosts(grouping) ? costs : costs.slice(0, 1));
  if (traces.size === 1 && costs.length > 1) {
    return [...misses, { measure: 'io-time', groups, panels: 'cost' }];
  }
  return [...misses, ...byTrace('io-time', costs)];
}

interface PageLists {
  readonly costs: readonly CostPair[];
  readonly traces: readonly string[];
}

export function renderCurveFigure(
  { measure, groups, panels }: CurveFigure,
  number: number,
  series: readonly Series[],
  page: PageLists,
): string {
  const drawn = groups.map((group) => {
    const title = panels === 'trace' ? group.label : group.cost.label;
    const svgs =
      measure === 'miss-ratio'
        ? [panelSvg(group, title, series, measure, page)]
        : [
            panelSvg(group, title, series, 'io-time', page, ' view-absolute'),
            panelSvg(group, title, series, 'io-time-of-lru', page, ' view-relative'),
          ];
    return `<section class="panel"><h3>${escaped(title)}</h3>${svgs.join('')}</section>`;
  });
  const single = groups.length === 1 ? ' single' : '';
  return (
    `<figure class="figure${single}" id="figure-${number}" aria-labelledby="caption-${number}">` +
    `<div class="panels">${drawn.join('')}</div>` +
    `<div class="below">${legend(series)}${caption(groups, measure, panels, number)}</div></figure>`
  );
}

function panelSvg(
  group: CurveGroup,
  title: string,
  series: readonly Series[],
  measure: CurveMeasure,
  { costs, traces }: PageLists,
  view = '',
): string {
  const { frameCounts } = group;
  const range = `${grouped(frameCounts[0]!)} to ${counted(frameCounts.at(-1)!, 'page frame')}`;
  const what = `${title}: ${measureTitles[measure]} over ${range}. Arrow keys read out the points.`;
  return (
    `<svg class="chart${view}" viewBox="0 0 ${PANEL.width} ${PANEL.height}" role="img" aria-label="${escaped(what)}" tabindex="0"` +
    ` data-trace="${traces.indexOf(group.trace.trace)}" data-cost="${costs.indexOf(group.cost)}"` +
    ` data-frames="${frameCounts.join(' ')}" data-x="${frameCoordinates(frameCounts)}">` +
    `${curvePanel(group, series, measure)}` +
    `<path class="crosshair" d="M0 ${PANEL.top}V${PANEL.height - PANEL.bottom}" visibility="hidden"/></svg>`
  );
}

function legend(series: readonly Series[]): string {
  const entries = series.map(
    ({ index, name, mark }) =>
      `<li><button type="button" data-toggle="${index}" aria-pressed="true">${sample(mark)}` +
      `<span class="policy">${escaped(name.policy)}</span> <span class="observes">${escaped(name.observes)}</span></button></li>`,
  );
  return `<ul class="legend" aria-label="Policies and what each observes; press to hide or show">${entries.join('')}</ul>`;
}

function caption(
  groups: readonly CurveGroup[],
  measure: CurveFigure['measure'],
  panels: CurveFigure['panels'],
  number: number,
): string {
  const { cost, label, trace } = groups[0]!;
  const what =
    measure === 'miss-ratio'
      ? 'Miss ratio (page faults per reference, in percent) over memory size'
      : '<span class="view-absolute">I/O time in units of the costs</span><span class="view-relative">I/O time in percent of LRU\u2019s</span>' +
        ` over memory size, ${escaped(panels === 'trace' ? `at ${cost.label}` : `on ${label}`)}`;
  const sizes = new Set(groups.map(({ trace: { page_size_bytes } }) => page_size_bytes));
  const frame =
    sizes.size === 1 ? ` A frame holds one page of ${binaryBytes(trace.page_size_bytes)}.` : '';
  const scales = groups.length > 1 ? ' Each panel has its own scale.' : '';
  const bands = groups.some((group) => group.trace.sampling !== null)
    ? ' Bands are two standard errors to either side of what is estimated from samples.'
    : '';
  return `<figcaption id="caption-${number}"><b>Figure ${number}.</b> ${what}; lower is better.${frame}${scales}${bands}</figcaption>`;
}

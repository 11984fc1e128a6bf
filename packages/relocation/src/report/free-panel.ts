// Free pages over time: a line for each run, that of the middle round strong and the others faint, so
// that the spread is seen and not only told.

import { colourClass, coordinate, dashAttribute, escaped, PANEL } from '@pagelend/lab';
import { line } from 'd3-shape';
import { type Configuration, configurations, type Regime } from '../experiment/plan.ts';
import type { RelocationCurve, RelocationResult, RelocationRow } from '../experiment/result.ts';
import { axes, FLOOR, type Scale, xScale, yScale } from './axes.ts';
import { configurationMarks } from './marks.ts';
import { regimeWords } from './words.ts';

/** What the page's script reads out of: for each configuration the curve of its middle round. */
export interface FreePanel {
  readonly regime: Regime;
  readonly svg: string;
  readonly readings: readonly Reading[];
}

export interface Reading {
  readonly configuration: Configuration;
  readonly seconds: readonly number[];
  readonly free_pages: readonly number[];
}

/** So many places at which a panel is read out. */
const READ_PLACES = 60;

export function freePanel(result: RelocationResult, regime: Regime, index: number): FreePanel {
  const shown = configurations.flatMap((configuration) => {
    const rows = result.rows.filter(
      (row) =>
        row.regime === regime && row.purpose === 'round' && row.configuration === configuration,
    );
    return rows.length === 0 ? [] : [{ configuration, rows, middle: middleOf(rows) }];
  });
  const curveOf = ({ order }: RelocationRow): RelocationCurve =>
    result.curves.find((curve) => curve.order === order)!;
  const all = shown.flatMap(({ rows }) => rows.map(curveOf));
  const last = Math.max(1, ...all.map(({ seconds }) => seconds.at(-1) ?? 0));
  const x = xScale(0, last);
  const y = yScale(all.flatMap(({ free_pages }) => free_pages));
  const series = shown.map(({ configuration, rows, middle }) => {
    const paths = rows.map((row) => path(curveOf(row), configuration, row === middle, x, y));
    const at = configurations.indexOf(configuration);
    const colour = colourClass(configurationMarks[configuration]);
    return `<g class="series ${colour}" data-policy="${at}">${paths.join('')}</g>`;
  });
  const places = Array.from({ length: READ_PLACES }, (_, i) => (last * i) / (READ_PLACES - 1));
  const says = `Free pages while the job ran, ${regimeWords[regime]}. Arrow keys read out the curves.`;
  const svg =
    `<svg class="chart" viewBox="0 0 ${PANEL.width} ${PANEL.height}" role="img" aria-label="${escaped(says)}" tabindex="0"` +
    ` data-panel="${index}" data-frames="${places.map((second) => second.toFixed(2)).join(' ')}"` +
    ` data-x="${places.map((second) => coordinate(x(second))).join(' ')}">` +
    axes({ scale: x, title: 'seconds since the job began' }, { scale: y, title: 'free pages' }) +
    series.join('') +
    `<path class="crosshair" d="M0 ${PANEL.top}V${FLOOR}" visibility="hidden"/></svg>`;
  const readings = shown.map(({ configuration, middle }): Reading => {
    const { seconds, free_pages } = curveOf(middle);
    return { configuration, seconds, free_pages };
  });
  return { regime, svg, readings };
}

/** The run whose mean lies in the middle. */
function middleOf(rows: readonly RelocationRow[]): RelocationRow {
  const sorted = [...rows].sort((a, b) => a.free_pages - b.free_pages);
  return sorted[(sorted.length - 1) >> 1]!;
}

function path(
  { seconds, free_pages }: RelocationCurve,
  configuration: Configuration,
  isMiddle: boolean,
  x: Scale,
  y: Scale,
): string {
  const drawn = line<number>()
    .x((_, index) => x(seconds[index]!))
    .y((pages) => y(pages))
    .digits(1)([...free_pages]);
  const faint = isMiddle ? '' : ' style="opacity:.3"';
  return `<path class="curve" d="${drawn ?? ''}"${dashAttribute(configurationMarks[configuration])}${faint}/>`;
}

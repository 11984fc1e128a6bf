// One panel of an explained run: series over the references replayed. Panels of a run have the same x
// scale, and the lowest alone names it.

import { scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';
import type { SimExplanation } from '../../result.ts';
import { compact } from '../numbers.ts';
import type { ExplainPanel, Series } from './explain-panels.ts';
import { coordinate, escaped } from './html.ts';
import { curveColours } from './marks.ts';
import type { Scale } from './scales.ts';

const WIDTH = 360;
const LEFT = 42;
const RIGHT = 8;
const TOP = 17;
const FLOOR = 88;
const BOTTOM = 7;
/** Under the lowest panel: the numbers and the name of the x scale. */
const BOTTOM_NAMED = 32;
const X_TICKS = 6;
const Y_TICKS = 4;

const TARGET_DASH = '6 3';
/** Of the colours' second round. */
const SECOND_DASH = '2 2';

export function explainChart(
  run: SimExplanation,
  panel: ExplainPanel,
  isLowest: boolean,
  label: string,
): string {
  const x = xScale(run);
  const y = yScale(panel);
  const height = FLOOR + (isLowest ? BOTTOM_NAMED : BOTTOM);
  const { references } = run.samples;
  const path = line<number | null>()
    .defined((value) => value !== null)
    .x((_, i) => x(references[i]!))
    .y((value) => y(value!))
    .digits(1);
  const drawn = panel.series.map(
    (series, index) =>
      `<path class="curve ${colourOf(series, index)}" d="${path(series.values) ?? ''}"${dashOf(series, index)}/>`,
  );
  return (
    `<svg class="chart" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(label)}">` +
    [
      ...axes(panel, x, y, isLowest),
      warmupMark(run, x),
      ...drawn,
      `<path class="crosshair" d="M0 ${TOP}V${FLOOR}" visibility="hidden"/>`,
    ].join('') +
    '</svg>'
  );
}

/** Where the samples lie, for the script that reads them out. */
export function sampleCoordinates(run: SimExplanation): string {
  const x = xScale(run);
  return run.samples.references.map((references) => coordinate(x(references))).join(' ');
}

/** A short piece of the series' line, for the legend. */
export function lineSample(series: Series, index: number): string {
  return (
    `<svg class="sample ${colourOf(series, index)}" viewBox="0 0 34 14" width="34" height="14" aria-hidden="true">` +
    `<path class="curve" d="M1 7H33"${dashOf(series, index)}/></svg>`
  );
}

/** Targets are drawn in ink, so that they stand out from the lists that follow them. */
function colourOf({ isTarget }: Series, index: number): string {
  return isTarget ? 'colour-ink' : `colour-${index % curveColours.length}`;
}

function dashOf({ isTarget }: Series, index: number): string {
  const dash = isTarget ? TARGET_DASH : index < curveColours.length ? '' : SECOND_DASH;
  return dash === '' ? '' : ` stroke-dasharray="${dash}"`;
}

function axes(panel: ExplainPanel, x: Scale, y: Scale, isLowest: boolean): string[] {
  const right = WIDTH - RIGHT;
  const rules = y.ticks(Y_TICKS).map((tick) => {
    const at = coordinate(y(tick));
    return `<path class="grid" d="M${LEFT} ${at}H${right}"/><text class="tick" x="${LEFT - 5}" y="${at}" dy=".34em" text-anchor="end">${compact(tick)}</text>`;
  });
  const ticks = x.ticks(X_TICKS).map((tick) => {
    const at = coordinate(x(tick));
    const number = isLowest
      ? `<text class="tick" x="${at}" y="${FLOOR + 14}" text-anchor="middle">${compact(tick)}</text>`
      : '';
    return `<path class="axis" d="M${at} ${FLOOR}v3"/>${number}`;
  });
  const name = isLowest
    ? `<text class="axis-title" x="${(LEFT + right) / 2}" y="${FLOOR + 28}" text-anchor="middle">references replayed</text>`
    : '';
  return [
    ...rules,
    `<path class="axis" d="M${LEFT} ${FLOOR}H${right}"/>`,
    ...ticks,
    name,
    `<text class="axis-title" x="2" y="9">${escaped(panel.title)}</text>`,
    levelMark(panel, y),
  ];
}

function levelMark({ level }: ExplainPanel, y: Scale): string {
  if (level === null) return '';
  const at = coordinate(y(level.value));
  return (
    `<path class="edge" d="M${LEFT} ${at}H${WIDTH - RIGHT}"/>` +
    `<text class="tick" x="${WIDTH - RIGHT}" y="${at}" dy="-.3em" text-anchor="end">${escaped(level.name)}</text>`
  );
}

/** What lies left of it is replayed and not counted. */
function warmupMark({ warmup_references }: SimExplanation, x: Scale): string {
  if (warmup_references === 0) return '';
  const at = coordinate(x(warmup_references));
  return `<path class="edge" d="M${at} ${TOP}V${FLOOR}"/>`;
}

function xScale({ samples: { references } }: SimExplanation): Scale {
  return scaleLinear([0, references.at(-1)!], [LEFT, WIDTH - RIGHT]);
}

function yScale({ series, level }: ExplainPanel): Scale {
  let most = level?.value ?? 0;
  for (const { values } of series) for (const value of values) most = Math.max(most, value ?? 0);
  return scaleLinear([0, most === 0 ? 1 : most * 1.04], [FLOOR, TOP]).nice(Y_TICKS);
}

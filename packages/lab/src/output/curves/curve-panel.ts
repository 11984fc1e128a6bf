// One panel: a curve per policy over the number of page frames, with a band of two standard errors where
// it is estimated.

import { area, line } from 'd3-shape';
import type { PolicyName } from '../groups.ts';
import { compact, finePercent, grouped } from '../numbers.ts';
import { coordinate, escaped } from '../report/html.ts';
import { CUT, colourClass, dashAttribute, isClock, type Mark } from '../report/marks.ts';
import { frameTicks, isLog, namesAbove, PANEL, type Scale, xScale } from '../report/scales.ts';
import type { CurveGroup } from './curve-groups.ts';
import { scaleAround, type ValueScale, valueScale } from './curve-scales.ts';
import {
  bandOf,
  type CurveMeasure,
  drawnOf,
  LRU_PERCENT,
  measureTitles,
  pointsOf,
  type Value,
  valueText,
} from './curve-values.ts';

export interface Series {
  readonly index: number;
  readonly name: PolicyName;
  readonly mark: Mark;
}

/** More points than this on a curve and only every second, third, … gets a marker. */
const MARKERS_MAX = 20;
const DIGIT_WIDTH = 5.8;
export function curvePanel(
  group: CurveGroup,
  series: readonly Series[],
  measure: CurveMeasure,
): string {
  const x = xScale(group.frameCounts);
  const curves = series.map((one) => ({
    one,
    points: pointsOf(group, one.name.policy, measure),
    drawn: drawnOf(group, one.name.policy, measure),
  }));
  const values = curves.flatMap(({ points, drawn }) => [...points, ...drawn].flatMap(bandOf));
  const isRelative = measure === 'io-time-of-lru';
  const scale = isRelative ? scaleAround(values) : valueScale(values);
  const right = PANEL.width - PANEL.right;
  const high = isRelative ? scale.y.domain().at(-1)! : Number.POSITIVE_INFINITY;
  const above = curves
    .filter(({ drawn }) => drawn.some(({ value }) => value > high))
    .map(({ one }) => one.name.policy);
  // A band may leave the panel where its curve does not.
  const cut = values.some((value) => value > high);
  const baseline = isRelative
    ? `<path class="baseline" d="M${PANEL.left} ${coordinate(scale.y(LRU_PERCENT))}H${right}"/>`
    : '';
  return [
    axes(group, x, scale, measure),
    baseline,
    `<g${cut ? CUT : ''}>`,
    ...curves.map(({ one, points, drawn }) => drawCurve(one, drawn, points, x, scale.y, measure)),
    '</g>',
    above.length > 0
      ? `<text class="axis-title" x="${right}" y="11" text-anchor="end">${escaped(namesAbove(above))}</text>`
      : '',
  ].join('');
}

/** Where the frame counts lie, for the script that reads them out. */
export function frameCoordinates(frameCounts: readonly number[]): string {
  const x = xScale(frameCounts);
  return frameCounts.map((frames) => coordinate(x(frames))).join(' ');
}

function drawCurve(
  { name, mark, index }: Series,
  drawn: readonly Value[],
  points: readonly Value[],
  x: Scale,
  y: Scale,
  measure: CurveMeasure,
): string {
  const path = line<Value>()
    .x(({ frames }) => x(frames))
    .y(({ value }) => y(value))
    .digits(1)(drawn);
  const band = area<Value>()
    .x(({ frames }) => x(frames))
    .y0((point) => y(bandOf(point)[0]!))
    .y1((point) => y(bandOf(point)[1]!))
    .digits(1);
  const shade = points.some(({ error }) => error > 0)
    ? `<path class="band" d="${band(points) ?? ''}"/>`
    : '';
  const every = Math.ceil(points.length / MARKERS_MAX);
  // CLOCK is a line without markers, as in every report, unless there is no line to see.
  const marks = (isClock(mark) && points.length > 1 ? [] : points)
    .filter((_, at) => at % every === 0)
    .map(
      ({ frames, value }) =>
        `<use href="#mark-${mark.marker}" x="${coordinate(x(frames))}" y="${coordinate(y(value))}">` +
        `<title>${escaped(name.policy)}, ${grouped(frames)} frames: ${valueText(value, measure)}</title></use>`,
    );
  return (
    `<g class="series ${colourClass(mark)}" data-policy="${index}">${shade}` +
    `<path class="curve" d="${path ?? ''}"${dashAttribute(mark)}/>${marks.join('')}</g>`
  );
}

/** Ticks are round numbers, so zeros behind the point say nothing. */
function tickText(tick: number, measure: CurveMeasure): string {
  if (measure !== 'miss-ratio') return compact(tick);
  return finePercent(tick)
    .replace(/(\.\d*?)0+$/, '$1')
    .replace(/\.$/, '');
}

function axes(
  { frameCounts }: CurveGroup,
  x: Scale,
  { y, isLog: isLogValue, ticks }: ValueScale,
  measure: CurveMeasure,
): string {
  const floor = PANEL.height - PANEL.bottom;
  const right = PANEL.width - PANEL.right;
  const rules = ticks.map((tick) => {
    const at = coordinate(y(tick));
    const label = tickText(tick, measure);
    return `<path class="grid" d="M${PANEL.left} ${at}H${right}"/><text class="tick" x="${PANEL.left - 6}" y="${at}" dy=".34em" text-anchor="end">${label}</text>`;
  });
  const width = (frames: number): number => grouped(frames).length * DIGIT_WIDTH;
  const xTicks = frameTicks(frameCounts, x, width).map((frames) => {
    const at = coordinate(x(frames));
    return `<path class="axis" d="M${at} ${floor}v4"/><text class="tick" x="${at}" y="${floor + 15}" text-anchor="middle">${grouped(frames)}</text>`;
  });
  const minor = frameCounts.map((frames) => `M${coordinate(x(frames))} ${floor}v2.5`).join('');
  const log = (is: boolean): string => (is ? ' (log scale)' : '');
  return [
    ...rules,
    `<path class="axis" d="M${PANEL.left} ${floor}H${right}"/><path class="axis" d="${minor}"/>`,
    ...xTicks,
    `<text class="axis-title" x="2" y="11">${measureTitles[measure]}${log(isLogValue)}</text>`,
    `<text class="axis-title" x="${(PANEL.left + right) / 2}" y="${PANEL.height - 6}" text-anchor="middle">page frames${log(isLog(frameCounts))}</text>`,
  ].join('');
}

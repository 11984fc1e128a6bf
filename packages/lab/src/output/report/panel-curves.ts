// One panel as in the paper's Figure 2: a curve per policy over the number of page frames.

import { area, line } from 'd3-shape';
import type { Group } from '../groups.ts';
import { compact, grouped } from '../numbers.ts';
import { coordinate, escaped } from './html.ts';
import { CUT, colourClass, dashAttribute, isClock } from './marks.ts';
import {
  frameTicks,
  isLog,
  namesAbove,
  PANEL,
  type Scale,
  xScale,
  Y_TICKS,
  type YDomain,
  yScale,
} from './scales.ts';
import {
  baselinePoints,
  boundPoints,
  type Curve,
  curvePoints,
  type Point,
  type View,
  valueText,
} from './view.ts';

/** More points than this on a curve and only every second, third, … gets a marker. */
const MARKERS_MAX = 16;

/** Roughly the width of a digit of an axis label. */
const DIGIT_WIDTH = 5.8;

export function curvesPanel(
  group: Group,
  curves: readonly Curve[],
  view: View,
  domain: YDomain,
  marked: readonly number[] = [],
): string {
  const x = xScale(group.frameCounts);
  const y = yScale(domain);
  return [
    boundShade(boundPoints(group, view), x, y),
    axes(group, x, y, view, domain, marked),
    ...marked.map((frames) => markedLine(x(frames))),
    baseline(baselinePoints(group, view), x, y),
    `<g${domain.cut ? CUT : ''}>${curves.map((curve) => drawCurve(group, curve, view, x, y)).join('')}</g>`,
    domain.cut ? above(group, curves, view, domain) : '',
  ].join('');
}

/** Which policies leave the panel at the top. */
function above(group: Group, curves: readonly Curve[], view: View, { high }: YDomain): string {
  const names = curves
    .map(({ name: { policy } }) => policy)
    .filter((policy) => curvePoints(group, policy, view).some(({ value }) => (value ?? 0) > high));
  return `<text class="axis-title" x="${PANEL.width - PANEL.right}" y="11" text-anchor="end">${escaped(namesAbove(names))}</text>`;
}

/** Where the frame counts lie, for the script that reads them out. */
export function frameCoordinates(frameCounts: readonly number[]): string {
  const x = xScale(frameCounts);
  return frameCounts.map((frames) => coordinate(x(frames))).join(' ');
}

function drawCurve(group: Group, curve: Curve, view: View, x: Scale, y: Scale): string {
  const points = curvePoints(group, curve.name.policy, view);
  const path = pathOf(x, y)(points) ?? '';
  const every = Math.ceil(points.length / MARKERS_MAX);
  const drawn = isClock(curve.mark)
    ? []
    : points.filter(({ value }, index) => value !== null && index % every === 0);
  const marks = drawn.map(
    ({ frames, value }) =>
      `<use href="#mark-${curve.mark.marker}" x="${coordinate(x(frames))}" y="${coordinate(y(value!))}">` +
      `<title>${escaped(curve.name.policy)}, ${grouped(frames)} frames: ${valueText(value, view)}</title></use>`,
  );
  return (
    `<g class="series ${colourClass(curve.mark)}" data-policy="${curve.index}">` +
    `<path class="curve" d="${path}"${dashAttribute(curve.mark)}/>${marks.join('')}</g>`
  );
}

function boundShade(points: readonly Point[], x: Scale, y: Scale): string {
  if (points.length === 0) return '';
  const floor = PANEL.height - PANEL.bottom;
  const shade = area<Point>()
    .defined(({ value }) => value !== null)
    .x(({ frames }) => x(frames))
    .y0(floor)
    .y1(({ value }) => y(value!))
    .digits(1)(points);
  const edge = pathOf(x, y)(points);
  return (
    `<g class="bound" data-policy="bound"><path class="shade" d="${shade ?? ''}"/>` +
    `<path class="edge" d="${edge ?? ''}"/></g>`
  );
}

function baseline(points: readonly Point[], x: Scale, y: Scale): string {
  return `<path class="baseline" d="${pathOf(x, y)(points) ?? ''}"/>`;
}

/** A frame count that somebody else measured at. */
function markedLine(at: number): string {
  return `<path class="marked" d="M${coordinate(at)} ${PANEL.top}V${PANEL.height - PANEL.bottom}"/>`;
}

function axes(
  group: Group,
  x: Scale,
  y: Scale,
  view: View,
  domain: YDomain,
  marked: readonly number[],
): string {
  const floor = PANEL.height - PANEL.bottom;
  const right = PANEL.width - PANEL.right;
  const rules = y.ticks(Y_TICKS).map((tick) => {
    const at = coordinate(y(tick));
    const label = view.measure === 'relative' ? grouped(tick) : compact(tick);
    return `<path class="grid" d="M${PANEL.left} ${at}H${right}"/><text class="tick" x="${PANEL.left - 6}" y="${at}" dy=".34em" text-anchor="end">${label}</text>`;
  });
  const width = (frames: number): number => grouped(frames).length * DIGIT_WIDTH;
  const ticks = frameTicks(group.frameCounts, x, width, marked).map((frames) => {
    const at = coordinate(x(frames));
    return `<path class="axis" d="M${at} ${floor}v4"/><text class="tick" x="${at}" y="${floor + 15}" text-anchor="middle">${grouped(frames)}</text>`;
  });
  const minor = group.frameCounts
    .map((frames) => `M${coordinate(x(frames))} ${floor}v2.5`)
    .join('');
  const yTitle = view.measure === 'relative' ? 'I/O time, % of CLOCK' : 'I/O time';
  const own = domain.own ? ' (own scale)' : '';
  const log = isLog(group.frameCounts) ? ' (log scale)' : '';
  return [
    ...rules,
    `<path class="axis" d="M${PANEL.left} ${floor}H${right}"/><path class="axis" d="${minor}"/>`,
    ...ticks,
    `<text class="axis-title" x="2" y="11">${yTitle}${own}</text>`,
    `<text class="axis-title" x="${(PANEL.left + right) / 2}" y="${PANEL.height - 6}" text-anchor="middle">page frames${log}</text>`,
  ].join('');
}

function pathOf(x: Scale, y: Scale) {
  return line<Point>()
    .defined(({ value }) => value !== null)
    .x(({ frames }) => x(frames))
    .y(({ value }) => y(value!))
    .digits(1);
}

// One panel for a single frame count, where a curve would be a dot: policies down, sorted, each
// with its name and number, and a stem from CLOCK's line that shows what it saves or costs.

import { scaleLinear } from 'd3-scale';
import type { Group } from '../groups.ts';
import { compact, grouped } from '../numbers.ts';
import { coordinate, escaped } from './html.ts';
import { colourClass } from './marks.ts';
import type { YDomain } from './scales.ts';
import {
  baselinePoints,
  boundPoints,
  type Curve,
  curvePoints,
  type View,
  valueText,
} from './view.ts';

const WIDTH = 360;
const LEFT = 104;
const RIGHT = 58;
const TOP = 16;
const BOTTOM = 40;
const ROW_HEIGHT = 22;

/** Longer names are cut; the whole name is in the tooltip and the legend. */
const NAME_LETTERS_MAX = 16;

export function dotsHeight(curves: readonly Curve[]): number {
  return TOP + curves.length * ROW_HEIGHT + BOTTOM;
}

export function dotsPanel(
  group: Group,
  curves: readonly Curve[],
  view: View,
  domain: YDomain,
): string {
  const floor = dotsHeight(curves) - BOTTOM;
  // A stem that leaves the panel ends at its edge, without a dot; its number stands beside it.
  const x = scaleLinear([domain.low, domain.high], [LEFT + 8, WIDTH - RIGHT]).clamp(true);
  const from = x(baselinePoints(group, view)[0]!.value ?? domain.low);
  const rows = curves
    .map((curve) => ({ curve, value: curvePoints(group, curve.name.policy, view)[0]!.value }))
    .sort((a, b) => (a.value ?? Number.MAX_VALUE) - (b.value ?? Number.MAX_VALUE))
    .map(({ curve, value }, index) => {
      const y = TOP + (index + 0.5) * ROW_HEIGHT;
      const at = value === null ? null : x(value);
      return dotRow(curve, value, view, at, from, y, value !== null && value > domain.high);
    });
  return [
    boundShade(boundPoints(group, view)[0]?.value ?? null, x, floor),
    axis(group, x, view, floor),
    `<path class="baseline" d="M${coordinate(from)} ${TOP - 6}V${floor}"/>`,
    ...rows,
  ].join('');
}

function dotRow(
  { name, mark, index }: Curve,
  value: number | null,
  view: View,
  at: number | null,
  from: number,
  y: number,
  isCut: boolean,
): string {
  const short =
    name.policy.length > NAME_LETTERS_MAX
      ? `${name.policy.slice(0, NAME_LETTERS_MAX - 1)}\u2026`
      : name.policy;
  const dot =
    at === null
      ? ''
      : `<path class="stem" d="M${coordinate(from)} ${y}H${coordinate(at)}"/>` +
        (isCut ? '' : `<use href="#mark-${mark.marker}" x="${coordinate(at)}" y="${y}"/>`);
  const number =
    view.measure === 'absolute' && value !== null ? compact(value) : valueText(value, view);
  return (
    `<g class="series ${colourClass(mark)}" data-policy="${index}">` +
    `<title>${escaped(name.policy)}: ${valueText(value, view)}</title>` +
    `<text class="name" x="${LEFT - 4}" y="${y}" dy=".34em" text-anchor="end">${escaped(short)}</text>${dot}` +
    `<text class="value" x="${WIDTH - 2}" y="${y}" dy=".34em" text-anchor="end">${number}</text></g>`
  );
}

function boundShade(value: number | null, x: (value: number) => number, floor: number): string {
  if (value === null) return '';
  const at = coordinate(x(value));
  return (
    `<g class="bound" data-policy="bound"><path class="shade" d="M${LEFT} ${TOP - 6}H${at}V${floor}H${LEFT}Z"/>` +
    `<path class="edge" d="M${at} ${TOP - 6}V${floor}"/></g>`
  );
}

function axis(
  group: Group,
  x: ReturnType<typeof scaleLinear<number, number>>,
  view: View,
  floor: number,
): string {
  const ticks = x.ticks(4).map((tick) => {
    const at = coordinate(x(tick));
    const label = view.measure === 'relative' ? grouped(tick) : compact(tick);
    return `<path class="grid" d="M${at} ${TOP - 6}V${floor}"/><text class="tick" x="${at}" y="${floor + 14}" text-anchor="middle">${label}</text>`;
  });
  const title = view.measure === 'relative' ? 'I/O time, % of CLOCK' : 'I/O time';
  const frames = `${grouped(group.frameCounts[0]!)} page frames`;
  return [
    ...ticks,
    `<path class="axis" d="M${LEFT} ${floor}H${WIDTH - RIGHT + 4}"/>`,
    `<text class="axis-title" x="${(LEFT + WIDTH - RIGHT) / 2}" y="${floor + 32}" text-anchor="middle">${title}; ${frames}</text>`,
  ].join('');
}

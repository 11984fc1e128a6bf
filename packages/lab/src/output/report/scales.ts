// Scales of the panels. Relative panels of a figure share their y scale, as in the paper, so that a
// reader compares heights across them; a panel that the shared scale would flatten gets its own.

import { type ScaleContinuousNumeric, scaleLinear, scaleLog } from 'd3-scale';
import type { Group } from '../groups.ts';
import { type Curve, extent, type View } from './view.ts';

export type Scale = ScaleContinuousNumeric<number, number>;

export const PANEL = { width: 360, height: 262, left: 46, right: 12, top: 26, bottom: 40 } as const;

/** For rounding the y domain and for its ticks alike, so that a panel ends on a tick. */
export const Y_TICKS = 7;

/** Frame counts that span less than this factor are never drawn on a log scale. */
const LOG_SPAN = 6;

/** Below this share of the shared range a panel would be a flat line. */
const FLAT_SHARE = 0.15;

/** In percent of what curves are measured by: one that reaches further would flatten all others. */
const FAR = 300;

/** Where panels end instead, with the names of the policies above. */
export const PANEL_END = 200;

export interface YDomain {
  readonly low: number;
  readonly high: number;
  /** True where the panel's scale differs from that of its neighbours. */
  readonly own: boolean;
  /** True where a curve leaves the panel at the top. */
  readonly cut: boolean;
}

export function yDomain(
  group: Group,
  neighbours: readonly Group[],
  curves: readonly Curve[],
  view: View,
): YDomain {
  const mine = extent([group], curves, view);
  if (view.measure === 'absolute') return { ...padded(0, mine.most), own: false, cut: false };
  const shared = extent(neighbours, curves, view);
  const mineEnd = endOf(mine.most);
  const own = mineEnd - mine.least < FLAT_SHARE * (endOf(shared.most) - shared.least);
  const { least, most } = own ? mine : shared;
  const domain = isFar(most)
    ? { low: padded(least, PANEL_END).low, high: PANEL_END }
    : padded(least, most);
  return { ...domain, own, cut: mine.most > domain.high };
}

/** True for a value, in percent of what curves are measured by, that panels do not reach up to. */
export function isFar(most: number): boolean {
  return most > FAR;
}

function endOf(most: number): number {
  return isFar(most) ? PANEL_END : most;
}

/** Names of the policies above a panel, as many as have room beside the title of its axis. */
export function namesAbove(names: readonly string[]): string {
  const lettersMax = 26;
  let shown = names.length;
  while (shown > 1 && names.slice(0, shown).join(', ').length > lettersMax) shown--;
  const more = names.length > shown ? ` and ${names.length - shown} more` : '';
  return `above: ${names.slice(0, shown).join(', ')}${more}`;
}

export function yScale({ low, high }: YDomain): Scale {
  return scaleLinear([low, high], [PANEL.height - PANEL.bottom, PANEL.top]);
}

/** The scale on which the frame counts lie more evenly: a sweep by doubling wants a log scale. */
export function isLog(frameCounts: readonly number[]): boolean {
  const first = frameCounts[0]!;
  const last = frameCounts.at(-1)!;
  if (frameCounts.length < 3 || last / first < LOG_SPAN) return false;
  const middle = frameCounts[Math.floor(frameCounts.length / 2)]!;
  const linearMiss = Math.abs((middle - first) / (last - first) - 0.5);
  const logMiss = Math.abs(Math.log(middle / first) / Math.log(last / first) - 0.5);
  return logMiss < linearMiss;
}

export function xScale(frameCounts: readonly number[]): Scale {
  const domain = [frameCounts[0]!, frameCounts.at(-1)!];
  const range = [PANEL.left + 8, PANEL.width - PANEL.right - 8];
  return isLog(frameCounts) ? scaleLog(domain, range) : scaleLinear(domain, range);
}

/**
 * Ticks at measured frame counts only, as many as have room: those preferred first, then the last one,
 * then from the first on.
 */
export function frameTicks(
  frameCounts: readonly number[],
  x: Scale,
  widthOf: (frames: number) => number,
  preferred: readonly number[] = [],
): number[] {
  const apart = (a: number, b: number): boolean =>
    Math.abs(x(a) - x(b)) >= (widthOf(a) + widthOf(b)) / 2 + 9;
  const ticks: number[] = [];
  for (const frames of [...preferred, frameCounts.at(-1)!, ...frameCounts]) {
    if (ticks.every((tick) => apart(tick, frames))) ticks.push(frames);
  }
  return ticks.sort((a, b) => a - b);
}

function padded(least: number, most: number): { low: number; high: number } {
  const spread = most - least || Math.abs(most) || 1;
  const low = least === 0 ? 0 : least - spread * 0.04;
  const [niceLow, niceHigh] = scaleLinear()
    .domain([Math.max(0, low), most + spread * 0.04])
    .nice(Y_TICKS)
    .domain() as [number, number];
  return { low: niceLow, high: niceHigh };
}

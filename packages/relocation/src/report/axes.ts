// Axes of a panel: round ticks, labels, and where things lie. Panels have the size of those in all
// other pages.

import { compact, coordinate, escaped, PANEL } from '@pagelend/lab';
import { type ScaleLinear, scaleLinear } from 'd3-scale';

export type Scale = ScaleLinear<number, number>;

export const FLOOR = PANEL.height - PANEL.bottom;
export const RIGHT = PANEL.width - PANEL.right;
const LEFT = PANEL.left;
const X_TICKS = 6;
const Y_TICKS = 6;

export function xScale(least: number, most: number): Scale {
  return scaleLinear([least, most === least ? least + 1 : most], [LEFT + 4, RIGHT - 4]);
}

/** From 0 or below up to a round number above all values. */
export function yScale(values: readonly number[]): Scale {
  const ends = [Math.min(0, ...values), Math.max(1, ...values) * 1.04];
  return scaleLinear(ends, [FLOOR, PANEL.top]).nice(Y_TICKS);
}

/** `x`: ticks at these places, or at round ones. */
export function axes(
  x: { readonly scale: Scale; readonly title: string; readonly at?: readonly number[] },
  y: { readonly scale: Scale; readonly title: string },
): string {
  const rules = y.scale.ticks(Y_TICKS).map((tick) => {
    const at = coordinate(y.scale(tick));
    return (
      `<path class="grid" d="M${LEFT} ${at}H${RIGHT}"/>` +
      `<text class="tick" x="${LEFT - 6}" y="${at}" dy=".34em" text-anchor="end">${minus(compact(tick))}</text>`
    );
  });
  const ticks = (x.at ?? x.scale.ticks(X_TICKS)).map((tick) => {
    const at = coordinate(x.scale(tick));
    return (
      `<path class="axis" d="M${at} ${FLOOR}v4"/>` +
      `<text class="tick" x="${at}" y="${FLOOR + 15}" text-anchor="middle">${compact(tick)}</text>`
    );
  });
  return [
    ...rules,
    `<path class="axis" d="M${LEFT} ${FLOOR}H${RIGHT}"/>`,
    ...ticks,
    `<text class="axis-title" x="2" y="11">${escaped(y.title)}</text>`,
    `<text class="axis-title" x="${(LEFT + RIGHT) / 2}" y="${PANEL.height - 6}" text-anchor="middle">${escaped(x.title)}</text>`,
  ].join('');
}

function minus(text: string): string {
  return text.replace(/^-/, '\u2212');
}

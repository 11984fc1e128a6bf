// The y scales of curve panels. Counts: logarithmic where they reach over more than a decade or two, as
// those of programs do, else linear from zero. Shares of LRU's: linear around 100 %.

import { scaleLinear, scaleLog } from 'd3-scale';
import { isFar, PANEL, PANEL_END, type Scale, Y_TICKS } from '../report/scales.ts';

/** Values that span at least this factor are drawn on a log scale. */
const LOG_SPAN = 30;

/** Room beyond the least and the greatest value on a log scale. */
const LOG_PAD = 1.15;

export interface ValueScale {
  readonly y: Scale;
  readonly isLog: boolean;
  readonly ticks: readonly number[];
}

/** A scale for these values, of which at least one is above 0 unless all are 0. */
export function valueScale(values: readonly number[]): ValueScale {
  const range = [PANEL.height - PANEL.bottom, PANEL.top];
  const most = values.reduce((a, b) => Math.max(a, b), 0);
  const least = values.reduce((a, b) => (b > 0 ? Math.min(a, b) : a), Number.POSITIVE_INFINITY);
  if (most > 0 && most / least >= LOG_SPAN) {
    const domain = [least / LOG_PAD, most * LOG_PAD];
    const y = scaleLog(domain, range).clamp(true);
    return { y, isLog: true, ticks: logTicks(domain[0]!, domain[1]!) };
  }
  const y = scaleLinear([0, most === 0 ? 1 : most * 1.04], range).nice(Y_TICKS);
  return { y, isLog: false, ticks: y.ticks(Y_TICKS) };
}

/** For percentages around 100, which is always in view; it may end below the greatest of them. */
export function scaleAround(values: readonly number[]): ValueScale {
  const least = values.reduce((a, b) => Math.min(a, b), 100);
  const most = values.reduce((a, b) => Math.max(a, b), 100);
  const pad = ((isFar(most) ? PANEL_END : most) - least || 100) * 0.04;
  const high = isFar(most) ? PANEL_END : most + pad;
  const range = [PANEL.height - PANEL.bottom, PANEL.top];
  const y = scaleLinear([Math.max(0, least - pad), high], range).nice(Y_TICKS);
  return { y, isLog: false, ticks: y.ticks(Y_TICKS) };
}

/** 1, 2 and 5 of each decade where there is room, else the decades alone. */
function logTicks(low: number, high: number): number[] {
  for (const steps of [[1, 2, 5], [1, 3], [1]]) {
    const ticks: number[] = [];
    for (let decade = Math.floor(Math.log10(low)); decade <= Math.log10(high); decade++) {
      // By text, because 10 ** -4 times 3 is not 0.0003.
      for (const step of steps) ticks.push(Number(`${step}e${decade}`));
    }
    const inside = ticks.filter((tick) => tick >= low && tick <= high);
    if (inside.length <= Y_TICKS + 1 || steps.length === 1) return inside;
  }
  return [];
}

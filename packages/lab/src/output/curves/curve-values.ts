// What a panel of curves shows: miss ratios, I/O time, or I/O time in percent of LRU's, which is known
// at every size whether LRU was asked for or not.

import type { CurveRow } from '../../curves/curve-result.ts';
import { finePercent, grouped, percent } from '../numbers.ts';
import type { CurveGroup } from './curve-groups.ts';

export type CurveMeasure = 'miss-ratio' | 'io-time' | 'io-time-of-lru';

export interface Value {
  readonly frames: number;
  readonly value: number;
  /** Standard error; 0 where the value is exact. */
  readonly error: number;
}

export const measureTitles: Readonly<Record<CurveMeasure, string>> = {
  'miss-ratio': 'miss ratio, %',
  'io-time': 'I/O time',
  'io-time-of-lru': 'I/O time, % of LRU',
};

export const LRU_PERCENT = 100;

/** Half the height of a band, in standard errors. */
const BAND_ERRORS = 2;

/** The rows of a policy; without those that have nothing to be compared with. */
export function pointsOf(group: CurveGroup, policy: string, measure: CurveMeasure): Value[] {
  return (group.rowsOf.get(policy) ?? []).flatMap((row) => {
    const { frames } = row;
    if (measure === 'miss-ratio') {
      return [{ frames, value: row.miss_ratio, error: row.miss_ratio_standard_error ?? 0 }];
    }
    const error = row.io_time_standard_error ?? 0;
    if (measure === 'io-time') return [{ frames, value: row.io_time, error }];
    const whole = lruIoTime(group, group.trace.lru.frames.indexOf(frames)) / LRU_PERCENT;
    return whole > 0 ? [{ frames, value: row.io_time / whole, error: error / whole }] : [];
  });
}

/** What the line goes through: LRU's knots between the first and the last size, others' rows. */
export function drawnOf(group: CurveGroup, policy: string, measure: CurveMeasure): Value[] {
  const rows: readonly CurveRow[] = group.rowsOf.get(policy) ?? [];
  if (policy !== 'lru' || rows.length === 0 || measure === 'io-time-of-lru') {
    return pointsOf(group, policy, measure);
  }
  const { lru } = group.trace;
  const [first, last] = [group.frameCounts[0]!, group.frameCounts.at(-1)!];
  return lru.frames.flatMap((frames, i) => {
    if (frames < first || frames > last) return [];
    const value =
      measure === 'miss-ratio' ? lru.faults[i]! / rows[0]!.references : lruIoTime(group, i);
    return [{ frames, value, error: 0 }];
  });
}

export function bandOf({ value, error }: Value): [low: number, high: number] {
  return [Math.max(0, value - BAND_ERRORS * error), value + BAND_ERRORS * error];
}

export function valueText(value: number, measure: CurveMeasure): string {
  if (measure === 'io-time') return grouped(value);
  return measure === 'miss-ratio'
    ? `${finePercent(value)} %`
    : `${percent(value / LRU_PERCENT)} % of LRU`;
}

function lruIoTime({ trace: { lru }, cost }: CurveGroup, knot: number): number {
  return lru.reads[knot]! * cost.readCost + lru.writebacks[knot]! * cost.writeCost;
}

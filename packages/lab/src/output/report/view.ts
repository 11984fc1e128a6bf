// What a panel can show: relative or absolute I/O time, with or without cold faults. Every view is
// drawn in advance and the page shows one, so that switching needs no drawing code in the browser.

import {
  boundOf,
  type Cold,
  clockIoTime,
  type Group,
  ioTime,
  type PolicyName,
  relativeToClock,
} from '../groups.ts';
import { grouped, percent } from '../numbers.ts';
import type { Mark } from './marks.ts';

export type Measure = 'relative' | 'absolute';

export interface View {
  readonly measure: Measure;
  readonly cold: Cold;
}

/** A policy with its look and its place in the result, which the page's script knows it by. */
export interface Curve {
  readonly index: number;
  readonly name: PolicyName;
  readonly mark: Mark;
}

export interface Point {
  readonly frames: number;
  /** In percent of CLOCK or in I/O time; null where CLOCK has none to compare with. */
  readonly value: number | null;
}

export function viewsOf(cold: boolean): View[] {
  const colds: readonly Cold[] = cold ? ['with', 'without'] : ['with'];
  return (['relative', 'absolute'] as const).flatMap((measure) =>
    colds.map((shown) => ({ measure, cold: shown })),
  );
}

export function curvePoints(group: Group, policy: string, { measure, cold }: View): Point[] {
  return group.frameCounts.map((frames) => {
    const row = group.rowsAt.get(frames)!.get(policy);
    if (row === undefined) return { frames, value: null };
    if (measure === 'absolute') return { frames, value: ioTime(row, cold) };
    const relative = relativeToClock(row, cold);
    return { frames, value: relative === null ? null : relative * 100 };
  });
}

/** Empty where no bound was asked for. */
export function boundPoints(group: Group, { measure, cold }: View): Point[] {
  const points = group.frameCounts.map((frames) => {
    const bound = boundOf(group.rowsAt.get(frames)!.values(), cold);
    if (bound === null) return { frames, value: null };
    if (measure === 'absolute') return { frames, value: bound.ioTime };
    return { frames, value: bound.relative === null ? null : bound.relative * 100 };
  });
  return points.some(({ value }) => value !== null) ? points : [];
}

/** CLOCK's line: 100 in relative views, its own I/O time otherwise. */
export function baselinePoints(group: Group, { measure, cold }: View): Point[] {
  return group.frameCounts.map((frames) => ({
    frames,
    value: measure === 'relative' ? 100 : clockIoTime(group.rowsAt.get(frames)!.values(), cold),
  }));
}

export function valueText(value: number | null, { measure }: View): string {
  if (value === null) return 'no value';
  return measure === 'relative' ? `${percent(value / 100)} %` : grouped(value);
}

/** Least and greatest of all values, 100 included where CLOCK is the measure. */
export function extent(groups: readonly Group[], curves: readonly Curve[], view: View) {
  const values = groups.flatMap((group) =>
    [
      ...curves.flatMap(({ name }) => curvePoints(group, name.policy, view)),
      ...boundPoints(group, view),
    ].flatMap(({ value }) => (value === null ? [] : [value])),
  );
  if (view.measure === 'relative') values.push(100);
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  return values.length === 0 ? { least: 0, most: 1 } : { least, most };
}

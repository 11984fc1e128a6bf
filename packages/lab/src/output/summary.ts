// The few lines under the table: what each policy saves on average against CLOCK and against CAR.

import type { SimResult } from '../result.ts';
import { averages, carAmong, type PolicyAverage, type Saving } from './averages.ts';
import { CLOCK, groupRows, hasColdReads } from './groups.ts';
import { printable } from './labels.ts';
import { counted, NO_NUMBER, percent } from './numbers.ts';
import { textTable } from './text-table.ts';

/** Ends with a line break; empty where no policy stands beside CLOCK or CAR. */
export function renderSummary(result: SimResult): string {
  const grouping = groupRows(result);
  const car = carAmong(grouping.policies);
  const cold = hasColdReads(result.rows);
  const lines: string[] = [];
  for (const { cost, policies } of averages(grouping)) {
    const compared = policies.filter(({ policy }) => policy !== CLOCK);
    const rows = compared
      .filter(({ overClock, overCar }) => overClock.with !== null || overCar.with !== null)
      .map((average) => cells(average, car, cold));
    if (rows.length === 0) continue;
    const columns = [
      { title: `  ${printable(cost.label)}`, align: 'left' } as const,
      { title: 'over CLOCK', align: 'right' } as const,
      ...(car === null ? [] : [{ title: `over ${carTitle(car)}`, align: 'right' } as const]),
    ];
    lines.push(...textTable(columns, rows));
  }
  if (lines.length === 0) return '';
  const points = grouping.groups.reduce(
    (most, { cost, frameCounts }) =>
      cost === grouping.groups[0]!.cost ? most + frameCounts.length : most,
    0,
  );
  const traces = new Set(grouping.groups.map(({ trace }) => trace)).size;
  const bracket = cold ? '; in brackets without cold faults' : '';
  return `${[
    `Average I/O time saved in %: mean of 1 - I/O time / baseline over ${counted(points, 'point')}`,
    `(${counted(traces, 'trace')}, each at its frame counts)${bracket}`,
    ...lines,
  ].join('\n')}\n`;
}

export function carTitle(car: string): string {
  return car === 'car' ? 'CAR' : printable(car);
}

function cells({ policy, overClock, overCar }: PolicyAverage, car: string | null, cold: boolean) {
  const cell = (pair: Readonly<Record<'with' | 'without', Saving | null>>): string => {
    const value = pair.with === null ? NO_NUMBER : percent(pair.with.mean);
    if (!cold) return value;
    const bracketed = pair.without === null ? NO_NUMBER : percent(pair.without.mean);
    return `${value} ${`(${bracketed})`.padStart(8)}`;
  };
  const overCarCell = policy === car ? NO_NUMBER + (cold ? ' '.repeat(9) : '') : cell(overCar);
  return [`    ${printable(policy)}`, cell(overClock), ...(car === null ? [] : [overCarCell])];
}

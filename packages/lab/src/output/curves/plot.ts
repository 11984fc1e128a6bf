// Miss ratios as a small plot of letters: enough to see the knees before opening the page. Both axes
// are logarithmic, since programs reach from one fault in ten references to one in a million.

import type { CurveRow } from '../../curves/curve-result.ts';
import { printable } from '../labels.ts';
import { finePercent, grouped } from '../numbers.ts';
import { pad } from '../text-table.ts';
import type { CurveGroup } from './curve-groups.ts';

const HEIGHT = 12;
const WIDTH_MAX = 72;
const WIDTH_MIN = 24;
const LRU = '·';

/** Lines of at most `width` letters. LRU's own curve is dotted; other policies are their letters. */
export function renderPlot(group: CurveGroup, width: number = WIDTH_MAX + 12): string[] {
  const { trace, frameCounts, rowsOf } = group;
  const { lru } = trace;
  const rows = [...rowsOf.values()].flat();
  const references = rows[0]!.references;
  const curve = lru.frames.map((frames, i) => [frames, lru.faults[i]! / references] as const);
  const ratios = [...curve.map(([, ratio]) => ratio), ...rows.map((row) => row.miss_ratio)];
  const positive = ratios.filter((ratio) => ratio > 0);
  if (positive.length === 0) return [];
  const [least, most] = [Math.min(...positive), Math.max(...positive)];
  const labels = [most, Math.sqrt(least * most), least].map((ratio) => `${finePercent(ratio)} %`);
  const margin = Math.max(...labels.map((label) => label.length));
  const columns = Math.max(WIDTH_MIN, Math.min(WIDTH_MAX, width - margin - 3));
  const [first, last] = [frameCounts[0]!, frameCounts.at(-1)!];
  const x = (frames: number): number =>
    Math.round(place(Math.log(frames), Math.log(first), Math.log(last)) * (columns - 1));
  const y = (ratio: number): number =>
    Math.round(place(-Math.log(ratio), -Math.log(most), -Math.log(least)) * (HEIGHT - 1));
  const cells = Array.from({ length: HEIGHT }, () => new Array<string>(columns).fill(' '));
  const set = (frames: number, ratio: number, letter: string): void => {
    if (ratio > 0 && frames >= first && frames <= last) cells[y(ratio)]![x(frames)] = letter;
  };
  for (const [frames, ratio] of curve) set(frames, ratio, LRU);
  const letters = lettersOf(rowsOf);
  for (const [policy, letter] of letters) {
    for (const row of rowsOf.get(policy)!) set(row.frames, row.miss_ratio, letter);
  }
  const label = new Map([0, (HEIGHT - 1) >> 1, HEIGHT - 1].map((line, i) => [line, labels[i]!]));
  const ends = `${grouped(first)}${pad(`${grouped(last)} frames`, columns - grouped(first).length, 'right')}`;
  const legend = [...letters].map(([policy, letter]) => `${letter} ${printable(policy)}`);
  return [
    ...cells.map((line, i) =>
      `  ${pad(label.get(i) ?? '', margin, 'right')} ${line.join('')}`.trimEnd(),
    ),
    `  ${' '.repeat(margin)} ${ends}`,
    `  ${' '.repeat(margin)} ${[`miss ratio: ${LRU} lru`, ...legend].join('  ')}`,
  ];
}

/** LRU is drawn by its whole curve and has no letter. */
function lettersOf(rowsOf: ReadonlyMap<string, readonly CurveRow[]>): Map<string, string> {
  const names = [...rowsOf.keys()].filter((policy) => policy !== 'lru');
  return new Map(names.map((policy, i) => [policy, String.fromCharCode(97 + (i % 26))]));
}

/** 0 at `from`, 1 at `to`; all in one place where there is no way between. */
function place(value: number, from: number, to: number): number {
  return to === from ? 0 : (value - from) / (to - from);
}

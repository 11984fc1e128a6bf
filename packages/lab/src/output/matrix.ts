// Relative I/O time as a matrix: policies down, frame counts across, folded into blocks that fit
// the terminal. Each block repeats the names, so that a line can be read without scrolling back.

import type { SimRow } from '../result.ts';
import {
  bestOf,
  boundOf,
  type Cold,
  clockIoTime,
  type Group,
  type PolicyName,
  relativeToClock,
} from './groups.ts';
import type { Ink } from './ink.ts';
import { printable } from './labels.ts';
import { compact, grouped, NO_NUMBER, percent } from './numbers.ts';
import { displayWidth, pad } from './text-table.ts';

/** With no width given: what fits a page and most windows. */
const WIDTH_DEFAULT = 100;

const CELL_GAP = 2;

interface Line {
  readonly name: string;
  readonly cells: readonly string[];
  readonly best: readonly boolean[];
  readonly faint: boolean;
}

export function renderMatrix(
  group: Group,
  policies: readonly PolicyName[],
  cold: boolean,
  width: number,
  ink: Ink,
): string[] {
  const views: readonly Cold[] = cold ? ['with', 'without'] : ['with'];
  return views.flatMap((view) => {
    const title = view === 'with' ? '% CLOCK at frames' : '% without cold';
    const lines = [
      ...policies.map(({ policy }) => policyLine(group, policy, view)),
      ...boundLine(group, view),
      ...(view === 'with' ? [clockLine(group)] : []),
    ];
    return fold(title, group.frameCounts.map(grouped), lines, width, ink);
  });
}

function policyLine({ frameCounts, rowsAt }: Group, policy: string, view: Cold): Line {
  const rows = frameCounts.map((frames) => rowsAt.get(frames)!.get(policy));
  const best = frameCounts.map((frames, index) => {
    const row = rows[index];
    return row !== undefined && bestOf(rowsAt.get(frames)!.values()).has(policy);
  });
  const cells = rows.map((row) =>
    row === undefined ? NO_NUMBER : percent(relativeToClock(row, view)),
  );
  return {
    name: printable(policy),
    cells: cells.map((cell, index) => (best[index] ? `*${cell}` : cell)),
    best,
    faint: false,
  };
}

function boundLine({ frameCounts, rowsAt }: Group, view: Cold): Line[] {
  const bounds = frameCounts.map((frames) => boundOf(rowsAt.get(frames)!.values(), view));
  if (bounds.every((bound) => bound === null)) return [];
  const cells = bounds.map((bound) => percent(bound?.relative ?? null));
  return [{ name: 'lower bound', cells, best: cells.map(() => false), faint: true }];
}

/** What 100 % is, so that the matrix does not hide how little may be at stake. */
function clockLine({ frameCounts, rowsAt }: Group): Line {
  const cells = frameCounts.map((frames) => {
    const rows: Iterable<SimRow> = rowsAt.get(frames)!.values();
    const time = clockIoTime(rows, 'with');
    return time === null ? NO_NUMBER : compact(time).replace(' ', '');
  });
  return { name: 'CLOCK, I/O time', cells, best: cells.map(() => false), faint: true };
}

function fold(
  title: string,
  heads: readonly string[],
  lines: readonly Line[],
  width: number,
  ink: Ink,
): string[] {
  const nameWidth = Math.max(...[title, ...lines.map(({ name }) => name)].map(displayWidth));
  const cellWidth = Math.max(
    ...[...heads, ...lines.flatMap(({ cells }) => cells)].map(displayWidth),
  );
  const room = (Number.isFinite(width) ? width : WIDTH_DEFAULT) - nameWidth;
  const fitting = Math.max(1, Math.floor(room / (cellWidth + CELL_GAP)));
  // Blocks of equal length read better than full ones and a remainder.
  const perBlock = Math.ceil(heads.length / Math.ceil(heads.length / fitting));
  const text: string[] = [];
  for (let start = 0; start < heads.length; start += perBlock) {
    const cut = (cells: readonly string[]): string[] =>
      cells
        .slice(start, start + perBlock)
        .map((cell) => ' '.repeat(CELL_GAP) + pad(cell, cellWidth, 'right'));
    text.push(ink.faint(pad(title, nameWidth, 'left') + cut(heads).join('')));
    for (const line of lines) {
      const cells = cut(line.cells).map((cell, index) =>
        line.best[start + index] ? ink.best(cell) : cell,
      );
      const whole = pad(line.name, nameWidth, 'left') + cells.join('');
      text.push(line.faint ? ink.faint(whole) : whole);
    }
  }
  return text;
}

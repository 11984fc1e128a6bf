// The job's time in each configuration: a point a round, so that nothing is hidden, and a stroke at
// the middle.

import { colourClass, coordinate, escaped, PANEL } from '@pagelend/lab';
import { configurations, type Regime } from '../experiment/plan.ts';
import type { RelocationResult } from '../experiment/result.ts';
import { medianOf } from '../experiment/statistics.ts';
import { axes, FLOOR, RIGHT, xScale, yScale } from './axes.ts';
import { configurationMarks } from './marks.ts';
import { regimeWords, seconds } from './words.ts';

const STROKE = 12;

export function timePanel({ rows }: RelocationResult, regime: Regime): string {
  const mine = rows.filter((row) => row.regime === regime && row.purpose === 'round');
  const shown = configurations.filter((one) => mine.some((row) => row.configuration === one));
  const y = yScale(mine.map(({ job_seconds }) => job_seconds));
  const x = xScale(-0.5, shown.length - 0.5);
  const columns = shown.map((configuration, index) => {
    const mark = configurationMarks[configuration];
    const times = mine
      .filter((row) => row.configuration === configuration)
      .map(({ job_seconds }) => job_seconds);
    const at = x(index);
    const points = times.map(
      (time) =>
        `<use href="#mark-${mark.marker}" x="${coordinate(at)}" y="${coordinate(y(time))}"><title>${escaped(configuration)}: ${seconds(time)} s</title></use>`,
    );
    const middle = medianOf(times);
    return (
      `<g class="series ${colourClass(mark)}" data-policy="${configurations.indexOf(configuration)}">` +
      `<path class="stem" d="M${coordinate(at - STROKE)} ${coordinate(y(middle))}h${2 * STROKE}"/>${points.join('')}</g>` +
      `<text class="tick" x="${coordinate(at)}" y="${FLOOR + 15}" text-anchor="middle">${configuration}</text>` +
      `<text class="tick value" x="${coordinate(Math.min(RIGHT, at + STROKE + 3))}" y="${coordinate(y(middle))}" dy=".34em">${seconds(middle)}</text>`
    );
  });
  const says = `The job's time in seconds, ${regimeWords[regime]}`;
  return (
    `<svg class="chart" viewBox="0 0 ${PANEL.width} ${PANEL.height}" role="img" aria-label="${escaped(says)}">` +
    axes({ scale: x, title: '', at: [] }, { scale: y, title: 'job, seconds' }) +
    `${columns.join('')}</svg>`
  );
}

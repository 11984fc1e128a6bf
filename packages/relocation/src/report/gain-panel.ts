// The gain over the size of the hog: measured with its spread, predicted from the pool, and the
// published number across.

import { colourClass, coordinate, dashAttribute, escaped, PANEL } from '@pagelend/lab';
import { line } from 'd3-shape';
import type { RelocationGain, RelocationResult } from '../experiment/result.ts';
import { axes, RIGHT, type Scale, xScale, yScale } from './axes.ts';
import { configurationMarks, predictedMark } from './marks.ts';
import { mebibytes, signedPercent } from './words.ts';

export function gainPanel({ gains, published }: RelocationResult): string {
  const clean = gains.filter(({ regime }) => regime === 'clean');
  const sizes = clean.map(({ hog_bytes }) => hog_bytes / 2 ** 20);
  const x = xScale(0, Math.max(...sizes) * 1.05);
  const y = yScale([
    published.gain_percent,
    ...clean.flatMap(({ measured_percent: { least, most } }) => [least, most]),
    ...clean.map(({ predicted_percent }) => predicted_percent.median),
  ]);
  const across = coordinate(y(published.gain_percent));
  const says = 'Gain in free memory over the size of the hog, measured and predicted';
  return (
    `<svg class="chart" viewBox="0 0 ${PANEL.width} ${PANEL.height}" role="img" aria-label="${escaped(says)}">` +
    axes(
      { scale: x, title: 'hog, MiB', at: sizes },
      { scale: y, title: 'more free memory with lent than with zram, %' },
    ) +
    `<path class="marked" d="M${PANEL.left} ${across}H${RIGHT}"/>` +
    `<text class="tick" x="${RIGHT}" y="${across}" dy="-.4em" text-anchor="end">published ${published.gain_percent} %</text>` +
    predictedLine(clean, x, y) +
    measuredPoints(clean, x, y) +
    '</svg>'
  );
}

function predictedLine(gains: readonly RelocationGain[], x: Scale, y: Scale): string {
  const drawn = line<RelocationGain>()
    .x(({ hog_bytes }) => x(hog_bytes / 2 ** 20))
    .y(({ predicted_percent }) => y(predicted_percent.median))
    .digits(1)([...gains]);
  return `<g class="series ${colourClass(predictedMark)}"><path class="curve" d="${drawn ?? ''}"${dashAttribute(predictedMark)}/></g>`;
}

function measuredPoints(gains: readonly RelocationGain[], x: Scale, y: Scale): string {
  const mark = configurationMarks.lent;
  const points = gains.map(({ hog_bytes, measured_percent: { median, least, most } }) => {
    const at = coordinate(x(hog_bytes / 2 ** 20));
    const title = `a hog of ${mebibytes(hog_bytes)}: ${signedPercent(median)} %`;
    return (
      `<path class="stem" d="M${at} ${coordinate(y(least))}V${coordinate(y(most))}"/>` +
      `<use href="#mark-${mark.marker}" x="${at}" y="${coordinate(y(median))}"><title>${escaped(title)}</title></use>`
    );
  });
  return `<g class="series ${colourClass(mark)}">${points.join('')}</g>`;
}

// The figures of the model's page: free pages over time, and the gain over one swept input.

import { colourClass, coordinate, dashAttribute, escaped, type Mark, PANEL } from '@pagelend/lab';
import { axes, RIGHT, xScale, yScale } from '../report/axes.ts';
import type { ModelResult, SchemeCurve } from './result.ts';
import { type Scheme, schemes } from './schemes.ts';
import type { SweepLine } from './sweep-lines.ts';

/** The looks that the measured experiment's page has, with flash where that has another lender. */
export const schemeMarks: Readonly<Record<Scheme, Mark>> = {
  lent: { colour: '0', marker: 0, dash: '' },
  zram: { colour: '1', marker: 1, dash: '7 3' },
  flash: { colour: '4', marker: 4, dash: '12 3' },
  disk: { colour: '2', marker: 2, dash: '2 2.5' },
  none: { colour: 'ink', marker: 8, dash: '' },
};

export const formulaMark: Mark = { colour: '7', marker: 2, dash: '7 3' };

/** Points of a curve that carry a marker. */
const MARKERS = 8;

/** Points of a curve over time; between two watermarks more of them would be a blot. */
const TIME_POINTS = 60;

/** Free pages of a busy guest over the job's time. Equal curves lie over each other. */
export function timePanel({ curves }: ModelResult, name: string): string {
  // Lent lies on top of what it is equal to.
  const whole = curves.filter((curve) => curve.case === name);
  const mine = whole
    .map(thinned)
    .sort((a, b) => schemes.indexOf(b.scheme) - schemes.indexOf(a.scheme));
  const x = xScale(0, Math.max(...whole.map(({ seconds }) => seconds.at(-1)!)));
  const y = yScale(mine.flatMap(({ free_pages }) => free_pages));
  const drawn = mine.map(({ scheme, seconds, free_pages }) => {
    const points = seconds.map((second, i) => [x(second), y(free_pages[i]!)] as const);
    return series(schemeMarks[scheme], schemes.indexOf(scheme), points, scheme);
  });
  const says = `Free pages of a busy guest over the job's time, case ${name}`;
  return chart(
    says,
    axes({ scale: x, title: 'seconds of the job' }, { scale: y, title: 'free pages' }),
    drawn,
  );
}

/** Means over stretches of equal length, each in its middle; a short curve as it is. */
function thinned(curve: SchemeCurve): TimeCurve {
  const { scheme, seconds, free_pages: pages } = curve;
  const length = Math.ceil(seconds.length / TIME_POINTS);
  const starts = seconds.flatMap((_, i) => (i % length === 0 ? [i] : []));
  const means = (values: readonly number[]): number[] =>
    starts.map((start) => {
      const stretch = values.slice(start, start + length);
      return stretch.reduce((sum, value) => sum + value, 0) / stretch.length;
    });
  return { scheme, seconds: means(seconds), free_pages: means(pages) };
}

type TimeCurve = Pick<SchemeCurve, 'scheme' | 'seconds' | 'free_pages'>;

/** The gain of lent over zram, by the model and by the formula; the published one as a line. */
export function gainPanel(
  lines: readonly SweepLine[],
  title: string,
  xOf: (line: SweepLine) => number,
  publishedPercent: number,
): string {
  const places = lines.map(xOf);
  const x = xScale(Math.min(...places), Math.max(...places));
  const values = lines.map(({ lent }) => lent.gain_percent ?? 0);
  const formula = lines.map(({ lent }) => lent.predicted_gain_percent ?? 0);
  const y = yScale([...values, ...formula, publishedPercent]);
  const at = coordinate(y(publishedPercent));
  const published =
    `<path class="marked" d="M${PANEL.left} ${at}H${RIGHT}"/>` +
    `<text class="tick" x="${RIGHT}" y="${at}" dy="-.4em" text-anchor="end">published: ${publishedPercent} %</text>`;
  return chart(
    `Gain in free pages over ${title}`,
    axes({ scale: x, title }, { scale: y, title: 'gain of lent over zram, %' }) + published,
    [
      series(
        formulaMark,
        -1,
        places.map((place, i) => [x(place), y(formula[i]!)]),
        'formula',
      ),
      series(
        schemeMarks.lent,
        schemes.indexOf('lent'),
        places.map((place, i) => [x(place), y(values[i]!)]),
        'model',
      ),
    ],
  );
}

function chart(says: string, frame: string, drawn: readonly string[]): string {
  return (
    `<svg class="chart" viewBox="0 0 ${PANEL.width} ${PANEL.height}" role="img" aria-label="${escaped(says)}">` +
    `${frame}${drawn.join('')}</svg>`
  );
}

function series(
  mark: Mark,
  index: number,
  points: readonly (readonly [number, number])[],
  name: string,
): string {
  const path = points.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${coordinate(x)} ${coordinate(y)}`);
  const every = Math.ceil(points.length / MARKERS);
  const marks = points
    .filter((_, i) => i % every === 0)
    .map(
      ([x, y]) => `<use href="#mark-${mark.marker}" x="${coordinate(x)}" y="${coordinate(y)}"/>`,
    );
  return (
    `<g class="series ${colourClass(mark)}" data-policy="${index}"><title>${escaped(name)}</title>` +
    `<path class="curve" d="${path.join('')}"${dashAttribute(mark)}/>${marks.join('')}</g>`
  );
}

// The comparison with real guests as text and as a section of the page: quantities down, sizes of the
// hog across, model below measured.

import { binaryBytes, counted, escaped, NO_NUMBER, scrolledTable, typeset } from '@pagelend/lab';
import { guestWords, pages, signedPages, signedPercent } from '../report/words.ts';
import type { Comparison, MeasuredComparison } from './compare.ts';

interface ComparisonLine {
  readonly title: string;
  readonly values: readonly string[];
  /** The first line of a quantity, which is the measured one. */
  readonly isFirst: boolean;
}

/** Below this, in points, two gains are shown as the same number. */
const GAIN_SEEN = 0.05;

export function comparisonLines(rows: readonly Comparison[]): ComparisonLine[] {
  const first = (title: string, say: (row: Comparison) => string): ComparisonLine => ({
    title: `${title}, measured`,
    values: rows.map(say),
    isFirst: true,
  });
  const more = (title: string, say: (row: Comparison) => string): ComparisonLine => ({
    title,
    values: rows.map(say),
    isFirst: false,
  });
  const hasOtherMemory = rows.some(
    (row) =>
      Math.abs(row.measured_gain_in_same_memory_percent - row.measured_gain_percent) > GAIN_SEEN,
  );
  return [
    first('free pages with zram', (row) => pages(row.measured_zram_free_pages)),
    more('by the model', (row) => pages(row.model_zram_free_pages)),
    more('apart, %', (row) => signedPercent(row.free_apart_percent)),
    first("pages of zram's pool", (row) => pages(row.measured_pool_pages)),
    more('by the model', (row) => pages(row.model_pool_pages)),
    more('apart, %', (row) => signedPercent(row.pool_apart_percent)),
    first('gain of lent over zram, %', (row) => signedPercent(row.measured_gain_percent)),
    ...(hasOtherMemory
      ? [
          more('had both guests as much memory', (row) =>
            signedPercent(row.measured_gain_in_same_memory_percent),
          ),
        ]
      : []),
    more('by the model', (row) => orNone(row.model_gain_percent, signedPercent)),
    more('apart, points', (row) => orNone(row.gain_apart_points, signedPercent)),
    first('gain in pages, job alike', (row) => orNone(row.measured_alike_gain_pages, signedPages)),
    more('by the model', (row) => signedPages(row.model_gain_pages)),
    more('apart, %', (row) => orNone(row.alike_gain_apart_percent, signedPercent)),
  ];
}

/** Whom the model stands beside, and what it took from them. */
export function measuredSays({ from, memory_bytes, rounds, ...setup }: MeasuredComparison): string {
  return (
    `Beside real guests of ${binaryBytes(memory_bytes)} (${guestWords(setup)}; ${counted(rounds, 'round')}; ${from}), a fixed amount swapped out. ` +
    "Kernel, page cache and job are taken from the runs with lent swap; zram's free pages, its pool and the gain are the model's. " +
    "Job alike: without what the job's own pages and page cache differed between two runs, which the model does not know."
  );
}

/** How far the two come out from each other, in one sentence. */
export function apartSays({ rows }: MeasuredComparison): string {
  const furthest = (of: (row: Comparison) => number): string =>
    Math.max(...rows.map((row) => Math.abs(of(row)))).toFixed(1);
  return (
    `Beside ${counted(rows.length, 'pair')} of real guests the model\u2019s pool is at most ${furthest((row) => row.pool_apart_percent)}\u00a0% off, ` +
    `and its free pages with zram at most ${furthest((row) => row.free_apart_percent)}\u00a0%.`
  );
}

export function measuredSection(measured: MeasuredComparison, tableNumber: number): string[] {
  const rows = comparisonLines(measured.rows).map(({ title, values, isFirst }) => {
    const cells = values.map((value) => `<td class="number">${typeset(value)}</td>`);
    const attributes = isFirst ? ' class="section"' : '';
    return `<tr${attributes}><th scope="row">${typographic(title)}</th>${cells.join('')}</tr>`;
  });
  const heads = measured.rows.map(
    ({ name }) => `<th scope="col" class="number">${escaped(name)}</th>`,
  );
  return [
    '<h2>Beside real guests</h2>',
    scrolledTable(
      'The model beside real guests',
      `<thead><tr><th scope="col"></th>${heads.join('')}</tr></thead><tbody>${rows.join('')}</tbody>`,
      'averages reproduction',
    ),
    `<p><b>Table ${tableNumber}.</b> ${typographic(measuredSays(measured))}</p>`,
  ];
}

function typographic(text: string): string {
  return escaped(text.replaceAll("'", '\u2019'));
}

function orNone(value: number | null, say: (value: number) => string): string {
  return value === null ? NO_NUMBER : say(value);
}

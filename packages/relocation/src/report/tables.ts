// The tables of the page: the gain beside the published one, all configurations, what the gain is
// made up of, and every run.

import { escaped, markSample, scrolledTable, typeset } from '@pagelend/lab';
import type { RelocationResult, Spread } from '../experiment/result.ts';
import { configurationMarks } from './marks.ts';
import { accountRows } from './text.ts';
import {
  configurationWords,
  mebibytes,
  pages,
  range,
  regimeWords,
  seconds,
  signedPercent,
} from './words.ts';

export function gainTable({ gains, published }: RelocationResult): string {
  const rows = gains.map((gain) => {
    const isClean = gain.regime === 'clean';
    return row(`${escaped(regimeWords[gain.regime])}, a hog of ${mebibytes(gain.hog_bytes)}`, [
      String(gain.pairs),
      spread(gain.measured_percent, signedPercent),
      spread(gain.measured_pages, pages),
      spread(gain.measured_before_job_pages, pages),
      isClean ? spread(gain.measured_alike_pages, pages) : '\u2013',
      isClean ? typeset(signedPercent(gain.predicted_percent.median)) : '\u2013',
      isClean ? typeset(signedPercent(gain.apart_percent)) : '\u2013',
      isClean ? typeset(signedPercent(gain.apart_before_job_percent)) : '\u2013',
      isClean ? typeset(signedPercent(gain.apart_alike_percent)) : '\u2013',
    ]);
  });
  const stated = `<tr class="published"><th scope="row">published</th><td class="number"></td><td class="number">+${published.gain_percent}</td>${'<td class="number"></td>'.repeat(7)}</tr>`;
  const heads = [
    ...['pairs of runs', 'measured, %', 'pages', 'before the job, pages', 'job alike, pages'],
    ...['predicted, %', 'apart, %', 'before the job, %', 'job alike, %'],
  ];
  return table('Gain in free memory', ['', ...heads], [stated, ...rows], 'averages reproduction');
}

export function summaryTable({ summaries }: RelocationResult): string {
  const rows = summaries.map((one, index) => {
    const isFirst = index > 0 && summaries[index - 1]!.regime !== one.regime;
    const name =
      `${markSample(configurationMarks[one.configuration])} ${escaped(configurationWords[one.configuration])}` +
      `<small>${regimeWords[one.regime]}</small>`;
    const cells = [
      String(one.rounds),
      spread(one.free_pages, pages),
      spread(one.job_seconds, seconds),
      spread(one.job_cpu_seconds, seconds),
      spread(one.swapped_out_pages, pages),
      spread(one.job_swapped_in_pages, pages),
      spread(one.file_pages, pages),
      one.used_pages === null ? '\u2013' : spread(one.used_pages, pages),
    ];
    return row(name, cells, isFirst ? ' class="section"' : '');
  });
  const heads = [
    'rounds',
    'free pages',
    'job, s',
    'processor, s',
    'pages swapped out',
    'in, during the job',
  ];
  return table(
    'All configurations',
    ['', ...heads, 'page cache, pages', 'taken by the store, pages'],
    rows,
    'averages reproduction',
  );
}

export function accountTable({ accounts }: RelocationResult): string {
  const clean = accounts.filter(({ regime }) => regime === 'clean');
  if (clean.length === 0) return '<p>The clean regime was not measured.</p>';
  const rows = accountRows(clean).map(([title, values]) => {
    const isSum = title.startsWith('predicted') || title.startsWith('measured');
    return row(
      isSum ? `<b>${escaped(title)}</b>` : escaped(title),
      values.map((value) => typeset(value === '' ? '-' : value)),
      isSum ? ' class="section"' : '',
    );
  });
  const heads = clean.map(({ hog_bytes }) => `hog of ${mebibytes(hog_bytes)}`);
  return table('What the gain is made up of', ['', ...heads], rows, 'facts');
}

export function runsTable({ rows: runs }: RelocationResult): string {
  const rows = runs.map((run) =>
    row(`${run.configuration}`, [
      run.regime,
      String(run.order),
      String(run.round),
      mebibytes(run.hog_bytes),
      pages(run.free_pages),
      seconds(run.job_seconds),
      pages(run.swapped_out_pages + run.job_swapped_out_pages),
      pages(run.job_swapped_in_pages),
      pages(run.pool_pages),
      run.used_bytes === null ? '\u2013' : pages(run.used_bytes / 4096),
      pages(run.hog_words_wrong + run.companion_words_wrong),
    ]),
  );
  const heads = [
    ...['regime', 'run', 'round', 'hog', 'free pages', 'job, s', 'pages out'],
    ...['pages in', 'pool in guest', 'store', 'wrong words'],
  ];
  return table('Every run', ['configuration', ...heads], rows, 'data');
}

function row(head: string, cells: readonly string[], attributes = ''): string {
  const numbers = cells.map((cell) => `<td class="number">${cell}</td>`).join('');
  return `<tr${attributes}><th scope="row">${head}</th>${numbers}</tr>`;
}

function table(
  label: string,
  heads: readonly string[],
  rows: readonly string[],
  kind: string,
): string {
  const titles = heads.map(
    (head, index) => `<th scope="col"${index === 0 ? '' : ' class="number"'}>${escaped(head)}</th>`,
  );
  return scrolledTable(
    label,
    `<thead><tr>${titles.join('')}</tr></thead><tbody>${rows.join('')}</tbody>`,
    kind,
  );
}

function spread(value: Spread, say: (value: number) => string): string {
  const ends = range(value, say);
  const small = ends === '' ? '' : `<small>${typesetRange(ends)}</small>`;
  return `${typeset(say(value.median))}${small}`;
}

function typesetRange(words: string): string {
  return words.replace(/(^| )-(?=\d)/g, '$1\u2212');
}

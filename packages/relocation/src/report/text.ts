// What `reproduce relocation` prints: the gain beside the published one, all configurations, what the
// gain is made up of, and what agrees.

import { counted, textTable } from '@pagelend/lab';
import type { RelocationAccount, RelocationResult, Spread } from '../experiment/result.ts';
import { memoryParts } from '../experiment/samples.ts';
import {
  configurationWords,
  guestWords,
  mebibytes,
  pages,
  range,
  regimeWords,
  seconds,
  signedPages,
  signedPercent,
} from './words.ts';

type Row = readonly string[];

/** Ends with a line break. */
export function renderRelocation(result: RelocationResult): string {
  const { setup } = result;
  return `${[
    `${result.says}, measured here on real guests`,
    `(${guestWords(setup)}; ${mebibytes(setup.memory_bytes)} of memory; job: ${setup.job}).`,
    '',
    'Free memory with lent swap over free memory with zram, in %; medians, least and greatest in brackets',
    ...gainLines(result),
    '',
    'Means over the job; medians of the rounds, least and greatest in brackets',
    ...summaryLines(result),
    '',
    'What the gain is made up of, in pages, a fixed amount swapped out',
    ...accountLines(result),
    '',
    'What the paper says, and what must hold, and in how many cases it was found',
    ...claimLines(result),
    ...failureLines(result),
  ].join('\n')}\n`;
}

function gainLines({ gains, published }: RelocationResult): string[] {
  const rows: Row[] = [
    ['  published', '', '', `+${published.gain_percent}`],
    ...gains.map((gain) => [
      `  ${regimeWords[gain.regime]}`,
      mebibytes(gain.hog_bytes),
      String(gain.pairs),
      ...bracketed(gain.measured_percent, signedPercent),
      ...(gain.regime === 'clean'
        ? [
            signedPercent(gain.predicted_percent.median),
            signedPercent(gain.apart_percent),
            signedPercent(gain.apart_before_job_percent),
            signedPercent(gain.apart_alike_percent),
          ]
        : []),
    ]),
  ];
  return table(
    ['', 'hog', 'pairs', 'measured', '', 'predicted', 'pages apart', 'before job', 'job alike'],
    rows,
    [0, 4],
  );
}

function summaryLines({ summaries }: RelocationResult): string[] {
  const rows = summaries.map(
    (one): Row => [
      `  ${regimeWords[one.regime]}, ${configurationWords[one.configuration]}`,
      ...bracketed(one.free_pages, pages),
      ...bracketed(one.job_seconds, seconds),
      seconds(one.job_cpu_seconds.median),
      pages(one.swapped_out_pages.median),
      pages(one.job_swapped_in_pages.median),
      one.used_pages === null ? '' : pages(one.used_pages.median),
    ],
  );
  const heads = [
    '',
    'free pages',
    '',
    'job, s',
    '',
    'processor, s',
    'pages out',
    'in during job',
    'pool, pages',
  ];
  return table(heads, rows, [0, 2, 4]);
}

function accountLines({ accounts }: RelocationResult): string[] {
  const clean = accounts.filter(({ regime }) => regime === 'clean');
  if (clean.length === 0) return ['  not measured'];
  const rows = accountRows(clean).map(([title, values]) => [`  ${title}`, ...values]);
  return table(['  hog', ...clean.map(({ hog_bytes }) => mebibytes(hog_bytes))], rows, [0]);
}

/** Title and a value for each account; what the page shows as well. */
export function accountRows(
  accounts: readonly RelocationAccount[],
): [title: string, values: string[]][] {
  const of = (say: (account: RelocationAccount) => string): string[] => accounts.map(say);
  const parts = Object.keys(accounts[0]!.other_parts) as (keyof RelocationAccount['other_parts'])[];
  return [
    ['pages swapped out', of((one) => pages(one.swapped_pages))],
    [
      "compressed, by the lender's counters",
      of(({ compressed_by_lender_pages: value }) => (value === null ? '' : pages(value))),
    ],
    ["compressed, by zram's counters", of((one) => pages(one.compressed_by_zram_pages))],
    ["what zram's allocator adds", of((one) => signedPages(one.allocator_pages))],
    ['predicted gain: the pool', of((one) => pages(one.pool_pages))],
    ...parts.map((part): [string, string[]] => [
      `less ${memoryParts[part]}`,
      of((one) => signedPages(one.other_parts[part])),
    ]),
    [
      '  of that zram’s table of slots, 16 bytes each (computed)',
      of((one) => signedPages(one.slot_table_pages)),
    ],
    ['less memory in all', of((one) => signedPages(-one.total_difference_pages))],
    ['measured gain in free pages', of((one) => pages(one.measured_pages))],
  ];
}

function claimLines({ claims }: RelocationResult): string[] {
  const rows = claims.map(
    ({ verdict, says, agreeing, cases }): Row => [
      `  ${verdict}`,
      `${agreeing} of ${cases.length}`,
      says,
    ],
  );
  return table(['', '', ''], rows, [0, 2]).slice(1);
}

function failureLines({ failures }: RelocationResult): string[] {
  if (failures.length === 0) return [];
  const lines = failures.map(
    ({ configuration, regime, round, message }) =>
      `  ${configuration}, ${regimeWords[regime]}, round ${round}: ${message}`,
  );
  return [
    '',
    `${counted(failures.length, 'run')} failed; the rest does not depend on them`,
    ...lines,
  ];
}

/** The middle, and beside it the ends in brackets. */
function bracketed(spread: Spread, say: (value: number) => string): [string, string] {
  const ends = range(spread, say);
  return [say(spread.median), ends === '' ? '' : `(${ends})`];
}

function table(heads: Row, rows: readonly Row[], left: readonly number[]): string[] {
  const columns = heads.map((title, index) => ({
    title,
    align: left.includes(index) ? ('left' as const) : ('right' as const),
  }));
  return textTable(columns, rows);
}

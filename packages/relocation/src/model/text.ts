// The model as text for a terminal: what was assumed first, then the paper's guests under every scheme,
// then what the sweeps say.

import { binaryBytes, grouped, NO_NUMBER, percent, textTable } from '@pagelend/lab';
import { wrapped, wrappedItem } from '../wrapped.ts';
import type { MeasuredComparison } from './compare.ts';
import { comparisonLines, measuredSays } from './measured-table.ts';
import type { CaseResult, ModelResult } from './result.ts';
import { type SweepLine, sweepLines } from './sweep-lines.ts';

export function renderModel(result: ModelResult): string {
  const { published, policy, trace, seed } = result;
  const lines = [
    ...wrapped(`${result.says}.`),
    '',
    `job: ${trace.name} (${grouped(trace.references)} references to ${grouped(trace.pages)} pages), policy ${policy}, seed ${seed}`,
    `the paper: ${published.gain_percent} % more free pages with swap compressed and lent than compressed in the guest`,
  ];
  for (const one of result.cases) lines.push('', ...caseLines(one));
  if (result.measured !== null) lines.push('', ...measuredLines(result.measured));
  for (const [sweep, rows] of sweepLines(result.rows)) {
    lines.push('', `${sweep} varied`, ...indented(sweepTable(rows)));
  }
  const hog = result.hog_of_published_bytes;
  if (hog !== null) {
    lines.push(
      '',
      `The published ${published.gain_percent} % is reached with a hog of ${binaryBytes(hog)} in these guests.`,
    );
  }
  lines.push('', 'Assumed:', ...result.assumptions.flatMap(wrappedItem));
  lines.push('Not modelled:', ...result.not_modelled.flatMap(wrappedItem));
  return `${lines.join('\n')}\n`;
}

function caseLines(one: CaseResult): string[] {
  const titles = [
    'scheme',
    'free pages',
    'least',
    'page cache',
    'swapped',
    'pool in guest',
    'at lender',
  ];
  const more = ['out', 'in', 'waiting, s'];
  const columns = [...titles, ...more].map((title, i) => ({
    title,
    align: i === 0 ? ('left' as const) : ('right' as const),
  }));
  const table = textTable(
    columns,
    one.schemes.map((row) => [
      row.scheme,
      row.is_out_of_memory ? `${pages(row.free_pages)}!` : pages(row.free_pages),
      pages(row.free_pages_least),
      pages(row.cache_pages),
      pages(row.swapped_pages),
      pages(row.guest_pool_pages),
      pages(row.lender_pool_pages),
      pages(row.swap_outs),
      pages(row.swap_ins),
      row.stall_seconds.toFixed(2),
    ]),
  );
  const out = one.schemes.some(({ is_out_of_memory }) => is_out_of_memory);
  const { balloon_free_pages: balloon, shared_free_pages: shared } = one.bounds;
  return [
    `${one.case}: ${grouped(one.guests)} guests of ${binaryBytes(one.memory_bytes)}, ${one.busy_guests} busy, hog ${binaryBytes(one.hog_bytes)} of ${one.hog_content}`,
    ...indented(table),
    ...(out ? ['  ! out of memory: the kernel would have killed a process'] : []),
    one.gain_percent === null
      ? '  lent over zram: none, memory ran out'
      : `  lent over zram: ${signed(one.gain_percent)} %; ${formulaSays(one)}`,
    `  host: ${grouped(Math.round(one.host_gain_pages))} pages, the lender and its fixed memory charged`,
    `  bounds without swap, pages a guest: ${pages(balloon)} free if moved between guests, ${pages(shared)} if equal pages were merged too`,
  ];
}

function measuredLines(measured: MeasuredComparison): string[] {
  const titles = ['', ...measured.rows.map(({ name }) => name)];
  const table = textTable(
    titles.map((title, i) => ({ title, align: i === 0 ? 'left' : 'right' })),
    comparisonLines(measured.rows).map(({ title, values, isFirst }) => [
      isFirst ? title : `  ${title}`,
      ...values,
    ]),
  );
  return [...wrapped(measuredSays(measured)), ...indented(table)];
}

function formulaSays({ predicted_gain_percent: predicted }: CaseResult): string {
  return predicted === null
    ? "free pages stand at the kernel's watermarks, wherever pages go"
    : `by swapped × compressed share ÷ free pages: ${signed(predicted)} %`;
}

function sweepTable(rows: readonly SweepLine[]): string[] {
  const titles = [
    '',
    'zram free',
    'lent free',
    'gain, %',
    'formula, %',
    'at lender',
    'host, pages',
  ];
  return textTable(
    titles.map((title, i) => ({ title, align: i === 0 ? 'left' : 'right' })),
    rows.map(({ value, lent, zram }) => [
      value,
      pages(zram.free_pages),
      pages(lent.free_pages),
      signed(lent.gain_percent),
      signed(lent.predicted_gain_percent),
      pages(lent.lender_pool_pages),
      grouped(Math.round(lent.host_gain_pages)),
    ]),
  );
}

function pages(value: number): string {
  return grouped(Math.round(value));
}

function signed(value: number | null): string {
  if (value === null) return NO_NUMBER;
  return `${value > 0 ? '+' : ''}${percent(value / 100)}`;
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

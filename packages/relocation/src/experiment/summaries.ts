// From runs to what the tables show: rounds of a configuration together, lent beside zram, and what
// the gain in free pages is made up of.

import { meanOf } from '../mean.ts';
import { type Configuration, configurations, PAGE_BYTES, type Regime, regimes } from './plan.ts';
import type {
  RelocationAccount,
  RelocationGain,
  RelocationRow,
  RelocationSummary,
} from './result.ts';
import { type MemoryPart, memoryPartNames } from './samples.ts';
import { spreadOf } from './statistics.ts';

/** Each configuration of the rounds; the sweep's runs are seen in the gains. */
export function summariesOf(rows: readonly RelocationRow[]): RelocationSummary[] {
  return regimes.flatMap((regime) =>
    configurations.flatMap((configuration): RelocationSummary[] => {
      const mine = rows.filter(
        (row) =>
          row.regime === regime && row.configuration === configuration && row.purpose === 'round',
      );
      return mine.length === 0 ? [] : [summaryOf(mine, regime, configuration)];
    }),
  );
}

function summaryOf(
  rows: readonly RelocationRow[],
  regime: Regime,
  configuration: Configuration,
): RelocationSummary {
  const spread = (value: (row: RelocationRow) => number) => spreadOf(rows.map(value));
  const used = rows.map(({ used_bytes }) => used_bytes).filter((bytes) => bytes !== null);
  return {
    regime,
    configuration,
    hog_bytes: rows[0]!.hog_bytes,
    rounds: rows.length,
    free_pages: spread((row) => row.free_pages),
    job_seconds: spread((row) => row.job_seconds),
    job_cpu_seconds: spread((row) => row.job_cpu_seconds),
    file_pages: spread((row) => row.file_pages),
    swapped_out_pages: spread((row) => row.swapped_out_pages + row.job_swapped_out_pages),
    job_swapped_in_pages: spread((row) => row.job_swapped_in_pages),
    used_pages: used.length === 0 ? null : spreadOf(used.map((bytes) => bytes / PAGE_BYTES)),
  };
}

/** A run with lent and one with zram that differ in nothing else. */
export interface Pair {
  readonly lent: RelocationRow;
  readonly zram: RelocationRow;
}

/** Pairs by regime and hog size, sizes ascending. */
export function pairsOf(rows: readonly RelocationRow[]): Pair[][] {
  return regimes.flatMap((regime) => {
    const mine = rows.filter((row) => row.regime === regime);
    const sizes = [...new Set(mine.map(({ hog_bytes }) => hog_bytes))].sort((a, b) => a - b);
    return sizes
      .map((bytes) => {
        const ofSize = mine.filter(({ hog_bytes }) => hog_bytes === bytes);
        const lents = ofSize.filter(({ configuration }) => configuration === 'lent');
        return lents.flatMap((lent): Pair[] => {
          const zram = ofSize.find(
            ({ configuration, round, purpose }) =>
              configuration === 'zram' && round === lent.round && purpose === lent.purpose,
          );
          return zram === undefined ? [] : [{ lent, zram }];
        });
      })
      .filter((pairs) => pairs.length > 0);
  });
}

export function gainsOf(rows: readonly RelocationRow[]): RelocationGain[] {
  return pairsOf(rows).map((pairs) => {
    const measured = pairs.map(({ lent, zram }) => lent.free_pages - zram.free_pages);
    const before = pairs.map(
      ({ lent, zram }) => lent.free_pages_before_job - zram.free_pages_before_job,
    );
    const alike = pairs.map(({ lent, zram }) => withJob(lent) - withJob(zram));
    const predicted = pairs.map(({ zram }) => zram.pool_pages);
    const share = (pages: readonly number[]): number[] =>
      pages.map((value, index) => (100 * value) / pairs[index]!.zram.free_pages);
    const [measuredPages, predictedPages] = [spreadOf(measured), spreadOf(predicted)];
    const beforePages = spreadOf(before);
    const alikePages = spreadOf(alike);
    return {
      regime: pairs[0]!.zram.regime,
      hog_bytes: pairs[0]!.zram.hog_bytes,
      pairs: pairs.length,
      measured_percent: spreadOf(share(measured)),
      measured_pages: measuredPages,
      measured_before_job_pages: beforePages,
      measured_alike_pages: alikePages,
      predicted_percent: spreadOf(share(predicted)),
      predicted_pages: predictedPages,
      apart_percent: apart(measuredPages.median, predictedPages.median),
      apart_before_job_percent: apart(beforePages.median, predictedPages.median),
      apart_alike_percent: apart(alikePages.median, predictedPages.median),
    };
  });
}

/** Free pages and those that the job has, so that it does not matter which of the two a page is. */
function withJob({ free_pages, anonymous_pages, file_pages }: RelocationRow): number {
  return free_pages + anonymous_pages + file_pages;
}

/** In percent of what was measured. */
function apart(measured: number, predicted: number): number {
  return (100 * (measured - predicted)) / Math.abs(measured);
}

/** zram's table of slots of a 64-bit kernel. */
const SLOT_BYTES = 16;

/** `swapBytes` is the size of zram's disk. */
export function accountsOf(rows: readonly RelocationRow[], swapBytes: number): RelocationAccount[] {
  const slotTablePages = ((swapBytes / PAGE_BYTES) * SLOT_BYTES) / PAGE_BYTES;
  return pairsOf(rows).map((pairs) => ({
    ...accountOf(pairs),
    slot_table_pages: slotTablePages,
  }));
}

const otherParts = memoryPartNames.filter(
  (part): part is Exclude<MemoryPart, 'free' | 'pool'> => part !== 'free' && part !== 'pool',
);

function accountOf(pairs: readonly Pair[]): Omit<RelocationAccount, 'slot_table_pages'> {
  const mean = (value: (pair: Pair) => number): number => meanOf(pairs.map(value));
  const compressed = mean(({ zram }) => (zram.compressed_bytes ?? 0) / PAGE_BYTES);
  const pool = mean(({ zram }) => zram.pool_pages);
  const ratios = pairs
    .filter(({ lent }) => (lent.stored_bytes ?? 0) > 0)
    .map(({ lent }) => (lent.compressed_bytes ?? 0) / lent.stored_bytes!);
  const swapped = mean(({ zram }) => (zram.stored_bytes ?? 0) / PAGE_BYTES);
  return {
    regime: pairs[0]!.zram.regime,
    hog_bytes: pairs[0]!.zram.hog_bytes,
    pairs: pairs.length,
    swapped_pages: swapped,
    compressed_by_lender_pages: ratios.length === 0 ? null : swapped * meanOf(ratios),
    compressed_by_zram_pages: compressed,
    allocator_pages: pool - compressed,
    pool_pages: pool,
    other_parts: Object.fromEntries(
      otherParts.map((part) => [
        part,
        mean(({ lent, zram }) => zram[`${part}_pages`] - lent[`${part}_pages`]),
      ]),
    ) as RelocationAccount['other_parts'],
    total_difference_pages: mean(({ lent, zram }) => zram.total_pages - lent.total_pages),
    measured_pages: mean(({ lent, zram }) => lent.free_pages - zram.free_pages),
  };
}

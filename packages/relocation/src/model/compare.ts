// The model held against measurements of real guests: the same guests run through the model, and how
// far apart the two come out. What does not depend on the scheme (kernel, job, page cache) is taken
// from the measured run whose swap lies outside of the guest; zram's free pages and pool are then
// predicted. Only the clean regime can be held so: under pressure free pages stand at the watermarks.

import { RelocationError } from '../errors.ts';
import type { MeasuredPair, Measurement } from './measurement.ts';
import { defaultCase, type ModelCase, PAGE_BYTES, pagesOf } from './model-case.ts';
import type { CaseResult, ModelResult } from './result.ts';

export interface Comparison {
  readonly name: string;
  readonly measured_zram_free_pages: number;
  readonly model_zram_free_pages: number;
  /** Model over measured, less 1. */
  readonly free_apart_percent: number;
  readonly measured_pool_pages: number;
  readonly model_pool_pages: number;
  readonly pool_apart_percent: number;
  readonly measured_gain_percent: number;
  /** The same had both runs had as much memory. */
  readonly measured_gain_in_same_memory_percent: number;
  /** Null where the model ran out of memory. */
  readonly model_gain_percent: number | null;
  /** Model less measured in the same memory. */
  readonly gain_apart_points: number | null;
  /** Less what the job's own pages differed between the two runs; a median over the rounds. */
  readonly measured_alike_gain_pages: number | null;
  readonly model_gain_pages: number;
  readonly alike_gain_apart_percent: number | null;
}

/** Model and measurement side by side, as part of the model's result. */
export interface MeasuredComparison {
  readonly from: string;
  readonly guest_kind: string;
  readonly guest_kernel: string;
  readonly memory_bytes: number;
  readonly rounds: number;
  readonly rows: readonly Comparison[];
}

/** The cases of the model that stand for measured pairs, for `ModelPlan.cases`. */
export function casesLike(pairs: readonly MeasuredPair[]): ModelCase[] {
  return pairs.map((pair) => {
    const hogPages = pagesOf(pair.hogBytes);
    const swapped = Math.min(pair.swappedPages, hogPages);
    const others = pair.lentTotalPages - pair.lentFreePages - (hogPages - swapped);
    return {
      ...defaultCase,
      name: pair.name,
      guests: 1,
      busyGuests: 1,
      memoryBytes: Math.round(pair.totalPages) * PAGE_BYTES,
      hogBytes: pair.hogBytes,
      swappedShare: swapped / hogPages,
      hogContent: pair.content,
      kernelBytes: Math.round(others) * PAGE_BYTES,
      // All of it stands in `kernelBytes`, as a mean over the job.
      cacheBytes: 0,
      cacheFloorBytes: 0,
      fileBytes: 0,
      jobBytes: 0,
      jobRuns: 1,
      swapBytes: pair.hogBytes,
      zsmalloc: pair.zsmalloc,
    };
  });
}

/** Model beside measurement; throws where the model has no case of a pair's name. */
export function compareWithMeasured(
  { cases }: Pick<ModelResult, 'cases'>,
  pairs: readonly MeasuredPair[],
): Comparison[] {
  return pairs.map((pair) => {
    const found = cases.find((one) => one.case === pair.name);
    const zram = found?.schemes.find(({ scheme }) => scheme === 'zram');
    if (found === undefined || zram === undefined) {
      throw new RelocationError('RELOCATION_MEASURED', `the model ran no case '${pair.name}'`);
    }
    const measuredGain = (100 * (pair.lentFreePages - pair.zramFreePages)) / pair.zramFreePages;
    const moreMemory = pair.totalPages - pair.lentTotalPages;
    const sameGain = measuredGain + (100 * moreMemory) / pair.zramFreePages;
    const { gain_percent: modelGain, gain_pages: modelGainPages } = found;
    const alike = pair.alikeGainPages;
    return {
      name: pair.name,
      measured_zram_free_pages: pair.zramFreePages,
      model_zram_free_pages: zram.free_pages,
      free_apart_percent: apart(zram.free_pages, pair.zramFreePages),
      measured_pool_pages: pair.zramPoolPages,
      model_pool_pages: zram.guest_pool_pages,
      pool_apart_percent: apart(zram.guest_pool_pages, pair.zramPoolPages),
      measured_gain_percent: measuredGain,
      measured_gain_in_same_memory_percent: sameGain,
      model_gain_percent: modelGain,
      gain_apart_points: modelGain === null ? null : modelGain - sameGain,
      measured_alike_gain_pages: alike,
      model_gain_pages: modelGainPages,
      alike_gain_apart_percent: alike === null ? null : apart(modelGainPages, alike),
    };
  });
}

/** The section of the result, from the cases that `casesLike` made. */
export function comparisonOf(
  measurement: Measurement,
  cases: readonly CaseResult[],
): MeasuredComparison {
  const { from, guestKind, guestKernel, memoryBytes, rounds, pairs } = measurement;
  return {
    from,
    guest_kind: guestKind,
    guest_kernel: guestKernel,
    memory_bytes: memoryBytes,
    rounds,
    rows: compareWithMeasured({ cases }, pairs),
  };
}

function apart(model: number, measured: number): number {
  return 100 * (model / measured - 1);
}

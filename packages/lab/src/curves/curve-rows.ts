// From counts to rows: reads and I/O time under each cost pair, with the errors of what is estimated.

import type { CostPair } from '../media.ts';
import type { ColdRead } from '../result.ts';
import type { CurveRow, CurveSampling, LruKnots } from './curve-result.ts';
import {
  type Estimate,
  lruTransfers,
  meanOf,
  standardErrorOf,
  type Transfers,
} from './estimate.ts';
import type { LruCurve } from './lru-curve.ts';
import type { SamplingRule } from './sampling-rule.ts';

export interface RowSettings {
  readonly trace: string;
  readonly policy: string;
  readonly observes: string;
  readonly frames: number;
  readonly costs: CostPair;
  readonly coldRead: ColdRead;
}

/** `curve` gives what is the same for all policies: references and first touches. */
export function curveRow(
  { trace, policy, observes, frames, costs, coldRead }: RowSettings,
  counted: Transfers | Estimate,
  curve: LruCurve,
): CurveRow {
  const { references, coldFaults } = curve;
  const cold = coldReads(curve, coldRead);
  const bySeed = 'bySeed' in counted ? counted.bySeed : null;
  const warmFaults = Math.round(counted.warmFaults);
  const writebacks = Math.round(counted.writebacks);
  const reads = cold + warmFaults;
  const error = (of: (transfers: Transfers) => number): number | null =>
    bySeed === null ? null : standardErrorOf(bySeed.map(of));
  const faultsError = error((sample) => sample.warmFaults);
  return {
    trace,
    policy,
    observes,
    frames,
    medium: costs.medium,
    read_cost: costs.read,
    write_cost: costs.write,
    references,
    faults: coldFaults + warmFaults,
    cold_faults: coldFaults,
    reads,
    writebacks,
    miss_ratio: (coldFaults + warmFaults) / references,
    io_time: reads * costs.read + writebacks * costs.write,
    exact: bySeed === null,
    faults_standard_error: faultsError,
    writebacks_standard_error: error((sample) => sample.writebacks),
    miss_ratio_standard_error: faultsError === null ? null : faultsError / references,
    io_time_standard_error: error(
      (sample) => sample.warmFaults * costs.read + sample.writebacks * costs.write,
    ),
  };
}

export function lruKnots(curve: LruCurve, frames: readonly number[], coldRead: ColdRead): LruKnots {
  const warm = frames.map((count) => curve.warmFaultsAt(count));
  const cold = coldReads(curve, coldRead);
  return {
    frames,
    faults: warm.map((count) => count + curve.coldFaults),
    reads: warm.map((count) => count + cold),
    writebacks: frames.map((count) => curve.writebacksAt(count)),
  };
}

/** How far the samples are from LRU's curve, which is known: a check that needs no simulation. */
export function samplingCheck(
  rule: SamplingRule,
  lru: ReadonlyMap<number, Estimate>,
  curve: LruCurve,
): CurveSampling {
  const misses: number[] = [];
  const relative: number[] = [];
  let within = 0;
  for (const [frames, estimate] of lru) {
    const exact = lruTransfers(curve, frames);
    const miss = Math.abs(estimate.warmFaults - exact.warmFaults);
    const all = curve.coldFaults + exact.warmFaults + exact.writebacks;
    const off = estimate.warmFaults + estimate.writebacks - exact.warmFaults - exact.writebacks;
    misses.push(miss / curve.references);
    // Nothing transferred is estimated as nothing: no page of a sample is transferred either.
    relative.push(all === 0 ? 0 : Math.abs(off) / all);
    if (miss <= 2 * standardErrorOf(estimate.bySeed.map(({ warmFaults }) => warmFaults))) within++;
  }
  return {
    sampled_pages: rule.sampledPages,
    sample_rate: rule.rate,
    seeds: rule.seeds,
    sizes: lru.size,
    lru_miss_ratio_mean_absolute_error: meanOf(misses),
    lru_transfers_mean_relative_error: meanOf(relative),
    lru_faults_within_two_standard_errors: within / lru.size,
  };
}

function coldReads({ coldFaults, coldWriteFaults }: LruCurve, coldRead: ColdRead): number {
  if (coldRead === 'none') return 0;
  return coldRead === 'all' ? coldFaults : coldFaults - coldWriteFaults;
}

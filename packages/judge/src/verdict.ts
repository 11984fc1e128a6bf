// What the shadows of a lease say, as plain data. Where they do not know, they say so: `unknown`
// names the reason, and no number stands beside it.
//
// A lease is judged as if its part of the pool were a pool of its own, which it is where the pool is
// divided; where leases share it freely, their parts follow their demands and this is an estimate.

import { type Estimate, ratioOf, sumOf, totalOf } from './jackknife.ts';
import type { LeaseJudge } from './lease-judge.ts';
import { EVENTS_MIN } from './settings.ts';

export type Unknown = 'warming-up' | 'too-coarse' | 'too-few-events';

/** The pool's own policy with so much memory; per thousand references of the guest. */
export interface CurvePoint {
  readonly size: number;
  readonly bytes: number;
  readonly unknown: Unknown | null;
  /** References that found their page not in memory, of all; written pages are never read for that. */
  readonly faultRatio: number | null;
  readonly deviceReads: number | null;
  readonly deviceReadsError: number | null;
  readonly deviceWrites: number | null;
  readonly deviceWritesError: number | null;
  readonly deviceMicroseconds: number | null;
}

/** With so much more memory; errors are standard errors of the percentages. */
export interface MoreMemory {
  readonly bytes: number;
  readonly unknown: Unknown | null;
  readonly fewerFaultsPercent: number | null;
  readonly fewerFaultsError: number | null;
}

/** With another policy and the same memory. A number below 0 says that it does worse. */
export interface OtherPolicy {
  readonly policy: string;
  readonly unknown: Unknown | null;
  readonly fewerWritesPercent: number | null;
  readonly fewerWritesError: number | null;
  readonly fewerReadsPercent: number | null;
  readonly fewerReadsError: number | null;
  readonly lessDeviceTimePercent: number | null;
  readonly lessDeviceTimeError: number | null;
}

export interface LeaseVerdict {
  readonly lease: number;
  readonly policy: string;
  readonly residentBytes: number;
  /** Of the lease since the judge knows it, and of them those that the curve is about, faded. */
  readonly references: number;
  readonly windowReferences: number;
  readonly sampledPages: number;
  /** The share of pages that is in the sample. */
  readonly rate: number;
  /** Independent parts of the sample that errors come from; 1 where all is counted and none is. */
  readonly subsamples: number;
  readonly curve: readonly CurvePoint[];
  readonly moreMemory: readonly MoreMemory[];
  readonly otherPolicies: readonly OtherPolicy[];
}

export function verdictOf(judge: LeaseJudge): LeaseVerdict {
  judge.drain();
  const { plan } = judge;
  const figures = plan.shadows.map((_, shadow) => figuresOf(judge, shadow));
  const base = figures[plan.base]!;
  const firstOther = plan.sizes.length;
  return {
    lease: judge.lease,
    policy: plan.own.asked,
    residentBytes: judge.residentBytes,
    references: Math.round(judge.estimatedReferences() * judge.referenceScale),
    windowReferences: Math.round(windowReferences(judge)),
    sampledPages: judge.sampledPages,
    rate: 1 / 2 ** judge.shift,
    subsamples: Math.max(1, judge.groups.length),
    curve: plan.sizes.map((size, i) => curvePoint(judge, size, figures[i]!)),
    moreMemory: plan.sizes.flatMap((size, i) =>
      size > 1 ? [moreMemory(judge, size, base, figures[i]!)] : [],
    ),
    otherPolicies: plan.shadows
      .slice(firstOther)
      .map(({ policy }, i) => otherPolicy(policy.asked, base, figures[firstOther + i]!)),
  };
}

/** What one shadow counted in each group, in references of the whole. */
interface Figures {
  readonly unknown: 'warming-up' | 'too-coarse' | null;
  readonly reads: readonly number[];
  readonly writeFaults: readonly number[];
  readonly writes: readonly number[];
  readonly microseconds: readonly number[];
  /** What one sampled event counts for. */
  readonly weight: number;
}

function figuresOf(judge: LeaseJudge, shadow: number): Figures {
  const { windows, plan, shift } = judge;
  const { costs } = plan;
  const reads = windows.map((window) => window.readFaults(shadow));
  const writes = windows.map((window) => window.deviceWrites(shadow));
  return {
    unknown: judge.unknownOf(shadow),
    reads,
    writeFaults: windows.map((window) => window.writeFaults(shadow)),
    writes,
    microseconds: reads.map((read, i) => read * costs.read + writes[i]! * costs.write),
    weight: 2 ** shift,
  };
}

function windowReferences(judge: LeaseJudge): number {
  return sumOf(judge.windows.map(({ references }) => references)) * judge.referenceScale;
}

function curvePoint(judge: LeaseJudge, size: number, figures: Figures): CurvePoint {
  const bytes = Math.round(judge.residentBytes * size);
  const references = windowReferences(judge);
  const unknown = figures.unknown ?? (references < EVENTS_MIN * figures.weight ? FEW : null);
  if (unknown !== null) {
    return {
      size,
      bytes,
      unknown,
      faultRatio: null,
      deviceReads: null,
      deviceReadsError: null,
      deviceWrites: null,
      deviceWritesError: null,
      deviceMicroseconds: null,
    };
  }
  const perThousand = 1000 / references;
  const reads = totalOf(figures.reads, perThousand);
  const writes = totalOf(figures.writes, perThousand);
  return {
    size,
    bytes,
    unknown,
    faultRatio: (sumOf(figures.reads) + sumOf(figures.writeFaults)) / references,
    deviceReads: reads.value,
    deviceReadsError: reads.standardError,
    deviceWrites: writes.value,
    deviceWritesError: writes.standardError,
    deviceMicroseconds: sumOf(figures.microseconds) * perThousand,
  };
}

const FEW: Unknown = 'too-few-events';

function moreMemory(judge: LeaseJudge, size: number, base: Figures, more: Figures): MoreMemory {
  const fewer = savedPercent(base, more, base.reads, more.reads, base.reads);
  return {
    bytes: Math.round(judge.residentBytes * (size - 1)),
    unknown: base.unknown ?? more.unknown ?? (fewer === null ? FEW : null),
    fewerFaultsPercent: fewer?.value ?? null,
    fewerFaultsError: fewer?.standardError ?? null,
  };
}

function otherPolicy(policy: string, base: Figures, other: Figures): OtherPolicy {
  const writes = savedPercent(base, other, base.writes, other.writes, base.writes);
  const reads = savedPercent(base, other, base.reads, other.reads, base.reads);
  const events = [...base.reads, ...base.writes];
  const time = savedPercent(base, other, base.microseconds, other.microseconds, events);
  return {
    policy,
    unknown: base.unknown ?? other.unknown ?? (time === null ? FEW : null),
    fewerWritesPercent: writes?.value ?? null,
    fewerWritesError: writes?.standardError ?? null,
    fewerReadsPercent: reads?.value ?? null,
    fewerReadsError: reads?.standardError ?? null,
    lessDeviceTimePercent: time?.value ?? null,
    lessDeviceTimeError: time?.standardError ?? null,
  };
}

/** How much less `now` is than `before`; null where fewer than EVENTS_MIN sampled `events` tell. */
function savedPercent(
  base: Figures,
  other: Figures,
  before: readonly number[],
  now: readonly number[],
  events: readonly number[],
): Estimate | null {
  if (base.unknown !== null || other.unknown !== null) return null;
  if (sumOf(events) < EVENTS_MIN * base.weight || sumOf(before) <= 0) return null;
  const { value, standardError } = ratioOf(now, before);
  return { value: 100 * (1 - value), standardError: 100 * standardError };
}

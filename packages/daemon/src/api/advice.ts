// What the judge says of each lease: with so much more memory it would fault so much less, and with
// another policy the device would do so much less.

import type { CurvePoint, LeaseVerdict, MoreMemory, OtherPolicy, Unknown } from '@pagelend/judge';
import type { Hono } from 'hono';
import { DaemonError } from '../errors.ts';
import type { DaemonFacts } from './facts.ts';

export interface AdviceJson {
  schema: 'pagelend.advice/1';
  leases: LeaseAdviceJson[];
}

export interface LeaseAdviceJson {
  name: string;
  policy: string;
  /** Memory that it has now, which everything is compared with. */
  resident_bytes: number;
  references: number;
  /** The share of its pages that is looked at. */
  sample_rate: number;
  sampled_pages: number;
  more_memory: MoreMemoryJson[];
  other_policies: OtherPolicyJson[];
  curve: CurvePointJson[];
}

/** Numbers are null where `unknown` says why; errors are standard errors. */
export interface MoreMemoryJson {
  bytes: number;
  unknown: Unknown | null;
  fewer_faults_percent: number | null;
  fewer_faults_error: number | null;
}

export interface OtherPolicyJson {
  policy: string;
  unknown: Unknown | null;
  fewer_writes_percent: number | null;
  fewer_writes_error: number | null;
  fewer_reads_percent: number | null;
  fewer_reads_error: number | null;
  less_device_time_percent: number | null;
  less_device_time_error: number | null;
}

/** Per thousand references of the guest. */
export interface CurvePointJson {
  bytes: number;
  unknown: Unknown | null;
  fault_ratio: number | null;
  device_reads: number | null;
  device_writes: number | null;
  device_us: number | null;
}

export function addAdvice(app: Hono, facts: DaemonFacts): void {
  app.get('/v1/advice', async (context) => {
    const { judge, lender } = facts;
    if (judge === null) {
      throw new DaemonError(
        'DAEMON_NO_TIER',
        'there is nothing to advise without a tier behind the pool; serve with --tier PATH',
      );
    }
    const verdicts = await judge.verdicts();
    const leases = lender.leases().flatMap(({ definition }) => {
      const index = lender.entry(definition.name).lease?.index;
      const verdict = verdicts.find(({ lease }) => lease === index);
      return verdict === undefined ? [] : [leaseAdviceJson(definition.name, verdict)];
    });
    return context.json({ schema: 'pagelend.advice/1', leases } satisfies AdviceJson);
  });
}

function leaseAdviceJson(name: string, verdict: LeaseVerdict): LeaseAdviceJson {
  return {
    name,
    policy: verdict.policy,
    resident_bytes: verdict.residentBytes,
    references: verdict.references,
    sample_rate: verdict.rate,
    sampled_pages: verdict.sampledPages,
    more_memory: verdict.moreMemory.map(moreMemoryJson),
    other_policies: verdict.otherPolicies.map(otherPolicyJson),
    curve: verdict.curve.map(curvePointJson),
  };
}

function moreMemoryJson(more: MoreMemory): MoreMemoryJson {
  return {
    bytes: more.bytes,
    unknown: more.unknown,
    fewer_faults_percent: more.fewerFaultsPercent,
    fewer_faults_error: more.fewerFaultsError,
  };
}

function otherPolicyJson(other: OtherPolicy): OtherPolicyJson {
  return {
    policy: other.policy,
    unknown: other.unknown,
    fewer_writes_percent: other.fewerWritesPercent,
    fewer_writes_error: other.fewerWritesError,
    fewer_reads_percent: other.fewerReadsPercent,
    fewer_reads_error: other.fewerReadsError,
    less_device_time_percent: other.lessDeviceTimePercent,
    less_device_time_error: other.lessDeviceTimeError,
  };
}

function curvePointJson(point: CurvePoint): CurvePointJson {
  return {
    bytes: point.bytes,
    unknown: point.unknown,
    fault_ratio: point.faultRatio,
    device_reads: point.deviceReads,
    device_writes: point.deviceWrites,
    device_us: point.deviceMicroseconds,
  };
}

// From rows to the result: all tables and verdicts are computed from the rows and from nothing else.
// What tests give recorded rows to.

import { VERSION } from '@pagelend/lab';
import { claimsOf } from './claims.ts';
import type { RelocationConfiguration } from './configuration.ts';
import {
  REPRODUCE_RELOCATION_SCHEMA,
  type RelocationCurve,
  type RelocationFailure,
  type RelocationResult,
  type RelocationRow,
  type RelocationSetup,
} from './result.ts';
import { accountsOf, gainsOf, summariesOf } from './summaries.ts';

export interface Measurements {
  readonly setup: RelocationSetup;
  readonly rows: readonly RelocationRow[];
  readonly curves: readonly RelocationCurve[];
  readonly failures: readonly RelocationFailure[];
}

export function resultOf(
  { says, published, equal_percent: equalPercent }: RelocationConfiguration,
  { setup, rows, curves, failures }: Measurements,
): RelocationResult {
  const summaries = summariesOf(rows);
  const gains = gainsOf(rows);
  const { gain_percent, guests, hypervisor, kernels, transfer, job } = published;
  return {
    schema: REPRODUCE_RELOCATION_SCHEMA,
    version: VERSION,
    says,
    published: {
      gain_percent,
      guest_memory_bytes: published.guest_memory,
      host_memory_bytes: published.host_memory,
      guests,
      hypervisor,
      kernels,
      transfer,
      job,
    },
    setup,
    rows,
    curves,
    failures,
    summaries,
    gains,
    accounts: accountsOf(rows, setup.memory_bytes),
    claims: claimsOf({
      rows,
      failures,
      summaries,
      gains,
      publishedGainPercent: gain_percent,
      equalPercent,
    }),
  };
}

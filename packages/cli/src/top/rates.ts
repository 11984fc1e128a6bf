// Rates from two looks at the counters.

import type { LeaseAdviceJson, LeaseJson, PoolJson } from '@pagelend/daemon';

export interface Sample {
  readonly atMs: number;
  readonly pool: PoolJson;
  readonly leases: readonly LeaseJson[];
  /** What shadow copies say of each lease; null without a tier. */
  readonly advice: readonly LeaseAdviceJson[] | null;
}

/** Pages a second. */
export interface Rates {
  /** By the lease's id: a lease that was made anew under its name begins at nothing. */
  readonly leases: ReadonlyMap<string, { readonly reads: number; readonly writes: number }>;
  /** From the tier behind the pool, and to it. */
  readonly tier: { readonly fetches: number; readonly writes: number };
}

export function ratesBetween(before: Sample | null, now: Sample): Rates {
  const seconds = before === null ? 0 : (now.atMs - before.atMs) / 1000;
  const old = new Map(before?.leases.map((lease) => [lease.id, lease]));
  const leases = new Map(
    now.leases.map((lease) => {
      const { num_reads, num_writes } = old.get(lease.id) ?? lease;
      return [
        lease.id,
        {
          reads: perSecond(lease.num_reads - num_reads, seconds),
          writes: perSecond(lease.num_writes - num_writes, seconds),
        },
      ];
    }),
  );
  const from = before?.pool ?? now.pool;
  return {
    leases,
    tier: {
      fetches: perSecond(now.pool.fetched_pages - from.fetched_pages, seconds),
      writes: perSecond(now.pool.written_behind_pages - from.written_behind_pages, seconds),
    },
  };
}

/** Counters begin again when the daemon does; that is no rate below zero. */
function perSecond(count: number, seconds: number): number {
  return seconds > 0 && count > 0 ? Math.round(count / seconds) : 0;
}

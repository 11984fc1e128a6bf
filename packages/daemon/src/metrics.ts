// The table of metrics. Figures are read at scrape time from where they are kept anyway; the
// reference page is made from this table. Names end in their unit, counters in `_total`.

import type { LeaseUsage, PoolUsage } from '@pagelend/store';
import type { DaemonFacts } from './api/facts.ts';
import type { LeaseState } from './lender-types.ts';
import type { TierUsage } from './tier/figures.ts';

export interface Metric<Source> {
  readonly kind: 'gauge' | 'counter';
  readonly says: string;
  readonly read: (source: Source) => number;
}

type Usage = Omit<LeaseUsage, 'limitBytes'>;

/** The same figures exist of the pool and of each lease. */
const usageMetrics = {
  orig_data_bytes: {
    kind: 'gauge',
    says: 'pages stored times 4096, same-filled ones included',
    read: (usage: Usage) => usage.origDataBytes,
  },
  compr_data_bytes: {
    kind: 'gauge',
    says: 'what those pages are compressed, without headers and rounding',
    read: (usage: Usage) => usage.comprDataBytes,
  },
  mem_used_bytes: {
    kind: 'gauge',
    says: 'real memory taken, rounding and tables included',
    read: (usage: Usage) => usage.memUsedBytes,
  },
  stored_pages: {
    kind: 'gauge',
    says: 'pages stored, same-filled ones included',
    read: (usage: Usage) => usage.storedPages,
  },
  same_pages: {
    kind: 'gauge',
    says: 'pages that repeat one word',
    read: (usage: Usage) => usage.samePages,
  },
  huge_pages: {
    kind: 'gauge',
    says: 'pages that did not shrink and are kept as they are',
    read: (usage: Usage) => usage.hugePages,
  },
  reads_total: {
    kind: 'counter',
    says: 'pages read since the daemon began',
    read: (usage: Usage) => usage.reads,
  },
  writes_total: {
    kind: 'counter',
    says: 'pages written since the daemon began',
    read: (usage: Usage) => usage.writes,
  },
  failed_reads_total: {
    kind: 'counter',
    says: 'pages that could not be read',
    read: (usage: Usage) => usage.failedReads,
  },
  failed_writes_total: {
    kind: 'counter',
    says: 'pages that were not taken, above all because of a limit',
    read: (usage: Usage) => usage.failedWrites,
  },
  trimmed_pages_total: {
    kind: 'counter',
    says: 'slots that guests gave back',
    read: (usage: Usage) => usage.trimmedPages,
  },
  behind_pages: {
    kind: 'gauge',
    says: 'of the stored pages, those in the tier, which take no memory',
    read: (usage: Usage) => usage.behindPages,
  },
  fetched_pages_total: {
    kind: 'counter',
    says: 'pages read from the tier',
    read: (usage: Usage) => usage.fetchedPages,
  },
  written_behind_pages_total: {
    kind: 'counter',
    says: 'pages written to the tier',
    read: (usage: Usage) => usage.writtenBehindPages,
  },
  clean_leavings_total: {
    kind: 'counter',
    says: 'pages that left memory without a write, since their copy in the tier was good',
    read: (usage: Usage) => usage.cleanLeavings,
  },
} as const satisfies Readonly<Record<string, Metric<Usage>>>;

const onlyLease = {
  size_bytes: {
    kind: 'gauge',
    says: 'virtual size',
    read: ({ definition }) => definition.bytes,
  },
  limit_bytes: {
    kind: 'gauge',
    says: 'compressed bytes that it may hold; +Inf for no limit of its own',
    read: ({ definition }) => definition.limitBytes ?? Number.POSITIVE_INFINITY,
  },
  connections: {
    kind: 'gauge',
    says: 'clients attached',
    read: ({ connections }) => connections.length,
  },
} as const satisfies Readonly<Record<string, Metric<LeaseState>>>;

const onlyPool = {
  mem_limit_bytes: {
    kind: 'gauge',
    says: 'real memory that it may take',
    read: (usage) => usage.memLimitBytes,
  },
  table_bytes: {
    kind: 'gauge',
    says: 'real memory of tables',
    read: (usage) => usage.tableBytes,
  },
  idle_bytes: {
    kind: 'gauge',
    says: 'free places inside of blocks in use: fragmentation',
    read: (usage) => usage.idleBytes,
  },
  pages_compacted_total: {
    kind: 'counter',
    says: 'pages moved by compaction',
    read: (usage) => usage.pagesCompacted,
  },
} as const satisfies Readonly<Record<string, Metric<PoolUsage>>>;

const tierStates = { ok: 0, full: 1, failing: 2 } as const;

const ofTier = {
  state: {
    kind: 'gauge',
    says: '0: pages go behind; 1: it is full; 2: its device fails. In 1 and 2 new pages are refused while the pool is full',
    read: ({ state }) => tierStates[state],
  },
  bytes: { kind: 'gauge', says: 'what it has room for', read: ({ bytes }) => bytes },
  free_bytes: {
    kind: 'gauge',
    says: 'extents that hold no page that is wanted',
    read: ({ freeBytes }) => freeBytes,
  },
  device_reads_total: {
    kind: 'counter',
    says: 'requests to the device, of several pages often',
    read: ({ deviceReads }) => deviceReads,
  },
  device_read_bytes_total: {
    kind: 'counter',
    says: 'bytes read from the device',
    read: ({ deviceReadBytes }) => deviceReadBytes,
  },
  device_writes_total: {
    kind: 'counter',
    says: 'writes to the device, of many pages each',
    read: ({ deviceWrites }) => deviceWrites,
  },
  device_written_bytes_total: {
    kind: 'counter',
    says: 'bytes written to the device: what wears it out',
    read: ({ deviceWriteBytes }) => deviceWriteBytes,
  },
  failed_device_reads_total: {
    kind: 'counter',
    says: 'reads that the device answered with an error',
    read: ({ failedReads }) => failedReads,
  },
  failed_device_writes_total: {
    kind: 'counter',
    says: 'writes that the device answered with an error; their pages stay in the pool',
    read: ({ failedWrites }) => failedWrites,
  },
  asked_pages_total: {
    kind: 'counter',
    says: 'pages that guests asked for and that stood behind',
    read: ({ askedPages }) => askedPages,
  },
  window_hits_total: {
    kind: 'counter',
    says: 'of those, pages that had been read together with others before',
    read: ({ windowHits }) => windowHits,
  },
  promoted_pages_total: {
    kind: 'counter',
    says: 'pages that came to stand in memory again when they were read back',
    read: ({ promotedPages }) => promotedPages,
  },
  damaged_pages_total: {
    kind: 'counter',
    says: 'pages that could not be given back: damaged, gone, or not readable when they were asked for',
    read: ({ damagedPages }) => damagedPages,
  },
  cleaned_extents_total: {
    kind: 'counter',
    says: 'extents that were freed by moving what was wanted of them',
    read: ({ cleanedExtents }) => cleanedExtents,
  },
  cleaned_pages_total: {
    kind: 'counter',
    says: 'pages that were moved for that',
    read: ({ cleanedPages }) => cleanedPages,
  },
  idle_pages_total: {
    kind: 'counter',
    says: 'pages written while they were idle, before memory was short',
    read: ({ idlePages }) => idlePages,
  },
  room_wishes_total: {
    kind: 'counter',
    says: 'writes that waited until pages had left memory',
    read: ({ roomWishes }) => roomWishes,
  },
  room_refusals_total: {
    kind: 'counter',
    says: 'of those, writes that were refused',
    read: ({ roomRefusals }) => roomRefusals,
  },
  write_budget_bytes: {
    kind: 'gauge',
    says: 'bytes that idle pages may still be written with; +Inf without a budget',
    read: ({ budgetBytes }) => budgetBytes,
  },
} as const satisfies Readonly<Record<string, Metric<TierUsage>>>;

/** With the label `lease`. */
export const leaseMetrics: Readonly<Record<string, Metric<LeaseState>>> = {
  ...mapMetrics('pagelend_lease_', onlyLease, (state: LeaseState) => state),
  ...mapMetrics('pagelend_lease_', usageMetrics, (state: LeaseState) => state.usage),
};

export const poolMetrics: Readonly<Record<string, Metric<PoolUsage>>> = {
  ...mapMetrics('pagelend_pool_', onlyPool, (usage: PoolUsage) => usage),
  ...mapMetrics('pagelend_pool_', usageMetrics, (usage: PoolUsage) => usage),
};

/** Only of a lender that has a tier. */
export const tierMetrics: Readonly<Record<string, Metric<TierUsage>>> = mapMetrics(
  'pagelend_tier_',
  ofTier,
  (usage: TierUsage) => usage,
);

export const daemonMetrics: Readonly<Record<string, Metric<DaemonFacts>>> = {
  pagelend_leases: {
    kind: 'gauge',
    says: 'leases',
    read: ({ lender }) => lender.names().length,
  },
  pagelend_connections: {
    kind: 'gauge',
    says: 'clients attached, all leases together',
    read: ({ lender }) => lender.connectionCount,
  },
  pagelend_connections_max: {
    kind: 'gauge',
    says: 'clients that may be attached at the same time',
    read: ({ settings }) => settings.connectionsMax,
  },
  pagelend_handshakes: {
    kind: 'gauge',
    says: 'handshakes under way',
    read: ({ doors }) => doors.openHandshakes,
  },
  pagelend_handshakes_total: {
    kind: 'counter',
    says: 'handshakes begun',
    read: ({ doors }) => doors.handshakes,
  },
  pagelend_handshakes_failed_total: {
    kind: 'counter',
    says: 'handshakes that led to no session: hang-ups, time-outs, breaches, unknown names',
    read: ({ doors }) => doors.failedHandshakes,
  },
  pagelend_connections_refused_total: {
    kind: 'counter',
    says: 'connections closed at once, because too many handshakes were under way',
    read: ({ doors }) => doors.refusedConnections,
  },
  process_resident_memory_bytes: {
    kind: 'gauge',
    says: 'resident memory of the daemon, mapped pages of the pool included',
    read: () => process.memoryUsage.rss(),
  },
  process_cpu_seconds_total: {
    kind: 'counter',
    says: 'processor time of the daemon, all threads',
    read: () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    },
  },
  process_start_time_seconds: {
    kind: 'gauge',
    says: 'when the daemon began, since 1970',
    read: ({ startedAt }) => startedAt.getTime() / 1000,
  },
};

function mapMetrics<Outer, Inner>(
  prefix: string,
  metrics: Readonly<Record<string, Metric<Inner>>>,
  inner: (outer: Outer) => Inner,
): Record<string, Metric<Outer>> {
  return Object.fromEntries(
    Object.entries(metrics).map(([name, { kind, says, read }]) => [
      `${prefix}${name}`,
      { kind, says, read: (outer: Outer) => read(inner(outer)) },
    ]),
  );
}

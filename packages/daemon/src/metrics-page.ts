// The page that Prometheus scrapes. The client library is loaded at the first scrape: a lender that
// nobody scrapes does not carry it in memory.

import type { PoolUsage } from '@pagelend/store';
import type { DaemonFacts } from './api/facts.ts';
import type { LeaseState } from './lender-types.ts';
import { daemonMetrics, leaseMetrics, type Metric, poolMetrics } from './metrics.ts';

export interface MetricsPage {
  readonly text: string;
  readonly contentType: string;
}

/** All figures of one scrape: read once, so that they belong together. */
interface Scrape {
  readonly facts: DaemonFacts;
  readonly pool: PoolUsage;
  readonly leases: readonly LeaseState[];
}

/** One value of a metric, with the labels that it has. */
interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

type Render = (facts: DaemonFacts) => Promise<MetricsPage>;
let renderer: Promise<Render> | null = null;

export async function renderMetrics(facts: DaemonFacts): Promise<MetricsPage> {
  renderer ??= makeRenderer();
  return (await renderer)(facts);
}

async function makeRenderer(): Promise<Render> {
  const { Counter, Gauge, Registry } = await import('prom-client');
  const registry = new Registry();
  const collectors: ((scrape: Scrape) => void)[] = [];
  const add = <Source>(
    metrics: Readonly<Record<string, Metric<Source>>>,
    labelNames: readonly string[],
    samplesOf: (scrape: Scrape, metric: Metric<Source>) => Sample[],
  ): void => {
    for (const [name, metric] of Object.entries(metrics)) {
      const Kind = metric.kind === 'counter' ? Counter : Gauge;
      const shown = new Kind({ name, help: metric.says, labelNames, registers: [registry] });
      collectors.push((scrape) => {
        // From nothing each time: a lease that was deleted is not shown any more.
        shown.reset();
        for (const { labels, value } of samplesOf(scrape, metric)) shown.inc(labels, value);
      });
    }
  };
  add(daemonMetrics, [], ({ facts }, { read }) => [{ labels: {}, value: read(facts) }]);
  add(poolMetrics, [], ({ pool }, { read }) => [{ labels: {}, value: read(pool) }]);
  add(leaseMetrics, ['lease'], ({ leases }, { read }) =>
    leases.map((state) => ({ labels: { lease: state.definition.name }, value: read(state) })),
  );
  return async (facts) => {
    const { lender } = facts;
    const scrape = { facts, pool: lender.poolUsage(), leases: lender.leases() };
    for (const collect of collectors) collect(scrape);
    return { text: await registry.metrics(), contentType: registry.contentType };
  };
}

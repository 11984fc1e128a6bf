// The page that Prometheus scrapes. The client library is loaded at the first scrape: a lender that
// nobody scrapes does not carry it in memory.

import type { PoolUsage } from '@pagelend/store';
import type { DaemonFacts } from './api/facts.ts';
import type { LeaseState } from './lender-types.ts';
import { daemonMetrics, leaseMetrics, type Metric, poolMetrics, tierMetrics } from './metrics.ts';
import { type TierUsage, tierUsage } from './tier/figures.ts';

export interface MetricsPage {
  readonly text: string;
  readonly contentType: string;
}

/** All figures of one scrape: read once, so that they belong together. */
interface Scrape {
  readonly facts: DaemonFacts;
  readonly pool: PoolUsage;
  readonly leases: readonly LeaseState[];
  /** Null without a tier. */
  readonly tier: TierUsage | null;
}

/** One value of a metric, with the labels that it has. */
interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

type Render = (facts: DaemonFacts) => Promise<MetricsPage>;
/** By whether there is a tier: a metric that is registered is shown, with or without a value. */
const renderers = new Map<boolean, Promise<Render>>();

export async function renderMetrics(facts: DaemonFacts): Promise<MetricsPage> {
  const hasTier = facts.keeper !== null;
  const renderer = renderers.get(hasTier) ?? makeRenderer(hasTier);
  renderers.set(hasTier, renderer);
  return (await renderer)(facts);
}

async function makeRenderer(hasTier: boolean): Promise<Render> {
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
  if (hasTier) {
    add(tierMetrics, [], ({ tier }, { read }) =>
      tier === null ? [] : [{ labels: {}, value: read(tier) }],
    );
  }
  return async (facts) => {
    const { lender } = facts;
    const scrape = {
      facts,
      pool: lender.poolUsage(),
      leases: lender.leases(),
      tier: tierUsage(facts),
    };
    for (const collect of collectors) collect(scrape);
    return { text: await registry.metrics(), contentType: registry.contentType };
  };
}

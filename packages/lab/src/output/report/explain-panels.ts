// An explained run as what its figure shows: panels one above the other over the same references,
// each with series that can be compared, so sizes with targets and frequent events with each other.

import type { ExplainedGauge, SimExplanation } from '../../result.ts';
import { grouped } from '../numbers.ts';

/** How the drawn values follow from the samples; the page's script reads numbers out the same way. */
export type Drawn = 'level' | 'per-fault' | 'rate';

export interface Series {
  readonly name: string;
  readonly says: string;
  /** Place of its samples: a key of `samples`, or the index of a gauge. */
  readonly key: string | number;
  readonly isTarget: boolean;
  /** One a sample; null where there is none, as of a rate at the first sample. */
  readonly values: readonly (number | null)[];
}

export interface ExplainPanel {
  readonly title: string;
  readonly drawn: Drawn;
  readonly series: readonly Series[];
  /** A level to draw besides, and its name. */
  readonly level: { readonly value: number; readonly name: string } | null;
}

/** Rates are stated per so many references. */
export const RATE_REFERENCES = 1000;

/** Events that happen more often than this a fault would press all others flat. */
const OFTEN_PER_FAULT = 1;

/** The windows first .. last, as indexes of the samples that end them. */
export interface Span {
  readonly first: number;
  readonly last: number;
}

/**
 * Windows joined until each span holds as many faults as a window on average: over the few faults of a
 * quiet window, events per fault would be noise. Empty where there is no fault.
 */
export function faultSpans({ samples: { faults } }: SimExplanation): Span[] {
  const least = faultsPerSpan(faults);
  const spans: Span[] = [];
  let first = 1;
  let held = 0;
  for (let i = 1; i < faults.length; i++) {
    held += faults[i]!;
    if (held < least) continue;
    spans.push({ first, last: i });
    first = i + 1;
    held = 0;
  }
  // What is left over at the end joins the last span.
  const end = spans.pop();
  return end === undefined ? [] : [...spans, { first: end.first, last: faults.length - 1 }];
}

export function faultsPerSpan(faults: readonly number[]): number {
  const total = faults.reduce((sum, count) => sum + count, 0);
  return Math.max(1, Math.floor(total / (faults.length - 1)));
}

/** What a host sees of any policy; `says` stands in the legend. */
const bits = [
  ['referenced_pages', 'reference bit', 'resident pages whose reference bit is set'],
  ['modified_pages', 'modified bit', 'resident pages whose modified bit is set'],
  ['dirty_pages', 'dirty', 'resident pages that storage has an older copy of'],
] as const;

const traffic = [
  ['faults', 'faults', 'pages read in'],
  ['cold_faults', 'cold faults', 'of them, pages never resident before'],
  ['writebacks', 'write-backs', 'modified pages written'],
] as const;

export function explainPanels(run: SimExplanation): ExplainPanel[] {
  const gauges = run.gauges.map((gauge, index) => ({ gauge, index }));
  const sizes = gauges.filter(({ gauge }) => gauge.kind !== 'count');
  const often = gauges.filter(({ gauge }) => isOften(gauge));
  const rare = gauges.filter(({ gauge }) => gauge.kind === 'count' && !isOften(gauge));
  const memory = { value: run.frames, name: 'memory' };
  const resident = hostSeries(run, 'resident_pages', 'resident', 'pages in memory', 'level');
  const panels: ExplainPanel[] = [
    {
      title: 'Lists and targets, pages',
      drawn: 'level',
      series: sizes.map(({ gauge, index }) => gaugeSeries(run, gauge, index)),
      level: memory,
    },
    ...[often, rare].map((counts, index) => ({
      title: index === 0 || often.length === 0 ? 'Events per fault' : 'Rarer events per fault',
      drawn: 'per-fault' as const,
      series: counts.map(({ gauge, index: place }) => gaugeSeries(run, gauge, place)),
      level: null,
    })),
    {
      title: 'Resident pages by their bits',
      drawn: 'level',
      series: [
        ...bits.flatMap(([key, name, says]) => hostSeries(run, key, name, says, 'level')),
        ...resident,
      ],
      level: memory,
    },
    {
      title: `Faults and write-backs per ${grouped(RATE_REFERENCES)} references`,
      drawn: 'rate',
      series: traffic.flatMap(([key, name, says]) => hostSeries(run, key, name, says, 'rate')),
      level: null,
    },
  ];
  return panels.filter(({ series }) => series.length > 0);
}

function isOften(gauge: ExplainedGauge): boolean {
  return gauge.kind === 'count' && (gauge.per_fault ?? 0) > OFTEN_PER_FAULT;
}

function gaugeSeries(run: SimExplanation, gauge: ExplainedGauge, index: number): Series {
  const { name, says, kind, samples } = gauge;
  const drawn = kind === 'count' ? 'per-fault' : 'level';
  return {
    name,
    says,
    key: index,
    isTarget: kind === 'target',
    values: drawnValues(run, samples, drawn),
  };
}

function hostSeries(
  run: SimExplanation,
  key: keyof SimExplanation['samples'],
  name: string,
  says: string,
  drawn: Drawn,
): Series[] {
  const samples = run.samples[key];
  if (samples === null) return [];
  return [{ name, says, key, isTarget: false, values: drawnValues(run, samples, drawn) }];
}

function drawnValues(
  run: SimExplanation,
  samples: readonly number[],
  drawn: Drawn,
): (number | null)[] {
  if (drawn === 'level') return [...samples];
  const { references, faults } = run.samples;
  const values = new Array<number | null>(samples.length).fill(null);
  if (drawn === 'rate') {
    for (let i = 1; i < values.length; i++) {
      values[i] = (samples[i]! * RATE_REFERENCES) / (references[i]! - references[i - 1]!);
    }
    return values;
  }
  for (const { first, last } of faultSpans(run)) {
    const events = sum(samples, first, last) / sum(faults, first, last);
    values.fill(events, first, last + 1);
  }
  return values;
}

function sum(windows: readonly number[], first: number, last: number): number {
  let total = 0;
  for (let i = first; i <= last; i++) total += windows[i]!;
  return total;
}

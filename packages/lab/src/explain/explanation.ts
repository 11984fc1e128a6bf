// From the samples of a run to what a result holds of it: the samples, and over the references that
// are counted (those after the warm-up) what a reader wants first.

import { type Observation, offersEnough } from '@pagelend/policies';
import type { CostPair } from '../media.ts';
import type { ExplainedGauge, ExplainedSize, SimExplanation } from '../result.ts';
import type { GaugeSamples, Samples } from './sampler.ts';

export interface ExplainedRun {
  readonly trace: string;
  readonly policy: string;
  readonly observes: Observation;
  /** What the host showed. */
  readonly offers: Observation;
  readonly frames: number;
  /** Null where the policy does not look at costs: the run is the same under all of them. */
  readonly costs: CostPair | null;
  readonly warmupReferences: number;
}

export function explanationOf(run: ExplainedRun, samples: Samples): SimExplanation {
  const { costs, warmupReferences } = run;
  const first = samples.references.indexOf(warmupReferences);
  const faults = sumAfter(samples.faults, first);
  const shown = (column: Float64Array, needed: Observation): number[] | null =>
    offersEnough(run.offers, needed) ? [...column] : null;
  return {
    trace: run.trace,
    policy: run.policy,
    observes: run.observes,
    frames: run.frames,
    medium: costs?.medium ?? null,
    read_cost: costs?.read ?? null,
    write_cost: costs?.write ?? null,
    warmup_references: warmupReferences,
    references: samples.references.at(-1)! - warmupReferences,
    faults,
    cold_faults: sumAfter(samples.coldFaults, first),
    writebacks: sumAfter(samples.writebacks, first),
    gauges: samples.gauges.map((gauge) => explainGauge(gauge, first, faults)),
    samples: {
      references: [...samples.references],
      faults: [...samples.faults],
      cold_faults: [...samples.coldFaults],
      writebacks: [...samples.writebacks],
      resident_pages: [...samples.resident],
      referenced_pages: shown(samples.referenced, 'reference'),
      modified_pages: shown(samples.modified, 'reference+modified'),
      dirty_pages: [...samples.dirty],
    },
  };
}

function explainGauge(
  { name, kind, says, samples }: GaugeSamples,
  first: number,
  faults: number,
): ExplainedGauge {
  if (kind === 'count') {
    const total = sumAfter(samples, first);
    const perFault = faults === 0 ? null : total / faults;
    return { name, kind, says, total, per_fault: perFault, samples: [...samples] };
  }
  return { name, kind, says, ...levelFigures([...samples], first), samples: [...samples] };
}

/** What a level did from the sample `first` on. */
export function levelFigures(
  samples: readonly number[],
  first: number,
): Pick<ExplainedSize, 'start' | 'end' | 'least' | 'most' | 'mean'> {
  const counted = samples.slice(first);
  return {
    start: counted[0]!,
    end: counted.at(-1)!,
    least: counted.reduce((least, value) => Math.min(least, value)),
    most: counted.reduce((most, value) => Math.max(most, value)),
    mean: counted.reduce((sum, value) => sum + value, 0) / counted.length,
  };
}

/** The sum over the windows that begin at the sample `first` or later. */
function sumAfter(windows: Float64Array, first: number): number {
  let sum = 0;
  for (let i = first + 1; i < windows.length; i++) sum += windows[i]!;
  return sum;
}

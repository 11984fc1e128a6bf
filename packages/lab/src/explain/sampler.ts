// Looks at an explained run from outside, at its sample points: the host's counts since the last
// look, the bits of the resident pages, and what the policy's gauges read. Looking changes nothing.

import {
  DIRTY,
  type Gauge,
  MODIFIED,
  type PolicyDefinition,
  REFERENCED,
  RESIDENT,
} from '@pagelend/policies';
import type { Counts, Simulation } from '../simulation.ts';

/** What was seen at each sample point; all arrays are as long as `references`. */
export interface Samples {
  /** References replayed before the sample. */
  readonly references: Float64Array;
  /** Counts of the window that ends with the sample. */
  readonly faults: Float64Array;
  readonly coldFaults: Float64Array;
  readonly writebacks: Float64Array;
  /** Pages at the sample. */
  readonly resident: Float64Array;
  readonly referenced: Float64Array;
  readonly modified: Float64Array;
  readonly dirty: Float64Array;
  readonly gauges: readonly GaugeSamples[];
}

export interface GaugeSamples extends Gauge {
  /** 'pages' and 'target': at the sample; 'count': of the window that ends with it. */
  readonly samples: Float64Array;
}

const BYTE_VALUES = 256;

export class Sampler {
  readonly #simulation: Simulation;
  readonly #gauges: readonly Gauge[];
  readonly #points: readonly number[];
  readonly #samples: Samples;
  /** The policy's readings, this time and last time; one more than declared, which stays NaN. */
  readonly #reading: Float64Array;
  readonly #last: Float64Array;
  #lastCounts: Counts;
  /** References replayed, and after how many the next sample is due: Infinity after the last. */
  #replayed = 0;
  #due: number;
  /** Pages by the value of their bits. */
  readonly #pagesByBits = new Float64Array(BYTE_VALUES);
  #taken = 0;

  /** `points`: the references replayed before each sample, ascending from 0. */
  constructor(simulation: Simulation, definition: PolicyDefinition, points: readonly number[]) {
    const gauges = definition.gauges ?? [];
    if (gauges.length > 0 && simulation.policy.readGauges === undefined) {
      throw new Error('it declares gauges, and what create() returned has no readGauges');
    }
    this.#simulation = simulation;
    this.#gauges = gauges;
    this.#points = points;
    this.#reading = new Float64Array(gauges.length + 1);
    this.#last = new Float64Array(gauges.length);
    this.#lastCounts = simulation.counts;
    const column = (): Float64Array => new Float64Array(points.length);
    this.#samples = {
      references: column(),
      faults: column(),
      coldFaults: column(),
      writebacks: column(),
      resident: column(),
      referenced: column(),
      modified: column(),
      dirty: column(),
      gauges: gauges.map(({ name, kind, says }) => ({ name, kind, says, samples: column() })),
    };
    this.#due = points[0] ?? Number.POSITIVE_INFINITY;
    if (this.#due === 0) this.#take();
  }

  /** Replays `references[from .. to)` and looks on the way; nobody else replays meanwhile. */
  run(references: Uint32Array, from: number, to: number): void {
    for (let at = from; at < to; ) {
      const stop = Math.min(to, at + (this.#due - this.#replayed));
      this.#simulation.run(references, at, stop);
      this.#replayed += stop - at;
      at = stop;
      if (this.#replayed === this.#due) this.#take();
    }
  }

  /** What was seen so far. */
  get samples(): Samples {
    return this.#samples;
  }

  #take(): void {
    const index = this.#taken++;
    this.#due = this.#points[this.#taken] ?? Number.POSITIVE_INFINITY;
    this.#takeCounts(index);
    this.#takeBits(index);
    if (this.#gauges.length > 0) this.#takeGauges(index);
  }

  #takeCounts(index: number): void {
    const { counts } = this.#simulation;
    const last = this.#lastCounts;
    const into = this.#samples;
    into.references[index] = counts.references;
    into.faults[index] = counts.faults - last.faults;
    into.coldFaults[index] = counts.coldFaults - last.coldFaults;
    into.writebacks[index] = counts.writebacks - last.writebacks;
    this.#lastCounts = counts;
  }

  #takeBits(index: number): void {
    const pagesByBits = this.#pagesByBits.fill(0);
    for (const bits of this.#simulation.table.bits) pagesByBits[bits]!++;
    const into = this.#samples;
    for (let bits = 0; bits < BYTE_VALUES; bits++) {
      if ((bits & RESIDENT) === 0) continue;
      const pages = pagesByBits[bits]!;
      into.resident[index]! += pages;
      if ((bits & REFERENCED) !== 0) into.referenced[index]! += pages;
      if ((bits & MODIFIED) !== 0) into.modified[index]! += pages;
      if ((bits & (MODIFIED | DIRTY)) !== 0) into.dirty[index]! += pages;
    }
  }

  #takeGauges(index: number): void {
    const reading = this.#reading.fill(Number.NaN);
    this.#simulation.policy.readGauges!(reading);
    this.#gauges.forEach(({ name, kind }, gauge) => {
      const value = reading[gauge]!;
      if (!Number.isFinite(value)) throw new Error(`readGauges wrote ${value} for gauge '${name}'`);
      const before = kind === 'count' ? this.#last[gauge]! : 0;
      if (value < before)
        throw new Error(`gauge '${name}' counts down, from ${before} to ${value}`);
      this.#samples.gauges[gauge]!.samples[index] = value - before;
      this.#last[gauge] = value;
    });
    if (!Number.isNaN(reading[this.#gauges.length]!)) {
      throw new Error(`readGauges wrote more than its ${this.#gauges.length} gauges`);
    }
  }
}

// The configuration of the experiment, experiments/craw-rm.json: what is measured, and beside it what
// the paper published. The paper gives its sizes, its policies and a range of cost ratios; what it
// leaves open (which ratio, which sizes between) is measured over the whole range.

import { readFileSync } from 'node:fs';
import { LabError } from '../errors.ts';

export interface Workload {
  /** Name of its recording, without `.plt`. */
  readonly name: string;
  readonly title: string;
}

/** How the sizes of a curve are chosen; see frame-counts.ts. */
export interface FrameRule {
  readonly paper: readonly number[];
  readonly curveSizes: number;
  readonly fromPercentOfFootprint: number;
  readonly fromAtLeast: number;
}

export interface Published {
  readonly savedOverClockPercent: number;
  readonly savedOverCarPercent: number;
  /** In the paper's words. */
  readonly besideCraw: string;
  /** Where the paper sees all policies come together. */
  readonly converging: { readonly frames: number; readonly workloads: readonly string[] };
}

export interface Experiment {
  readonly says: string;
  readonly workloads: readonly Workload[];
  readonly policies: readonly string[];
  /** A read costs 1. */
  readonly writeCosts: readonly number[];
  readonly frames: FrameRule;
  readonly published: Published;
  /** Up to so many percentage points two results count as near; our line, the paper draws none. */
  readonly nearPoints: number;
}

/** The policies that the paper's statements are about; a configuration must list them. */
const STATED = ['clock', 'car', 'craw', 'craw-rm'];

export function loadExperiment(path: string): Experiment {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new LabError('LAB_EXPERIMENT', `${path}: cannot be read as an experiment: ${why}`);
  }
  return parseExperiment(value, path);
}

export function parseExperiment(value: unknown, path: string): Experiment {
  const root = new Part(value, path, '');
  const frames = root.part('frames');
  const published = root.part('published');
  const converging = published.part('converging');
  const policies = root.list('policies', (part) => part.text());
  const missing = STATED.filter((name) => !policies.includes(name));
  if (missing.length > 0) root.fail('policies', `a list with ${missing.join(', ')}`);
  return {
    says: root.at('says').text(),
    workloads: root.list('workloads', (part) => ({
      name: part.at('name').word(),
      title: part.at('title').text(),
    })),
    policies,
    writeCosts: root.list('write_costs', (part) => part.positive()),
    frames: {
      paper: frames.list('paper', (part) => part.whole()).sort((a, b) => a - b),
      curveSizes: frames.at('curve_sizes').whole(),
      fromPercentOfFootprint: frames.at('curve_from_percent_of_footprint').positive(),
      fromAtLeast: frames.at('curve_from_at_least').whole(),
    },
    published: {
      savedOverClockPercent: published.at('saved_over_clock_percent').positive(),
      savedOverCarPercent: published.at('saved_over_car_percent').positive(),
      besideCraw: published.at('beside_craw').text(),
      converging: {
        frames: converging.at('frames').whole(),
        workloads: converging.list('workloads', (part) => part.word()),
      },
    },
    nearPoints: root.at('near_points').positive(),
  };
}

/** A value of the configuration that knows where it stands, for messages. */
class Part {
  readonly #value: unknown;
  readonly #file: string;
  readonly #key: string;

  constructor(value: unknown, file: string, key: string) {
    this.#value = value;
    this.#file = file;
    this.#key = key;
  }

  at(key: string): Part {
    const table = this.#value;
    const value =
      typeof table === 'object' && table !== null && Object.hasOwn(table, key)
        ? (table as Readonly<Record<string, unknown>>)[key]
        : undefined;
    return new Part(value, this.#file, this.#key === '' ? key : `${this.#key}.${key}`);
  }

  part(key: string): Part {
    const part = this.at(key);
    if (typeof part.#value !== 'object' || part.#value === null) this.fail(key, 'an object');
    return part;
  }

  list<T>(key: string, parse: (part: Part) => T): T[] {
    const { [key]: values } = (this.#value ?? {}) as Readonly<Record<string, unknown>>;
    if (!Array.isArray(values) || values.length === 0) return this.fail(key, 'a list, not empty');
    return values.map((value, i) => parse(new Part(value, this.#file, `${this.#key}${key}[${i}]`)));
  }

  text(): string {
    return typeof this.#value === 'string' && this.#value !== '' ? this.#value : this.#miss('text');
  }

  /** What may be part of a file name. */
  word(): string {
    const text = this.text();
    return /^[a-z0-9-]+$/.test(text) ? text : this.#miss('a name of letters, digits and hyphens');
  }

  positive(): number {
    const value = this.#value;
    return typeof value === 'number' && Number.isFinite(value) && value > 0
      ? value
      : this.#miss('a number above 0');
  }

  whole(): number {
    const value = this.positive();
    return Number.isSafeInteger(value) ? value : this.#miss('a whole number above 0');
  }

  fail(key: string, expected: string): never {
    return this.at(key).#miss(expected);
  }

  #miss(expected: string): never {
    throw new LabError('LAB_EXPERIMENT', `${this.#file}: ${this.#key}: expected ${expected}`);
  }
}

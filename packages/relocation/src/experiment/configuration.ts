// The configuration of the experiment, experiments/relocation.json: sizes for each kind of guest, and
// beside them what the paper published. Sizes that grow with a guest's memory are shares of it, so
// that `--memory` alone scales the whole.

import { readFileSync } from 'node:fs';
import { parseSize } from '@pagelend/daemon';
import * as v from 'valibot';
import { RelocationError } from '../errors.ts';

const bytes = v.pipe(
  v.string(),
  v.transform((text) => parseSize(text) ?? 0),
  v.check((size) => size >= 4096 && size % 4096 === 0, 'expected a size such as 256MiB'),
);
const count = v.pipe(v.number(), v.integer(), v.minValue(1));
const percent = v.pipe(v.number(), v.minValue(1), v.maxValue(100));

const sizes = v.strictObject({
  /** Of the guest that swaps. */
  memory: bytes,
  /** What the hog holds, in percent of the guest's memory. */
  clean_hog_percent: percent,
  pressure_hog_percent: v.pipe(v.number(), v.minValue(1), v.maxValue(400)),
  /** Other sizes of the hog, each measured with zram and lent only; the curve of the gain. */
  sweep_hog_percents: v.array(percent),
  sweep_rounds: count,
  /** The other guest: its memory, what its hog holds, and how long it rests between two looks at it. */
  companion_memory: bytes,
  companion_hog_percent: percent,
  companion_rest_seconds: v.pipe(v.number(), v.minValue(0.1)),
  /** Kernel files that the build job compiles. */
  job_files: count,
  rounds: count,
});

const schema = v.strictObject({
  experiment: v.literal('relocation'),
  says: v.string(),
  published: v.strictObject({
    gain_percent: v.pipe(v.number(), v.minValue(0)),
    guest_memory: bytes,
    host_memory: bytes,
    guests: count,
    hypervisor: v.string(),
    kernels: v.string(),
    transfer: v.string(),
    job: v.string(),
  }),
  compressible_percent: v.pipe(v.number(), v.minValue(0), v.maxValue(100)),
  seed: count,
  sample_ms: v.pipe(v.number(), v.integer(), v.minValue(20)),
  /** Predicted and measured count as equal within so much; our line. */
  equal_percent: percent,
  sizes: v.strictObject({ default: sizes, emulated: sizes, full: sizes }),
});

export type RelocationConfiguration = v.InferOutput<typeof schema>;
export type ExperimentSizes = v.InferOutput<typeof sizes>;

/** Throws RelocationError RELOCATION_CONFIGURATION with the key that is wrong. */
export function loadConfiguration(path: string): RelocationConfiguration {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw wrong(`${path}: cannot be read as an experiment: ${why}`);
  }
  return parseConfiguration(value, path);
}

export function parseConfiguration(value: unknown, path: string): RelocationConfiguration {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const key = issue.path?.map((part) => String(part.key)).join('.') ?? '';
  throw wrong(`${path}: ${key === '' ? 'the whole' : key}: ${issue.message}`);
}

function wrong(message: string): RelocationError {
  return new RelocationError('RELOCATION_CONFIGURATION', message);
}

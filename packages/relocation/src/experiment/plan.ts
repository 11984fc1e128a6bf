// Which runs there are, and in which order. Rounds are interleaved: each goes through all
// configurations once, every second one backwards, so that whatever drifts on the host (its page
// cache, its load, its clock rate) falls on all of them alike.

import { type GuestKind, jobFiles } from '@pagelend/guests';
import { RelocationError } from '../errors.ts';
import type { ExperimentSizes, RelocationConfiguration } from './configuration.ts';

export const PAGE_BYTES = 4096;

/** Where swapped-out pages go; the order of tables and figures. */
export const configurations = ['lent', 'zram', 'nbdkit', 'disk', 'none'] as const;
export type Configuration = (typeof configurations)[number];

/** `clean`: a fixed amount is out before the job begins. `pressure`: hog and job exceed memory. */
export const regimes = ['clean', 'pressure'] as const;
export type Regime = (typeof regimes)[number];

/** What a run is for: the comparison of all configurations, or the curve over sizes of the hog. */
export type Purpose = 'round' | 'sweep';

export interface PlannedRun {
  readonly regime: Regime;
  readonly purpose: Purpose;
  readonly configuration: Configuration;
  /** From 1. */
  readonly round: number;
  readonly hogBytes: number;
}

export interface ExperimentPlan {
  readonly kind: GuestKind;
  readonly isFull: boolean;
  readonly memoryBytes: number;
  readonly companionMemoryBytes: number;
  readonly companionHogBytes: number;
  readonly companionRestSeconds: number;
  readonly compressiblePercent: number;
  readonly seed: number;
  readonly jobFiles: number;
  readonly sampleMs: number;
  readonly rounds: number;
  readonly regimes: readonly Regime[];
  readonly configurations: readonly Configuration[];
  readonly runs: readonly PlannedRun[];
}

/** What the command line may say otherwise than the configuration. */
export interface PlanOptions {
  readonly isFull?: boolean | undefined;
  readonly regimes?: readonly Regime[] | undefined;
  readonly configurations?: readonly Configuration[] | undefined;
  readonly rounds?: number | undefined;
  readonly memoryBytes?: number | undefined;
  readonly hogBytes?: number | undefined;
  readonly pressureHogBytes?: number | undefined;
  readonly compressiblePercent?: number | undefined;
  readonly seed?: number | undefined;
  /** How many files the job compiles. */
  readonly jobFiles?: number | undefined;
  /** Leaves out the curve over sizes of the hog. */
  readonly hasSweep?: boolean | undefined;
}

/** Throws RelocationError RELOCATION_OPTION where sizes do not go together. */
export function planOf(
  configuration: RelocationConfiguration,
  kind: GuestKind,
  options: PlanOptions = {},
): ExperimentPlan {
  const sizes = sizesFor(configuration, kind, options.isFull === true);
  const memoryBytes = options.memoryBytes ?? sizes.memory;
  const asked = {
    regimes: regimes.filter((regime) => options.regimes?.includes(regime) ?? true),
    configurations: configurations.filter((one) => options.configurations?.includes(one) ?? true),
    rounds: options.rounds ?? sizes.rounds,
  };
  const hogs = {
    clean: options.hogBytes ?? share(memoryBytes, sizes.clean_hog_percent),
    pressure: options.pressureHogBytes ?? share(memoryBytes, sizes.pressure_hog_percent),
  };
  if (asked.regimes.includes('clean')) checkHog(hogs.clean, memoryBytes);
  const runs = [
    ...roundsOf(asked, hogs),
    ...(options.hasSweep === false || !asked.regimes.includes('clean')
      ? []
      : sweepOf(asked.configurations, memoryBytes, hogs.clean, sizes)),
  ];
  if (runs.length === 0) {
    throw new RelocationError(
      'RELOCATION_OPTION',
      'nothing to run: without swap there is only the clean regime',
    );
  }
  return {
    ...asked,
    kind,
    isFull: options.isFull === true,
    memoryBytes,
    companionMemoryBytes: sizes.companion_memory,
    companionHogBytes: share(sizes.companion_memory, sizes.companion_hog_percent),
    companionRestSeconds: sizes.companion_rest_seconds,
    compressiblePercent: options.compressiblePercent ?? configuration.compressible_percent,
    seed: options.seed ?? configuration.seed,
    jobFiles: checkedFiles(options.jobFiles ?? sizes.job_files, kind),
    sampleMs: configuration.sample_ms,
    runs,
  };
}

function checkedFiles(count: number, kind: GuestKind): number {
  const countMax = jobFiles[kind === 'tcg' ? 'light' : 'full'].length;
  if (count <= countMax) return count;
  throw new RelocationError(
    'RELOCATION_OPTION',
    `--job-files ${count}: the job of such guests has at most ${countMax} files`,
  );
}

function sizesFor(
  { sizes }: RelocationConfiguration,
  kind: GuestKind,
  isFull: boolean,
): ExperimentSizes {
  if (isFull) return sizes.full;
  return kind === 'tcg' ? sizes.emulated : sizes.default;
}

interface Asked {
  readonly regimes: readonly Regime[];
  readonly configurations: readonly Configuration[];
  readonly rounds: number;
}

function roundsOf(
  { regimes: asked, configurations: all, rounds }: Asked,
  hogs: Readonly<Record<Regime, number>>,
): PlannedRun[] {
  return Array.from({ length: rounds }, (_, index) => index + 1).flatMap((round) =>
    asked.flatMap((regime) =>
      alternated(all, round)
        .filter((configuration) => isFor(regime, configuration, asked))
        .map((configuration) => ({
          regime,
          purpose: 'round' as const,
          configuration,
          round,
          hogBytes: hogs[regime],
        })),
    ),
  );
}

/**
 * Without swap, what exceeds memory is killed. nbdkit is there for the time of jobs that swap, which
 * in the clean regime none does; it is measured there only where nothing else was asked for.
 */
function isFor(regime: Regime, configuration: Configuration, asked: readonly Regime[]): boolean {
  if (configuration === 'none') return regime === 'clean';
  return configuration !== 'nbdkit' || regime === 'pressure' || asked.length === 1;
}

function sweepOf(
  all: readonly Configuration[],
  memoryBytes: number,
  cleanHogBytes: number,
  sizes: ExperimentSizes,
): PlannedRun[] {
  const pair = all.filter((one) => one === 'lent' || one === 'zram');
  if (pair.length < 2) return [];
  const hogs = sizes.sweep_hog_percents
    .map((percent) => share(memoryBytes, percent))
    .filter((bytes) => bytes !== cleanHogBytes);
  return Array.from({ length: sizes.sweep_rounds }, (_, index) => index + 1).flatMap((round) =>
    hogs.flatMap((hogBytes) =>
      alternated(pair, round).map((configuration) => ({
        regime: 'clean' as const,
        purpose: 'sweep' as const,
        configuration,
        round,
        hogBytes,
      })),
    ),
  );
}

/** Odd rounds in the order of the list, even ones backwards. */
function alternated<T>(items: readonly T[], round: number): readonly T[] {
  return round % 2 === 1 ? items : [...items].reverse();
}

/** A whole number of MiB, because that is what a hog is told. */
function share(bytes: number, percent: number): number {
  const mebibyte = 2 ** 20;
  return Math.max(mebibyte, Math.round((bytes * percent) / 100 / mebibyte) * mebibyte);
}

/** A guest's kernel and the job need the rest. */
const CLEAN_HOG_PERCENT_MAX = 80;

function checkHog(hogBytes: number, memoryBytes: number): void {
  if (hogBytes * 100 <= memoryBytes * CLEAN_HOG_PERCENT_MAX) return;
  throw new RelocationError(
    'RELOCATION_OPTION',
    `a hog of ${mebibytes(hogBytes)} in a guest of ${mebibytes(memoryBytes)}: the clean regime fills ` +
      `the hog before it leaves; at most ${CLEAN_HOG_PERCENT_MAX} % of the guest's memory`,
  );
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}

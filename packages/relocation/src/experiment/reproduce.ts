// `reproduce relocation` from start to end: what all runs use of the host is started once, the runs go
// one after the other, and a run that fails is named and does not lose the rest.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { availableParallelism, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildJobImage, type JobImage } from '@pagelend/guests';
import { makeDiskFile } from '../backing/disk-file.ts';
import { startLender } from '../backing/lender.ts';
import { RelocationError } from '../errors.ts';
import type { RelocationConfiguration } from './configuration.ts';
import type { SwapHosts } from './guest-swap.ts';
import { checkNeeds } from './needs.ts';
import type { ExperimentPlan, PlannedRun } from './plan.ts';
import type { RelocationFailure, RelocationResult, RelocationSetup } from './result.ts';
import { resultOf } from './result-of.ts';
import { type RunOutcome, type RunRoom, runOnce } from './run.ts';

export interface ReproduceOptions {
  readonly configuration: RelocationConfiguration;
  readonly plan: ExperimentPlan;
  /** The words that start `pagelend`, for the lender. */
  readonly pagelend: readonly string[];
  readonly signal: AbortSignal;
  /** `share` of all runs, and what is done now. */
  readonly onProgress?: (share: number, doing: string) => void;
}

/** Throws RelocationError, or what the guests' room says where nothing could begin. */
export async function reproduceRelocation(options: ReproduceOptions): Promise<RelocationResult> {
  const { configuration, plan, onProgress = () => {} } = options;
  checkNeeds(plan.kind, plan.configurations);
  const began = performance.now();
  onProgress(0, 'preparing the build job');
  const job = await buildJobImage({
    weight: plan.kind === 'tcg' ? 'light' : 'full',
    fileCount: plan.jobFiles,
    onProgress: (step) => onProgress(0, step),
  });
  // Into the host's page cache, so that the first run does not read it from the disk alone.
  await readFile(job.imagePath);
  const folder = await mkdtemp(join(tmpdir(), 'pagelend-guests-'));
  const stops: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })];
  try {
    const hosts = await startHosts(options, stops);
    const room: RunRoom = { plan, job, hosts, folder, signal: options.signal };
    const { outcomes, failures } = await runAll(room, onProgress);
    return resultOf(configuration, {
      setup: setupOf(options, job, hosts, outcomes, (performance.now() - began) / 1000),
      rows: outcomes.map(({ row }) => row),
      curves: outcomes.map(({ curve }) => curve),
      failures,
    });
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

/** What the plan's configurations need; `stops` gets what ends each, as soon as it is there. */
async function startHosts(
  { plan, pagelend }: ReproduceOptions,
  stops: (() => Promise<void>)[],
): Promise<SwapHosts> {
  const bytes = plan.memoryBytes + plan.companionMemoryBytes;
  const has = (name: string): boolean => plan.runs.some((run) => run.configuration === name);
  const lender = has('lent') ? await startLender(pagelend, LENDER_SHARE * bytes) : null;
  if (lender !== null) stops.push(() => lender.stop());
  if (!has('disk')) return { lender, disks: null };
  const measured = await makeDiskFile(plan.memoryBytes);
  stops.push(() => measured.remove());
  const companion = await makeDiskFile(plan.companionMemoryBytes);
  stops.push(() => companion.remove());
  return { lender, disks: { measured, companion } };
}

/** Room for all that both guests could swap, where nothing of it compresses. */
const LENDER_SHARE = 1.5;

async function runAll(
  room: RunRoom,
  onProgress: (share: number, doing: string) => void,
): Promise<{ outcomes: RunOutcome[]; failures: RelocationFailure[] }> {
  const { runs } = room.plan;
  const outcomes: RunOutcome[] = [];
  const failures: RelocationFailure[] = [];
  for (const [index, run] of runs.entries()) {
    onProgress(index / runs.length, doing(run));
    try {
      outcomes.push(await runOnce(room, run, index + 1));
    } catch (error) {
      room.signal.throwIfAborted();
      failures.push(failureOf(run, index + 1, error));
    }
  }
  if (outcomes.length > 0 || failures.length === 0) return { outcomes, failures };
  throw new RelocationError(
    'RELOCATION_FAILED',
    `none of ${runs.length} runs came to its end; the first, ${doing(runs[0]!)}: ${failures[0]!.message}`,
  );
}

function doing({ configuration, regime, hogBytes, round }: PlannedRun): string {
  return `${configuration}, ${regime}, hog ${Math.round(hogBytes / 2 ** 20)} MiB, round ${round}`;
}

/** Operating errors are results; a bug is not. */
function failureOf(run: PlannedRun, order: number, error: unknown): RelocationFailure {
  const { code } = error as { code?: unknown };
  if (!(error instanceof Error) || typeof code !== 'string') throw error;
  const { regime, purpose, configuration, round, hogBytes } = run;
  const place = { regime, purpose, configuration, round, order, hog_bytes: hogBytes };
  return { ...place, message: error.message };
}

function setupOf(
  { plan, configuration }: ReproduceOptions,
  job: JobImage,
  { disks }: SwapHosts,
  outcomes: readonly RunOutcome[],
  wallSeconds: number,
): RelocationSetup {
  const files = job.files.map(({ name }) => name.replace(/\.i$/, '.c').replace('_', '/'));
  return {
    guest_kind: plan.kind,
    guest_kernel: outcomes[0]?.kernelRelease ?? '',
    host_kernel: release(),
    host_cores: availableParallelism(),
    full: plan.isFull,
    memory_bytes: plan.memoryBytes,
    companion_memory_bytes: plan.companionMemoryBytes,
    companion_hog_bytes: plan.companionHogBytes,
    compressible_percent: plan.compressiblePercent,
    seed: plan.seed,
    rounds: plan.rounds,
    job: `gcc's compiler on ${files.length === 1 ? 'a file' : `${files.length} files`} of the kernel (${files.join(', ')})`,
    job_files: plan.jobFiles,
    sample_ms: plan.sampleMs,
    equal_percent: configuration.equal_percent,
    disk_cache: disks?.measured.cache ?? 'not measured',
    regimes: plan.regimes,
    configurations: plan.configurations,
    wall_seconds: Math.round(wallSeconds),
  };
}

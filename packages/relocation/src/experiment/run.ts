// One run: two guests boot, the first gets its hog and its swap, what is to be out is swapped out, and
// while the other is at work its job runs and is sampled. Then every word is looked at.

import {
  bootGuest,
  type Guest,
  type JobImage,
  jobCommand,
  parseJobOutput,
  parseSwapFigures,
  type SwapFigures,
  startSampler,
  swapFiguresCommand,
} from '@pagelend/guests';
import { type Backing, nothingTold, type StoredPages } from '../backing/swap.ts';
import { RelocationError } from '../errors.ts';
import { Companion, type CompanionReport } from './companion.ts';
import { guestFiles } from './guest-files.ts';
import { backingFor, disksOf, type GuestRole, type SwapHosts, setUpSwap } from './guest-swap.ts';
import { Hogs, type WordCheck } from './hogs.ts';
import { cpuSecondsOf } from './host-cpu.ts';
import { complaintsIn } from './kernel-log.ts';
import type { ExperimentPlan, PlannedRun } from './plan.ts';
import type { RelocationCurve, RelocationRow } from './result.ts';
import { type MeasuredJob, rowOf } from './row.ts';
import { during, fieldsIn, samplesOf } from './samples.ts';

export interface RunRoom {
  readonly plan: ExperimentPlan;
  readonly job: JobImage;
  readonly hosts: SwapHosts;
  /** For sockets and logs of the guests. */
  readonly folder: string;
  /** Aborts end the guests, and with them the run. */
  readonly signal: AbortSignal;
}

export interface RunOutcome {
  readonly row: RelocationRow;
  readonly curve: RelocationCurve;
  readonly kernelRelease: string;
}

/** For whatever a guest does; emulated ones take their time. */
const COMMAND_SECONDS_MAX = 1800;

/** Throws where anything of it fails; nothing of it is left then. */
export async function runOnce(room: RunRoom, run: PlannedRun, order: number): Promise<RunOutcome> {
  const backings: Backing[] = [];
  const guests: Guest[] = [];
  const end = async (): Promise<void> => {
    await Promise.all(guests.map((guest) => guest.stop()));
  };
  const onAbort = (): void => void end();
  room.signal.addEventListener('abort', onAbort);
  try {
    const [measured, companion] = await both((role) =>
      makeGuest(room, run, order, role, backings, guests),
    );
    if (room.signal.aborted) throw room.signal.reason;
    return await measure(room, run, order, measured, companion);
  } finally {
    room.signal.removeEventListener('abort', onAbort);
    await end();
    for (const backing of backings) await backing.close();
  }
}

interface ReadyGuest {
  readonly guest: Guest;
  /** What its kernel had said when it was ready. */
  readonly bootLog: string;
  readonly backing: Backing | null;
}

/** Boots a guest and gives it its swap. */
async function makeGuest(
  { plan, job, hosts, folder }: RunRoom,
  { configuration }: PlannedRun,
  order: number,
  role: GuestRole,
  backings: Backing[],
  guests: Guest[],
): Promise<ReadyGuest> {
  const memoryBytes = role === 'measured' ? plan.memoryBytes : plan.companionMemoryBytes;
  const backing = await backingFor(configuration, hosts, role, order, memoryBytes);
  if (backing !== null) backings.push(backing);
  const jobDisk = { kind: 'file', path: job.imagePath, isReadOnly: true } as const;
  const guest = await bootGuest({
    name: `run-${order}-${role}`,
    kind: plan.kind,
    memoryBytes,
    disks: [...(role === 'measured' ? [jobDisk] : []), ...disksOf(backing)],
    files: await guestFiles(),
    folder,
  });
  guests.push(guest);
  const device = backing === null ? undefined : guest.devices.at(-1);
  await setUpSwap(guest, configuration, device, memoryBytes);
  return { guest, backing, bootLog: await guest.kernelLog() };
}

async function measure(
  { plan, job }: RunRoom,
  run: PlannedRun,
  order: number,
  ready: ReadyGuest,
  other: ReadyGuest,
): Promise<RunOutcome> {
  const { guest, backing } = ready;
  const { seed, compressiblePercent } = plan;
  const timeoutSeconds = COMMAND_SECONDS_MAX;
  const [hogs, companion] = await Promise.all([
    Hogs.start(guest, { bytes: run.hogBytes, seed, compressiblePercent, timeoutSeconds }),
    Companion.prepare(other.guest, plan, run.configuration, timeoutSeconds),
  ]);
  if (run.regime === 'clean' && run.configuration !== 'none') await hogs.pushOut();
  companion.begin();
  const measured = await runJob(guest, job, plan.sampleMs);
  const stored = await storedPages(run, measured.after, backing);
  const report = await companion.end();
  const words = await hogs.look();
  return outcome(run, order, measured, stored, words, report, [ready, other]);
}

/** The job, sampled from before its start to after its end. */
async function runJob(guest: Guest, image: JobImage, sampleMs: number): Promise<MeasuredJob> {
  const fields = fieldsIn(await guest.mustRun('cat /proc/meminfo /proc/vmstat'));
  const before = await swapFigures(guest);
  const stop = await startSampler(guest, { fields, intervalMs: sampleMs });
  const cpuBefore = await cpuSecondsOf(guest.pid);
  const command = jobCommand({ device: guest.devices[0]!, image });
  const output = await guest.mustRun(
    [
      'cut -d " " -f 1 /proc/uptime | sed "s/^/began /"',
      command,
      'cut -d " " -f 1 /proc/uptime | sed "s/^/ended /"',
    ].join('\n'),
    { timeoutSeconds: COMMAND_SECONDS_MAX },
  );
  const cpuSeconds = (await cpuSecondsOf(guest.pid)) - cpuBefore;
  const all = samplesOf(await stop());
  const after = await swapFigures(guest);
  parseJobOutput(output);
  const span = { from: secondsIn(output, 'began'), to: secondsIn(output, 'ended') };
  const samples = during(all, span);
  const rest = all.findLast(({ seconds }) => seconds < span.from);
  if (samples.length > 0 && rest !== undefined) {
    return { span, cpuSeconds, rest, samples, before, after };
  }
  throw new RelocationError(
    'RELOCATION_GUEST',
    `${guest.name}: no sample was taken before the job, or none during it`,
  );
}

function secondsIn(output: string, word: string): number {
  const seconds = new RegExp(`^${word} ([\\d.]+)$`, 'm').exec(output)?.[1];
  if (seconds !== undefined) return Number(seconds);
  throw new RelocationError('RELOCATION_GUEST', `the job did not say when it ${word}: ${output}`);
}

async function swapFigures(guest: Guest): Promise<SwapFigures> {
  return parseSwapFigures(await guest.mustRun(swapFiguresCommand));
}

async function storedPages(
  { configuration }: PlannedRun,
  { zram }: SwapFigures,
  backing: Backing | null,
): Promise<StoredPages> {
  if (backing !== null) return backing.stored();
  // Every guest may have the device; it is this run's swap or nothing.
  if (configuration !== 'zram' || zram === null) return nothingTold;
  return {
    storedBytes: zram.originalBytes,
    compressedBytes: zram.compressedBytes,
    usedBytes: zram.usedBytes,
    samePages: zram.samePages,
    hugePages: null,
  };
}

async function outcome(
  run: PlannedRun,
  order: number,
  measured: MeasuredJob,
  stored: StoredPages,
  words: WordCheck,
  report: CompanionReport,
  guests: readonly ReadyGuest[],
): Promise<RunOutcome> {
  const complaints: string[] = [...words.damage];
  for (const { guest, bootLog } of guests) {
    complaints.push(...complaintsIn(await guest.kernelLog(), bootLog));
  }
  return {
    ...rowOf(run, order, measured, stored, words, report, complaints),
    kernelRelease: guests[0]!.guest.kernelRelease,
  };
}

/** Both guests at the same time; where one fails, the other is waited for, so that it can be ended. */
async function both<T>(make: (role: GuestRole) => Promise<T>): Promise<[T, T]> {
  const settled = await Promise.allSettled([make('measured'), make('companion')]);
  const failed = settled.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return settled.map((one) => (one as PromiseFulfilledResult<T>).value) as [T, T];
}

// What one run of the model is told: the guests, the hog, the job. The paper leaves most of it open;
// each default says where it comes from, or that it is an assumption.

import { RelocationError } from '../errors.ts';
import { type ZsmallocVersion, zsmallocRules } from './zsmalloc.ts';

export const PAGE_BYTES = 4096;
const MIB = 2 ** 20;

/** `clean`: a fixed amount is out before the job begins. `pressure`: pages leave as memory runs short. */
export const modelRegimes = ['clean', 'pressure'] as const;
export type ModelRegime = (typeof modelRegimes)[number];

export interface ModelCase {
  readonly name: string;
  readonly regime: ModelRegime;
  readonly guests: number;
  /** Of them, those with a hog and a job; the others idle. */
  readonly busyGuests: number;
  readonly memoryBytes: number;
  readonly hogBytes: number;
  /** Of the hog, what is swapped out before the job, from 0 to 1; in the clean regime alone. */
  readonly swappedShare: number;
  /** Names of contents, by comma. */
  readonly hogContent: string;
  readonly jobContent: string;
  /** Kernel, its tables and whatever else never leaves. */
  readonly kernelBytes: number;
  /** Page cache at the start, and what reclaim leaves of it. */
  readonly cacheBytes: number;
  readonly cacheFloorBytes: number;
  /** Files that the job reads, evenly over its time. */
  readonly fileBytes: number;
  /** Anonymous memory of the job's processes together; 0 for no job. */
  readonly jobBytes: number;
  /** How often the recording is replayed, one after the other. */
  readonly jobRuns: number;
  /** What the job takes without waiting for pages. */
  readonly jobSeconds: number;
  readonly swapBytes: number;
  readonly swappiness: number;
  readonly zsmalloc: ZsmallocVersion;
}

/** Where each default comes from; shown with every result. */
export const defaultsSay: readonly string[] = [
  "guests, memory and job: the paper's section 4 (two guests of 1 GiB, one with a memory hog and then a kernel build)",
  'hog of 256 MiB, all of it out before the job in the clean regime: an assumption; the paper says no size',
  "hog's contents: the memory hog of pagelend reproduce relocation, 60 % of each page compressible; the job's: a C++ compiler's memory, recorded",
  'job of 90 MiB: what a kernel file takes in the compiler, one at a time; 128 MiB of files read and 60 s: assumptions',
  'kernel 64 MiB, page cache 64 MiB of which 32 MiB stay, swap as large as memory: assumptions',
];

export const defaultCase: ModelCase = {
  name: 'clean',
  regime: 'clean',
  guests: 2,
  busyGuests: 1,
  memoryBytes: 1024 * MIB,
  hogBytes: 256 * MIB,
  swappedShare: 1,
  hogContent: 'hog-60',
  jobContent: 'cc1plus',
  kernelBytes: 64 * MIB,
  cacheBytes: 64 * MIB,
  cacheFloorBytes: 32 * MIB,
  fileBytes: 128 * MIB,
  jobBytes: 90 * MIB,
  jobRuns: 6,
  jobSeconds: 60,
  swapBytes: 1024 * MIB,
  swappiness: 60,
  zsmalloc: '6.1',
};

/** The same guests under pressure: the hog fills what the job would need. */
export const pressureCase: ModelCase = {
  ...defaultCase,
  name: 'pressure',
  regime: 'pressure',
  hogBytes: 896 * MIB,
};

export const GUEST_COUNT_MAX = 1024;
const MEMORY_BYTES_MAX = 64 * 2 ** 30;

export function pagesOf(bytes: number): number {
  return Math.round(bytes / PAGE_BYTES);
}

/** Throws RELOCATION_MODEL where the case cannot be run. */
export function checkCase(one: ModelCase): void {
  const fail = (says: string): never => {
    throw new RelocationError('RELOCATION_MODEL', `case ${one.name}: ${says}`);
  };
  const { guests, busyGuests, memoryBytes, kernelBytes, cacheBytes, cacheFloorBytes } = one;
  const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
  if (!isCount(guests) || guests < 1 || guests > GUEST_COUNT_MAX) {
    fail(`${guests} guests: expected 1 to ${GUEST_COUNT_MAX}`);
  }
  if (!isCount(busyGuests) || busyGuests < 1 || busyGuests > guests) {
    fail(`${busyGuests} of ${guests} guests busy: expected at least 1 and no more than there are`);
  }
  if (!(memoryBytes >= 16 * MIB && memoryBytes <= MEMORY_BYTES_MAX)) {
    fail(`${memoryBytes} bytes of memory: expected 16MiB to 64GiB`);
  }
  if (kernelBytes + cacheBytes > memoryBytes * 0.9 || cacheFloorBytes > cacheBytes) {
    fail('kernel and page cache leave no memory, or less cache is there than is to stay');
  }
  if (!(one.swappedShare >= 0 && one.swappedShare <= 1)) {
    fail(`swapped share ${one.swappedShare}: expected 0 to 1`);
  }
  if (!(one.jobRuns >= 1) || !(one.jobSeconds > 0)) fail('the job has no length');
  if (!(one.swappiness >= 0 && one.swappiness <= 200)) {
    fail(`swappiness ${one.swappiness}: expected 0 to 200`);
  }
  if (!Object.hasOwn(zsmallocRules, one.zsmalloc)) fail(`no zsmalloc '${one.zsmalloc}'`);
}

/** What a command line may say otherwise than the defaults. */
export interface CaseOptions {
  readonly regimes?: readonly ModelRegime[] | undefined;
  readonly memoryBytes?: number | undefined;
  readonly hogBytes?: number | undefined;
  readonly pressureHogBytes?: number | undefined;
  readonly guests?: number | undefined;
  /** Names of contents by comma; `hog-N` are the experiment's hogs. */
  readonly hogContent?: string | undefined;
}

/** A case a regime. Sizes that are not said keep their shares of memory. */
export function casesFor(options: CaseOptions = {}): ModelCase[] {
  const asked = modelRegimes.filter((regime) => options.regimes?.includes(regime) ?? true);
  return asked.map((regime) => {
    const base = regime === 'clean' ? defaultCase : pressureCase;
    const memoryBytes = options.memoryBytes ?? base.memoryBytes;
    const scaled = (bytes: number): number =>
      Math.round((bytes * memoryBytes) / base.memoryBytes / MIB) * MIB;
    const hogBytes = regime === 'clean' ? options.hogBytes : options.pressureHogBytes;
    const guests = options.guests ?? base.guests;
    return {
      ...base,
      memoryBytes,
      hogBytes: hogBytes ?? scaled(base.hogBytes),
      kernelBytes: Math.min(base.kernelBytes, scaled(4 * base.kernelBytes)),
      cacheBytes: Math.min(base.cacheBytes, scaled(4 * base.cacheBytes)),
      cacheFloorBytes: Math.min(base.cacheFloorBytes, scaled(4 * base.cacheFloorBytes)),
      swapBytes: scaled(base.swapBytes),
      guests,
      busyGuests: Math.max(1, Math.round((guests * base.busyGuests) / base.guests)),
      hogContent: options.hogContent ?? base.hogContent,
    };
  });
}

// What a guest's kernel says of its memory, sampled: /proc/meminfo and /proc/vmstat as numbers of
// pages. All memory falls into the parts below, so that a difference in free pages between two runs is
// made up of the differences in the others.

import type { Samples } from '@pagelend/guests';

/** Parts of a guest's memory; they add up to MemTotal, and `rest` is what meminfo names nowhere. */
export const memoryParts = {
  free: 'free pages (MemFree)',
  anonymous: 'anonymous and shared pages, swap cache (Active(anon), Inactive(anon))',
  file: 'page cache (Active(file), Inactive(file))',
  unevictable: 'pages that cannot leave (Unevictable)',
  slab: 'slab (SReclaimable, SUnreclaim)',
  kernel_stacks: 'kernel stacks (KernelStack)',
  page_tables: 'page tables (PageTables, SecPageTables)',
  per_cpu: 'per-processor data (Percpu)',
  pool: "zram's pool (nr_zspages of vmstat)",
  rest: 'the rest: tables, rings and buffers of drivers, per-processor lists of free pages',
} as const;

export type MemoryPart = keyof typeof memoryParts;
export const memoryPartNames = Object.keys(memoryParts) as MemoryPart[];

/** One look at a guest. Everything in pages but the time. */
export interface Sample extends Readonly<Record<MemoryPart, number>> {
  /** Of the guest's clock since it booted. */
  readonly seconds: number;
  readonly total: number;
  readonly swapUsed: number;
  /** Counters since boot. */
  readonly swappedIn: number;
  readonly swappedOut: number;
  readonly majorFaults: number;
}

const KIB_PER_PAGE = 4;

/** In kB. Kernels before 6.1 have no SecPageTables. */
const meminfoFields = [
  ...['MemTotal', 'MemFree', 'Active(anon)', 'Inactive(anon)', 'Active(file)', 'Inactive(file)'],
  ...['Unevictable', 'Slab', 'KernelStack', 'PageTables', 'SecPageTables', 'Percpu'],
  ...['SwapTotal', 'SwapFree'],
];
/** Counts. Kernels without zsmalloc have no nr_zspages. */
const vmstatFields = ['nr_zspages', 'pswpin', 'pswpout', 'pgmajfault'];

/** What to ask the guest's sampler for, of what the guest's two files have. */
export function fieldsIn(meminfoAndVmstat: string): string[] {
  const names = meminfoAndVmstat.split('\n').map((line) => /^[\w()]+/.exec(line)?.[0]);
  const present = new Set(names);
  return [...meminfoFields, ...vmstatFields].filter((name) => present.has(name));
}

/** From the columns of the guest's sampler. */
export function samplesOf({ names, timesMs, values }: Samples): Sample[] {
  return Array.from(timesMs, (milliseconds, row) =>
    sampleOf(milliseconds / 1000, new Map(names.map((name, i) => [name, values[i]![row]!]))),
  );
}

function sampleOf(seconds: number, values: ReadonlyMap<string, number>): Sample {
  const count = (name: string): number => values.get(name) ?? 0;
  const pages = (...names: readonly string[]): number =>
    names.reduce((sum, name) => sum + count(name), 0) / KIB_PER_PAGE;
  const total = pages('MemTotal');
  const parts = {
    free: pages('MemFree'),
    anonymous: pages('Active(anon)', 'Inactive(anon)'),
    file: pages('Active(file)', 'Inactive(file)'),
    unevictable: pages('Unevictable'),
    slab: pages('Slab'),
    kernel_stacks: pages('KernelStack'),
    page_tables: pages('PageTables', 'SecPageTables'),
    per_cpu: pages('Percpu'),
    pool: count('nr_zspages'),
  };
  return {
    seconds,
    total,
    ...parts,
    rest: total - Object.values(parts).reduce((sum, value) => sum + value, 0),
    swapUsed: pages('SwapTotal') - pages('SwapFree'),
    swappedIn: count('pswpin'),
    swappedOut: count('pswpout'),
    majorFaults: count('pgmajfault'),
  };
}

/** Those taken while the job ran. */
export function during(
  samples: readonly Sample[],
  { from, to }: { readonly from: number; readonly to: number },
): Sample[] {
  return samples.filter(({ seconds }) => seconds >= from && seconds <= to);
}

/** The mean of each part, in pages; samples are taken at equal distances, so none counts more. */
export function meansOf(samples: readonly Sample[]): Record<MemoryPart, number> {
  const mean = (part: MemoryPart): number =>
    samples.reduce((sum, sample) => sum + sample[part], 0) / samples.length;
  return Object.fromEntries(
    memoryPartNames.map((part) => [part, samples.length === 0 ? 0 : mean(part)]),
  ) as Record<MemoryPart, number>;
}

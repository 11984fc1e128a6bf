// A flat list of rows sorted into what the table and the figures show: a group is one trace under
// one cost pair, with its frame counts ascending and its policies in the order they were asked
// for.

import type { SimResult, SimRow, SimTrace } from '../result.ts';
import { costLabel, traceLabels } from './labels.ts';

export interface CostPair {
  readonly medium: string | null;
  readonly readCost: number;
  readonly writeCost: number;
  readonly label: string;
}

export interface PolicyName {
  readonly policy: string;
  readonly observes: string;
}

export interface Group {
  readonly trace: SimTrace;
  readonly label: string;
  readonly cost: CostPair;
  readonly frameCounts: readonly number[];
  /** The rows of one frame count, by policy as asked for. */
  readonly rowsAt: ReadonlyMap<number, ReadonlyMap<string, SimRow>>;
}

export interface GroupedResult {
  readonly policies: readonly PolicyName[];
  readonly costs: readonly CostPair[];
  /** Traces outermost, then cost pairs; a group without rows is left out. */
  readonly groups: readonly Group[];
}

/** I/O time with or without the first touches, which no policy can avoid. */
export type Cold = 'with' | 'without';

/** The name under which the baseline itself appears among the rows. */
export const CLOCK = 'clock';

export function groupRows(result: SimResult): GroupedResult {
  const labels = traceLabels(result.traces.map(({ trace }) => trace));
  const policies = new Map<string, PolicyName>();
  const costs = new Map<string, CostPair>();
  const cells = new Map<string, Map<number, Map<string, SimRow>>>();
  for (const row of result.rows) {
    policies.set(row.policy, { policy: row.policy, observes: row.observes });
    const cost = costKey(row);
    if (!costs.has(cost)) costs.set(cost, costPair(row));
    const key = `${row.trace}\n${cost}`;
    if (!cells.has(key)) cells.set(key, new Map());
    const byFrames = cells.get(key)!;
    if (!byFrames.has(row.frames)) byFrames.set(row.frames, new Map());
    byFrames.get(row.frames)!.set(row.policy, row);
  }
  const groups: Group[] = [];
  for (const trace of new Map(result.traces.map((entry) => [entry.trace, entry])).values()) {
    for (const [key, cost] of costs) {
      const rowsAt = cells.get(`${trace.trace}\n${key}`);
      if (rowsAt === undefined) continue;
      const frameCounts = [...rowsAt.keys()].sort((a, b) => a - b);
      groups.push({ trace, label: labels.get(trace.trace)!, cost, frameCounts, rowsAt });
    }
  }
  return { policies: [...policies.values()], costs: [...costs.values()], groups };
}

export function ioTime(row: SimRow, cold: Cold): number {
  return cold === 'with' ? row.io_time : row.io_time_without_cold;
}

export function relativeToClock(row: SimRow, cold: Cold): number | null {
  return cold === 'with' ? row.relative_to_clock : row.relative_to_clock_without_cold;
}

/** CLOCK's own I/O time at one frame count, also where CLOCK was not asked for; null if unknown. */
export function clockIoTime(rows: Iterable<SimRow>, cold: Cold): number | null {
  let derived: number | null = null;
  for (const row of rows) {
    if (row.policy === CLOCK) return ioTime(row, cold);
    const relative = relativeToClock(row, cold);
    if (relative !== null && relative > 0) derived = ioTime(row, cold) / relative;
  }
  return derived;
}

export interface Bound {
  readonly reads: number;
  readonly writebacks: number;
  readonly ioTime: number;
  /** Over CLOCK's I/O time; null where that is 0 or unknown. */
  readonly relative: number | null;
}

/** The lower bound at one frame count: the same for every policy, hence one for all their rows. */
export function boundOf(rows: Iterable<SimRow>, cold: Cold): Bound | null {
  const all = [...rows];
  const row = all.find((candidate) => candidate.lower_bound_io_time !== null);
  if (row === undefined) return null;
  const coldReads = cold === 'with' ? 0 : row.cold_reads;
  const boundIoTime = Math.max(0, row.lower_bound_io_time! - coldReads * row.read_cost);
  const clock = clockIoTime(all, cold);
  return {
    reads: Math.max(0, (row.lower_bound_reads ?? 0) - coldReads),
    writebacks: row.lower_bound_writebacks ?? 0,
    ioTime: boundIoTime,
    relative: clock === null || clock === 0 ? null : boundIoTime / clock,
  };
}

/** True where leaving out first touches changes anything. */
export function hasColdReads(rows: Iterable<SimRow>): boolean {
  for (const row of rows) if (row.cold_reads > 0) return true;
  return false;
}

/**
 * The policies with the least I/O time among those that do not look ahead: it is no merit to
 * them.
 */
export function bestOf(rows: Iterable<SimRow>): ReadonlySet<string> {
  const online = [...rows].filter(({ observes }) => observes !== 'future');
  if (online.length < 2) return new Set();
  const least = Math.min(...online.map(({ io_time }) => io_time));
  return new Set(online.filter(({ io_time }) => io_time === least).map(({ policy }) => policy));
}

function costKey(row: SimRow): string {
  return `${row.medium ?? ''} ${row.read_cost} ${row.write_cost}`;
}

function costPair({ medium, read_cost, write_cost }: SimRow): CostPair {
  return {
    medium,
    readCost: read_cost,
    writeCost: write_cost,
    label: costLabel(medium, read_cost, write_cost),
  };
}

// From counts to a row: I/O time under a cost pair, beside CLOCK's and the lower bound's.

import type { CellResult } from './cell.ts';
import type { CostPair } from './media.ts';
import type { ColdRead, SimRow } from './result.ts';

/** A row that was asked for, and which cells it is made from (indexes into the results). */
export interface CellsOfRow {
  readonly policy: string;
  readonly observes: string;
  readonly frames: number;
  readonly costs: CostPair;
  readonly cell: number;
  readonly clock: number;
  readonly boundReads: number | null;
  readonly boundWrites: number | null;
}

interface Io {
  readonly references: number;
  readonly faults: number;
  readonly coldFaults: number;
  readonly reads: number;
  readonly coldReads: number;
  readonly writebacks: number;
}

export function rowOf(
  trace: string,
  wanted: CellsOfRow,
  results: readonly CellResult[],
  coldRead: ColdRead,
): SimRow {
  const { costs } = wanted;
  const own = ioOf(results[wanted.cell]!, coldRead);
  const clock = ioOf(results[wanted.clock]!, coldRead);
  const ownTime = timeOf(own, costs);
  const ownWithoutCold = timeWithoutCold(own, costs);
  return {
    trace,
    policy: wanted.policy,
    observes: wanted.observes,
    frames: wanted.frames,
    medium: costs.medium,
    read_cost: costs.read,
    write_cost: costs.write,
    references: own.references,
    faults: own.faults,
    cold_faults: own.coldFaults,
    reads: own.reads,
    cold_reads: own.coldReads,
    writebacks: own.writebacks,
    io_time: ownTime,
    io_time_without_cold: ownWithoutCold,
    relative_to_clock: ratio(ownTime, timeOf(clock, costs)),
    relative_to_clock_without_cold: ratio(ownWithoutCold, timeWithoutCold(clock, costs)),
    ...boundOf(wanted, results, coldRead),
  };
}

function ioOf({ warm, end }: CellResult, coldRead: ColdRead): Io {
  const faults = end.faults - warm.faults;
  const coldFaults = end.coldFaults - warm.coldFaults;
  const coldWriteFaults = end.coldWriteFaults - warm.coldWriteFaults;
  const coldReads =
    coldRead === 'all' ? coldFaults : coldRead === 'none' ? 0 : coldFaults - coldWriteFaults;
  return {
    references: end.references - warm.references,
    faults,
    coldFaults,
    reads: faults - coldFaults + coldReads,
    coldReads,
    writebacks: end.writebacks - warm.writebacks,
  };
}

function timeOf(io: Io, costs: CostPair): number {
  return io.reads * costs.read + io.writebacks * costs.write;
}

function timeWithoutCold(io: Io, costs: CostPair): number {
  return (io.reads - io.coldReads) * costs.read + io.writebacks * costs.write;
}

function ratio(own: number, clock: number): number | null {
  if (clock > 0) return own / clock;
  return own === 0 ? 1 : null;
}

function boundOf(
  wanted: CellsOfRow,
  results: readonly CellResult[],
  coldRead: ColdRead,
): Pick<SimRow, 'lower_bound_reads' | 'lower_bound_writebacks' | 'lower_bound_io_time'> {
  const { boundReads, boundWrites, costs } = wanted;
  if (boundReads === null || boundWrites === null) {
    return { lower_bound_reads: null, lower_bound_writebacks: null, lower_bound_io_time: null };
  }
  const { reads } = ioOf(results[boundReads]!, coldRead);
  const { end, residentCount } = results[boundWrites]!;
  const writebacks = end.faults - residentCount;
  return {
    lower_bound_reads: reads,
    lower_bound_writebacks: writebacks,
    lower_bound_io_time: reads * costs.read + writebacks * costs.write,
  };
}

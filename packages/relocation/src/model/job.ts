// The job as page references: a recorded program, run again and again as a build runs its compiler.
// The recording is cut into slices of equal length, and within a slice each page counts once, as
// reference and modified bit would show it; so many processes run at once that together they have
// the asked footprint, each a share of a run behind the one before, and each with pages of its own.

import { loadTrace, WINDOW_REFERENCES, windowOf } from '@pagelend/lab';
import type { Op } from '@pagelend/policies';
import { openTrace } from '@pagelend/trace';
import type { GuestMemory } from './guest-memory.ts';

export interface JobTrace {
  readonly name: string;
  /** How the recording came about; empty where unknown. */
  readonly origin: string;
  readonly references: number;
  readonly pageCount: number;
  /** Packed references, `page << 1 | op`, each page at most once. */
  readonly slices: readonly Uint32Array[];
}

/** Slices of one run: enough that a page that is touched through the run is in each of them. */
export const SLICES_PER_RUN = 64;

export async function loadJob(path: string, name: string): Promise<JobTrace> {
  const reader = await openTrace(path);
  try {
    const trace = await loadTrace(reader);
    const { referenceCount, pageCount } = trace;
    const slices = Array.from({ length: SLICES_PER_RUN }, (_, i) => {
      const from = Math.floor((referenceCount * i) / SLICES_PER_RUN);
      const to = Math.floor((referenceCount * (i + 1)) / SLICES_PER_RUN);
      const slice = new Slice(pageCount);
      for (let at = from; at < to; at += WINDOW_REFERENCES) {
        slice.add(windowOf(trace, at, Math.min(at + WINDOW_REFERENCES, to)));
      }
      return slice.references();
    });
    const { command, note } = reader.header.provenance;
    return { name, origin: command ?? note ?? '', references: referenceCount, pageCount, slices };
  } finally {
    await reader.close();
  }
}

/** The pages of a slice in the order of their first reference; written if any reference wrote. */
class Slice {
  readonly #order: number[] = [];
  readonly #ops: Int8Array;

  constructor(pageCount: number) {
    this.#ops = new Int8Array(pageCount).fill(-1);
  }

  add(references: Uint32Array): void {
    for (const reference of references) {
      const page = reference >>> 1;
      const op = reference & 1;
      if (this.#ops[page] === -1) this.#order.push(page);
      if (op > this.#ops[page]!) this.#ops[page] = op;
    }
  }

  references(): Uint32Array {
    return Uint32Array.from(this.#order, (page) => (page << 1) | this.#ops[page]!);
  }
}

/** Processes at once for a footprint; never fewer than one. */
export function processesFor({ pageCount }: JobTrace, footprintPages: number): number {
  return footprintPages === 0 ? 0 : Math.max(1, Math.round(footprintPages / pageCount));
}

/** The job of one guest; its pages are numbered from `firstPage` on. */
export class Job {
  readonly tickCount: number;
  readonly #trace: JobTrace;
  readonly #firstPage: number;
  readonly #processes: number;
  readonly #runs: number;

  constructor(trace: JobTrace, firstPage: number, processes: number, runs: number) {
    this.#trace = trace;
    this.#firstPage = firstPage;
    this.#processes = processes;
    this.#runs = runs;
    this.tickCount = runs * SLICES_PER_RUN;
  }

  /** One slice of each process. They start one after the other within the first run's time. */
  tick(tick: number, memory: GuestMemory): void {
    const { pageCount, slices } = this.#trace;
    for (let process = 0; process < this.#processes; process++) {
      const delay = Math.floor((process * SLICES_PER_RUN) / this.#processes);
      const at = tick - delay;
      if (at < 0) continue;
      const first = this.#firstPage + process * pageCount;
      const slice = at % SLICES_PER_RUN;
      if (slice === 0 && at > 0) memory.free(first, first + pageCount);
      if (at >= this.#runs * SLICES_PER_RUN) continue;
      for (const reference of slices[slice]!) {
        memory.reference(first + (reference >>> 1), (reference & 1) as Op);
      }
    }
  }
}

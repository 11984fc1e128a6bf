// Runs the cells of one trace on worker threads. Workers take the next batch of cells from one shared
// counter, so a slow batch keeps no other core idle, and results come back by cell, so their order is
// fixed.

import { Worker } from 'node:worker_threads';
import { PolicyError, type PolicyErrorCode, policyErrors } from '@pagelend/policies';
import { batchesOf } from './batch.ts';
import { type Cell, type CellInput, type CellResult, runCell } from './cell.ts';
import { LabError, type LabErrorCode } from './errors.ts';

/** Below so many replayed references starting threads costs more than they save. */
const THREADS_PAY_REFERENCES = 4_000_000;
/** How often progress is looked at. */
const POLL_MS = 100;

export interface WorkerTask {
  readonly cells: readonly Cell[];
  /** Indexes of cells that run in one pass. */
  readonly batches: readonly (readonly number[])[];
  readonly input: CellInput;
  /** Shared: [0] index of the next batch to take. */
  readonly queue: Int32Array;
  /** Shared, one per worker: references replayed. */
  readonly done: Float64Array;
  readonly worker: number;
}

export type WorkerMessage =
  | { readonly batch: readonly number[]; readonly results: readonly CellResult[] }
  | { readonly code: string; readonly why: string };

/** Runs all cells; results in the order of `cells`. `onProgress` gets references replayed in all. */
export async function runCells(
  cells: readonly Cell[],
  input: CellInput,
  jobs: number,
  onProgress: (references: number) => void,
): Promise<CellResult[]> {
  const references = input.trace.referenceCount;
  if (cells.length * references < THREADS_PAY_REFERENCES) {
    return runHere(cells, input, onProgress);
  }
  const results = new Array<CellResult>(cells.length);
  const queue = new Int32Array(new SharedArrayBuffer(4));
  const jobCount = Math.max(1, Math.floor(jobs));
  const batches = batchesOf(cells, jobCount);
  const workerCount = Math.min(jobCount, batches.length);
  const done = new Float64Array(new SharedArrayBuffer(8 * workerCount));
  const poll = setInterval(() => onProgress(done.reduce((sum, part) => sum + part)), POLL_MS);
  const workers = Array.from({ length: workerCount }, (_, worker) => {
    const task: WorkerTask = { cells, batches, input, queue, done, worker };
    return new Worker(new URL('./cell-worker.js', import.meta.url), { workerData: task });
  });
  try {
    await Promise.all(workers.map((worker) => collect(worker, results)));
  } finally {
    clearInterval(poll);
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  return results;
}

async function runHere(
  cells: readonly Cell[],
  input: CellInput,
  onProgress: (references: number) => void,
): Promise<CellResult[]> {
  const results: CellResult[] = [];
  let done = 0;
  for (const cell of cells) {
    results.push(
      await runCell(cell, input, (references) => {
        done += references;
        onProgress(done);
      }),
    );
  }
  return results;
}

function collect(worker: Worker, results: CellResult[]): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.on('message', (message: WorkerMessage) => {
      if ('code' in message) reject(failureOf(message.code, message.why));
      else for (const [at, index] of message.batch.entries()) results[index] = message.results[at]!;
    });
    // What ends a thread from outside its own `try`: no memory left, or an error in a callback.
    worker.on('error', (error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      reject(new LabError('LAB_WORKER', `a worker thread failed: ${why}`));
    });
    worker.on('exit', (status) => {
      if (status === 0) resolve();
      else reject(new LabError('LAB_WORKER', `a worker thread ended with status ${status}`));
    });
  });
}

/** An error's class does not survive the way between threads; its code does. */
function failureOf(code: string, why: string): Error {
  if (Object.hasOwn(policyErrors, code)) return new PolicyError(code as PolicyErrorCode, why);
  return new LabError(code as LabErrorCode, why);
}

// A worker thread of worker-pool.ts: takes cells until none is left.

import { parentPort, workerData } from 'node:worker_threads';
import { PolicyError } from '@pagelend/policies';
import { runCell } from './cell.ts';
import { LabError } from './errors.ts';
import type { WorkerMessage, WorkerTask } from './worker-pool.ts';

const { cells, input, queue, done, worker } = workerData as WorkerTask;

function send(message: WorkerMessage): void {
  parentPort!.postMessage(message);
}

try {
  for (;;) {
    const index = Atomics.add(queue, 0, 1);
    const cell = cells[index];
    if (cell === undefined) break;
    const result = await runCell(cell, input, (references) => {
      done[worker]! += references;
    });
    send({ index, result });
  }
} catch (error) {
  const isCoded = error instanceof LabError || error instanceof PolicyError;
  const code = isCoded ? error.code : 'LAB_WORKER';
  send({ code, why: error instanceof Error ? error.message : String(error) });
}

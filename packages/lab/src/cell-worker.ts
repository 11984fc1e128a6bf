// A worker thread of worker-pool.ts: takes batches of cells until none is left.

import { parentPort, workerData } from 'node:worker_threads';
import { PolicyError } from '@pagelend/policies';
import { runBatch } from './batch.ts';
import { LabError } from './errors.ts';
import type { WorkerMessage, WorkerTask } from './worker-pool.ts';

const { cells, batches, input, queue, done, worker } = workerData as WorkerTask;

function send(message: WorkerMessage): void {
  parentPort!.postMessage(message);
}

try {
  for (;;) {
    const batch = batches[Atomics.add(queue, 0, 1)];
    if (batch === undefined) break;
    const own = batch.map((index) => cells[index]!);
    const results = await runBatch(own, input, (references) => {
      done[worker]! += references;
    });
    send({ batch, results });
  }
} catch (error) {
  const isCoded = error instanceof LabError || error instanceof PolicyError;
  const code = isCoded ? error.code : 'LAB_WORKER';
  send({ code, why: error instanceof Error ? error.message : String(error) });
}

// A thread of the load: some leases, one connection each. The main thread says when.

import { parentPort, workerData } from 'node:worker_threads';
import { LeaseLoad } from './lease-load.mjs';
import { StampedPages } from './stamped-pages.mjs';

const pages = new StampedPages();
const loads = workerData.leases.map((lease) => new LeaseLoad({ ...lease, pages }));
let running = Promise.resolve();

const verbs = {
  open: () => Promise.all(loads.map((load) => load.open())),
  fill: () => Promise.all(loads.map((load) => load.fill())),
  async start() {
    running = Promise.all(loads.map((load) => load.start()));
    running.catch((error) => parentPort.postMessage({ failed: error.message }));
  },
  /** Figures since the last time, by lease. */
  figures: () =>
    loads.map((load) => {
      const { latencies, ...figures } = load.takeFigures();
      const counts = Object.entries(latencies).map(([name, { counts }]) => [name, counts]);
      return { ...figures, latencies: Object.fromEntries(counts) };
    }),
  async stop() {
    for (const load of loads) load.stop();
    await running;
  },
  close() {
    for (const load of loads) load.close();
  },
};

parentPort.on('message', async (verb) => {
  try {
    parentPort.postMessage({ result: (await verbs[verb]()) ?? null });
  } catch (error) {
    parentPort.postMessage({ failed: error.message });
  }
});

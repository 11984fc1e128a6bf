// A worker of the load generator: one connection after another, in calls that wait. The main thread
// says what to run and, between the runs, reads the server's processor time.

import { parentPort, workerData } from 'node:worker_threads';
import { Session } from './nbd-session.mjs';
import { Fill, RandomRequests } from './request-sources.mjs';

const { memory, at, pagesAt, written } = workerData;
let session = null;

const verbs = {
  open({ socket, exportName, isVerified }) {
    session = new Session({
      ...{ socket, exportName, memory, at, pagesAt },
      written: isVerified ? written : null,
    });
    return { exportBytes: session.exportBytes };
  },
  fill: ({ depth, ...range }) => session.run(new Fill(range), depth),
  random: ({ depth, ...options }) => session.run(new RandomRequests(options), depth),
  close() {
    session.close();
    session = null;
  },
};

parentPort.on('message', ({ verb, ...options }) => {
  try {
    parentPort.postMessage({ result: verbs[verb](options) });
  } catch (error) {
    parentPort.postMessage({ error: error.message });
  }
});

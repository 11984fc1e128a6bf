// A thread of the data plane: the loop that serves, on the pool's pages.

import { parentPort, workerData } from 'node:worker_threads';
import { addressOf, markIoFlusher } from '@pagelend/linux';
import { LeasePages, PageStore } from '@pagelend/store';
import type { ThreadSetup } from './messages.ts';
import { ServeLoop } from './serve-loop.ts';

const { attachment, thread, bellFd, fullErrno, judge } = workerData as ThreadSetup;

markIoFlusher();
const store = new PageStore(attachment.share, thread);
const loop = new ServeLoop({
  io: store.io,
  base: addressOf(attachment.share.windows[0]!),
  bellFd,
  port: parentPort!,
  judge,
  // A pair of buffers is one connection's at a time, and so is the row of the board of that number.
  openPages: ({ table, buffer }) =>
    new LeasePages(store, table, attachment.limits, fullErrno, { row: buffer, bellFd }),
});
loop.run();

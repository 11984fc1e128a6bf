// The control plane's handle on the threads that serve. Threads are started as connections come, one
// for each up to the limit, so that a single guest costs a single thread's memory; a connection goes
// to the thread with the fewest.

import { constants } from 'node:os';
import { Worker } from 'node:worker_threads';
import { Bell } from '@pagelend/linux';
import type { LentPool } from '@pagelend/store';
import type { DataPlane, FullError, Handover, ServedConnection } from '../contract.ts';
import { CONNECTION_COUNT_MAX } from './buffers.ts';
import type { FromThread, ThreadSetup, ToThread } from './messages.ts';

export { CONNECTION_COUNT_MAX };

/** How long an orderly stop waits for peers to take their answers. */
const DRAIN_MS_MAX = 2000;
/** Megabytes: the threads' heaps hold next to nothing, so let them be collected early. */
const YOUNG_HEAP_MB = 1;

export interface DataPlaneOptions {
  readonly pool: LentPool;
  readonly fullError: FullError;
  readonly threadCount: number;
  /** Called when a thread fails; the process can't go on without it. */
  readonly onFailure: (error: Error) => void;
}

interface Thread {
  readonly worker: Worker;
  readonly bell: Bell;
  readonly exited: Promise<void>;
  connectionCount: number;
}

interface Session {
  readonly thread: Thread;
  readonly buffer: number;
  readonly ended: Promise<string>;
  readonly settle: (reason: string) => void;
}

export function startDataPlane(options: DataPlaneOptions): DataPlane {
  return new Threads(options);
}

class Threads implements DataPlane {
  readonly #options: DataPlaneOptions;
  #threads: readonly Thread[] = [];
  readonly #sessions = new Map<number, Session>();
  readonly #freeBuffers: number[] = [];
  #nextId = 1;
  #nextThread = 1;

  constructor(options: DataPlaneOptions) {
    this.#options = options;
    for (let i = CONNECTION_COUNT_MAX - 1; i >= 0; i--) this.#freeBuffers.push(i);
    // A thread that waits for sockets would keep the process from exiting.
    process.once('exit', () => this.#stopAll());
  }

  get connectionCount(): number {
    return this.#sessions.size;
  }

  serve({ fd, lease, isStructured, hasBaseAllocation, leftover }: Handover): ServedConnection {
    const open = this.#options.pool.lease(lease.id);
    const buffer = this.#freeBuffers.pop();
    if (open === undefined || buffer === undefined) {
      if (buffer !== undefined) this.#freeBuffers.push(buffer);
      throw new RangeError('the lease is gone, or no buffers are left; check both before serving');
    }
    const thread = this.#pickThread();
    const id = this.#nextId++;
    const { table } = open;
    let settle: (reason: string) => void = () => {};
    const ended = new Promise<string>((resolve) => {
      settle = resolve;
    });
    this.#sessions.set(id, { thread, buffer, ended, settle });
    thread.connectionCount += 1;
    const kind = 'serve';
    tell(thread, { kind, id, fd, buffer, table, isStructured, hasBaseAllocation, leftover });
    return {
      id,
      ended,
      end: () => tell(thread, { kind: 'end', id }),
      cut: () => tell(thread, { kind: 'cut', id }),
    };
  }

  async close(): Promise<void> {
    const ended = [...this.#sessions.values()].map((session) => session.ended);
    for (const [id, { thread }] of this.#sessions) tell(thread, { kind: 'end', id });
    const timer = setTimeout(() => {
      // Only the thread knows whether the descriptor is still the session's.
      for (const [id, { thread }] of this.#sessions) tell(thread, { kind: 'cut', id });
    }, DRAIN_MS_MAX);
    await Promise.all(ended);
    clearTimeout(timer);
    this.#stopAll();
    await Promise.all(this.#threads.map(({ exited }) => exited));
  }

  #stopAll(): void {
    for (const thread of this.#threads) tell(thread, { kind: 'stop' });
  }

  #pickThread(): Thread {
    const least = this.#threads.toSorted((a, b) => a.connectionCount - b.connectionCount)[0];
    if (least !== undefined && least.connectionCount === 0) return least;
    if (this.#threads.length < this.#options.threadCount) return this.#startThread();
    return least!;
  }

  #startThread(): Thread {
    const { pool, fullError, onFailure } = this.#options;
    const bell = new Bell();
    const setup: ThreadSetup = {
      attachment: pool.attachment,
      thread: this.#nextThread++,
      bellFd: bell.fd,
      fullErrno: constants.errno[fullError],
    };
    const worker = new Worker(new URL('./serve-thread.js', import.meta.url), {
      workerData: setup,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_HEAP_MB },
    });
    worker.on('message', (message: FromThread) => this.#ended(message));
    worker.on('error', onFailure);
    const exited = new Promise<void>((resolve) => {
      worker.once('exit', () => {
        // Its number may be another descriptor's from now on.
        this.#threads = this.#threads.filter((thread) => thread.worker !== worker);
        bell.close();
        resolve();
      });
    });
    const thread = { worker, bell, exited, connectionCount: 0 };
    this.#threads = [...this.#threads, thread];
    return thread;
  }

  #ended({ id, reason }: FromThread): void {
    const session = this.#sessions.get(id);
    if (session === undefined) return;
    this.#sessions.delete(id);
    this.#freeBuffers.push(session.buffer);
    session.thread.connectionCount -= 1;
    session.settle(reason);
  }
}

function tell(thread: Thread, message: ToThread): void {
  thread.worker.postMessage(message);
  thread.bell.ring();
}

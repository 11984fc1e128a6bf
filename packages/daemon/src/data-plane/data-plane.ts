// The control plane's handle on the threads that serve. Threads are started as connections come, one
// for each up to the limit, so that a single guest costs a single thread's memory; a connection goes
// to the thread with the fewest.

import { constants } from 'node:os';
import { Worker } from 'node:worker_threads';
import { Bell } from '@pagelend/linux';
import type { LentPool } from '@pagelend/store';
import type { DataPlane, FullError, Handover, ServedConnection } from '../contract.ts';
import type { JudgeFeed } from '../judging/messages.ts';
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
  /** Who is told of requests in its sample; null for nobody. */
  readonly judge: JudgeFeed | null;
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
  /**
   * Who waits for the session to be quiet, by the order's number: an answer to an order that was
   * taken back says nothing of the next one.
   */
  readonly onHeld: Map<number, () => void>;
}

export function startDataPlane(options: DataPlaneOptions): DataPlane {
  return new Threads(options);
}

class Threads implements DataPlane {
  readonly #options: DataPlaneOptions;
  #threads: readonly Thread[] = [];
  readonly #sessions = new Map<number, Session>();
  readonly #freeBuffers: number[] = [];
  /** By lease index: where requests on it are told. */
  readonly #rings = new Map<number, SharedArrayBuffer>();
  /** What threads have not said yet that they do, by the order's number. */
  readonly #orders = new Map<number, () => void>();
  #nextId = 1;
  #nextOrder = 1;
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

  serve({ fd, lease, ...agreed }: Handover): ServedConnection {
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
    this.#sessions.set(id, { thread, buffer, ended, settle, onHeld: new Map() });
    thread.connectionCount += 1;
    tell(thread, { kind: 'serve', id, fd, buffer, table, ...agreed });
    return {
      id,
      ended,
      hold: () => this.#hold(id),
      release: () => this.#release(id),
      end: () => tell(thread, { kind: 'end', id }),
      cut: () => tell(thread, { kind: 'cut', id }),
    };
  }

  async record(leaseIndex: number, ring: SharedArrayBuffer | null): Promise<void> {
    if (ring === null) this.#rings.delete(leaseIndex);
    else this.#rings.set(leaseIndex, ring);
    // One that stops instead of answering tells no requests either.
    const told = this.#threads.map((thread) =>
      Promise.race([this.#tellRing(thread, leaseIndex, ring), thread.exited]),
    );
    await Promise.all(told);
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
    const { pool, fullError, judge, onFailure } = this.#options;
    const bell = new Bell();
    const setup: ThreadSetup = {
      attachment: pool.attachment,
      thread: this.#nextThread++,
      bellFd: bell.fd,
      fullErrno: constants.errno[fullError],
      judge,
    };
    const worker = new Worker(new URL('./serve-thread.js', import.meta.url), {
      workerData: setup,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_HEAP_MB },
    });
    worker.on('message', (message: FromThread) => this.#heard(message));
    worker.on('error', onFailure);
    const exited = new Promise<void>((resolve) => {
      worker.once('exit', () => {
        this.#threads = this.#threads.filter((thread) => thread.worker !== worker);
        // Its bell stays open: the keeper of the tier may be about to ring it, and its number must
        // not be another descriptor's by then. Threads exit when the process is about to.
        resolve();
      });
    });
    const thread = { worker, bell, exited, connectionCount: 0 };
    this.#threads = [...this.#threads, thread];
    for (const [leaseIndex, ring] of this.#rings) void this.#tellRing(thread, leaseIndex, ring);
    return thread;
  }

  #tellRing(thread: Thread, leaseIndex: number, ring: SharedArrayBuffer | null): Promise<void> {
    const order = this.#nextOrder++;
    return new Promise((resolve) => {
      this.#orders.set(order, resolve);
      tell(thread, { kind: 'record', order, leaseIndex, ring });
    });
  }

  #hold(id: number): Promise<void> {
    const session = this.#sessions.get(id);
    if (session === undefined) return Promise.resolve();
    const order = this.#nextOrder++;
    return new Promise((resolve) => {
      session.onHeld.set(order, resolve);
      tell(session.thread, { kind: 'hold', id, order });
    });
  }

  #release(id: number): void {
    const session = this.#sessions.get(id);
    if (session === undefined) return;
    session.onHeld.clear();
    tell(session.thread, { kind: 'release', id });
  }

  #heard(message: FromThread): void {
    if (message.kind === 'recording') {
      this.#orders.get(message.order)?.();
      this.#orders.delete(message.order);
      return;
    }
    const { id } = message;
    const session = this.#sessions.get(id);
    if (session === undefined) return;
    if (message.kind === 'held') {
      session.onHeld.get(message.order)?.();
      session.onHeld.delete(message.order);
      return;
    }
    for (const tellHeld of session.onHeld.values()) tellHeld();
    const { reason } = message;
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

// A thread of the data plane: waits for its connections' sockets and its bell, serves, and never
// returns to an event loop until it is told to stop.

import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { addressOf, Bell, BROKEN, markIoFlusher, Poller, READABLE } from '@pagelend/linux';
import { LeasePages, PageStore } from '@pagelend/store';
import { RingWriter } from '../recording/request-ring.ts';
import { Connection } from './connection.ts';
import type { FromThread, ThreadSetup, ToThread } from './messages.ts';

/** The bell's tag; connections have theirs from 1. */
const BELL = 0;

class ServeThread {
  readonly #setup: ThreadSetup;
  readonly #store: PageStore;
  readonly #base: number;
  readonly #poller = new Poller();
  readonly #bell: Bell;
  readonly #connections = new Map<number, Connection>();
  /** Those that are to be held and are not quiet yet, with the order to be answered. */
  readonly #awaited = new Map<number, number>();
  /** Those that go on without waiting for their sockets. */
  readonly #eager = new Set<number>();
  /** By lease index: where requests on it are told. */
  readonly #rings = new Map<number, SharedArrayBuffer>();
  #isStopped = false;

  constructor(setup: ThreadSetup) {
    this.#setup = setup;
    this.#store = new PageStore(setup.attachment.share, setup.thread);
    this.#base = addressOf(setup.attachment.share.windows[0]!);
    this.#bell = new Bell(setup.bellFd);
    this.#poller.add(this.#bell.fd, READABLE, BELL);
  }

  run(): void {
    while (!this.#isStopped) {
      const count = this.#poller.wait(this.#eager.size > 0 ? 0 : -1);
      for (let i = 0; i < count; i++) {
        const tag = this.#poller.tag(i);
        if (tag === BELL) this.#listen();
        else this.#attend(tag, this.#poller.events(i));
      }
      for (const id of this.#eager) this.#serve(id);
    }
    for (const id of [...this.#connections.keys()]) this.#end(id, 'stopped');
    this.#poller.close();
  }

  #attend(id: number, events: number): void {
    // A session at rest does not read, so it would never learn that its peer has gone.
    if ((events & BROKEN) !== 0 && this.#connections.get(id)?.watched === 0) {
      this.#end(id, 'closed');
    } else this.#serve(id);
  }

  #serve(id: number): void {
    const connection = this.#connections.get(id);
    if (connection === undefined) return;
    const reason = connection.turn();
    if (reason !== null) {
      this.#end(id, reason);
      return;
    }
    if (connection.wantsTurn) this.#eager.add(id);
    else if (this.#eager.size > 0) this.#eager.delete(id);
    if (connection.interest !== connection.watched) this.#watch(connection);
    if (this.#awaited.size > 0 && connection.isQuiet) this.#tellHeld(id);
  }

  /** While answers wait, requests are not received: that is the back-pressure. */
  #watch(connection: Connection): void {
    connection.watched = connection.interest;
    this.#poller.change(connection.fd, connection.watched, connection.id);
  }

  #listen(): void {
    this.#bell.hush();
    for (;;) {
      const received = receiveMessageOnPort(parentPort!);
      if (received === undefined) return;
      const message = received.message as ToThread;
      if (message.kind === 'stop') this.#isStopped = true;
      else if (message.kind === 'end') this.#drain(message.id);
      else if (message.kind === 'cut') this.#end(message.id, 'cut');
      else if (message.kind === 'hold') this.#hold(message.id, message.order);
      else if (message.kind === 'release') this.#release(message.id);
      else if (message.kind === 'record') this.#record(message);
      else this.#begin(message);
    }
  }

  #begin(message: Extract<ToThread, { kind: 'serve' }>): void {
    const { attachment, fullErrno } = this.#setup;
    const pages = new LeasePages(this.#store, message.table, attachment.limits, fullErrno);
    const connection = new Connection(message, this.#store.io, this.#base, pages);
    this.#observe(connection);
    this.#connections.set(connection.id, connection);
    this.#poller.add(connection.fd, READABLE, connection.id);
    this.#serve(connection.id);
  }

  #hold(id: number, order: number): void {
    const connection = this.#connections.get(id);
    // Its end was told before.
    if (connection === undefined) return;
    this.#awaited.set(id, order);
    connection.hold(true);
    this.#serve(id);
  }

  #tellHeld(id: number): void {
    const order = this.#awaited.get(id);
    if (order === undefined) return;
    this.#awaited.delete(id);
    parentPort!.postMessage({ kind: 'held', id, order } satisfies FromThread);
  }

  #release(id: number): void {
    this.#awaited.delete(id);
    this.#connections.get(id)?.hold(false);
    this.#serve(id);
  }

  #record({ order, leaseIndex, ring }: Extract<ToThread, { kind: 'record' }>): void {
    if (ring === null) this.#rings.delete(leaseIndex);
    else this.#rings.set(leaseIndex, ring);
    for (const connection of this.#connections.values()) {
      if (connection.leaseIndex === leaseIndex) this.#observe(connection);
    }
    parentPort!.postMessage({ kind: 'recording', order } satisfies FromThread);
  }

  #observe(connection: Connection): void {
    const ring = this.#rings.get(connection.leaseIndex);
    connection.observe(ring === undefined ? null : new RingWriter(ring, connection.id));
  }

  #drain(id: number): void {
    this.#connections.get(id)?.drain();
    this.#serve(id);
  }

  #end(id: number, reason: string): void {
    const connection = this.#connections.get(id);
    if (connection === undefined) return;
    this.#connections.delete(id);
    this.#awaited.delete(id);
    this.#eager.delete(id);
    this.#poller.remove(connection.fd);
    connection.close();
    parentPort!.postMessage({ kind: 'ended', id, reason } satisfies FromThread);
  }
}

markIoFlusher();
new ServeThread(workerData as ThreadSetup).run();

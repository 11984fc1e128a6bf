// A thread of the data plane: waits for its connections' sockets and its bell, serves, and never
// returns to an event loop until it is told to stop.

import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { addressOf, Bell, markIoFlusher, Poller, READABLE, WRITABLE } from '@pagelend/linux';
import { LeasePages, PageStore } from '@pagelend/store';
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
  readonly #blocked = new Set<number>();
  /** Those that go on without waiting for their sockets. */
  readonly #eager = new Set<number>();
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
        else this.#serve(tag);
      }
      for (const id of this.#eager) this.#serve(id);
    }
    for (const id of [...this.#connections.keys()]) this.#end(id, 'stopped');
    this.#poller.close();
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
    if (connection.isBlocked !== this.#blocked.has(id)) this.#watch(connection);
  }

  /** While answers wait, requests are not received: that is the back-pressure. */
  #watch(connection: Connection): void {
    const { id, fd, isBlocked } = connection;
    this.#poller.change(fd, isBlocked ? WRITABLE : READABLE, id);
    if (isBlocked) this.#blocked.add(id);
    else this.#blocked.delete(id);
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
      else this.#begin(message);
    }
  }

  #begin(message: Extract<ToThread, { kind: 'serve' }>): void {
    const { attachment, fullErrno } = this.#setup;
    const pages = new LeasePages(this.#store, message.table, attachment.limits, fullErrno);
    const connection = new Connection(message, this.#store.io, this.#base, pages);
    this.#connections.set(connection.id, connection);
    this.#poller.add(connection.fd, READABLE, connection.id);
    this.#serve(connection.id);
  }

  #drain(id: number): void {
    this.#connections.get(id)?.drain();
    this.#serve(id);
  }

  #end(id: number, reason: string): void {
    const connection = this.#connections.get(id);
    if (connection === undefined) return;
    this.#connections.delete(id);
    this.#blocked.delete(id);
    this.#eager.delete(id);
    this.#poller.remove(connection.fd);
    connection.close();
    parentPort!.postMessage({ kind: 'ended', id, reason } satisfies FromThread);
  }
}

markIoFlusher();
new ServeThread(workerData as ThreadSetup).run();

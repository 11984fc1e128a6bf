// What a thread of the data plane does: waits for its connections' sockets and its bell, and serves.
// The bell is rung for messages, and for pages that have come from the tier.

import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { Bell, BROKEN, Poller, READABLE } from '@pagelend/linux';
import { JudgedRequests } from '../judging/judged-requests.ts';
import type { JudgeFeed } from '../judging/messages.ts';
import { RingWriter } from '../recording/request-ring.ts';
import { Connection, type Serve } from './connection.ts';
import type { FromThread, ToThread } from './messages.ts';
import type { ServedPages } from './waiting-pages.ts';

/** The bell's tag; connections have theirs from 1. */
const BELL = 0;

/** What the loop works with. */
export interface LoopSetup {
  /** The I/O area, and the address at which it begins. */
  readonly io: Uint8Array<SharedArrayBuffer>;
  readonly base: number;
  readonly bellFd: number;
  readonly port: MessagePort;
  /** The pages that a connection is to serve. */
  readonly openPages: (serve: Serve) => ServedPages;
  /** Null where nobody judges. */
  readonly judge: JudgeFeed | null;
}

export class ServeLoop {
  readonly #setup: LoopSetup;
  readonly #poller = new Poller();
  readonly #bell: Bell;
  readonly #connections = new Map<number, Connection>();
  /** Those that are to be held and are not quiet yet, with the order to be answered. */
  readonly #awaited = new Map<number, number>();
  /** Those that go on without waiting for their sockets. */
  readonly #eager = new Set<number>();
  /** Those that wait for a page that is on its way. */
  readonly #parked = new Set<number>();
  /** By lease index: where requests on it are told. */
  readonly #rings = new Map<number, SharedArrayBuffer>();
  #isStopped = false;

  constructor(setup: LoopSetup) {
    this.#setup = setup;
    this.#bell = new Bell(setup.bellFd);
    this.#poller.add(this.#bell.fd, READABLE, BELL);
  }

  /** Serves until it is told to stop, without ever returning to an event loop. */
  run(): void {
    while (!this.#isStopped) this.step(-1);
    for (const id of [...this.#connections.keys()]) this.#end(id, 'stopped');
    this.#poller.close();
  }

  /**
   * Waits until there is something to do, at most `ms` where that is 0 or more, and does it. Returns
   * whether there was anything.
   */
  step(ms: number): boolean {
    const isEager = this.#eager.size > 0;
    const count = this.#poller.wait(isEager ? 0 : ms);
    for (let i = 0; i < count; i++) {
      const tag = this.#poller.tag(i);
      if (tag === BELL) this.#wake();
      else this.#attend(tag, this.#poller.events(i));
    }
    for (const id of this.#eager) this.#serve(id);
    return isEager || count > 0;
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
    if (connection.isParked) this.#parked.add(id);
    else if (this.#parked.size > 0) this.#parked.delete(id);
    if (connection.interest !== connection.watched) this.#watch(connection);
    if (this.#awaited.size > 0 && connection.isQuiet) this.#tellHeld(id);
  }

  /** While answers wait, requests are not received: that is the back-pressure. */
  #watch(connection: Connection): void {
    connection.watched = connection.interest;
    this.#poller.change(connection.fd, connection.watched, connection.id);
  }

  /**
   * The bell is hushed before anything is looked at: whoever brings something afterwards rings it
   * again, and then the next wait ends at once.
   */
  #wake(): void {
    this.#bell.hush();
    this.#listen();
    for (const id of this.#parked) {
      if (this.#connections.get(id)?.isReady === true) this.#serve(id);
    }
  }

  #listen(): void {
    for (;;) {
      const received = receiveMessageOnPort(this.#setup.port);
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

  #begin(message: Serve): void {
    const { io, base, openPages } = this.#setup;
    const connection = new Connection(message, io, base, openPages(message));
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
    this.#tell({ kind: 'held', id, order });
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
    this.#tell({ kind: 'recording', order });
  }

  #observe(connection: Connection): void {
    const { judge } = this.#setup;
    const { id, leaseIndex } = connection;
    const ring = this.#rings.get(leaseIndex);
    const recorder = ring === undefined ? null : new RingWriter(ring, id);
    connection.observe(judge === null ? recorder : new JudgedRequests(judge, leaseIndex, recorder));
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
    this.#parked.delete(id);
    this.#poller.remove(connection.fd);
    connection.close();
    this.#tell({ kind: 'ended', id, reason });
  }

  #tell(message: FromThread): void {
    this.#setup.port.postMessage(message);
  }
}

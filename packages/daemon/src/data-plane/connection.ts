// One connection in its thread: the protocol's state machine between a socket and a lease's pages.
// Sockets are never waited for here; a peer that does not read its answers stops only itself.

import {
  closeDescriptor,
  READABLE,
  receive,
  transmit,
  WOULD_WAIT,
  WRITABLE,
} from '@pagelend/linux';
import { ENDED, type RequestObserver, Transmission, WANTS_OUTPUT, WANTS_TURN } from '@pagelend/nbd';
import type { LeasePages } from '@pagelend/store';
import { RECEIVE_BYTES, receiveAt, SEND_BYTES, sendAt } from './buffers.ts';
import type { ToThread } from './messages.ts';

/** Turns of receiving and answering before the thread's other connections have theirs. */
const TURNS_MAX = 4;
/** The same of full output regions that the peer takes at once, as in a long read. */
const OUTPUTS_MAX = 4;

type Serve = Extract<ToThread, { kind: 'serve' }>;

export class Connection {
  readonly id: number;
  readonly fd: number;
  readonly leaseIndex: number;
  readonly #base: number;
  readonly #session: Transmission;
  /** What the poller watches the socket for. */
  watched = READABLE;
  #isDraining = false;
  #wantsTurn = false;

  /** `base` is the address at which the I/O area begins. */
  constructor(serve: Serve, io: Uint8Array<SharedArrayBuffer>, base: number, pages: LeasePages) {
    this.id = serve.id;
    this.fd = serve.fd;
    this.leaseIndex = serve.table.leaseIndex;
    this.#base = base;
    const buffers = {
      rxAt: receiveAt(serve.buffer),
      rxBytes: RECEIVE_BYTES,
      txAt: sendAt(serve.buffer),
      txBytes: SEND_BYTES,
    };
    const { isStructured, hasBaseAllocation } = serve;
    this.#session = new Transmission(io.buffer, buffers, pages, {
      isStructured,
      hasBaseAllocation,
    });
    io.set(serve.leftover, this.#session.rxNext);
    this.#session.received(serve.leftover.length);
    this.#session.isHeld = serve.isHeld;
  }

  /**
   * What of its socket matters now. While answers wait for the peer to take them it is room to send;
   * while the session is held and no request is under way, nothing but that the peer goes.
   */
  get interest(): number {
    if (this.#session.txPending > 0) return WRITABLE;
    return this.#isAtRest ? 0 : READABLE;
  }

  /** Whether it is held and no page is being changed. */
  get isQuiet(): boolean {
    return this.#session.isHeld && !this.#session.isChanging;
  }

  /** Begins no more requests, or does so again. */
  hold(isHeld: boolean): void {
    this.#session.isHeld = isHeld;
  }

  /** Who is told of each request from now on. */
  observe(observer: RequestObserver | null): void {
    this.#session.observer = observer;
  }

  get #isAtRest(): boolean {
    return this.#session.isHeld && !this.#session.isServing;
  }

  /** Asks for an orderly end: what has arrived is answered. */
  drain(): void {
    this.#isDraining = true;
  }

  /** Whether long requests gave way to others and go on at the next turn, whatever comes. */
  get wantsTurn(): boolean {
    return this.#wantsTurn;
  }

  /** Serves what there is. Returns why the session is over, or null while it is not. */
  turn(): string | null {
    const session = this.#session;
    for (let turn = 0; turn < TURNS_MAX; turn++) {
      const over = this.#answer();
      if (over !== null || session.txPending > 0 || this.#wantsTurn) return over;
      // What has come and was not begun is not answered: the client will ask elsewhere, or again.
      if (this.#isAtRest) return this.#isDraining ? 'drained' : null;
      const room = session.rxRoom;
      const count = receive(this.fd, this.#base + session.rxNext, room);
      if (count === WOULD_WAIT) return this.#isDraining ? 'drained' : null;
      if (count === 0) return 'closed';
      if (count < 0) return `broken: errno ${-count}`;
      session.received(count);
    }
    return this.#answer();
  }

  close(): void {
    closeDescriptor(this.fd);
  }

  /** Answers requests until more must arrive, the peer must take what there is, or others wait. */
  #answer(): string | null {
    const session = this.#session;
    // While the peer takes nothing there is nothing to go on with.
    this.#wantsTurn = false;
    for (let outputs = 1; ; outputs++) {
      const wants = session.advance();
      while (session.txPending > 0) {
        const count = transmit(this.fd, this.#base + session.txNext, session.txPending);
        if (count === WOULD_WAIT) return null;
        if (count < 0) return `broken: errno ${-count}`;
        session.sent(count);
      }
      if (wants === ENDED) return session.reason;
      this.#wantsTurn = wants === WANTS_TURN || (wants === WANTS_OUTPUT && outputs === OUTPUTS_MAX);
      if (wants !== WANTS_OUTPUT || this.#wantsTurn) return null;
    }
  }
}

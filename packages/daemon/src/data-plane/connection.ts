// One connection in its thread: the protocol's state machine between a socket and a lease's pages.
// Sockets are never waited for here; a peer that does not read its answers stops only itself. Nor is
// the tier: a connection whose page is on its way from there is parked until the thread's bell rings.

import {
  closeDescriptor,
  READABLE,
  receive,
  transmit,
  WOULD_WAIT,
  WRITABLE,
} from '@pagelend/linux';
import {
  ENDED,
  type RequestObserver,
  Transmission,
  WANTS_DEVICE,
  WANTS_OUTPUT,
  WANTS_TURN,
} from '@pagelend/nbd';
import { RECEIVE_BYTES, receiveAt, SEND_BYTES, sendAt } from './buffers.ts';
import type { ToThread } from './messages.ts';
import type { ServedPages } from './waiting-pages.ts';

/** Turns of receiving and answering before the thread's other connections have theirs. */
const TURNS_MAX = 4;
/** The same of full output regions that the peer takes at once, as in a long read. */
const OUTPUTS_MAX = 4;

export type Serve = Extract<ToThread, { kind: 'serve' }>;

export class Connection {
  readonly id: number;
  readonly fd: number;
  readonly leaseIndex: number;
  readonly #base: number;
  readonly #session: Transmission;
  readonly #pages: ServedPages;
  /** What the poller watches the socket for. */
  watched = READABLE;
  #isDraining = false;
  #wantsTurn = false;
  #isParked = false;
  /** Nothing is received any more: why the session ends when what has come is answered. */
  #last = '';

  /** `base` is the address at which the I/O area begins. */
  constructor(serve: Serve, io: Uint8Array<SharedArrayBuffer>, base: number, pages: ServedPages) {
    this.id = serve.id;
    this.fd = serve.fd;
    this.leaseIndex = serve.table.leaseIndex;
    this.#base = base;
    this.#pages = pages;
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
   * while the session is held and no request is under way, or no more is received, nothing but that
   * the peer goes.
   */
  get interest(): number {
    if (this.#session.txPending > 0) return WRITABLE;
    if (this.#isAtRest || this.#last !== '') return 0;
    return this.#isParked && this.#session.rxRoom === 0 ? 0 : READABLE;
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

  /** Whether it waits for a page that is on its way. */
  get isParked(): boolean {
    return this.#isParked;
  }

  /** Whether it was parked and what it waited for has come. */
  get isReady(): boolean {
    return this.#isParked && !this.#pages.isWaiting;
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
      if (this.#last !== '') return this.#isParked ? null : this.#last;
      // What has come and was not begun is not answered: the client will ask elsewhere, or again.
      if (this.#isAtRest) return this.#isDraining ? 'drained' : null;
      const room = session.rxRoom;
      if (room === 0) return null;
      const count = receive(this.fd, this.#base + session.rxNext, room);
      if (count === WOULD_WAIT) return this.#isDraining ? this.#endWith('drained') : null;
      if (count === 0) return this.#endWith('closed');
      if (count < 0) return `broken: errno ${-count}`;
      session.received(count);
    }
    return this.#answer();
  }

  /**
   * Receives no more. The end itself comes at once, or after what is parked: a peer that has said all
   * it had to may still want its answers. If it has gone altogether, the poller says so.
   */
  #endWith(reason: string): string | null {
    if (!this.#isParked) return reason;
    this.#last = reason;
    return null;
  }

  /** Gives up what is under way. Nothing touches the connection's buffers after that. */
  close(): void {
    this.#pages.abandon();
    closeDescriptor(this.fd);
  }

  /** Answers requests until more must arrive, the peer must take what there is, or others wait. */
  #answer(): string | null {
    const session = this.#session;
    // While the peer takes nothing there is nothing to go on with.
    this.#wantsTurn = false;
    if (this.#isParked) {
      if (this.#pages.isWaiting) return this.#waitOn();
      this.#isParked = false;
    }
    for (let outputs = 1; ; outputs++) {
      const wants = session.advance();
      if (wants === WANTS_DEVICE) this.#isParked = true;
      const error = this.#send();
      if (error !== 0) return error === WOULD_WAIT ? null : `broken: errno ${-error}`;
      if (wants === ENDED) return session.reason;
      // A page that was asked for may have come by now, and its ring have been heard before.
      this.#wantsTurn =
        wants === WANTS_TURN ||
        (wants === WANTS_OUTPUT && outputs === OUTPUTS_MAX) ||
        (wants === WANTS_DEVICE && !this.#pages.isWaiting);
      if (wants !== WANTS_OUTPUT || this.#wantsTurn) return null;
    }
  }

  /** While parked: sends what is pending and announces what has come. */
  #waitOn(): string | null {
    this.#session.lookAhead();
    const error = this.#send();
    return error === 0 || error === WOULD_WAIT ? null : `broken: errno ${-error}`;
  }

  /** Sends what is pending: 0, or what `transmit` said instead. */
  #send(): number {
    const session = this.#session;
    while (session.txPending > 0) {
      const count = transmit(this.fd, this.#base + session.txNext, session.txPending);
      if (count < 0) return count;
      session.sent(count);
    }
    return 0;
  }
}

// The control plane's handle on the threads that relay TLS. They are started as TLS clients come, so
// that a lender without them has none.

import { Worker } from 'node:worker_threads';
import { closeDescriptor, socketPair } from '@pagelend/linux';
import { reasonOf } from '../errors.ts';
import type { Log } from '../logs.ts';
import type { TlsClient } from './clients.ts';
import type { FromRelay, PskTable, RelaySetup, ToRelay } from './relay-messages.ts';

/** The plaintext side of a session whose client has proved who it is; whoever gets it closes `fd`. */
export interface Secured {
  readonly fd: number;
  readonly client: TlsClient;
}

export interface RelaysOptions {
  readonly threadCount: number;
  /** Sessions and handshakes together; past it clients are refused. */
  readonly sessionsMax: number;
  /** The same object for as long as nothing has changed. */
  readonly setup: () => RelaySetup;
  readonly log: Log;
}

interface Relay {
  readonly worker: Worker;
  readonly sessions: Map<number, Session>;
  setup: RelaySetup;
}

interface Session {
  /** Settles the handshake; does nothing after that. */
  settle: (end: TlsClient | string) => void;
}

/** How long a stop waits for clients to take their last answers. */
const CLOSE_MS_MAX = 3000;

export class TlsRelays {
  readonly #options: RelaysOptions;
  #relays: readonly Relay[] = [];
  #nextId = 1;
  #whenIdle: () => void = () => {};

  constructor(options: RelaysOptions) {
    this.#options = options;
  }

  get sessionCount(): number {
    return this.#relays.reduce((sum, { sessions }) => sum + sessions.size, 0);
  }

  /**
   * Shakes hands with the client on the socket `fd`, which is the relay's from now on. Returns the
   * plaintext side, or why there is none; the signal ends it before that.
   */
  async secure(fd: number, psk: PskTable, signal: AbortSignal): Promise<Secured | string> {
    const pair = this.#begin(fd);
    if (typeof pair === 'string') return pair;
    const [ours, theirs] = pair;
    const relay = this.#pickRelay();
    const id = this.#nextId++;
    const session: Session = { settle: () => {} };
    const end = await new Promise<TlsClient | string>((resolve) => {
      session.settle = resolve;
      relay.sessions.set(id, session);
      tell(relay, { kind: 'begin', id, fd, pairFd: theirs, psk });
      const stop = (): void => resolve(String(signal.reason));
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
    });
    if (typeof end !== 'string') return { fd: ours, client: end };
    closeDescriptor(ours);
    tell(relay, { kind: 'cut', id });
    return end;
  }

  /** Waits a little for sessions to end, which those do whose plaintext side is closed. */
  async close(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    if (this.sessionCount > 0) {
      await new Promise<void>((resolve) => {
        this.#whenIdle = resolve;
        timer = setTimeout(resolve, CLOSE_MS_MAX);
      });
      clearTimeout(timer);
    }
    await Promise.all(this.#relays.map(({ worker }) => worker.terminate()));
  }

  #begin(fd: number): [number, number] | string {
    let why = 'too many TLS sessions';
    if (this.sessionCount < this.#options.sessionsMax) {
      try {
        return socketPair();
      } catch (error) {
        why = reasonOf(error);
      }
    }
    closeDescriptor(fd);
    return why;
  }

  /** The one with the fewest sessions, which knows the latest certificates. */
  #pickRelay(): Relay {
    const setup = this.#options.setup();
    const least = this.#relays.toSorted((a, b) => a.sessions.size - b.sessions.size)[0];
    const isFull = this.#relays.length >= this.#options.threadCount;
    if (least === undefined || (least.sessions.size > 0 && !isFull)) return this.#start(setup);
    if (least.setup !== setup) tell(least, { kind: 'setup', setup });
    least.setup = setup;
    return least;
  }

  #start(setup: RelaySetup): Relay {
    const worker = new Worker(new URL('./relay-thread.js', import.meta.url));
    const relay: Relay = { worker, sessions: new Map(), setup };
    this.#relays = [...this.#relays, relay];
    worker.on('message', (message: FromRelay) => this.#heed(relay, message));
    // Its sessions end with it; guests attach again, and another thread is started for them.
    worker.on('error', (error) => {
      this.#options.log.error({ reason: String(error) }, 'a TLS relay failed');
    });
    worker.once('exit', () => {
      this.#relays = this.#relays.filter((other) => other !== relay);
      for (const { settle } of relay.sessions.values()) settle('the relay ended');
      relay.sessions.clear();
      if (this.sessionCount === 0) this.#whenIdle();
    });
    tell(relay, { kind: 'setup', setup });
    return relay;
  }

  #heed({ sessions }: Relay, message: FromRelay): void {
    const session = sessions.get(message.id);
    if (message.kind === 'secured') {
      session?.settle(message.client);
      return;
    }
    sessions.delete(message.id);
    session?.settle(message.reason);
    if (this.sessionCount === 0) this.#whenIdle();
  }
}

function tell({ worker }: Relay, message: ToRelay): void {
  worker.postMessage(message);
}

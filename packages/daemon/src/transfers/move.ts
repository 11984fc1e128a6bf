// One lease on its way to another lender. Up to the point of no return whatever fails, here, there or
// by the user's wish, leaves the lease here as it was. At that point the lease is marked as moving, on
// the disk; from then on only the other lender's word decides whose it is: it has committed, or it
// surely never will.

import { setTimeout as sleep } from 'node:timers/promises';
import { type LeaseCopy, PageDigest, type Pool } from '@pagelend/store';
import { codeOf, DaemonError, RemoteError } from '../errors.ts';
import type { Transit } from '../lease-definitions.ts';
import { type Entry, hold, release } from '../lease-entry.ts';
import type { Lender } from '../lender.ts';
import type { Log } from '../logs.ts';
import { isHere, type SocketPlace } from './incoming.ts';
import type { MoveEvent } from './move-events.ts';
import { pageChunks } from './page-chunks.ts';
import { HOLD_MS_MAX } from './save.ts';
import { TargetLender } from './target.ts';

/** How long the guests may wait at most until the point of no return; then the move is given up. */
export const PAUSE_MS_MAX = 30_000;
/** Passes over what changed meanwhile, while the guests go on. */
const PASSES_MAX = 6;
/** So few changed pages are sent in a moment: the guests may wait for that. */
const LAST_PAGES_MAX = 4096;
/** A pass that leaves more than this share of the changes of the one before is not worth another. */
const SHRINKING = 0.7;
/** Chunks on their way at the same time: while one is stored there, the next is packed here. */
const CHUNKS_UNDER_WAY = 2;
const RETRY_MS = 1000;
/** What nobody drops is given up there in time; so whoever cancels or stops waits no longer. */
const DROP_MS_MAX = 5000;

export interface MoveParts {
  readonly lender: Lender;
  readonly pool: Pool;
  readonly log: Log;
}

type Listener = (event: MoveEvent) => void;

export class Move {
  readonly entry: Entry;
  /** Settles when the lease is at one place for sure; rejects where that is still here. */
  readonly outcome: Promise<void>;
  readonly #parts: MoveParts;
  readonly #target: TargetLender;
  readonly #listeners = new Set<Listener>();
  readonly #giveUp = new AbortController();
  readonly #stop = new AbortController();
  #isPastReturn: boolean;
  #cancelling: { isForced: boolean; refuse: (error: Error) => void } | null = null;
  #wake = new AbortController();
  /** Why the other lender would not take the lease, if it said so. */
  #refusal: string | null = null;

  /** Of a lease that is marked as moving already, it goes on from there. */
  constructor(parts: MoveParts, entry: Entry, to: string) {
    this.#parts = parts;
    this.entry = entry;
    this.#target = new TargetLender(to);
    const { transit } = entry.definition;
    this.#isPastReturn = transit !== undefined;
    const work = transit === undefined ? this.#run() : this.#settle(transit);
    this.outcome = work.finally(() => this.#target.close());
    this.outcome.catch(() => {});
  }

  get to(): string {
    return this.#target.path;
  }

  /** Whether it can no longer be given up from here alone. */
  get isPastReturn(): boolean {
    return this.#isPastReturn;
  }

  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Gives the move up if that can still be done; does nothing else. */
  abandon(why: string): void {
    if (this.#isPastReturn) return;
    const { name } = this.entry.definition;
    this.#parts.log.info({ lease: name, to: this.to, reason: why }, 'giving a move up');
    this.#giveUp.abort(
      new DaemonError('DAEMON_MOVE_CANCELLED', `lease ${name} stays where it is: ${why}`),
    );
  }

  /** Takes the lease back, also past that point if the other lender has surely not taken it. */
  async cancel(isForced: boolean): Promise<void> {
    const refused = new Promise<never>((_, reject) => {
      this.#cancelling = { isForced, refuse: reject };
    });
    this.abandon('the move was cancelled');
    this.#wake.abort();
    const ended = this.outcome.then(
      () => {
        throw new DaemonError('DAEMON_LEASE_MOVED', `too late: it has moved to ${this.to}`);
      },
      (error: unknown) => {
        if (codeOf(error) !== 'DAEMON_MOVE_CANCELLED') throw error;
      },
    );
    await Promise.race([ended, refused]);
  }

  /** The daemon stops: what is not settled is settled at its next start. */
  async close(): Promise<void> {
    this.abandon('the daemon stops');
    this.#stop.abort(new DaemonError('DAEMON_STOPPING', 'the daemon stops'));
    this.#wake.abort();
    await this.outcome.catch(() => {});
  }

  async #run(): Promise<void> {
    const { entry } = this;
    const { pool } = this.#parts;
    const { name, bytes, limitBytes, key, clients = null, share = null, id } = entry.definition;
    const wanted = { name, bytes, limitBytes, key, clients, share };
    const { token, lenderId } = await this.#target.begin(wanted, this.#stop.signal);
    const copy = pool.copyOf(id);
    let isHeld = false;
    const overdue = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    try {
      const digest = new PageDigest();
      const isTracked = copy.track();
      if (isTracked) await this.#copyWhileLent(copy, digest, token);
      this.#giveUp.signal.throwIfAborted();
      this.#tell({ event: 'pausing' });
      await hold(entry, HOLD_MS_MAX);
      isHeld = true;
      timer = setTimeout(() => overdue.abort(tooSlow(name)), PAUSE_MS_MAX);
      const signal = AbortSignal.any([this.#giveUp.signal, overdue.signal]);
      const began = performance.now();
      await this.#send(copy, digest, token, isTracked ? 'changed' : 'all', 0, signal);
      await this.#target.seal(token, digest.pages, digest.text, signal);
      this.#tell({ event: 'sealed', pages: digest.pages, digest: digest.text });
      signal.throwIfAborted();
      clearTimeout(timer);
      const transit = { phase: 'moving', token, to: this.to, lenderId, socket: null } as const;
      this.#parts.lender.markMoving(entry, transit);
      this.#isPastReturn = true;
      copy.untrack();
      await this.#settle(transit, began);
    } catch (error) {
      clearTimeout(timer);
      // Past the point of no return it is settled by the other lender's word alone.
      if (this.#isPastReturn) throw error;
      copy.untrack();
      if (isHeld) release(entry);
      await this.#target.drop(token, lenderId, AbortSignal.timeout(DROP_MS_MAX)).catch(() => {});
      throw error;
    }
  }

  async #copyWhileLent(copy: LeaseCopy, digest: PageDigest, token: string): Promise<void> {
    const { signal } = this.#giveUp;
    await this.#send(copy, digest, token, 'all', 1, signal);
    let before = Number.POSITIVE_INFINITY;
    for (let pass = 2; pass <= PASSES_MAX; pass++) {
      const changed = copy.countChanged();
      if (changed <= LAST_PAGES_MAX || changed > before * SHRINKING) return;
      before = changed;
      await this.#send(copy, digest, token, 'changed', pass, signal);
    }
  }

  /** Sends pages, with some on their way while the next are packed; pass 0 is the last one. */
  async #send(
    copy: LeaseCopy,
    digest: PageDigest,
    token: string,
    which: 'all' | 'changed',
    pass: number,
    signal: AbortSignal,
  ): Promise<void> {
    const underWay: Promise<void>[] = [];
    let pages = 0;
    let bytes = 0;
    try {
      for await (const chunk of pageChunks(copy, digest, which, signal)) {
        const sent = this.#target.pages(token, chunk.bytes, signal);
        sent.catch(() => {});
        underWay.push(sent);
        pages += chunk.pages;
        bytes += chunk.bytes.length;
        if (underWay.length >= CHUNKS_UNDER_WAY) await underWay.shift();
        this.#tell({ event: 'copying', pass, pages, bytes, share: chunk.share });
      }
    } finally {
      // None may arrive after what comes next.
      await Promise.all(underWay.map((sent) => sent.catch(() => {})));
    }
    await Promise.all(underWay);
    signal.throwIfAborted();
    this.#tell({ event: 'copied', pass, pages, bytes });
  }

  /** Asks until the other lender has answered whose the lease is, and acts on it. */
  async #settle(transit: Transit, heldSince?: number): Promise<void> {
    for (;;) {
      try {
        const place = await this.#commit(transit);
        if (place === 'never') return this.#takeBack();
        return await this.#handOn(transit, place, heldSince);
      } catch (error) {
        if (codeOf(error) === 'DAEMON_MOVE_CANCELLED') throw error;
        const reason = error instanceof Error ? error.message : String(error);
        this.#tell({ event: 'waiting', reason });
        this.#parts.log.warn(
          { lease: this.entry.definition.name, reason },
          'a move is not settled',
        );
      }
      if (this.#stop.signal.aborted) throw unsure(this.entry, this.to);
      await sleep(RETRY_MS, undefined, { signal: this.#wake.signal }).catch(() => {});
      if (this.#stop.signal.aborted) throw unsure(this.entry, this.to);
      this.#wake = new AbortController();
    }
  }

  /** Where the lease is now; null: it was there and went on; `never`: it is not, nor will it be. */
  async #commit({ token, lenderId }: Transit): Promise<SocketPlace | null | 'never'> {
    const cancelling = this.#cancelling;
    this.#cancelling = null;
    try {
      if (cancelling === null) {
        this.#tell({ event: 'committing' });
        return await this.#target.commit(token, lenderId, this.#stop.signal);
      }
      await this.#target.drop(token, lenderId, this.#stop.signal);
      return 'never';
    } catch (error) {
      const code = codeOf(error);
      if (error instanceof RemoteError && code === 'DAEMON_MOVE_UNKNOWN') return 'never';
      // It answered, and has not taken it: its word that it never will is asked for at once.
      if (error instanceof RemoteError && cancelling === null && code !== 'DAEMON_LEASE_MOVED') {
        this.#refusal = error.message;
        await this.#target.drop(token, lenderId, this.#stop.signal);
        return 'never';
      }
      // Not even by force: a lender that says that it has the lease is not gone.
      if (error instanceof RemoteError && code === 'DAEMON_LEASE_MOVED') {
        return this.#target.commit(token, lenderId, this.#stop.signal);
      }
      if (cancelling?.isForced === true) return 'never';
      cancelling?.refuse(unsure(this.entry, this.to));
      throw error;
    }
  }

  #takeBack(): never {
    const { entry } = this;
    this.#parts.lender.takeBack(entry);
    release(entry);
    const why = this.#refusal === null ? '' : `: ${this.#refusal}`;
    throw new DaemonError(
      'DAEMON_MOVE_CANCELLED',
      `lease ${entry.definition.name} stays where it is: the lender at ${this.to} has not taken it${why}`,
    );
  }

  async #handOn(transit: Transit, place: SocketPlace | null, heldSince?: number): Promise<void> {
    this.#tell({ event: 'committed' });
    const isReachable = place !== null && isHere(place);
    await this.#parts.lender.handOn(this.entry, isReachable ? place.path : null);
    // From here on clients wait for nothing any more.
    const pausedMs = heldSince === undefined ? null : performance.now() - heldSince;
    const { pool, log } = this.#parts;
    await pool.deleteLease(this.entry.definition.id).catch((error: unknown) => {
      // Whose the lease is does not hang on that; the next start frees what is nobody's.
      log.warn({ reason: String(error) }, 'pages of a moved lease were not freed');
    });
    this.#tell({ event: 'moved', paused_ms: pausedMs, socket: place?.path ?? null });
    // If this does not arrive, the other lender remembers the move a little longer than it must.
    await this.#target.settle(transit.token).catch(() => {});
  }

  #tell(event: MoveEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

function tooSlow(name: string): DaemonError {
  return new DaemonError(
    'DAEMON_LEASE_HELD',
    `lease ${name} changes faster than it can be copied: it was held for ${PAUSE_MS_MAX / 1000} s and ` +
      'stays where it is; try again when its guest does less, or suspend the guest first',
  );
}

function unsure({ definition }: Entry, to: string): DaemonError {
  const { name } = definition;
  return new DaemonError(
    'DAEMON_MOVE_UNSURE',
    `whether the lender at ${to} has taken lease ${name} is not known, since it does not answer; ` +
      'nobody is served until it does. Where it is gone for good, and nobody is served there: ' +
      `pagelend lease move ${name} --cancel --force`,
  );
}

// Leases whose pages are on their way here, from another lender or from a file. Nobody can attach
// them; nothing is written down of them, so that a start finds slots without a definition and removes
// them. Committing writes the definition, and only then the lease is this lender's.

import { readFileSync, statSync } from 'node:fs';
import { type LeaseCopy, PageDigest, type Pool } from '@pagelend/store';
import { DaemonError } from '../errors.ts';
import {
  checkShare,
  type LeaseDefinition,
  type LeaseDefinitions,
  type LeaseShare,
  newDefinition,
  newSecret,
  withClients,
} from '../lease-definitions.ts';
import type { Lender } from '../lender.ts';
import type { LeaseState } from '../lender-types.ts';
import type { Log } from '../logs.ts';

/** Without a word of whoever sends it, a lease that is coming is given up. */
const SILENCE_MS_MAX = 120_000;
const BOOT_ID = '/proc/sys/kernel/random/boot_id';

export interface IncomingParts {
  readonly lender: Lender;
  readonly pool: Pool;
  readonly definitions: LeaseDefinitions;
  readonly lenderId: string;
  readonly log: Log;
}

/** What is asked for when a lease is to come. */
export interface IncomingRequest {
  readonly name: string;
  readonly bytes: number;
  readonly limitBytes: number | null;
  /** So that a guest over a network finds it by the name and key that it knows. */
  readonly key: string | null;
  /** Whom the lease names; null for the default. */
  readonly clients: readonly string[] | null;
  /** Its part of memory that is short; null for the default. */
  readonly share: LeaseShare | null;
}

/** Where a lease's socket is, told so that another process can see whether it is the same file. */
export interface SocketPlace {
  readonly path: string;
  readonly bootId: string;
  readonly device: string;
  readonly inode: string;
}

interface Incoming {
  readonly token: string;
  readonly definition: LeaseDefinition;
  readonly copy: LeaseCopy;
  readonly digest: PageDigest;
  isSealed: boolean;
  isLeaving: boolean;
  timer: NodeJS.Timeout;
}

export class IncomingLeases {
  readonly #parts: IncomingParts;
  readonly #byToken = new Map<string, Incoming>();

  constructor(parts: IncomingParts) {
    this.#parts = parts;
  }

  states(): LeaseState[] {
    return [...this.#byToken.values()].map(({ definition }) => ({
      definition,
      phase: 'incoming',
      usage: this.#parts.pool.lease(definition.id)!.usage(),
      connections: [],
    }));
  }

  /** Makes room for a lease; returns the token by which it is known until it is here. */
  async begin(request: IncomingRequest): Promise<string> {
    const { name, bytes, limitBytes, key, clients, share } = request;
    const { lender, pool, log } = this.#parts;
    const named = withClients(newDefinition(name, bytes, limitBytes, key ?? newSecret()), clients);
    if (share !== null) checkShare(share);
    const made = share === null ? named : { ...named, share };
    lender.reserve(name);
    const token = newSecret();
    try {
      await pool.createLease(made);
    } catch (error) {
      lender.unreserve(name);
      throw error;
    }
    this.#byToken.set(token, {
      token,
      definition: { ...made, cameBy: token },
      copy: pool.copyOf(made.id),
      digest: new PageDigest(),
      isSealed: false,
      isLeaving: false,
      timer: this.#watch(token),
    });
    log.info({ lease: name, bytes }, 'lease is coming');
    return token;
  }

  /** Takes a chunk of pages; one that is damaged, or has no room, leaves the lease incoming. */
  take(token: string, chunk: Buffer): void {
    const incoming = this.#need(token);
    if (incoming.isSealed) throw new DaemonError('DAEMON_REQUEST', 'the lease is sealed already');
    incoming.copy.putIn(chunk, incoming.digest, `a chunk for lease ${incoming.definition.name}`);
  }

  /** All has come: checks that it is what was sent. */
  seal(token: string, pages: number, digest: string): void {
    const incoming = this.#need(token);
    const { definition } = incoming;
    const stored = this.#parts.pool.lease(definition.id)!.usage().storedPages;
    const has = incoming.digest;
    if (has.pages !== pages || has.text !== digest || stored !== pages) {
      throw new DaemonError(
        'DAEMON_MOVE_DIFFERS',
        `lease ${definition.name}: ${stored} pages (${has.text}) have come and ${pages} (${digest}) ` +
          'were sent; try again',
      );
    }
    incoming.isSealed = true;
  }

  /** Makes the lease this lender's. Once more for one that is already changes nothing. */
  async commit(token: string): Promise<LeaseState> {
    const { definitions, lender } = this.#parts;
    const incoming = this.#byToken.get(token);
    if (incoming === undefined) {
      const there = definitions.all().find(({ cameBy }) => cameBy === token);
      if (there !== undefined) return lender.openFor(there.name);
      throw definitions.hasCome(token) ? goneOn() : unknownMove();
    }
    if (!incoming.isSealed || incoming.isLeaving) {
      throw new DaemonError('DAEMON_REQUEST', 'a lease is sealed before it is committed');
    }
    lender.takeIn(incoming.definition);
    clearTimeout(incoming.timer);
    this.#byToken.delete(token);
    return lender.openFor(incoming.definition.name);
  }

  /** Gives a lease up that has not come. */
  async drop(token: string, why: string): Promise<void> {
    const incoming = this.#byToken.get(token);
    if (incoming === undefined) throw this.hasCome(token) ? goneOn() : unknownMove();
    if (incoming.isLeaving) return;
    incoming.isLeaving = true;
    clearTimeout(incoming.timer);
    const { lender, pool, log } = this.#parts;
    const { name, id } = incoming.definition;
    this.#byToken.delete(token);
    try {
      await pool.deleteLease(id);
    } finally {
      lender.unreserve(name);
    }
    log.info({ lease: name, reason: why }, 'a lease that was coming was given up');
  }

  hasCome(token: string): boolean {
    return this.#parts.definitions.hasCome(token);
  }

  /** The lender that the lease came from knows that it did. */
  settle(token: string): void {
    const { definitions, lender } = this.#parts;
    const forgot = definitions.forgetMove(token);
    // Or the next change of the lease would write the move down again.
    if (forgot !== null) lender.entry(forgot.name).definition = forgot;
  }

  place(path: string): SocketPlace {
    const { dev, ino } = statSync(path, { bigint: true });
    return { path, bootId: bootId(), device: String(dev), inode: String(ino) };
  }

  close(): void {
    for (const { timer } of this.#byToken.values()) clearTimeout(timer);
  }

  #need(token: string): Incoming {
    const incoming = this.#byToken.get(token);
    if (incoming === undefined) throw unknownMove();
    clearTimeout(incoming.timer);
    incoming.timer = this.#watch(token);
    return incoming;
  }

  #watch(token: string): NodeJS.Timeout {
    const giveUp = (): void => {
      this.drop(token, 'nothing was heard of it').catch(() => {});
    };
    return setTimeout(giveUp, SILENCE_MS_MAX).unref();
  }
}

/** Whether the socket that another lender told of is a file of this machine, at the same path. */
export function isHere({ path, bootId: other, device, inode }: SocketPlace): boolean {
  if (other !== bootId()) return false;
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return String(dev) === device && String(ino) === inode;
  } catch {
    // Nothing is there, or nothing that this lender may reach.
    return false;
  }
}

function bootId(): string {
  return readFileSync(BOOT_ID, 'utf8').trim();
}

function unknownMove(): DaemonError {
  return new DaemonError(
    'DAEMON_MOVE_UNKNOWN',
    'no lease is coming by that token: it was given up, or the daemon was started anew since',
  );
}

function goneOn(): DaemonError {
  return new DaemonError('DAEMON_LEASE_MOVED', 'the lease of that token came, and is gone again');
}

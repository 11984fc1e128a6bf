// The way from an accepted socket to a seat at a lease. What a client does wrong ends its own
// connection and shows in a counter, never more.

import type { Socket } from 'node:net';
import { closeDescriptor } from '@pagelend/linux';
import { type ExportDirectory, Negotiation } from '@pagelend/nbd';
import { addressText } from './addresses.ts';
import { type Door, exportNameOf, leaseOfExport, listedExports } from './export-names.ts';
import type { Lender } from './lender.ts';
import type { Connection, Seat } from './lender-types.ts';
import { type Log, rarely } from './logs.ts';
import { type Agreement, type HandshakeEnd, negotiate, takeDescriptor } from './negotiate.ts';
import type { TlsEntrance } from './tls/entrance.ts';

/** What doors have seen since the daemon began. */
export interface DoorCounts {
  handshakes: number;
  /** Handshakes that ended without a seat: hang-ups, time-outs, breaches, names that are unknown. */
  failedHandshakes: number;
  /** Connections closed at once, because too many handshakes were under way. */
  refusedConnections: number;
  /** Handshakes under way. */
  openHandshakes: number;
}

export interface DoorOptions {
  readonly lender: Lender;
  readonly counts: DoorCounts;
  readonly log: Log;
  readonly handshakesMax: number;
  readonly negotiationTimeoutMs: number;
  /** Null where TLS is not configured; unix sockets have none in any case. */
  readonly tls: TlsEntrance | null;
}

export function newDoorCounts(): DoorCounts {
  return { handshakes: 0, failedHandshakes: 0, refusedConnections: 0, openHandshakes: 0 };
}

/** Of the handshakes that may be under way, those of one address; at least so many. */
const PEER_SHARE = 1 / 4;
const PEER_HANDSHAKES_MIN = 4;

/** A client on its way in. */
interface Guest {
  door: Door;
  seat: Seat | null;
}

interface Handshake {
  /** Null at a unix socket. */
  readonly address: string | null;
  readonly ending: AbortController;
  isSilent: boolean;
}

/**
 * Handshakes of one door, limited in number so that half-open ones cannot take all there is: over
 * TCP for each address, so that one guest cannot lock out the others, and for all together.
 */
export class HandshakeRoom {
  readonly #door: Door;
  readonly #options: DoorOptions;
  readonly #peerMax: number;
  readonly #warnFull: (fields: object, message: string) => void;
  readonly #tellFailed: (fields: object, message: string) => void;
  /** In the order in which they came. */
  readonly #open = new Set<Handshake>();
  readonly #signal: AbortSignal;

  constructor(door: Door, options: DoorOptions, signal: AbortSignal) {
    this.#door = door;
    this.#options = options;
    this.#peerMax = Math.max(PEER_HANDSHAKES_MIN, Math.floor(options.handshakesMax * PEER_SHARE));
    this.#signal = signal;
    this.#warnFull = rarely((fields, message) => options.log.warn(fields, message));
    this.#tellFailed = rarely((fields, message) => options.log.info(fields, message));
    signal.addEventListener('abort', () => {
      for (const { ending } of this.#open) ending.abort('stopping');
    });
  }

  /** Never rejects; null where the client was sent away. */
  receive(socket: Socket): Promise<void> | null {
    const { counts } = this.#options;
    socket.on('error', () => {});
    const peer = peerOf(socket);
    const address = socket.remoteAddress ?? null;
    if (this.#signal.aborted || !this.#makeRoom(address)) {
      counts.refusedConnections++;
      this.#warnFull({ ...this.#about(peer), handshakes: this.#open.size }, 'too many handshakes');
      socket.destroy();
      return null;
    }
    const fd = takeDescriptor(socket);
    if (fd === null) return null;
    const handshake = { address, ending: new AbortController(), isSilent: true };
    this.#open.add(handshake);
    counts.openHandshakes++;
    counts.handshakes++;
    return this.#shakeHands(fd, peer, handshake)
      .catch((error: unknown) => this.#options.log.error({ reason: String(error) }, 'a bug'))
      .finally(() => {
        this.#open.delete(handshake);
        counts.openHandshakes--;
      });
  }

  /** Where there is none for this address, the oldest that has said nothing yet gives way. */
  #makeRoom(address: string | null): boolean {
    const all = [...this.#open];
    const ofPeer = address === null ? [] : all.filter((other) => other.address === address);
    const isFull = all.length >= this.#options.handshakesMax;
    if (!isFull && ofPeer.length < this.#peerMax) return true;
    const crowd = ofPeer.length >= this.#peerMax ? ofPeer : all;
    const silent = crowd.find(({ isSilent }) => isSilent);
    if (silent === undefined) return false;
    // Its room is free at once; that its socket is closed takes a moment.
    this.#open.delete(silent);
    silent.ending.abort('it said nothing and others came');
    return true;
  }

  async #shakeHands(fd: number, peer: string | null, handshake: Handshake): Promise<void> {
    const { lender, counts } = this.#options;
    const guest: Guest = { door: this.#door, seat: null };
    const end = await this.#negotiate(fd, guest, handshake, (agreement) => {
      const found = lender.seat(this.#leaseOf(guest.door, agreement));
      if (typeof found === 'string') return found;
      guest.seat = found;
      return null;
    });
    const { door, seat } = guest;
    if (end.kind === 'agreed' && seat !== null) {
      const { isStructured, hasBaseAllocation, leftover } = end.agreement;
      const handover = { fd: end.fd, isStructured, hasBaseAllocation, leftover };
      const client = door.kind === 'tls' ? door.client : null;
      let isServed = false;
      try {
        isServed = seat.serve(handover, { transport: transportOf(door), peer, client }) !== null;
      } finally {
        if (!isServed) closeDescriptor(end.fd);
      }
      return;
    }
    seat?.leave();
    const reason = end.kind === 'failed' ? end.reason : 'no seat';
    // Who only asked what there is has not failed.
    if (reason === 'aborted') return;
    counts.failedHandshakes++;
    this.#tellFailed({ ...this.#about(peer), reason }, 'handshake failed');
  }

  /** The handshake to its end, in the clear and then perhaps under TLS; one time limit is for all. */
  async #negotiate(
    fd: number,
    guest: Guest,
    handshake: Handshake,
    admit: (agreement: Agreement) => string | null,
  ): Promise<HandshakeEnd> {
    const { negotiationTimeoutMs } = this.#options;
    const { signal } = handshake.ending;
    const endsAt = Date.now() + negotiationTimeoutMs;
    const tls = this.#door.kind === 'lease' ? null : this.#options.tls;
    const exports = this.#directory(guest);
    const negotiation = new Negotiation({ tls: tls?.mode ?? 'off', exports });
    const heard = (): void => {
      handshake.isSilent = false;
    };
    const options = { timeoutMs: negotiationTimeoutMs, greets: true, signal, heard, admit };
    const first = await negotiate(fd, negotiation, options);
    if (first.kind !== 'upgrade') return first;
    if (tls === null) throw new Error('TLS was agreed on where there is none');
    const late = setTimeout(() => handshake.ending.abort('no TLS in time'), endsAt - Date.now());
    const secured = await tls.secure(first.fd, signal);
    clearTimeout(late);
    if (typeof secured === 'string') return { kind: 'failed', reason: secured };
    guest.door = { kind: 'tls', client: secured.client };
    negotiation.secured();
    const timeoutMs = Math.max(0, endsAt - Date.now());
    return negotiate(secured.fd, negotiation, { ...options, timeoutMs, greets: false });
  }

  /** What the guest may see, which changes once TLS has shown who it is. */
  #directory(guest: Guest): ExportDirectory {
    const { lender } = this.#options;
    const find = (name: string) => lender.definition(name);
    return {
      list: () => listedExports(guest.door, lender.names().map(find).filter(isDefined)),
      find: (exportName) => {
        const definition = leaseOfExport(guest.door, exportName, find);
        if (definition === undefined || lender.refusal(definition.name) !== null) return undefined;
        return { name: exportNameOf(guest.door, definition), bytes: definition.bytes };
      },
    };
  }

  #leaseOf(door: Door, agreement: Agreement): string {
    const find = (name: string) => this.#options.lender.definition(name);
    return leaseOfExport(door, agreement.export.name, find)?.name ?? '';
  }

  #about(peer: string | null): object {
    return this.#door.kind === 'lease' ? { lease: this.#door.name } : { peer };
  }
}

function transportOf({ kind }: Door): Connection['transport'] {
  if (kind === 'lease') return 'unix';
  return kind === 'tls' ? 'tls' : 'tcp';
}

function isDefined<T>(value: T | undefined): value is T {
  return value !== undefined;
}

function peerOf({ remoteAddress, remotePort }: Socket): string | null {
  if (remoteAddress === undefined || remotePort === undefined) return null;
  return addressText({ host: remoteAddress, port: remotePort });
}

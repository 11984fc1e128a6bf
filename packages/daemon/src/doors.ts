// Sockets that clients come in by: one unix socket a lease, and TCP. A door accepts, limits, has the
// handshake made and brings the client to its seat. What a client does wrong ends its own
// connection and shows in a counter, never more.

import { createServer, type Server, type Socket } from 'node:net';
import { closeDescriptor } from '@pagelend/linux';
import { Negotiation } from '@pagelend/nbd';
import { addressText, isLoopback, type TcpAddress } from './addresses.ts';
import { DaemonError, reasonOf } from './errors.ts';
import { type Door, exportNameOf, leaseOfExport, listedExports } from './export-names.ts';
import type { Lender, Seat } from './lender.ts';
import { type Log, rarely } from './logs.ts';
import { type Agreement, negotiate, takeDescriptor } from './negotiate.ts';
import { applyAccess, type SocketAccess } from './state-dir.ts';

/** A guest that vanished without a word (TCP) gives its seat back within minutes. */
const SOCKET_OPTIONS = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 };

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
}

export function newDoorCounts(): DoorCounts {
  return { handshakes: 0, failedHandshakes: 0, refusedConnections: 0, openHandshakes: 0 };
}

/** An open door. */
export class OpenDoor {
  /** Where it listens; the port is the real one. Null for a unix socket. */
  readonly address: TcpAddress | null;
  readonly #server: Server;
  readonly #handshakes: Set<Promise<void>>;
  readonly #closing: AbortController;

  constructor(
    server: Server,
    address: TcpAddress | null,
    handshakes: Set<Promise<void>>,
    closing: AbortController,
  ) {
    this.#server = server;
    this.address = address;
    this.#handshakes = handshakes;
    this.#closing = closing;
  }

  /** Lets nobody in any more and ends handshakes that are under way; sessions go on. */
  async close(): Promise<void> {
    this.#closing.abort();
    await new Promise((resolve) => this.#server.close(resolve));
    await Promise.all(this.#handshakes);
  }
}

/** Opens the socket of one lease. What was there under its name must be stale. */
export function openLeaseDoor(
  name: string,
  path: string,
  access: SocketAccess,
  options: DoorOptions,
): Promise<OpenDoor> {
  const door: Door = { kind: 'lease', name };
  return openDoor(door, { path }, options, () => applyAccess(path, access));
}

export function openTcpDoor(address: TcpAddress, options: DoorOptions): Promise<OpenDoor> {
  const kind = isLoopback(address.host) ? 'loopback' : 'network';
  return openDoor({ kind }, address, options, () => {});
}

async function openDoor(
  door: Door,
  where: TcpAddress | { readonly path: string },
  options: DoorOptions,
  prepare: () => void,
): Promise<OpenDoor> {
  const handshakes = new Set<Promise<void>>();
  const closing = new AbortController();
  const room = new HandshakeRoom(door, options, closing.signal);
  // Accepted sockets are not read until their descriptor was taken.
  const server = createServer({ ...SOCKET_OPTIONS, pauseOnConnect: true }, (socket) => {
    const visit = room.receive(socket);
    if (visit === null) return;
    handshakes.add(visit);
    void visit.then(() => handshakes.delete(visit));
  });
  await listen(server, where, prepare);
  const bound = server.address();
  const isTcp = bound !== null && typeof bound === 'object' && 'host' in where;
  const address = isTcp ? { host: where.host, port: bound.port } : null;
  return new OpenDoor(server, address, handshakes, closing);
}

/** Listens; `prepare` runs once the socket is there. */
function listen(
  server: Server,
  where: TcpAddress | { readonly path: string },
  prepare: () => void,
): Promise<void> {
  const text = 'path' in where ? where.path : `tcp:${addressText(where)}`;
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => {
      server.close();
      const why = `${reasonOf(error)}; take another address, or stop who has it`;
      const failure = new DaemonError('DAEMON_LISTEN', `${text}: cannot be listened on: ${why}`);
      reject(error instanceof DaemonError ? error : failure);
    };
    server.once('error', fail);
    server.listen(where, () => {
      try {
        prepare();
      } catch (error) {
        return fail(error);
      }
      server.off('error', fail);
      // Later errors are of single accepts (no descriptors left); the door stays open.
      server.on('error', () => {});
      resolve();
    });
  });
}

/** Handshakes of one door, limited in number so that half-open ones cannot take all there is. */
class HandshakeRoom {
  readonly #door: Door;
  readonly #options: DoorOptions;
  readonly #signal: AbortSignal;
  readonly #warnFull: (fields: object, message: string) => void;
  readonly #tellFailed: (fields: object, message: string) => void;
  #openCount = 0;

  constructor(door: Door, options: DoorOptions, signal: AbortSignal) {
    this.#door = door;
    this.#options = options;
    this.#signal = signal;
    this.#warnFull = rarely((fields, message) => options.log.warn(fields, message));
    this.#tellFailed = rarely((fields, message) => options.log.info(fields, message));
  }

  /** Never rejects; null where the client was sent away. */
  receive(socket: Socket): Promise<void> | null {
    const { counts, handshakesMax } = this.#options;
    socket.on('error', () => {});
    const peer = peerOf(socket);
    if (this.#openCount >= handshakesMax || this.#signal.aborted) {
      counts.refusedConnections++;
      this.#warnFull({ ...this.#about(peer), handshakes: this.#openCount }, 'too many handshakes');
      socket.destroy();
      return null;
    }
    const fd = takeDescriptor(socket);
    if (fd === null) return null;
    this.#openCount++;
    counts.openHandshakes++;
    counts.handshakes++;
    return this.#shakeHands(fd, peer)
      .catch((error: unknown) => this.#options.log.error({ reason: String(error) }, 'a bug'))
      .finally(() => {
        this.#openCount--;
        counts.openHandshakes--;
      });
  }

  async #shakeHands(fd: number, peer: string | null): Promise<void> {
    const { lender, counts, negotiationTimeoutMs } = this.#options;
    let seat: Seat | null = null;
    const end = await negotiate(fd, this.#negotiation(), {
      timeoutMs: negotiationTimeoutMs,
      signal: this.#signal,
      admit: (agreement) => {
        const found = lender.seat(this.#leaseOf(agreement));
        if (typeof found === 'string') return found;
        seat = found;
        return null;
      },
    });
    const taken = seat as Seat | null;
    if (end.isAgreed && taken !== null) {
      const { isStructured, hasBaseAllocation, leftover } = end.agreement;
      const transport = this.#door.kind === 'lease' ? 'unix' : 'tcp';
      const handover = { fd: end.fd, isStructured, hasBaseAllocation, leftover };
      let isServed = false;
      try {
        isServed = taken.serve(handover, { transport, peer }) !== null;
      } finally {
        if (!isServed) closeDescriptor(end.fd);
      }
      return;
    }
    taken?.leave();
    counts.failedHandshakes++;
    const reason = end.isAgreed ? 'no seat' : end.reason;
    this.#tellFailed({ ...this.#about(peer), reason }, 'handshake failed');
  }

  #negotiation(): Negotiation {
    const { lender } = this.#options;
    return new Negotiation({
      tls: 'off',
      exports: {
        list: () => listedExports(this.#door, lender.names()),
        find: (exportName) => {
          const find = (name: string) => lender.definition(name);
          const definition = leaseOfExport(this.#door, exportName, find);
          if (definition === undefined || lender.refusal(definition.name) !== null)
            return undefined;
          return { name: exportNameOf(this.#door.kind, definition), bytes: definition.bytes };
        },
      },
    });
  }

  #leaseOf(agreement: Agreement): string {
    const find = (name: string) => this.#options.lender.definition(name);
    return leaseOfExport(this.#door, agreement.export.name, find)?.name ?? '';
  }

  #about(peer: string | null): object {
    return this.#door.kind === 'lease' ? { lease: this.#door.name } : { peer };
  }
}

function peerOf({ remoteAddress, remotePort }: Socket): string | null {
  if (remoteAddress === undefined || remotePort === undefined) return null;
  return addressText({ host: remoteAddress, port: remotePort });
}

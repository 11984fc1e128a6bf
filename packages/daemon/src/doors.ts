// Sockets that clients come in by: one unix socket a lease, and TCP. A door accepts; its handshake
// room does the rest.

import { lstatSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { addressText, type TcpAddress } from './addresses.ts';
import { DaemonError, reasonOf } from './errors.ts';
import { type Door, tcpKind } from './export-names.ts';
import { type DoorOptions, HandshakeRoom } from './handshake-room.ts';
import type { LeaseDoor } from './lender-types.ts';
import { applyAccess, type SocketAccess } from './state-dir.ts';

/** A guest that vanished without a word (TCP) gives its seat back within minutes. */
const SOCKET_OPTIONS = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 };

/** An open door. */
export class OpenDoor {
  /** Where it listens; the port is the real one. Null for a unix socket. */
  readonly address: TcpAddress | null;
  readonly #server: Server;
  readonly #handshakes: Set<Promise<void>>;
  readonly #closing: AbortController;
  readonly #remove: () => void;

  constructor(
    server: Server,
    address: TcpAddress | null,
    handshakes: Set<Promise<void>>,
    closing: AbortController,
    remove: () => void,
  ) {
    this.#server = server;
    this.address = address;
    this.#handshakes = handshakes;
    this.#closing = closing;
    this.#remove = remove;
  }

  /** Lets nobody in any more and ends handshakes that are under way; sessions go on. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#remove();
    await new Promise((resolve) => this.#server.close(resolve));
    await Promise.all(this.#handshakes);
  }
}

/**
 * Opens the socket of one lease. It takes the place of what was there under its name in one step:
 * a path that guests know leads somewhere at any time.
 */
export function openLeaseDoor(
  name: string,
  path: string,
  access: SocketAccess,
  options: DoorOptions,
): Promise<OpenDoor> {
  const door: Door = { kind: 'lease', name };
  const aside = asidePath(path);
  let remove = (): void => {};
  const prepare = (): void => {
    applyAccess(aside, access);
    remove = putInPlace(aside, path);
  };
  return openDoor(door, { path: aside }, options, prepare, () => remove());
}

/** Leads clients of a lease that has moved to its socket of another lender on this machine. */
export function openSignpost(path: string, target: string): LeaseDoor {
  const aside = asidePath(path);
  rmSync(aside, { force: true });
  symlinkSync(target, aside);
  const remove = putInPlace(aside, path);
  return { close: async () => remove() };
}

/** Names for what is made aside are short, since the path of a socket has few bytes. */
const ASIDE_NAMES = 36 ** 3;
let asideCount = 0;

function asidePath(path: string): string {
  asideCount = (asideCount + 1) % ASIDE_NAMES;
  return join(dirname(path), `.${asideCount.toString(36)}`);
}

/** Renames; returns what removes it again unless another has taken its place. */
function putInPlace(aside: string, path: string): () => void {
  const { ino } = lstatSync(aside);
  renameSync(aside, path);
  return () => {
    if (lstatSync(path, { throwIfNoEntry: false })?.ino === ino) rmSync(path, { force: true });
  };
}

export function openTcpDoor(
  address: TcpAddress,
  needsKeys: boolean,
  options: DoorOptions,
): Promise<OpenDoor> {
  return openDoor(
    { kind: tcpKind(address.host, needsKeys) },
    address,
    options,
    () => {},
    () => {},
  );
}

async function openDoor(
  door: Door,
  where: TcpAddress | { readonly path: string },
  options: DoorOptions,
  prepare: () => void,
  remove: () => void,
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
  return new OpenDoor(server, address, handshakes, closing, remove);
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

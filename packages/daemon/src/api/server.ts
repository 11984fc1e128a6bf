// HTTP servers for the API: on the admin socket, and on TCP.

import { chmodSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import { addressText, type TcpAddress } from '../addresses.ts';
import { DaemonError, reasonOf } from '../errors.ts';

export interface ApiServer {
  /** The address that is bound; null for a unix socket. */
  readonly address: TcpAddress | null;
  /** Answers requests that have come, and takes no more. */
  close(): Promise<void>;
}

/** Takes a connection that shall be something else than HTTP from now on. */
export type Upgrade = (asked: IncomingMessage, socket: Socket) => void;

const CONNECTIONS_MAX = 64;
/** Whoever can write to the admin socket can do anything to leases. */
const SOCKET_MODE = 0o600;
/** How long requests that are under way may take once the server closes. */
const CLOSE_MS = 2000;
const REQUEST_TIMEOUT_MS = 30_000;

export async function openApi(
  where: TcpAddress | { readonly path: string },
  app: Hono,
  onUpgrade: Upgrade | null = null,
): Promise<ApiServer> {
  // The globals of the process stay Node's own.
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, listener);
  server.maxConnections = CONNECTIONS_MAX;
  if (onUpgrade !== null) {
    server.on('upgrade', (asked: IncomingMessage, stream) => onUpgrade(asked, stream as Socket));
  }
  await listen(server, where);
  if ('path' in where) chmodSync(where.path, SOCKET_MODE);
  const bound = server.address();
  const isTcp = bound !== null && typeof bound === 'object' && 'host' in where;
  return {
    address: isTcp ? { host: where.host, port: bound.port } : null,
    close: () =>
      new Promise((resolve) => {
        const late = setTimeout(() => server.closeAllConnections(), CLOSE_MS);
        server.close(() => {
          clearTimeout(late);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}

function listen(server: Server, where: TcpAddress | { readonly path: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const text = 'path' in where ? where.path : `http://${addressText(where)}`;
      const change = 'path' in where ? '' : '; give another --http HOST:PORT, or --http off';
      const message = `${text}: cannot be listened on: ${reasonOf(error)}${change}`;
      reject(new DaemonError('DAEMON_LISTEN', message));
    });
    server.listen(where, () => {
      server.removeAllListeners('error');
      server.on('error', () => {});
      resolve();
    });
  });
}

// A lease over the admin socket: a request to upgrade to `nbd` becomes a connection to the lease, as if
// it had come to the lease's own socket. A lender that relays clients of a lease that has moved here
// comes in this way, since the admin socket may be all that it reaches.

import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { type DoorOptions, HandshakeRoom } from '../handshake-room.ts';
import type { Upgrade } from './server.ts';

const PATH = /^\/v1\/leases\/([^/?]+)\/nbd$/;
const ACCEPTED = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: nbd\r\n\r\n';
const REFUSED = 'HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';

export function nbdUpgrade(options: DoorOptions, signal: AbortSignal): Upgrade {
  // One for each lease, as at its own door: handshakes that come in here are limited too.
  const rooms = new Map<string, HandshakeRoom>();
  return (asked: IncomingMessage, socket: Socket) => {
    socket.on('error', () => {});
    const name = nameIn(asked.url ?? '');
    if (asked.headers.upgrade !== 'nbd' || options.lender.definition(name) === undefined) {
      rooms.delete(name);
      socket.end(REFUSED);
      return;
    }
    let room = rooms.get(name);
    if (room === undefined) {
      room = new HandshakeRoom({ kind: 'lease', name }, options, signal);
      rooms.set(name, room);
    }
    const found = room;
    // The client says nothing before it has heard the greeting, which comes after this.
    socket.write(ACCEPTED, () => found.receive(socket));
  };
}

function nameIn(url: string): string {
  try {
    return decodeURIComponent(PATH.exec(url)?.[1] ?? '');
  } catch {
    return '';
  }
}

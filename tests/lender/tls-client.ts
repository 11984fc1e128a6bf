// The way of a client into TLS, step by step, so that tests can stop or misbehave at each.

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import { NbdClient } from './client.ts';

const GREETING_BYTES = 18;
const REPLY_BYTES = 20;
const ACKNOWLEDGED = 1;
const STARTTLS = 5;

/** Client flags (fixed newstyle, no zeroes) and the option STARTTLS. */
export const STARTTLS_MESSAGE = Buffer.concat([Buffer.from([0, 0, 0, 3]), option(STARTTLS)]);

/** An option without data. */
export function option(number: number): Buffer {
  const header = Buffer.alloc(16);
  header.write('IHAVEOPT');
  header.writeUInt32BE(number, 8);
  return header;
}

/** Connects and takes the greeting. */
export async function greeted(port: number, host = '127.0.0.1'): Promise<Socket> {
  const socket = connect({ port, host });
  socket.on('error', () => {});
  await take(socket, GREETING_BYTES);
  return socket;
}

/** Connects, agrees on TLS, and stops before its first byte. */
export async function agreed(port: number): Promise<Socket> {
  const socket = await greeted(port);
  socket.write(STARTTLS_MESSAGE);
  const reply = await take(socket, REPLY_BYTES);
  if (reply.readUInt32BE(12) !== ACKNOWLEDGED) throw new Error('STARTTLS was refused');
  return socket;
}

/** What a client with the files of this folder brings along; null for one without a certificate. */
export function filesOf(folder: string, isKnown = true): ConnectionOptions {
  const read = (file: string) => readFileSync(join(folder, file));
  const own = isKnown ? { cert: read('client-cert.pem'), key: read('client-key.pem') } : {};
  return { ca: read('ca-cert.pem'), servername: '', ...own };
}

export async function secured(port: number, options: ConnectionOptions): Promise<TLSSocket> {
  const socket = await agreed(port);
  const tls = connectTls({ socket, checkServerIdentity: () => undefined, ...options });
  tls.on('error', () => {});
  const closed = once(tls, 'close').then(() => {
    throw new Error('TLS was refused');
  });
  await Promise.race([once(tls, 'secureConnect'), closed]);
  closed.catch(() => {});
  return tls;
}

/** A session by TLS with the certificate in `folder`. */
export async function tlsSession(
  port: number,
  folder: string,
  exportName: string,
): Promise<NbdClient> {
  return NbdClient.over(await secured(port, filesOf(folder)), exportName);
}

/** Exactly so many bytes; fails where the server hangs up before. */
export function take(socket: Socket, bytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      const got: Buffer | null = socket.read(bytes);
      if (got === null || got.length < bytes) return;
      socket.off('readable', look);
      socket.off('close', fail);
      resolve(got);
    };
    const fail = (): void => reject(new Error('the server hung up'));
    socket.on('readable', look);
    socket.on('close', fail);
    look();
  });
}

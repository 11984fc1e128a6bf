// TLS between a client's socket and a pair of sockets whose other end is plaintext for the rest of
// the daemon. Node's own TLS does the work; clients that misbehave end their own session.
//
// Certificates are judged here and not by Node's `rejectUnauthorized`, which closes without saying
// why: nothing passes to the pair before `#proofOf` has found the client to be somebody.

import { constants, randomBytes } from 'node:crypto';
import { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { closeDescriptor } from '@pagelend/linux';
import { certificateClient } from './certificate.ts';
import type { TlsClient } from './clients.ts';
import type { FromRelay, PskTable, RelaySetup, ToRelay } from './relay-messages.ts';
import { RelaySession } from './relay-session.ts';

/** AES first: processors have instructions for it. All of them have forward secrecy. */
const CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE+AESGCM',
  'ECDHE+CHACHA20',
];
const PSK_CIPHERS = ['ECDHE-PSK-CHACHA20-POLY1305'];
/**
 * Sessions last for days: nothing is gained by resuming them, and a client that does would not show
 * its certificate again. Renegotiation only lends itself to abuse.
 */
const SECURE_OPTIONS = constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION;
const PSK_BYTES = 32;
/** What the name of a lease, and so an identity, looks like. */
const IDENTITY = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/;

export class TlsRelay {
  readonly #tell: (message: FromRelay) => void;
  readonly #sessions = new Map<number, RelaySession>();
  /** By the addresses of both sides, which Node tells of the socket inside and outside of TLS. */
  readonly #byPeer = new Map<string, RelaySession>();
  readonly #identities = new WeakMap<TLSSocket, string>();
  #server: Server | null = null;
  #setup: RelaySetup | null = null;

  constructor(tell: (message: FromRelay) => void) {
    this.#tell = tell;
  }

  heed(message: ToRelay): void {
    if (message.kind === 'setup') this.#configure(message.setup);
    else if (message.kind === 'begin') this.#begin(message);
    else this.#sessions.get(message.id)?.close('cut');
  }

  /** Sessions that are up keep what they were begun with. */
  #configure(setup: RelaySetup): void {
    this.#setup = setup;
    const { certificate, key, clientCa, revoked, hasPsk, handshakeTimeoutMs } = setup;
    const pskCallback = (socket: TLSSocket, identity: string) => this.#keyOf(socket, identity);
    const server = createServer({
      ...(certificate === null || key === null ? {} : { cert: certificate, key }),
      // Without a CA Node would trust those of the web.
      ...(clientCa === null ? {} : { ca: clientCa, requestCert: true }),
      ...(revoked === null ? {} : { crl: revoked }),
      rejectUnauthorized: false,
      minVersion: 'TLSv1.2',
      ciphers: [...CIPHERS, ...(hasPsk ? PSK_CIPHERS : [])].join(':'),
      honorCipherOrder: true,
      secureOptions: SECURE_OPTIONS,
      handshakeTimeout: handshakeTimeoutMs,
      ...(hasPsk ? { pskCallback } : {}),
    });
    server.on('secureConnection', (socket) => this.#secured(socket));
    server.on('tlsClientError', (error, socket) => {
      this.#byPeer.get(peerKey(socket))?.close(`TLS: ${reasonOf(error)}`, socket);
      socket.destroy();
    });
    this.#server = server;
  }

  #begin({ id, fd, pairFd, psk }: Extract<ToRelay, { kind: 'begin' }>): void {
    // A client that ends its side before TLS is up is gone.
    const raw = adopt(fd, false);
    const pair = adopt(pairFd, true);
    const peer = raw === null ? '' : peerKey(raw);
    if (raw === null || pair === null || peer === '' || this.#byPeer.has(peer)) {
      raw?.destroy();
      pair?.destroy();
      this.#tell({ kind: 'closed', id, reason: 'disconnected' });
      return;
    }
    const session = new RelaySession(raw, pair, psk, (reason) => {
      this.#sessions.delete(id);
      this.#byPeer.delete(peer);
      this.#tell({ kind: 'closed', id, reason });
    });
    this.#sessions.set(id, session);
    this.#byPeer.set(peer, session);
    session.secured = (client) => this.#tell({ kind: 'secured', id, client });
    // As the documentation has it, "to inject connections into the TLS server".
    this.#server!.emit('connection', raw);
  }

  #secured(socket: TLSSocket): void {
    const session = this.#byPeer.get(peerKey(socket));
    const client = session === undefined ? 'disconnected' : this.#proofOf(socket, session.psk);
    if (session === undefined || typeof client === 'string') {
      session?.close(String(client), socket);
      socket.destroy();
      return;
    }
    session.begin(socket, client);
  }

  /** Who the client is, or why it is nobody. Only what was verified is looked into. */
  #proofOf(socket: TLSSocket, psk: PskTable): TlsClient | string {
    const asksForCertificates = this.#setup?.clientCa != null;
    if (asksForCertificates && socket.authorized) {
      const client = certificateClient(socket.getPeerCertificate());
      if (client !== null) return client;
    }
    const identity = this.#identities.get(socket);
    const found = identity === undefined ? undefined : psk.get(identity);
    // Without a certificate a client is authorized by a key and by nothing else.
    const isKeyGood = isByPsk(socket) && (!asksForCertificates || socket.authorized);
    if (found !== undefined && isKeyGood) return { kind: 'psk', leaseId: found.leaseId };
    if (asksForCertificates && socket.getPeerX509Certificate() !== undefined) {
      return `the certificate is refused: ${String(socket.authorizationError)}`;
    }
    return this.#setup?.mayBeAnonymous === true
      ? { kind: 'anonymous' }
      : 'the client showed no certificate';
  }

  /** A key that nobody has for a name that nobody has: whoever guesses learns of no lease. */
  #keyOf(socket: TLSSocket, identity: string): Buffer | null {
    const session = this.#byPeer.get(peerKey(socket));
    if (session === undefined || !IDENTITY.test(identity)) return null;
    this.#identities.set(socket, identity);
    const found = session.psk.get(identity);
    return found === undefined ? randomBytes(PSK_BYTES) : Buffer.from(found.key, 'hex');
  }
}

/** The socket of that descriptor; null, and closed, where it is none. */
function adopt(fd: number, allowHalfOpen: boolean): Socket | null {
  try {
    return new Socket({ fd, readable: true, writable: true, allowHalfOpen });
  } catch {
    closeDescriptor(fd);
    return null;
  }
}

/**
 * Whether a pre-shared key was used, and not merely offered. TLS 1.3 knows no other resumption here,
 * since no tickets are given out that could be taken back; TLS 1.2 has ciphers of its own for keys.
 */
function isByPsk(socket: TLSSocket): boolean {
  if (socket.getProtocol() === 'TLSv1.3') return socket.isSessionReused();
  return PSK_CIPHERS.includes(socket.getCipher().name);
}

/** Empty where the socket is not connected any more. */
function peerKey({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  if (remoteAddress === undefined) return '';
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}

function reasonOf(error: Error): string {
  const { code, reason } = error as Error & { code?: string; reason?: string };
  return reason ?? code ?? error.message;
}

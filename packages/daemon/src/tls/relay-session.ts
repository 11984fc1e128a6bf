// One TLS session in its relay: bytes go to and fro, and neither side is read while the other does
// not take what there is. The end of each side ends the other.

import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { TlsClient } from './clients.ts';
import type { PskTable } from './relay-messages.ts';

/** How long a client may take to fetch its last answers once the daemon has ended the session. */
const LINGER_MS = 2000;

export class RelaySession {
  readonly psk: PskTable;
  /** Called once the client has proved who it is; set before the session begins. */
  secured: (client: TlsClient) => void = () => {};
  readonly #raw: Socket;
  readonly #pair: Socket;
  readonly #ended: (reason: string) => void;
  #tls: TLSSocket | null = null;
  #reason = '';
  #isRawClosed = false;
  #isPairClosed = false;
  #isLingering = false;

  /** `ended` is called once, when both sockets are closed. */
  constructor(raw: Socket, pair: Socket, psk: PskTable, ended: (reason: string) => void) {
    this.psk = psk;
    this.#raw = raw;
    this.#pair = pair;
    this.#ended = ended;
    for (const socket of [raw, pair]) socket.on('error', () => {});
    raw.on('close', () => {
      this.#isRawClosed = true;
      this.#finish();
    });
    pair.on('close', () => {
      this.#isPairClosed = true;
      this.#finish();
    });
  }

  /** TLS is up: what is decrypted goes to the pair, and what comes from there is encrypted. */
  begin(socket: TLSSocket, client: TlsClient): void {
    const pair = this.#pair;
    if (pair.destroyed) {
      this.close('cut', socket);
      return;
    }
    this.#tls = socket;
    // From now on a client may end its side and wait for answers.
    socket.allowHalfOpen = true;
    socket.on('error', () => {});
    socket.pipe(pair);
    pair.pipe(socket);
    // The daemon has ended the session: the client gets what is on its way, and then a little time.
    pair.once('end', () => this.#linger(socket));
    pair.once('close', () => this.#linger(socket));
    this.secured(client);
  }

  /** Ends both sides at once. Where TLS was begun it must go first, and takes the socket below along. */
  close(reason: string, socket: Socket | null = this.#tls): void {
    if (this.#reason === '') this.#reason = reason;
    (socket ?? this.#raw).destroy();
    this.#pair.destroy();
  }

  #linger(socket: TLSSocket): void {
    if (this.#isLingering) return;
    this.#isLingering = true;
    const timer = setTimeout(() => this.close('lingered'), LINGER_MS);
    timer.unref();
    this.#raw.once('close', () => clearTimeout(timer));
    // What it still sends is of no use to anybody; read, so that its end is seen.
    socket.unpipe();
    socket.resume();
    socket.end();
  }

  #finish(): void {
    if (this.#isRawClosed && this.#isPairClosed) this.#ended(this.#reason || 'disconnected');
    else this.#pair.destroy();
  }
}

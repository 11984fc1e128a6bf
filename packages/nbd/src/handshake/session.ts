// What a handshake has agreed on so far, and what the handler of an option can say: that it has
// answered, or that the handshake is over.

import type { ExportDescription, ExportDirectory, TlsMode } from './exports.ts';

export class HandshakeSession {
  exports: ExportDirectory;
  readonly tls: TlsMode;
  /** Whether TLS is up. */
  isSecured = false;
  isStructured = false;
  /** FLAG_C_NO_ZEROES of the client. */
  hasNoZeroes = false;
  /** The export's name for which base:allocation was last selected, as the client wrote it. */
  contextName: string | null = null;

  constructor(exports: ExportDirectory, tls: TlsMode) {
    this.exports = exports;
    this.tls = tls;
  }
}

export type Outcome =
  | { readonly kind: 'answered' }
  | { readonly kind: 'chosen'; readonly export: ExportDescription; readonly name: string }
  | { readonly kind: 'upgrade' }
  | { readonly kind: 'closed'; readonly reason: string };

export const ANSWERED: Outcome = { kind: 'answered' };

// What the control plane and a relay thread say to each other.

import type { TlsClient } from './clients.ts';

/** What a relay proves the lender's identity by, and how it checks its clients'. */
export interface RelaySetup {
  /** PEM; null where there are pre-shared keys alone. */
  readonly certificate: string | null;
  readonly key: string | null;
  /** PEM of those who vouch for clients; null where no certificate is asked for. */
  readonly clientCa: string | null;
  /** PEM of what they have taken back; null where there is no such list. */
  readonly revoked: string | null;
  readonly mayBeAnonymous: boolean;
  readonly hasPsk: boolean;
  readonly handshakeTimeoutMs: number;
}

/** Identity to key: what clients may prove themselves by during one handshake. */
export type PskTable = ReadonlyMap<string, { readonly key: string; readonly leaseId: string }>;

export type ToRelay =
  | { readonly kind: 'setup'; readonly setup: RelaySetup }
  | {
      readonly kind: 'begin';
      readonly id: number;
      /** The client's socket, and the relay's end of the pair; both are the relay's to close. */
      readonly fd: number;
      readonly pairFd: number;
      readonly psk: PskTable;
    }
  | { readonly kind: 'cut'; readonly id: number };

export type FromRelay =
  | { readonly kind: 'secured'; readonly id: number; readonly client: TlsClient }
  /** Nothing of the session is left; `reason` matters where it was never secured. */
  | { readonly kind: 'closed'; readonly id: number; readonly reason: string };

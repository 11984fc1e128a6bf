// What the lender is made of, and what it tells and takes.

import type { Lease, LeaseUsage, Pool } from '@pagelend/store';
import type { DataPlane, Handover, ServedConnection } from './contract.ts';
import type { LeaseDefinition, LeaseDefinitions, LeaseShare } from './lease-definitions.ts';
import type { Log } from './logs.ts';
import type { TlsClient } from './tls/clients.ts';

/** The way in to one lease: a listening socket, or for one that has moved a symbolic link to it. */
export interface LeaseDoor {
  close(): Promise<void>;
}

export interface LetGoMs {
  readonly drain: number;
  readonly cut: number;
}

export interface LenderParts {
  readonly pool: Pool;
  readonly dataPlane: DataPlane;
  readonly definitions: LeaseDefinitions;
  readonly openDoor: (definition: LeaseDefinition) => Promise<LeaseDoor>;
  /** Serves a client of a lease that has moved, by the lender that has it now. */
  readonly relay: (definition: LeaseDefinition, handover: Negotiated) => ServedConnection;
  readonly log: Log;
  /** A lease that is here has this part of memory that is short from now on. */
  readonly noteShare?: (lease: Lease, share: LeaseShare) => void;
  readonly connectionsMax: number;
  readonly leaseConnectionsMax: number;
  /** How long `delete --force` waits for clients to take their last answers, then for their ends. */
  readonly letGoMs?: LetGoMs;
}

/** A negotiated connection, whoever will serve it. */
export type Negotiated = Omit<Handover, 'lease' | 'isHeld'>;

export interface Connection {
  readonly id: number;
  readonly transport: 'unix' | 'tcp' | 'tls';
  /** HOST:PORT; null for a unix socket. */
  readonly peer: string | null;
  /** What the client has proved; null without TLS. */
  readonly client: TlsClient | null;
  readonly since: Date;
}

/** A lease as it is now. */
export interface LeaseState {
  readonly definition: LeaseDefinition;
  readonly phase: LeasePhase;
  readonly usage: LeaseUsage;
  readonly connections: readonly Connection[];
}

/** `incoming`: its pages are on their way here, and nobody can attach it. */
export type LeasePhase = 'lending' | 'incoming' | 'moving' | 'moved';

/** A client's place at a lease: taken when its handshake ends, before its socket is handed over. */
export interface Seat {
  serve(
    handover: Negotiated,
    client: Pick<Connection, 'transport' | 'peer' | 'client'>,
  ): ServedConnection | null;
  leave(): void;
}

/** Why no seat was free. */
export type Refusal = 'unknown' | 'busy' | 'lease-full' | 'full' | 'stopping';

export interface LeaseChange {
  readonly bytes?: number;
  readonly limitBytes?: number | null;
  /** Null for the default: the certificate whose common name is the lease's. */
  readonly clients?: readonly string[] | null;
  /** What is not said stays as it is. */
  readonly share?: Partial<LeaseShare>;
}

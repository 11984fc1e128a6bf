// What the lender is made of, and what it tells and takes.

import type { Lease, LeaseUsage, Pool } from '@pagelend/store';
import type { DataPlane, Handover, ServedConnection } from './contract.ts';
import type { LeaseDefinition, LeaseDefinitions } from './lease-definitions.ts';
import type { Log } from './logs.ts';

/** The listening socket of one lease. */
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
  readonly log: Log;
  readonly connectionsMax: number;
  readonly leaseConnectionsMax: number;
  /** How long `delete --force` waits for clients to take their last answers, then for their ends. */
  readonly letGoMs?: LetGoMs;
}

export interface Connection {
  readonly id: number;
  readonly transport: 'unix' | 'tcp';
  /** HOST:PORT; null for a unix socket. */
  readonly peer: string | null;
  readonly since: Date;
}

/** A lease as it is now. */
export interface LeaseState {
  readonly definition: LeaseDefinition;
  readonly usage: LeaseUsage;
  readonly connections: readonly Connection[];
}

/** A client's place at a lease: taken when its handshake ends, before its socket is handed over. */
export interface Seat {
  readonly lease: Lease;
  serve(
    handover: Omit<Handover, 'lease'>,
    client: Pick<Connection, 'transport' | 'peer'>,
  ): ServedConnection | null;
  leave(): void;
}

/** Why no seat was free. */
export type Refusal = 'unknown' | 'busy' | 'lease-full' | 'full' | 'stopping';

export interface LeaseChange {
  readonly bytes?: number;
  readonly limitBytes?: number | null;
}

// A lease as the lender has it: its definition and pages, its door, who is attached; and holding it
// still, so that its pages can be copied while clients wait.

import type { Lease, LeaseUsage } from '@pagelend/store';
import type { ServedConnection } from './contract.ts';
import { DaemonError } from './errors.ts';
import type { LeaseDefinition } from './lease-definitions.ts';
import type { Connection, LeaseDoor, LeaseState, LenderParts } from './lender-types.ts';
import { clientText, mayUse } from './tls/clients.ts';

export interface Entry {
  definition: LeaseDefinition;
  /** Null where the lease has moved to another lender. */
  lease: Lease | null;
  door: LeaseDoor | null;
  readonly connections: Map<Connection, ServedConnection>;
  /** Handshakes that ended and whose sockets are not handed over yet. */
  seatCount: number;
  /** One thing at a time is done to a lease: resized, deleted, saved, moved. */
  isBusy: boolean;
  /** While it is resized or deleted nobody can come. */
  isShut: boolean;
  /** Clients can come, and wait: no request is begun. */
  isHeld: boolean;
  /** Of a lease that has come: its own door is open, or is being opened. */
  opening: Promise<void> | null;
}

type OpenDoor = LenderParts['openDoor'];

/** What a lease that has moved still holds here. */
export const NO_USAGE: LeaseUsage = {
  origDataBytes: 0,
  comprDataBytes: 0,
  memUsedBytes: 0,
  limitBytes: null,
  storedPages: 0,
  samePages: 0,
  hugePages: 0,
  reads: 0,
  writes: 0,
  failedReads: 0,
  failedWrites: 0,
  trimmedPages: 0,
  behindPages: 0,
  fetchedPages: 0,
  writtenBehindPages: 0,
  cleanLeavings: 0,
};

export function newEntry(definition: LeaseDefinition, lease: Lease | null): Entry {
  return {
    definition,
    lease,
    door: null,
    connections: new Map(),
    seatCount: 0,
    isBusy: false,
    isShut: false,
    isHeld: definition.transit?.phase === 'moving',
    opening: null,
  };
}

export function stateOf({ definition, lease, connections }: Entry): LeaseState {
  return {
    definition,
    phase: definition.transit?.phase ?? 'lending',
    usage: lease?.usage() ?? NO_USAGE,
    connections: [...connections.keys()],
  };
}

/** Refuses what only a lease that is here and lent can undergo. */
export function checkLending({ definition }: Entry): void {
  const { name, transit } = definition;
  if (transit?.phase === 'moved') {
    throw new DaemonError(
      'DAEMON_LEASE_MOVED',
      `lease ${name} has moved to ${transit.to}; ask the lender there`,
    );
  }
  if (transit?.phase === 'moving') {
    throw new DaemonError(
      'DAEMON_LEASE_MOVING',
      `lease ${name} is on its way to ${transit.to}; wait until that is over, or take it back ` +
        `with pagelend lease move ${name} --cancel`,
    );
  }
}

/**
 * Refuses a change of what is not lent, and of what is being moved: what was told to the other lender
 * at the beginning would be in force there, and a client that was shut out here let in again.
 */
export function checkChangeable(entry: Entry): void {
  checkLending(entry);
  checkFree(entry);
}

/** Takes the lease for work during which nothing else may be done to it. */
export function occupy(entry: Entry): void {
  checkFree(entry);
  entry.isBusy = true;
}

function checkFree({ isBusy, definition }: Entry): void {
  if (!isBusy) return;
  throw new DaemonError(
    'DAEMON_LEASE_BUSY',
    `lease ${definition.name} is being changed, saved or moved; try again when that is over`,
  );
}

/** Opens the lease's door as its definition is now; it takes the place of the one before. */
export async function replaceDoor(entry: Entry, openDoor: OpenDoor): Promise<void> {
  const before = entry.door;
  entry.door = await openDoor(entry.definition);
  await before?.close();
}

/** The same once, however many ask for it; where it failed the next one tries again. */
export function openOnce(entry: Entry, openDoor: OpenDoor): Promise<void> {
  entry.opening ??= replaceDoor(entry, openDoor).catch((error: unknown) => {
    entry.opening = null;
    throw error;
  });
  return entry.opening;
}

/**
 * Closes the lease's door when the daemon stops. A way to where it has moved stays: guests know no
 * other path.
 */
export async function closeAtStop({ door, definition }: Entry): Promise<void> {
  if ((definition.transit?.socket ?? null) === null) await door?.close();
}

/** Runs `work` while no client can come; refuses where one is there, unless that is allowed. */
export async function exclusively(
  entry: Entry,
  mayBeAttached: boolean,
  work: () => Promise<void>,
): Promise<void> {
  const { name } = entry.definition;
  const attached = entry.connections.size + entry.seatCount;
  if (attached > 0 && !mayBeAttached && !entry.isBusy) {
    throw new DaemonError(
      'DAEMON_LEASE_ATTACHED',
      `lease ${name} has ${attached} client${attached === 1 ? '' : 's'} attached: its size is ` +
        'fixed and its pages are in use; swapoff and detach it in the guest first, or delete it ' +
        'with --force, which takes the pages from the guest',
    );
  }
  occupy(entry);
  entry.isShut = true;
  try {
    await work();
  } finally {
    entry.isBusy = false;
    entry.isShut = false;
  }
}

/**
 * Holds the lease still: from when this settles until `release`, no page of it changes, and what was
 * acknowledged is in its pages. Clients that come meanwhile wait as well.
 */
export async function hold(entry: Entry, ms: number): Promise<void> {
  entry.isHeld = true;
  const quiet = Promise.all([...entry.connections.values()].map((served) => served.hold()));
  if (await isInTime(quiet, ms)) return;
  release(entry);
  throw new DaemonError(
    'DAEMON_LEASE_HELD',
    `lease ${entry.definition.name}: a client has sent a part of a write and not the rest in ` +
      `${ms / 1000} s; detach it, or try again`,
  );
}

export function release(entry: Entry): void {
  entry.isHeld = false;
  for (const served of entry.connections.values()) served.release();
}

/** Ends the lease's sessions; false where some clients have not let go in time. */
export async function endSessions(entry: Entry, drainMs: number, cutMs: number): Promise<boolean> {
  const served = [...entry.connections.values()];
  const ended = Promise.all(served.map((connection) => connection.ended));
  for (const connection of served) connection.end();
  if (await isInTime(ended, drainMs)) return true;
  // A client that does not read would keep the lease for ever.
  for (const connection of served) connection.cut();
  return isInTime(ended, cutMs);
}

export function unknownLease(name: string, names: readonly string[]): DaemonError {
  const known = names.length === 0 ? 'there is none yet' : `those that are: ${names.join(', ')}`;
  return new DaemonError('DAEMON_LEASE_UNKNOWN', `there is no lease ${name}; ${known}`);
}

/** Who came, for the log. */
export function visitOf({ name }: LeaseDefinition, { id, ...rest }: Connection): object {
  const { transport, peer, client } = rest;
  const proof = client === null ? {} : { client: clientText(client) };
  return { lease: name, connection: id, transport, peer, ...proof };
}

/** Ends the sessions of those over TCP whom the lease does not name any more. */
export function cutStrangers({ connections, definition }: Entry): void {
  const { clients } = definition;
  for (const [{ transport, client }, served] of connections) {
    const isNamed = client !== null && mayUse(client, definition);
    // Without a list whoever came by the lease's key may stay; a certificate is judged anew.
    const cameByKey = clients === undefined && client?.kind !== 'certificate';
    if (transport !== 'unix' && !isNamed && !cameByKey) served.cut();
  }
}

/** Whether `promise` settles before the time is over. */
export async function isInTime(promise: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, ms, false);
  });
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}

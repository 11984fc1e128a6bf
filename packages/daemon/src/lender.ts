// The lender: all leases, who is attached to them, and what may be done to them when. It knows
// nothing of sockets and of HTTP; doors bring it clients, the API brings it orders.

import type { Lease, PoolUsage } from '@pagelend/store';
import type { LeaseRequest } from './config.ts';
import type { Handover, ServedConnection } from './contract.ts';
import { DaemonError } from './errors.ts';
import {
  checkLeaseBytes,
  type LeaseDefinition,
  newDefinition,
  sizeMismatch,
} from './lease-definitions.ts';
import type {
  Connection,
  LeaseChange,
  LeaseDoor,
  LeaseState,
  LenderParts,
  LetGoMs,
  Refusal,
  Seat,
} from './lender-types.ts';
import { busily } from './logs.ts';

interface Entry {
  definition: LeaseDefinition;
  lease: Lease;
  door: LeaseDoor | null;
  readonly connections: Map<Connection, ServedConnection>;
  /** Handshakes that ended and whose sockets are not handed over yet. */
  seatCount: number;
  isBusy: boolean;
}

const LET_GO_MS: LetGoMs = { drain: 2000, cut: 10_000 };
/** Clients that come and go more often than this fill no log. */
const VISIT_LINES_PER_SECOND = 20;

export class Lender {
  readonly #parts: LenderParts;
  readonly #tellVisit: (fields: object, message: string) => void;
  readonly #entries = new Map<string, Entry>();
  readonly #beingMade = new Set<string>();
  #seatCount = 0;
  #connectionCount = 0;
  #isStopping = false;

  /** The pool must have been opened with all definitions. */
  constructor(parts: LenderParts) {
    this.#parts = parts;
    this.#tellVisit = busily(parts.log, VISIT_LINES_PER_SECOND);
    for (const definition of parts.definitions.all()) {
      const lease = parts.pool.lease(definition.id);
      if (lease === undefined) throw new Error(`the pool has no lease ${definition.name}`);
      this.#add(definition, lease);
    }
  }

  get connectionCount(): number {
    return this.#connectionCount;
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  poolUsage(): PoolUsage {
    return this.#parts.pool.usage();
  }

  leases(): LeaseState[] {
    const names = [...this.#entries.keys()].sort();
    return names.map((name) => stateOf(this.#entries.get(name)!));
  }

  lease(name: string): LeaseState {
    return stateOf(this.#entry(name));
  }

  definition(name: string): LeaseDefinition | undefined {
    return this.#entries.get(name)?.definition;
  }

  names(): string[] {
    return [...this.#entries.keys()].sort();
  }

  /** Lets clients in. */
  async open(): Promise<void> {
    for (const entry of this.#entries.values()) {
      entry.door ??= await this.#parts.openDoor(entry.definition);
    }
  }

  async create(name: string, bytes: number, limitBytes: number | null): Promise<LeaseState> {
    this.#checkRunning();
    const definition = newDefinition(name, bytes, limitBytes);
    checkLimit(limitBytes);
    // Found out before anything is made.
    this.#parts.definitions.socketPath(name);
    if (this.#entries.has(name) || this.#beingMade.has(name)) {
      throw new DaemonError(
        'DAEMON_LEASE_EXISTS',
        `there is a lease ${name} already; take another name, or delete that one first`,
      );
    }
    this.#beingMade.add(name);
    try {
      // Slots without a definition are removed at the next start: nothing is left half made.
      const lease = this.#parts.pool.createLease(definition);
      const door = await this.#publish(definition);
      const entry = this.#add(definition, lease);
      entry.door = door;
      this.#parts.log.info({ lease: name, bytes, limit_bytes: limitBytes }, 'lease made');
      return stateOf(entry);
    } finally {
      this.#beingMade.delete(name);
    }
  }

  /** Makes the leases that `serve --lease` asks for, or takes up those that are there. */
  async takeUp(requests: readonly LeaseRequest[]): Promise<void> {
    // A start that one of them prevents leaves nothing of the others behind.
    for (const { name, bytes } of requests) {
      const there = this.definition(name);
      const mismatch = there === undefined ? null : sizeMismatch(there, bytes);
      if (mismatch !== null) throw mismatch;
    }
    for (const { name, bytes, limitBytes } of requests) {
      if (!this.#entries.has(name)) await this.create(name, bytes, limitBytes);
      else if (limitBytes !== null) await this.change(name, { limitBytes });
    }
  }

  /** Changes the limit at once, and the size while nobody is attached. */
  async change(name: string, { bytes, limitBytes }: LeaseChange): Promise<LeaseState> {
    this.#checkRunning();
    const entry = this.#entry(name);
    if (limitBytes !== undefined) checkLimit(limitBytes);
    if (bytes !== undefined && bytes !== entry.definition.bytes) await this.#resize(entry, bytes);
    if (limitBytes !== undefined) {
      this.#save(entry, { ...entry.definition, limitBytes });
      entry.lease.setLimit(limitBytes);
      this.#parts.log.info({ lease: name, limit_bytes: limitBytes }, 'limit changed');
    }
    return stateOf(entry);
  }

  /** Gives up the lease and all its pages. An attached one is taken from its clients if forced. */
  async delete(name: string, isForced: boolean): Promise<void> {
    this.#checkRunning();
    const entry = this.#entry(name);
    await this.#exclusively(entry, isForced, async () => {
      await entry.door?.close();
      entry.door = null;
      await this.#letGo(entry);
      this.#parts.definitions.remove(name);
      this.#entries.delete(name);
      await this.#parts.pool.deleteLease(entry.definition.id);
    });
    this.#parts.log.info({ lease: name }, 'lease deleted');
  }

  /** Whether a client of the lease could be seated now. */
  refusal(name: string): Refusal | null {
    const entry = this.#entries.get(name);
    if (this.#isStopping) return 'stopping';
    if (entry === undefined) return 'unknown';
    if (entry.isBusy) return 'busy';
    const { connectionsMax, leaseConnectionsMax } = this.#parts;
    if (entry.connections.size + entry.seatCount >= leaseConnectionsMax) return 'lease-full';
    return this.#connectionCount + this.#seatCount >= connectionsMax ? 'full' : null;
  }

  /** Takes a seat. From now on the lease counts as attached, until the seat or session ends. */
  seat(name: string): Seat | Refusal {
    const refusal = this.refusal(name);
    if (refusal !== null) return refusal;
    const entry = this.#entries.get(name)!;
    let isTaken = true;
    this.#seatCount++;
    entry.seatCount++;
    const leave = (): void => {
      if (!isTaken) return;
      isTaken = false;
      this.#seatCount--;
      entry.seatCount--;
    };
    return {
      lease: entry.lease,
      leave,
      serve: (handover, client) => {
        leave();
        // It was stopped or deleted by force since.
        if (this.#isStopping || entry.isBusy || this.#entries.get(name) !== entry) return null;
        return this.#serve(entry, { ...handover, lease: entry.lease }, client);
      },
    };
  }

  /** Lends no more and keeps the pages: what was received is answered, then all sessions end. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const doors = [...this.#entries.values()].map(({ door }) => door?.close());
    await Promise.all(doors);
    await this.#parts.dataPlane.close();
    this.#parts.pool.close();
  }

  #serve(
    entry: Entry,
    handover: Handover,
    client: Pick<Connection, 'transport' | 'peer'>,
  ): ServedConnection {
    const served = this.#parts.dataPlane.serve(handover);
    const connection = { id: served.id, since: new Date(), ...client };
    const about = { lease: entry.definition.name, connection: served.id, ...client };
    entry.connections.set(connection, served);
    this.#connectionCount++;
    this.#tellVisit(about, 'attached');
    void served.ended.then((reason) => {
      entry.connections.delete(connection);
      this.#connectionCount--;
      this.#tellVisit({ ...about, reason }, 'detached');
    });
    return served;
  }

  async #resize(entry: Entry, bytes: number): Promise<void> {
    checkLeaseBytes(bytes);
    const before = entry.definition;
    await this.#exclusively(entry, false, async () => {
      // The definition goes first: a start after a kill between the two finishes the work.
      this.#save(entry, { ...before, bytes });
      try {
        entry.lease = await this.#parts.pool.resizeLease(before.id, bytes);
      } catch (error) {
        this.#save(entry, before);
        throw error;
      }
    });
    this.#parts.log.info({ lease: before.name, bytes }, 'lease resized');
  }

  /** Runs `work` while no client can come; refuses where one is there, unless that is allowed. */
  async #exclusively(
    entry: Entry,
    mayBeAttached: boolean,
    work: () => Promise<void>,
  ): Promise<void> {
    const { name } = entry.definition;
    if (entry.isBusy) {
      throw new DaemonError('DAEMON_LEASE_BUSY', `lease ${name} is being changed; try again`);
    }
    const attached = entry.connections.size + entry.seatCount;
    if (attached > 0 && !mayBeAttached) {
      throw new DaemonError(
        'DAEMON_LEASE_ATTACHED',
        `lease ${name} has ${attached} client${attached === 1 ? '' : 's'} attached: its size is ` +
          'fixed and its pages are in use; swapoff and detach it in the guest first, or delete it ' +
          'with --force, which takes the pages from the guest',
      );
    }
    entry.isBusy = true;
    try {
      await work();
    } finally {
      entry.isBusy = false;
    }
  }

  /** Ends the lease's sessions and waits for them; on failure clients can come again. */
  async #letGo(entry: Entry): Promise<void> {
    const { drain, cut } = this.#parts.letGoMs ?? LET_GO_MS;
    const served = [...entry.connections.values()];
    const ended = Promise.all(served.map((connection) => connection.ended));
    for (const connection of served) connection.end();
    if (await isInTime(ended, drain)) return;
    // A client that does not read would keep the lease for ever.
    for (const connection of served) connection.cut();
    if (await isInTime(ended, cut)) return;
    entry.door = await this.#parts.openDoor(entry.definition);
    const { name } = entry.definition;
    throw new DaemonError(
      'DAEMON_LEASE_BUSY',
      `lease ${name}: ${entry.connections.size} clients have not let go of it; try again`,
    );
  }

  /** Writes down a new lease and opens its door; takes all of it back where one of them fails. */
  async #publish(definition: LeaseDefinition): Promise<LeaseDoor> {
    const { definitions, pool, openDoor } = this.#parts;
    try {
      definitions.save(definition);
      return await openDoor(definition);
    } catch (error) {
      definitions.remove(definition.name);
      await pool.deleteLease(definition.id);
      throw error;
    }
  }

  #save(entry: Entry, definition: LeaseDefinition): void {
    this.#parts.definitions.save(definition);
    entry.definition = definition;
  }

  #add(definition: LeaseDefinition, lease: Lease): Entry {
    const entry = {
      definition,
      lease,
      door: null,
      connections: new Map(),
      seatCount: 0,
      isBusy: false,
    };
    this.#entries.set(definition.name, entry);
    return entry;
  }

  #entry(name: string): Entry {
    const entry = this.#entries.get(name);
    if (entry !== undefined) return entry;
    const names = this.names();
    const known = names.length === 0 ? 'there is none yet' : `those that are: ${names.join(', ')}`;
    throw new DaemonError('DAEMON_LEASE_UNKNOWN', `there is no lease ${name}; ${known}`);
  }

  #checkRunning(): void {
    if (this.#isStopping) {
      throw new DaemonError('DAEMON_STOPPING', 'the daemon is stopping; start it again first');
    }
  }
}

function stateOf({ definition, lease, connections }: Entry): LeaseState {
  return { definition, usage: lease.usage(), connections: [...connections.keys()] };
}

function checkLimit(bytes: number | null): void {
  if (bytes === null || (Number.isSafeInteger(bytes) && bytes >= 0)) return;
  throw new DaemonError('DAEMON_LEASE_SIZE', `a limit of ${bytes} bytes is none`);
}

/** Whether `promise` settles before the time is over. */
async function isInTime(promise: Promise<unknown>, ms: number): Promise<boolean> {
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

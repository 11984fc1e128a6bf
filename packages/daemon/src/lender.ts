// The lender: all leases, who is attached to them, and what may be done to them when. It knows
// nothing of sockets and of HTTP; doors bring it clients, the API brings it orders.

import type { Lease, PoolUsage } from '@pagelend/store';
import type { LeaseRequest } from './config.ts';
import type { ServedConnection } from './contract.ts';
import { DaemonError } from './errors.ts';
import { applyChange, checkChange } from './lease-change.ts';
import {
  checkLeaseBytes,
  hasPages,
  type LeaseDefinition,
  newDefinition,
  sizeMismatch,
  withClients,
} from './lease-definitions.ts';
import {
  checkChangeable,
  checkLending,
  closeAtStop,
  type Entry,
  endSessions,
  exclusively,
  newEntry,
  openOnce,
  replaceDoor,
  stateOf,
  unknownLease,
  visitOf,
} from './lease-entry.ts';
import type {
  Connection,
  LeaseChange,
  LeaseDoor,
  LeaseState,
  LenderParts,
  LetGoMs,
  Negotiated,
  Refusal,
  Seat,
} from './lender-types.ts';
import { busily } from './logs.ts';
import { Recordings } from './recording/recordings.ts';

const LET_GO_MS: LetGoMs = { drain: 2000, cut: 10_000 };
/** Clients that come and go more often than this fill no log. */
const VISIT_LINES_PER_SECOND = 20;

export class Lender {
  readonly #parts: LenderParts;
  readonly #tellVisit: (fields: object, message: string) => void;
  readonly #entries = new Map<string, Entry>();
  readonly #beingMade = new Set<string>();
  readonly recordings: Recordings;
  #seatCount = 0;
  #connectionCount = 0;
  #isStopping = false;

  /** The pool must have been opened with all definitions. */
  constructor(parts: LenderParts) {
    this.#parts = parts;
    this.recordings = new Recordings(parts);
    this.#tellVisit = busily(parts.log, VISIT_LINES_PER_SECOND);
    for (const definition of parts.definitions.all()) {
      const lease = hasPages(definition) ? parts.pool.lease(definition.id) : null;
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
    return this.names().map((name) => stateOf(this.#entries.get(name)!));
  }

  lease(name: string): LeaseState {
    return stateOf(this.entry(name));
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

  async create(
    name: string,
    bytes: number,
    limitBytes: number | null,
    clients: readonly string[] | null = null,
  ): Promise<LeaseState> {
    this.#checkRunning();
    const definition = withClients(newDefinition(name, bytes, limitBytes), clients);
    this.#reserve(name, false);
    try {
      // Slots without a definition are removed at the next start: nothing is left half made.
      const lease = await this.#parts.pool.createLease(definition);
      const door = await this.#publish(definition);
      const entry = this.#add(definition, lease);
      entry.door = door;
      this.#parts.log.info({ lease: name, bytes, limit_bytes: limitBytes }, 'lease made');
      return stateOf(entry);
    } finally {
      this.#beingMade.delete(name);
    }
  }

  /** Keeps a name for a lease that is to come; one of a lease that has moved away is free for that. */
  reserve(name: string): void {
    this.#checkRunning();
    this.#reserve(name, true);
  }

  unreserve(name: string): void {
    this.#beingMade.delete(name);
  }

  /** Lends a lease whose pages have come, under the name that was kept for it; `openFor` comes next. */
  takeIn(definition: LeaseDefinition): void {
    const { definitions, pool, log } = this.#parts;
    const lease = pool.lease(definition.id);
    if (lease === undefined) throw new Error(`the pool has no lease ${definition.name}`);
    const { name } = definition;
    // From here on it is this lender's, whatever happens.
    definitions.save(definition);
    const signpost = this.#entries.get(name)?.door ?? null;
    this.#add(definition, lease).door = signpost;
    this.#beingMade.delete(name);
    log.info({ lease: name, bytes: definition.bytes }, 'lease has come');
  }

  /** Opens the door of a lease that has come; in place of a way to where it was, in one step. */
  async openFor(name: string): Promise<LeaseState> {
    const entry = this.entry(name);
    await openOnce(entry, this.#parts.openDoor);
    return stateOf(entry);
  }

  /** The point of no return of a move: nobody is served until the other lender has answered. */
  markMoving(entry: Entry, transit: NonNullable<LeaseDefinition['transit']>): void {
    this.#save(entry, { ...entry.definition, transit });
  }

  /** The other lender has not taken the lease, and never will: it is lent here as before. */
  takeBack(entry: Entry): void {
    const { transit: _, ...definition } = entry.definition;
    this.#save(entry, definition);
  }

  /** The other lender has the lease: clients are led there. Its pages here may then be freed. */
  async handOn(entry: Entry, socket: string | null): Promise<void> {
    const { log, openDoor } = this.#parts;
    const { transit, name, ...rest } = entry.definition;
    this.#save(entry, { ...rest, name, transit: { ...transit!, phase: 'moved', socket } });
    entry.lease = null;
    entry.isHeld = false;
    const sessions = { ...entry, connections: new Map(entry.connections) };
    // Where no path leads there, the door that is open stays and those who come are relayed.
    if (socket !== null) {
      await replaceDoor(entry, openDoor).catch((error: unknown) => {
        log.warn({ lease: name, reason: String(error) }, 'no path leads to a moved lease');
      });
    }
    const { drain, cut } = this.#letGoMs;
    await endSessions(sessions, drain, cut);
    await this.recordings.end(entry.definition.id, 'lease-moved');
    log.info({ lease: name, to: transit!.to }, 'lease has moved');
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
      else if (limitBytes !== null && this.lease(name).phase === 'lending')
        await this.change(name, { limitBytes });
    }
  }

  /** Changes limit, clients and share at once, and the size while nobody is attached. */
  async change(name: string, change: LeaseChange): Promise<LeaseState> {
    this.#checkRunning();
    const entry = this.entry(name);
    checkChangeable(entry);
    const { bytes } = change;
    checkChange(entry.definition, change);
    if (bytes !== undefined && bytes !== entry.definition.bytes) await this.#resize(entry, bytes);
    applyChange(entry, change, (definition) => this.#save(entry, definition), this.#parts.log);
    if (change.share !== undefined) this.#noteShare(entry);
    return stateOf(entry);
  }

  /** Gives up the lease and all its pages. An attached one is taken from its clients if forced. */
  async delete(name: string, isForced: boolean): Promise<void> {
    this.#checkRunning();
    const entry = this.entry(name);
    const { id, transit } = entry.definition;
    if (!isForced && transit?.phase === 'moving') checkLending(entry);
    // Who has moved away loses nothing but the way there.
    const isAway = entry.lease === null;
    await exclusively(entry, isForced || isAway, async () => {
      await entry.door?.close();
      entry.door = null;
      await this.#letGo(entry);
      this.#parts.definitions.remove(name);
      this.#entries.delete(name);
      await this.recordings.end(id, 'lease-deleted');
      if (!isAway) await this.#parts.pool.deleteLease(id);
    });
    this.#parts.log.info(
      { lease: name },
      isAway ? 'way to a moved lease removed' : 'lease deleted',
    );
  }

  /** Whether a client of the lease could be seated now. */
  refusal(name: string): Refusal | null {
    const entry = this.#entries.get(name);
    if (this.#isStopping) return 'stopping';
    if (entry === undefined) return 'unknown';
    if (entry.isShut) return 'busy';
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
      leave,
      serve: (handover, client) => {
        leave();
        // It was stopped or deleted by force since.
        if (this.#isStopping || entry.isShut || this.#entries.get(name) !== entry) return null;
        return this.#serve(entry, handover, client);
      },
    };
  }

  /** Lends no more and keeps the pages: what was received is answered, then all sessions end. The pool stays open. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all([...this.#entries.values()].map(closeAtStop));
    await this.#parts.dataPlane.close();
  }

  #serve(
    entry: Entry,
    handover: Negotiated,
    client: Pick<Connection, 'transport' | 'peer' | 'client'>,
  ): ServedConnection {
    const { lease, isHeld, definition } = entry;
    const { dataPlane, relay } = this.#parts;
    const served =
      lease === null
        ? relay(definition, handover)
        : dataPlane.serve({ ...handover, lease, isHeld });
    const connection = { id: served.id, since: new Date(), ...client };
    const about = visitOf(definition, connection);
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
    await exclusively(entry, false, async () => {
      // The definition goes first: a start after a kill between the two finishes the work.
      this.#save(entry, { ...before, bytes });
      try {
        entry.lease = await this.#parts.pool.resizeLease(before.id, bytes);
      } catch (error) {
        this.#save(entry, before);
        throw error;
      } finally {
        // Whoever divides memory was told of a lease that is new, with its old table or another.
        this.#noteShare(entry);
      }
    });
    this.#parts.log.info({ lease: before.name, bytes }, 'lease resized');
  }

  /** Ends the lease's sessions and waits for them; on failure clients can come again. */
  async #letGo(entry: Entry): Promise<void> {
    const { drain, cut } = this.#letGoMs;
    if (await endSessions(entry, drain, cut)) return;
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

  get #letGoMs(): LetGoMs {
    return this.#parts.letGoMs ?? LET_GO_MS;
  }

  #reserve(name: string, mayHaveMoved: boolean): void {
    // Found out before anything is made.
    this.#parts.definitions.socketPath(name);
    const there = this.#entries.get(name);
    const isTaken = there !== undefined && !(mayHaveMoved && there.lease === null && !there.isBusy);
    const isComing = this.#beingMade.has(name);
    if (isTaken || isComing) {
      const instead = isComing
        ? 'it is being made or on its way here; try again when it is there or was given up'
        : 'take another name, or delete that one first';
      throw new DaemonError('DAEMON_LEASE_EXISTS', `there is a lease ${name} already; ${instead}`);
    }
    this.#beingMade.add(name);
  }

  #save(entry: Entry, definition: LeaseDefinition): void {
    this.#parts.definitions.save(definition);
    entry.definition = definition;
  }

  #add(definition: LeaseDefinition, lease: Lease | null): Entry {
    const entry = newEntry(definition, lease);
    this.#entries.set(definition.name, entry);
    this.#noteShare(entry);
    return entry;
  }

  #noteShare({ definition: { share }, lease }: Entry): void {
    if (share !== undefined && lease !== null) this.#parts.noteShare?.(lease, share);
  }

  /** For those who save and move leases. */
  entry(name: string): Entry {
    const entry = this.#entries.get(name);
    if (entry !== undefined) return entry;
    throw unknownLease(name, this.names());
  }

  #checkRunning(): void {
    if (!this.#isStopping) return;
    throw new DaemonError('DAEMON_STOPPING', 'the daemon is stopping; start it again first');
  }
}

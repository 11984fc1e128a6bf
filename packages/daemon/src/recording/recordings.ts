// The recordings that are under way: one a lease at most, because each is an order of its own and a
// file can be copied; and only so many, because each has a ring and a connection of the API.

import type { Pool } from '@pagelend/store';
import type { DataPlane } from '../contract.ts';
import { DaemonError } from '../errors.ts';
import { checkLending, type Entry } from '../lease-entry.ts';
import type { Log } from '../logs.ts';
import { Recording } from './recording.ts';
import type { EndReason } from './stream-format.ts';

export const RECORDING_COUNT_MAX = 16;

interface Open {
  readonly name: string;
  readonly leaseIndex: number;
  readonly recording: Recording;
}

interface Parts {
  readonly pool: Pick<Pool, 'lease'>;
  readonly dataPlane: Pick<DataPlane, 'record'>;
  readonly log: Log;
}

export class Recordings {
  readonly #parts: Parts;
  /** By the lease's id. */
  readonly #open = new Map<string, Open>();
  #isOver = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Settles once each request of the lease that is begun from now on is recorded. */
  async begin(entry: Entry): Promise<Recording> {
    checkLending(entry);
    const { id, name } = entry.definition;
    if (this.#isOver) {
      throw new DaemonError('DAEMON_STOPPING', 'the daemon is stopping; start it again first');
    }
    if (this.#open.has(id)) {
      throw new DaemonError(
        'DAEMON_RECORDING',
        `lease ${name} is being recorded already; wait for its end, or copy that recording`,
      );
    }
    if (this.#open.size >= RECORDING_COUNT_MAX) {
      throw new DaemonError(
        'DAEMON_RECORDING',
        `${this.#open.size} leases are being recorded, which is the most; end one of them first`,
      );
    }
    const leaseIndex = this.#parts.pool.lease(id)!.index;
    const recording: Recording = new Recording(() => void this.end(id, 'asked', recording));
    this.#open.set(id, { name, leaseIndex, recording });
    await this.#parts.dataPlane.record(leaseIndex, recording.ring);
    this.#parts.log.info({ lease: name }, 'recording begins');
    return recording;
  }

  /**
   * Ends the recording of a lease behind the last request that was begun; false if there is none. One
   * that is given is ended only while it is the one.
   */
  async end(leaseId: string, reason: EndReason, which: Recording | null = null): Promise<boolean> {
    const open = this.#open.get(leaseId);
    if (open === undefined || (which !== null && open.recording !== which)) return false;
    const { name, leaseIndex, recording } = open;
    await this.#parts.dataPlane.record(leaseIndex, null);
    // Others may have asked for the same end meanwhile, and another recording may have begun since.
    if (this.#open.get(leaseId) !== open) return true;
    this.#open.delete(leaseId);
    recording.finish(reason);
    this.#parts.log.info({ lease: name, reason }, 'recording ends');
    return true;
  }

  /** Ends all of them, because the daemon stops; no other can begin. */
  async close(): Promise<void> {
    this.#isOver = true;
    await Promise.all([...this.#open.keys()].map((id) => this.end(id, 'daemon-stopped')));
  }
}

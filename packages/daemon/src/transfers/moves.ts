// All moves of leases away from here: begun, taken up again after a start, cancelled, followed.

import { DaemonError } from '../errors.ts';
import { checkLending, type Entry, occupy } from '../lease-entry.ts';
import { Move, type MoveParts } from './move.ts';
import { adminSocketOf } from './target.ts';

export class Moves {
  readonly #parts: MoveParts;
  readonly #own: string;
  readonly #byName = new Map<string, Move>();

  /** `own` is this lender's admin socket. */
  constructor(parts: MoveParts, own: string) {
    this.#parts = parts;
    this.#own = own;
  }

  /** Settles what a daemon that was killed left unsettled. */
  resume(): void {
    for (const { definition, phase } of this.#parts.lender.leases()) {
      if (phase !== 'moving') continue;
      const entry = this.#parts.lender.entry(definition.name);
      occupy(entry);
      this.#follow(entry, definition.transit!.to);
    }
  }

  /** Begins a move, or returns the one of that lease that is under way. */
  begin(name: string, to: string): Move {
    const socket = adminSocketOf(to);
    const running = this.#byName.get(name);
    if (running?.to === socket) return running;
    const entry = this.#parts.lender.entry(name);
    checkLending(entry);
    if (socket === this.#own) {
      throw new DaemonError('DAEMON_MOVE_TARGET', `lease ${name} is at ${to} already`);
    }
    occupy(entry);
    return this.#follow(entry, socket);
  }

  async cancel(name: string, isForced: boolean): Promise<void> {
    const move = this.#byName.get(name);
    if (move !== undefined) return move.cancel(isForced);
    checkLending(this.#parts.lender.entry(name));
    throw new DaemonError('DAEMON_REQUEST', `lease ${name} is not being moved`);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#byName.values()].map((move) => move.close()));
  }

  #follow(entry: Entry, to: string): Move {
    const { name } = entry.definition;
    const move = new Move(this.#parts, entry, to);
    this.#byName.set(name, move);
    const done = (error?: unknown): void => {
      entry.isBusy = false;
      this.#byName.delete(name);
      if (error !== undefined) {
        this.#parts.log.warn({ lease: name, to, reason: String(error) }, 'a move has ended');
      }
    };
    move.outcome.then(() => done(), done);
    return move;
  }
}

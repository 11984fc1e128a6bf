// What moves leases in and out, put together.

import { IncomingLeases, type IncomingParts } from './incoming.ts';
import type { MoveParts } from './move.ts';
import { Moves } from './moves.ts';

export class Transfers {
  readonly parts: MoveParts;
  readonly lenderId: string;
  readonly incoming: IncomingLeases;
  readonly moves: Moves;

  /** `adminSocketPath` is this lender's own. */
  constructor(parts: IncomingParts, adminSocketPath: string) {
    this.parts = parts;
    this.lenderId = parts.lenderId;
    this.incoming = new IncomingLeases(parts);
    this.moves = new Moves(parts, adminSocketPath);
  }

  /** Gives up what can be given up. */
  async close(): Promise<void> {
    this.incoming.close();
    await this.moves.close();
  }
}

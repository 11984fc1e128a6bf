// What a move tells on its way, one JSON object a line.

import type { ErrorJson } from '../api/json.ts';

export type MoveEvent =
  /** Pass 0 is the last one, during which the guests wait; `share` of the lease's slots, 0 to 1. */
  | { event: 'copying'; pass: number; pages: number; bytes: number; share: number }
  | { event: 'copied'; pass: number; pages: number; bytes: number }
  | { event: 'pausing' }
  /** All is there and was checked. */
  | { event: 'sealed'; pages: number; digest: string }
  /** Asked the other lender to commit: from here on its word decides. */
  | { event: 'committing' }
  /** It does not answer; it will be asked again. */
  | { event: 'waiting'; reason: string }
  | { event: 'committed' }
  /** Clients were held for so long; null where the move was taken up after a start. */
  | { event: 'moved'; paused_ms: number | null; socket: string | null }
  | ({ event: 'failed' } & ErrorJson);

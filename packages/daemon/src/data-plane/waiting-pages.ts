// What a thread needs to know of pages that may lie in the tier, besides how to read and write them.

import type { PageDevice } from '@pagelend/nbd';

export interface WaitingPages {
  /**
   * Whether what a call answered WAIT for is not there yet. It becomes false before the thread's bell
   * is rung, and has nothing to do with pages that were only announced.
   */
  readonly isWaiting: boolean;
  /** The connection ends: answers that are on their way are nobody's, and touch nothing. */
  abandon(): void;
}

export type ServedPages = PageDevice & WaitingPages;

// What the two planes say to each other. Messages to a thread are followed by a ring of its bell,
// because it waits for sockets and not for messages.

import type { PoolAttachment, TableShare } from '@pagelend/store';

/** What a thread is born with. */
export interface ThreadSetup {
  readonly attachment: PoolAttachment;
  /** Number of the thread in the pool, from 1. */
  readonly thread: number;
  readonly bellFd: number;
  readonly fullErrno: number;
}

export type ToThread =
  | {
      readonly kind: 'serve';
      readonly id: number;
      readonly fd: number;
      /** Which of the I/O area's pairs of buffers the connection has. */
      readonly buffer: number;
      readonly table: TableShare;
      readonly isStructured: boolean;
      readonly hasBaseAllocation: boolean;
      readonly leftover: Uint8Array;
    }
  /** Answers what has arrived, then ends the session. */
  | { readonly kind: 'end'; readonly id: number }
  /** Ends the session with what is unanswered. */
  | { readonly kind: 'cut'; readonly id: number }
  | { readonly kind: 'stop' };

export interface FromThread {
  readonly kind: 'ended';
  readonly id: number;
  readonly reason: string;
}

// What the two planes say to each other. Messages to a thread are followed by a ring of its bell,
// because it waits for sockets and not for messages.

import type { PoolAttachment, TableShare } from '@pagelend/store';
import type { JudgeFeed } from '../judging/messages.ts';

/** What a thread is born with. */
export interface ThreadSetup {
  readonly attachment: PoolAttachment;
  /** Number of the thread in the pool, from 1. */
  readonly thread: number;
  readonly bellFd: number;
  readonly fullErrno: number;
  /** Null where nobody judges. */
  readonly judge: JudgeFeed | null;
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
      readonly isHeld: boolean;
    }
  /** Begins no more requests, and says so once no page is being changed. */
  | { readonly kind: 'hold'; readonly id: number; readonly order: number }
  | { readonly kind: 'release'; readonly id: number }
  /** Answers what has arrived, then ends the session. */
  | { readonly kind: 'end'; readonly id: number }
  /** Tells requests on a lease in a ring, or none any more, and says so. */
  | {
      readonly kind: 'record';
      readonly order: number;
      readonly leaseIndex: number;
      readonly ring: SharedArrayBuffer | null;
    }
  /** Ends the session with what is unanswered. */
  | { readonly kind: 'cut'; readonly id: number }
  | { readonly kind: 'stop' };

export type FromThread =
  | { readonly kind: 'ended'; readonly id: number; readonly reason: string }
  | { readonly kind: 'held'; readonly id: number; readonly order: number }
  | { readonly kind: 'recording'; readonly order: number };

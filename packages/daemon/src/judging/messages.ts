// What the control plane and the judge's thread say to each other, and what threads that serve have
// of the judge.

import type { LeaseVerdict } from '@pagelend/judge';
import type { Costs } from '@pagelend/policies';
import type { PoolAttachment } from '@pagelend/store';
import type { LeaseShare } from '../lease-definitions.ts';

/** What threads that serve need to tell the judge of requests. */
export interface JudgeFeed {
  /** A ring of requests, as a recording has it, with the lease in place of the connection. */
  readonly ring: SharedArrayBuffer;
  /** By lease index, an Int32 each: which pages are in the judge's sample. */
  readonly thresholds: SharedArrayBuffer;
}

/** What the judge's thread is born with. */
export interface JudgeSetup {
  readonly attachment: PoolAttachment;
  readonly feed: JudgeFeed;
  readonly policy: string;
  readonly costs: Costs;
  /** Pages of a lease that shadows are run on. */
  readonly samplePages: number;
  /** Whether it divides the pool among leases. */
  readonly divides: boolean;
}

export type ToJudge =
  | { readonly kind: 'add'; readonly leaseIndex: number; readonly share: LeaseShare }
  | { readonly kind: 'drop'; readonly leaseIndex: number }
  | { readonly kind: 'ask'; readonly order: number }
  | { readonly kind: 'stop' };

export type FromJudge =
  | {
      readonly kind: 'verdicts';
      readonly order: number;
      readonly verdicts: readonly LeaseVerdict[];
    }
  /** Why the pool is not divided; null once it is again. */
  | { readonly kind: 'trouble'; readonly reason: string | null };

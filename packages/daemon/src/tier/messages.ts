// What the control plane and the thread of the tier's keeper say to each other.

import type { Costs } from '@pagelend/policies';
import type {
  Damage,
  IdleOptions,
  PoolAttachment,
  PromotionRule,
  TableShare,
} from '@pagelend/store';

/** What the thread is born with. */
export interface KeeperSetup {
  readonly attachment: PoolAttachment;
  /** Number of the thread in the pool. */
  readonly thread: number;
  readonly policy: string;
  readonly costs: Costs;
  readonly promotion: PromotionRule;
  readonly idle: IdleOptions;
  readonly isShared: boolean;
}

export type ToKeeper =
  | { readonly kind: 'add'; readonly table: TableShare }
  | { readonly kind: 'drop'; readonly leaseIndex: number; readonly order: number }
  /** Is only answered, once all orders before it are carried out. */
  | { readonly kind: 'catch-up'; readonly order: number }
  | { readonly kind: 'relimit'; readonly leaseIndex: number }
  | { readonly kind: 'stop' };

export type FromKeeper =
  | { readonly kind: 'done'; readonly order: number }
  | { readonly kind: 'damage'; readonly damage: Damage }
  /** Why pages can't go behind; null once they can again. */
  | { readonly kind: 'trouble'; readonly reason: string | null }
  | { readonly kind: 'stopped' };

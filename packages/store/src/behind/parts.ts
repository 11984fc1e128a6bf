// What the keeper's pieces share: they are one thread's, and each does one thing with these.

import type { Sealer, TierDevice, TierError, TierLog, TierShare } from '@pagelend/tier';
import type { LeaseLimits } from '../lease-pages.ts';
import type { PageStore } from '../page-store.ts';
import type { KeeperLease } from './keeper-lease.ts';
import type { Partition } from './partition.ts';
import type { Residents } from './residents.ts';

/** A page in the tier that can't be given back to its guest. */
export interface Damage {
  readonly leaseIndex: number;
  readonly slot: number;
  /** Place in the tier, and the extent that it lies in. */
  readonly tierPlace: number;
  readonly extent: number;
  /** What is wrong with it, in words. */
  readonly reason: string;
}

/** What the keeper tells whoever runs it; each is called once for what it says, not for each page. */
export interface KeeperHooks {
  readonly onDamage: (damage: Damage) => void;
  /** Pages can't go behind: the device fails, or is full. `null`: they can again. */
  readonly onTrouble: (error: TierError | 'full' | null) => void;
}

export interface KeeperParts {
  readonly store: PageStore;
  readonly limits: LeaseLimits;
  readonly tier: TierShare;
  readonly device: TierDevice;
  readonly log: TierLog;
  readonly sealer: Sealer | null;
  readonly live: Int32Array<SharedArrayBuffer>;
  /** The page table of all policies; threads that serve set bits in it. */
  readonly bits: Uint8Array<SharedArrayBuffer>;
  /** Per page: rounds in which it was not used. */
  readonly idle: Uint8Array<SharedArrayBuffer>;
  readonly figures: Float64Array<SharedArrayBuffer>;
  /** By lease index: bytes that the lease should have in the pool; 0 where nothing is said. */
  readonly targets: Float64Array<SharedArrayBuffer>;
  readonly residents: Residents;
  /** By lease index. */
  readonly leases: Map<number, KeeperLease>;
  readonly partitions: Set<Partition>;
  readonly hooks: KeeperHooks;
}

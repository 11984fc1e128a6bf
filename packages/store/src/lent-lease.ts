// A lease as the thread has it that opened the pool.

import type { Lease, LeaseUsage } from './contract.ts';
import { PAGE_BYTES } from './layout.ts';
import type { LeaseLimits } from './lease-pages.ts';
import type { PoolShare } from './pool-share.ts';
import type { SlotTable, TableShare } from './slot-table.ts';
import { usageOf } from './usage.ts';

/** What a thread needs to attach to the pool. */
export interface PoolAttachment {
  readonly share: PoolShare;
  readonly limits: LeaseLimits;
}

/** A lease with what threads need to serve it. */
export interface OpenLease extends Lease {
  readonly table: TableShare;
}

export class LentLease implements OpenLease {
  readonly id: string;
  readonly index: number;
  readonly bytes: number;
  readonly isFresh: boolean;
  readonly slots: SlotTable;
  readonly #limits: LeaseLimits;
  readonly #counters: Float64Array;
  readonly #onLimit: (index: number) => void;

  constructor(
    id: string,
    slots: SlotTable,
    { share, limits }: PoolAttachment,
    onLimit: (index: number) => void,
  ) {
    this.id = id;
    this.slots = slots;
    this.index = slots.share.leaseIndex;
    this.bytes = slots.share.slotCount * PAGE_BYTES;
    this.isFresh = slots.isFresh;
    this.#limits = limits;
    this.#counters = new Float64Array(share.counters);
    this.#onLimit = onLimit;
  }

  get table(): TableShare {
    return this.slots.share;
  }

  usage(): LeaseUsage {
    const { limits, tablePages } = this.#limits;
    return usageOf(this.#counters, this.index, tablePages[this.index]!, limits[this.index]!);
  }

  setLimit(bytes: number | null): void {
    this.#limits.limits[this.index] = bytes ?? Number.POSITIVE_INFINITY;
    this.#onLimit(this.index);
  }
}

// Which pages stand in the pool: heard from the threads that serve as they come and go, and found
// again in the slots where something was not heard.

import { type Op, READ, WRITE } from '@pagelend/policies';
import { isBehind, isPlaced } from '../entry.ts';
import { SLOTS_PER_TABLE_PAGE, TABLE_PAGE_SHIFT, type TableShare } from '../slot-table.ts';
import { ADMIT, type EventKind, FORGET, TOUCH } from './event-ring.ts';
import { giveUpCopy } from './give-up-copy.ts';
import { KeeperLease } from './keeper-lease.ts';
import { Partition, type PolicyChoice } from './partition.ts';
import type { KeeperParts } from './parts.ts';
import { NO_ID } from './residents.ts';

export interface CensusOptions {
  readonly policy: PolicyChoice;
  /** Whether each lease has a policy of its own; one that has a limit always has. */
  readonly isShared: boolean;
}

/** Pages of slots looked at before others have their turn. */
const SLICE_TABLE_PAGES = 32;
/** Numbers are short until so many of them are free again. */
const FREE_SHARE = 1 / 16;

export class Census {
  readonly #parts: KeeperParts;
  readonly #common: Partition;
  readonly #options: CensusOptions;
  #isShort = false;

  constructor(parts: KeeperParts, common: Partition, options: CensusOptions) {
    this.#parts = parts;
    this.#common = common;
    this.#options = options;
  }

  /**
   * Whether `findAll` is due: some pages are not known because there were no numbers for them, and now
   * there are, or a policy is worn out.
   */
  get isToSearch(): boolean {
    const { residents, partitions } = this.#parts;
    const { residentCount, capacity } = residents;
    if (this.#isShort && residentCount < capacity * (1 - FREE_SHARE)) return true;
    for (const partition of partitions) if (partition.isWornOut) return true;
    return false;
  }

  async add(share: TableShare): Promise<void> {
    const lease = new KeeperLease(share, this.#partitionOf(share.leaseIndex));
    this.#parts.leases.set(lease.index, lease);
    await this.#find(lease);
  }

  /** Lets go of a lease, none of whose pages is being written. */
  drop(leaseIndex: number): void {
    const { leases, partitions } = this.#parts;
    const lease = leases.get(leaseIndex);
    if (lease === undefined) return;
    leases.delete(leaseIndex);
    for (const slot of slotsInUse(lease)) {
      if (lease.copies[slot] !== 0) giveUpCopy(this.#parts, lease, slot, () => true);
      this.#drop(lease, slot);
    }
    if (lease.partition !== this.#common) partitions.delete(lease.partition);
  }

  /** Whether a limit came or went, and `relimit` is yet to be called. */
  isToMove(leaseIndex: number): boolean {
    const lease = this.#parts.leases.get(leaseIndex);
    if (lease === undefined) return false;
    return (lease.partition !== this.#common) !== this.#hasOwn(leaseIndex);
  }

  /**
   * Has the lease's pages picked among themselves if it has a limit, else among all. None of them is
   * being written.
   */
  relimit(leaseIndex: number): void {
    const { leases, residents, partitions } = this.#parts;
    const lease = leases.get(leaseIndex);
    if (lease === undefined || !this.isToMove(leaseIndex)) return;
    const before = lease.partition;
    const isOwn = before !== this.#common;
    lease.partition = this.#partitionOf(leaseIndex);
    for (const slot of slotsInUse(lease)) {
      const id = residents.find(lease, slot);
      if (id === NO_ID) continue;
      before.forget(id);
      if (residents.isResident(id)) this.#enter(lease, slot, residents.renumber(lease, id));
      else residents.drop(lease, id);
    }
    if (isOwn) partitions.delete(before);
  }

  hear(kind: EventKind, leaseIndex: number, slot: number, op: Op): void {
    const lease = this.#parts.leases.get(leaseIndex);
    // What was said of a lease that is gone, or that was longer then, is not of this one.
    if (lease === undefined || slot >= lease.slots.length) return;
    // Looking at a part of a table that was never written would have it take memory.
    if (lease.marks[slot >>> TABLE_PAGE_SHIFT] === 0) return;
    if (kind === ADMIT) this.#admit(lease, slot);
    else if (kind === FORGET) this.#forget(lease, slot);
    else if (kind === TOUCH) this.#touch(lease, slot, op);
  }

  /** Has policies forget ghosts that are more than need be remembered. */
  trimGhosts(): void {
    const { residents, leases } = this.#parts;
    for (;;) {
      const id = residents.superfluousGhost();
      if (id === NO_ID) return;
      const lease = leases.get(residents.leases[id]!)!;
      lease.partition.forget(id);
      residents.drop(lease, id);
    }
  }

  /** Looks at all slots, for pages that came and went without being heard of. */
  async findAll(): Promise<void> {
    this.#isShort = false;
    for (const lease of [...this.#parts.leases.values()]) await this.#find(lease);
    for (const partition of this.#parts.partitions) {
      if (partition.isWornOut) this.#renew(partition);
    }
  }

  async #find(lease: KeeperLease): Promise<void> {
    const { leases } = this.#parts;
    const { marks, slots } = lease;
    let slices = 0;
    for (let tablePage = 0; tablePage < marks.length; tablePage++) {
      if (marks[tablePage] === 0) continue;
      const end = Math.min(slots.length, (tablePage + 1) * SLOTS_PER_TABLE_PAGE);
      for (let slot = tablePage * SLOTS_PER_TABLE_PAGE; slot < end; slot++) {
        if (isPlaced(slots[slot]!)) this.#admit(lease, slot);
        else if (lease.ids[slot] !== 0) this.#forget(lease, slot);
      }
      if (++slices % SLICE_TABLE_PAGES !== 0) continue;
      await new Promise((resolve) => setImmediate(resolve));
      if (leases.get(lease.index) !== lease) return;
    }
  }

  #admit(lease: KeeperLease, slot: number): void {
    const { residents } = this.#parts;
    // One that went again has been told of as well.
    if (!isPlaced(lease.slots[slot]!)) return;
    const known = residents.find(lease, slot);
    if (known !== NO_ID && !residents.isGhost(known)) return;
    let id = residents.admit(lease, slot);
    if (id === NO_ID) {
      this.trimGhosts();
      id = residents.admit(lease, slot);
    }
    if (id === NO_ID) this.#isShort = true;
    else this.#enter(lease, slot, id);
  }

  /** Has the policy admit a page; one whose copy is good is clean. */
  #enter(lease: KeeperLease, slot: number, id: number): void {
    this.#parts.idle[id] = 0;
    lease.partition.admit(id, lease.copies[slot]! > 0 ? READ : WRITE);
  }

  #forget(lease: KeeperLease, slot: number): void {
    const { residents } = this.#parts;
    const id = residents.find(lease, slot);
    // What is being written is seen to when that is done; a ghost whose page is behind stays one.
    if (id === NO_ID || residents.isLeaving(id, lease, slot)) return;
    if (isPlaced(lease.slots[slot]!)) return;
    if (residents.isGhost(id) && isBehind(lease.slots[slot]!)) return;
    this.#drop(lease, slot);
  }

  #touch(lease: KeeperLease, slot: number, op: Op): void {
    const { residents } = this.#parts;
    const id = residents.find(lease, slot);
    if (id !== NO_ID && residents.isResident(id)) lease.partition.touch(id, op);
  }

  #drop(lease: KeeperLease, slot: number): void {
    const { residents } = this.#parts;
    const id = residents.find(lease, slot);
    if (id === NO_ID) return;
    lease.partition.forget(id);
    residents.drop(lease, id);
  }

  /** Some policies count in so few bits that they begin anew after years, or after days of load. */
  #renew(partition: Partition): void {
    const { residents, leases } = this.#parts;
    partition.renew();
    for (let id = 0; id < residents.end; id++) {
      const lease = leases.get(residents.leases[id]!);
      if (lease?.partition !== partition) continue;
      if (residents.isResident(id)) this.#enter(lease, residents.slots[id]!, id);
      else if (residents.isGhost(id)) residents.drop(lease, id);
    }
  }

  #hasOwn(leaseIndex: number): boolean {
    return this.#options.isShared || Number.isFinite(this.#parts.limits.limits[leaseIndex]!);
  }

  #partitionOf(leaseIndex: number): Partition {
    if (!this.#hasOwn(leaseIndex)) return this.#common;
    const partition = new Partition(this.#options.policy, this.#parts.bits);
    this.#parts.partitions.add(partition);
    return partition;
  }
}

/** Slots of the parts of a table that were ever written; a large lease has few of them at first. */
function* slotsInUse({ marks, slots }: KeeperLease): Generator<number> {
  for (let tablePage = 0; tablePage < marks.length; tablePage++) {
    if (marks[tablePage] === 0) continue;
    const end = Math.min(slots.length, (tablePage + 1) * SLOTS_PER_TABLE_PAGE);
    for (let slot = tablePage * SLOTS_PER_TABLE_PAGE; slot < end; slot++) yield slot;
  }
}

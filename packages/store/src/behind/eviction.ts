// Who leaves the pool: victims of the policies, from the lease or leases that have most too much.
// Clean ones leave at once; the others are written in large batches.

import { NO_PAGE } from '@pagelend/policies';
import { type TierBatch, TierError } from '@pagelend/tier';
import type { Cleaning } from './cleaning.ts';
import { STATE, TIER_FAILING, TIER_FULL, TIER_OK } from './figures.ts';
import type { KeeperLease } from './keeper-lease.ts';
import type { Partition } from './partition.ts';
import type { KeeperParts } from './parts.ts';
import type { Room } from './room.ts';
import { GONE, LEFT, NO_BATCH, TAKEN, UNDER_WAY, Writeback } from './writeback.ts';

/** Victims between two looks at what else there is to do: pages that are waited for above all. */
const VICTIMS_PER_SLICE = 64;
/** Victims that could not leave, without a batch, before it is given up. */
const STAYING_COUNT_MAX = 4096;
/** After a failure, or when nothing could leave, wishes are refused for so long without a try. */
const REST_MS = 200;

interface Donor {
  readonly partition: Partition;
  /** What its leases have in the pool and should have; 0 where nothing is said. */
  bytes: number;
  readonly targetBytes: number;
  /** Where nothing is said they give in turn, each by its size. */
  pass: number;
}

export class Eviction {
  readonly #parts: KeeperParts;
  readonly #room: Room;
  readonly #cleaning: Cleaning;
  /** Looks after what has come meanwhile. */
  readonly #attend: () => void;
  #restsUntil = 0;
  #cleansAgainAt = 0;
  /** The last try found nobody at all to take: who has come since could leave at once. */
  wasBare = false;
  /** Victims of the last try that an idle write has in its batch: they leave when that is written. */
  #underWayCount = 0;

  constructor(parts: KeeperParts, room: Room, cleaning: Cleaning, attend: () => void) {
    this.#parts = parts;
    this.#room = room;
    this.#cleaning = cleaning;
    this.#attend = attend;
  }

  /** Whether a try lately showed that nothing can leave. */
  get isResting(): boolean {
    return performance.now() < this.#restsUntil;
  }

  /** Whether the last try found pages that leave by themselves once what is idle is written. */
  get hasUnderWay(): boolean {
    return this.#underWayCount > 0;
  }

  /** Has pages leave until `bytes` are free, from one lease alone or from all. Returns bytes freed. */
  async evict(bytes: number, only: Partition | null): Promise<number> {
    const { log } = this.#parts;
    let freed = 0;
    this.#underWayCount = 0;
    this.wasBare = false;
    while (freed < bytes) {
      const batch = log.begin() ?? (await this.#beginClean());
      const writeback = new Writeback(this.#parts, batch);
      const isExhausted = this.#fill(writeback, bytes - freed, only);
      try {
        await writeback.write();
      } catch (error) {
        this.#fail(error);
        return freed + writeback.freedBytes;
      }
      const gained = writeback.freedBytes + writeback.expectedBytes;
      freed += gained;
      if (gained > 0) {
        this.#restsUntil = 0;
        // Who waits need not wait for all that is to leave.
        this.#room.unblock();
        this.#room.grant();
      }
      if (gained === 0 && batch === null) this.#become(TIER_FULL, 'full');
      else if (writeback.bytes > 0) this.#become(TIER_OK, null);
      this.wasBare = gained === 0 && isExhausted;
      if (gained === 0 || isExhausted) break;
      this.#attend();
    }
    // That one lease has nothing to give says nothing of the others.
    if (freed === 0 && only === null && !this.hasUnderWay)
      this.#restsUntil = performance.now() + REST_MS;
    return freed;
  }

  /** A tier that was full has room again once guests have let go of what it held. */
  lookForRoom(): void {
    const { figures, log } = this.#parts;
    if (figures[STATE] !== TIER_FULL || !log.hasRoom) return;
    this.#restsUntil = 0;
    this.#become(TIER_OK, null);
  }

  /** A write worked that was nobody's who leaves. */
  recover(): void {
    if (this.#parts.figures[STATE] !== TIER_FAILING) return;
    this.#restsUntil = 0;
    this.#become(TIER_OK, null);
  }

  /** A batch in room that cleaning made; null where it can make none, or lately could not. */
  async #beginClean(): Promise<TierBatch | null> {
    if (performance.now() < this.#cleansAgainAt) return null;
    await this.#cleaning.clean();
    // What it freed an idle write may have taken; then there is nothing to be had for now either.
    const batch = this.#parts.log.begin();
    if (batch === null) this.#cleansAgainAt = performance.now() + REST_MS;
    return batch;
  }

  /** Takes victims until enough is free or the batch is full; true where nobody is left to take. */
  #fill(writeback: Writeback, bytes: number, only: Partition | null): boolean {
    const donors = only === null ? this.#donors() : null;
    let staying = 0;
    for (let victims = 1; writeback.freedBytes + writeback.expectedBytes < bytes; victims++) {
      const donor = donors === null ? null : donorOf(donors);
      const partition = donor?.partition ?? only;
      const id = partition?.victim() ?? NO_PAGE;
      if (partition === null || id === NO_PAGE) {
        if (donor === null || donors === null || donors.length === 1) return true;
        donors.splice(donors.indexOf(donor), 1);
        continue;
      }
      const before = writeback.freedBytes + writeback.expectedBytes;
      const outcome = this.#take(writeback, id);
      if (donor !== null) {
        donor.bytes -= writeback.freedBytes + writeback.expectedBytes - before;
        donor.pass += 1 / Math.max(1, donor.bytes);
      }
      if (outcome === NO_BATCH) {
        if (writeback.recordCount > 0 || ++staying > STAYING_COUNT_MAX) return false;
        if (staying > partition.residentCount) return false;
      }
      if (victims % VICTIMS_PER_SLICE === 0) this.#attend();
    }
    return false;
  }

  #take(writeback: Writeback, id: number): typeof TAKEN | typeof LEFT | typeof NO_BATCH {
    const { residents, leases } = this.#parts;
    const lease = leases.get(residents.leases[id]!) as KeeperLease;
    const slot = residents.slots[id]!;
    residents.beginLeaving(id);
    const outcome = writeback.take(lease, slot, id);
    if (outcome === GONE) {
      lease.partition.forget(id);
      residents.drop(lease, id);
      return LEFT;
    }
    if (outcome === NO_BATCH) writeback.stay(lease, slot, id);
    if (outcome !== UNDER_WAY) return outcome;
    this.#underWayCount++;
    return TAKEN;
  }

  #donors(): Donor[] {
    const { leases, partitions, targets } = this.#parts;
    const donors = new Map<Partition, Donor>();
    for (const partition of partitions) {
      if (partition.residentCount === 0) continue;
      let bytes = 0;
      let targetBytes = 0;
      for (const lease of leases.values()) {
        if (lease.partition !== partition) continue;
        bytes += this.#room.chargedBytes(lease.index);
        targetBytes += targets[lease.index]!;
      }
      donors.set(partition, { partition, bytes, targetBytes, pass: 0 });
    }
    return [...donors.values()];
  }

  #fail(error: unknown): void {
    if (!(error instanceof TierError)) throw error;
    this.#restsUntil = performance.now() + REST_MS;
    this.#become(TIER_FAILING, error);
  }

  #become(state: number, trouble: TierError | 'full' | null): void {
    const { figures, hooks } = this.#parts;
    if (figures[STATE] === state) return;
    figures[STATE] = state;
    hooks.onTrouble(trouble);
  }
}

/** Who gives next: the one that has most over its share, else each in turn by its size. */
function donorOf(donors: readonly Donor[]): Donor | null {
  let most: Donor | null = null;
  for (const donor of donors) {
    if (donor.targetBytes === 0 || donor.bytes <= donor.targetBytes) continue;
    const excess = donor.bytes - donor.targetBytes;
    if (most === null || excess > most.bytes - most.targetBytes) most = donor;
  }
  if (most !== null) return most;
  for (const donor of donors) if (most === null || donor.pass < most.pass) most = donor;
  return most;
}

// Pages on their way into the tier. A page's bytes are copied into a batch under its slot's lock, the
// batch is written, and then, again under the lock, the slot names the record, if the page is still
// the one that was copied. Until then it stands in the pool and is read from there, so that a process
// killed at any moment, and a device that fails, lose nothing.

import { DIRTY, MODIFIED, READ, WRITE } from '@pagelend/policies';
import { extentOf, NO_ROOM, release, type TierBatch } from '@pagelend/tier';
import { countEntry } from '../count-entry.ts';
import { CLEAN_LEAVINGS, COUNTER_COUNT, WRITTEN_BEHIND_PAGES } from '../counters.ts';
import { behindEntry, isPlaced } from '../entry.ts';
import { lock, unlock } from '../mutex.ts';
import { stripeOf } from '../pool-share.ts';
import type { KeeperLease } from './keeper-lease.ts';
import type { KeeperParts } from './parts.ts';

/** What became of a page that was to go. */
export const LEFT = 1;
/** It is in the batch. */
export const TAKEN = 2;
/** It is being written already; it leaves when that is done. */
export const UNDER_WAY = 3;
/** Its slot names no place any more, or one that holds no page. */
export const GONE = 4;
/** The batch is full, or there is none. */
export const NO_BATCH = 5;
export type Outcome = 1 | 2 | 3 | 4 | 5;

const WORDS = 4;
const RECORDS_MIN = 1024;
const NOT_CLEAN = ~(MODIFIED | DIRTY);

export class Writeback {
  /** Bytes of places that are free once the batch is written. */
  expectedBytes = 0;
  /** Bytes of places that were freed at once. */
  freedBytes = 0;
  readonly #parts: KeeperParts;
  readonly #batch: TierBatch | null;
  /** Per record: lease index, slot, place in the tier, number of the page. */
  #records = new Int32Array(RECORDS_MIN * WORDS);
  #count = 0;

  /** Without a batch only pages whose copy is still good can leave. */
  constructor(parts: KeeperParts, batch: TierBatch | null) {
    this.#parts = parts;
    this.#batch = batch;
  }

  get recordCount(): number {
    return this.#count;
  }

  /** Bytes that will be written. */
  get bytes(): number {
    return this.#batch?.bytes ?? 0;
  }

  /** Takes a page that must leave (`Residents` says so) or that only needs a copy behind. */
  take(lease: KeeperLease, slot: number, id: number): Outcome {
    const { store } = this.#parts;
    const stripe = stripeOf(lease.index, slot);
    lock(store.control, stripe);
    const outcome = this.#take(lease, slot, id);
    unlock(store.control, stripe);
    return outcome;
  }

  /** Writes the batch and has the slots name its records. Rejects where that failed; all stay then. */
  async write(): Promise<void> {
    const batch = this.#batch;
    if (batch === null) return;
    try {
      await batch.write();
    } catch (error) {
      this.#forEach((lease, slot, place, id) => this.#takeBack(lease, slot, place, id));
      throw error;
    }
    this.#forEach((lease, slot, place, id) => this.#publish(lease, slot, place, id));
  }

  #take(lease: KeeperLease, slot: number, id: number): Outcome {
    const { store, residents } = this.#parts;
    const entry = lease.slots[slot]!;
    if (!isPlaced(entry)) return GONE;
    const copy = lease.copies[slot]!;
    if (copy < 0) return UNDER_WAY;
    if (copy > 0) {
      if (!residents.isLeaving(id, lease, slot)) return LEFT;
      this.freedBytes += store.placeBytes(entry);
      this.#leave(lease, slot, entry, copy - 1);
      residents.becomeGhost(id);
      store.counters[lease.index * COUNTER_COUNT + CLEAN_LEAVINGS]! += 1;
      return LEFT;
    }
    // What is damaged stays where it answers with an error, and no other page's bytes go with it.
    if (!store.isSound(entry)) return GONE;
    if (this.#batch === null) return NO_BATCH;
    const name = { tag: lease.tag, slot };
    const place = this.#batch.append(name, store.kindOf(entry), store.storedBytes(entry));
    if (place === NO_ROOM) return NO_BATCH;
    lease.copies[slot] = -(place + 1);
    this.expectedBytes += store.placeBytes(entry);
    this.#note(lease.index, slot, place, id);
    return TAKEN;
  }

  #publish(lease: KeeperLease, slot: number, place: number, id: number): void {
    const { store, residents, bits } = this.#parts;
    store.counters[lease.index * COUNTER_COUNT + WRITTEN_BEHIND_PAGES]! += 1;
    const stripe = stripeOf(lease.index, slot);
    lock(store.control, stripe);
    const isSame = lease.copies[slot] === -(place + 1);
    const isLeaving = residents.isLeaving(id, lease, slot);
    if (isSame && isLeaving) {
      this.#leave(lease, slot, lease.slots[slot]!, place);
      residents.becomeGhost(id);
    } else if (isSame) {
      lease.copies[slot] = place + 1;
      Atomics.and(bits, id, NOT_CLEAN);
    }
    unlock(store.control, stripe);
    if (!isSame && isLeaving && !this.#isInOther(lease, slot)) this.stay(lease, slot, id);
  }

  /** The write failed: nothing of the batch may be relied upon. */
  #takeBack(lease: KeeperLease, slot: number, place: number, id: number): void {
    const { store, residents, live, tier } = this.#parts;
    const stripe = stripeOf(lease.index, slot);
    lock(store.control, stripe);
    if (lease.copies[slot] === -(place + 1)) {
      lease.copies[slot] = 0;
      release(live, extentOf(tier.layout, place));
    }
    unlock(store.control, stripe);
    if (!residents.isLeaving(id, lease, slot) || this.#isInOther(lease, slot)) return;
    this.stay(lease, slot, id);
  }

  /** Whether the page was written by its owner, and copied into another batch, since this one began. */
  #isInOther({ copies }: KeeperLease, slot: number): boolean {
    return copies[slot]! < 0;
  }

  /** A page that was to leave does not: the policy has it again, unless it is gone. */
  stay(lease: KeeperLease, slot: number, id: number): void {
    const { residents } = this.#parts;
    if (isPlaced(lease.slots[slot]!)) {
      residents.admit(lease, slot);
      lease.partition.admit(id, lease.copies[slot] === 0 ? WRITE : READ);
      return;
    }
    lease.partition.forget(id);
    residents.drop(lease, id);
  }

  /** The slot, whose lock is held, names its record from now on, and its place is free. */
  #leave(lease: KeeperLease, slot: number, entry: number, tierPlace: number): void {
    const { store } = this.#parts;
    const at = lease.index * COUNTER_COUNT;
    const behind = behindEntry(tierPlace);
    lease.copies[slot] = 0;
    Atomics.store(lease.slots, slot, behind);
    countEntry(store, store.counters, at, entry, -1);
    countEntry(store, store.counters, at, behind, 1);
    store.allocator.free(entry);
  }

  #note(leaseIndex: number, slot: number, place: number, id: number): void {
    const at = this.#count * WORDS;
    if (at === this.#records.length) {
      const longer = new Int32Array(this.#records.length * 2);
      longer.set(this.#records);
      this.#records = longer;
    }
    this.#records[at] = leaseIndex;
    this.#records[at + 1] = slot;
    this.#records[at + 2] = place;
    this.#records[at + 3] = id;
    this.#count++;
  }

  #forEach(visit: (lease: KeeperLease, slot: number, place: number, id: number) => void): void {
    const records = this.#records;
    for (let at = 0; at < this.#count * WORDS; at += WORDS) {
      const lease = this.#parts.leases.get(records[at]!);
      // Whoever deletes a lease waits until its batches are written.
      if (lease !== undefined) visit(lease, records[at + 1]!, records[at + 2]!, records[at + 3]!);
    }
  }
}

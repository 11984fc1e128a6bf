// Cleaning: records that are still wanted move out of extents that hold few of them, and those
// extents can be written anew. Which records are wanted is found by sweeping all slots for those that
// name such an extent, as compaction does in the pool: the slots are the truth, and a record need not
// be found in an extent whose bytes are damaged.

import { DIRTY } from '@pagelend/policies';
import {
  byteAt,
  extentAt,
  extentOf,
  NO_ROOM,
  type RecordFound,
  readRecord,
  release,
  retain,
  SOUND,
  type TierBatch,
  TierError,
} from '@pagelend/tier';
import { behindEntry, isBehind, tierPlaceOf } from '../entry.ts';
import { lock, unlock } from '../mutex.ts';
import { stripeOf } from '../pool-share.ts';
import { SLOTS_PER_TABLE_PAGE } from '../slot-table.ts';
import { CLEANED_EXTENTS, CLEANED_PAGES } from './figures.ts';
import { giveUpCopy } from './give-up-copy.ts';
import type { KeeperLease } from './keeper-lease.ts';
import type { KeeperParts } from './parts.ts';

/** Extents cleaned in one sweep, and how full they may be to be worth it. */
const EXTENTS_PER_SWEEP = 16;
const LIVE_SHARE_MAX = 0.85;
/** Pages of slots swept before others have their turn. */
const SLICE_TABLE_PAGES = 64;

/** A record that moves: whose it is and where it was. */
interface Move {
  readonly lease: KeeperLease;
  readonly slot: number;
  readonly from: number;
}

interface Moved extends Move {
  readonly to: number;
}

export class Cleaning {
  readonly #parts: KeeperParts;
  /** Room for one extent. */
  readonly #area: Uint8Array;
  readonly #found: RecordFound = { kind: 0, at: 0, bytes: 0 };
  /** Extents that could not be emptied, since something in them can't be read, and what they held. */
  readonly #stuck = new Map<number, number>();

  constructor(parts: KeeperParts, area: Uint8Array) {
    this.#parts = parts;
    this.#area = area;
  }

  /** Frees some extents; false where none could be. Failures of the device leave all as it was. */
  async clean(): Promise<boolean> {
    const { log, figures, live } = this.#parts;
    const before = log.extents.recount();
    const extents = log
      .sparsest(EXTENTS_PER_SWEEP + this.#stuck.size, LIVE_SHARE_MAX)
      .filter((extent) => this.#stuck.get(extent) !== live[extent])
      .slice(0, EXTENTS_PER_SWEEP);
    if (extents.length === 0) return false;
    // Held meanwhile: emptied by guests and written anew by an idle write, one could come to have
    // another record of the same slot at the same place, for which the older one would be taken.
    for (const extent of extents) retain(live, extent);
    const left = [...extents];
    try {
      await this.#emptyAll(left);
    } finally {
      for (const extent of left) release(live, extent);
    }
    const freed = log.extents.recount() - before;
    figures[CLEANED_EXTENTS]! += Math.max(0, freed);
    return freed > 0;
  }

  /** Empties one after the other, and lets go of it at once: what moves next may need its room. */
  async #emptyAll(extents: number[]): Promise<void> {
    const { live } = this.#parts;
    const moves = await this.#sweep(new Set(extents));
    for (let extent = extents[0]; extent !== undefined; extent = extents[0]) {
      if (!(await this.#empty(extent, moves.get(extent) ?? []))) return;
      extents.shift();
      const held = release(live, extent);
      if (held === 0) this.#stuck.delete(extent);
      else this.#stuck.set(extent, held);
    }
  }

  /** The records behind that lie in these extents; copies of pages in the pool are given up. */
  async #sweep(extents: ReadonlySet<number>): Promise<Map<number, Move[]>> {
    const { leases, tier } = this.#parts;
    const moves = new Map<number, Move[]>();
    let slices = 0;
    for (const lease of leases.values()) {
      const { marks, slots, copies } = lease;
      for (let tablePage = 0; tablePage < marks.length; tablePage++) {
        if (marks[tablePage] === 0) continue;
        const end = Math.min(slots.length, (tablePage + 1) * SLOTS_PER_TABLE_PAGE);
        for (let slot = tablePage * SLOTS_PER_TABLE_PAGE; slot < end; slot++) {
          const entry = slots[slot]!;
          if (copies[slot]! > 0) this.#giveUpCopy(lease, slot, extents);
          if (!isBehind(entry)) continue;
          const from = tierPlaceOf(entry);
          const extent = extentOf(tier.layout, from);
          if (!extents.has(extent)) continue;
          const there = moves.get(extent);
          if (there === undefined) moves.set(extent, [{ lease, slot, from }]);
          else there.push({ lease, slot, from });
        }
        if (++slices % SLICE_TABLE_PAGES === 0)
          await new Promise((resolve) => setImmediate(resolve));
        if (!leases.has(lease.index)) break;
      }
    }
    return moves;
  }

  /** A page that stands in the pool is written again when it leaves, if it leaves. */
  #giveUpCopy(lease: KeeperLease, slot: number, extents: ReadonlySet<number>): void {
    if (!giveUpCopy(this.#parts, lease, slot, (extent) => extents.has(extent))) return;
    const id = lease.ids[slot]! - 1;
    if (id >= 0) Atomics.or(this.#parts.bits, id, DIRTY);
  }

  /** Moves the records of one extent; false where nothing can be written. */
  async #empty(extent: number, moves: readonly Move[]): Promise<boolean> {
    try {
      // One that can't be read stays as it is, and hinders nobody.
      if (moves.length === 0 || !(await this.#isRead(extent))) return true;
      return await this.#moveAll(extent, moves);
    } catch (error) {
      if (!(error instanceof TierError)) throw error;
      return false;
    }
  }

  async #isRead(extent: number): Promise<boolean> {
    const { device, tier } = this.#parts;
    const bytes = this.#area.subarray(0, tier.layout.extentBytes);
    try {
      await device.read(extentAt(tier.layout, extent), bytes);
      return true;
    } catch (error) {
      if (!(error instanceof TierError)) throw error;
      return false;
    }
  }

  async #moveAll(extent: number, moves: readonly Move[]): Promise<boolean> {
    const { log, tier } = this.#parts;
    const bytes = this.#area.subarray(0, tier.layout.extentBytes);
    const extentFrom = extentAt(tier.layout, extent);
    let batch: TierBatch | null = null;
    let moved: Moved[] = [];
    for (const move of moves) {
      batch ??= log.begin({ isCleaning: true });
      if (batch === null) return false;
      let to = this.#append(batch, move, bytes, byteAt(tier.layout, move.from) - extentFrom);
      if (to === NO_ROOM) {
        await this.#write(batch, moved);
        moved = [];
        batch = log.begin({ isCleaning: true });
        if (batch === null) return false;
        to = this.#append(batch, move, bytes, byteAt(tier.layout, move.from) - extentFrom);
      }
      if (to !== NO_ROOM && to !== DAMAGED_HERE) moved.push({ ...move, to });
    }
    if (batch !== null) await this.#write(batch, moved);
    return true;
  }

  #append(batch: TierBatch, { lease, slot }: Move, bytes: Uint8Array, at: number): number {
    const name = { tag: lease.tag, slot };
    const found = this.#found;
    // A copy, since it is decrypted in place, and may have to be read again for the next batch.
    const record = Uint8Array.from(bytes.subarray(at, at + RECORD_SPAN));
    if (readRecord(record, 0, name, found, this.#parts.sealer) !== SOUND) return DAMAGED_HERE;
    return batch.append(name, found.kind, record.subarray(found.at, found.at + found.bytes));
  }

  async #write(batch: TierBatch, moved: readonly Moved[]): Promise<void> {
    const { live, tier } = this.#parts;
    try {
      await batch.write();
    } catch (error) {
      for (const { to } of moved) release(live, extentOf(tier.layout, to));
      throw error;
    }
    for (const move of moved) this.#publish(move);
  }

  #publish({ lease, slot, from, to }: Moved): void {
    const { store, live, tier, figures } = this.#parts;
    const stripe = stripeOf(lease.index, slot);
    lock(store.control, stripe);
    const isSame = lease.slots[slot] === behindEntry(from);
    if (isSame) Atomics.store(lease.slots, slot, behindEntry(to));
    // It may have been read back meanwhile: then its copy is as good in the new place.
    const isCopy = !isSame && lease.copies[slot] === from + 1;
    if (isCopy) lease.copies[slot] = to + 1;
    unlock(store.control, stripe);
    release(live, extentOf(tier.layout, isSame || isCopy ? from : to));
    if (isSame || isCopy) figures[CLEANED_PAGES]! += 1;
  }
}

/** What `#append` says of a record that can't be moved; it stays, and so does its extent. */
const DAMAGED_HERE = -2;
/** A whole record and no more. */
const RECORD_SPAN = 8192;

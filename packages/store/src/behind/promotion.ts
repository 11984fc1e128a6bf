// Whether a page that was read back comes to stand in the pool again.
//
// `always` is what the papers' policies assume: a page that is referenced is in memory. `second` waits
// for a second read while the policy still remembers the page, since a guest that swaps a page in
// often does not ask for it again. `never` serves it from where it was read.

import { READ, REFERENCED } from '@pagelend/policies';
import { NO_PLACE } from '../block-allocator.ts';
import { countEntry } from '../count-entry.ts';
import { COUNTER_COUNT } from '../counters.ts';
import { tierPlaceOf } from '../entry.ts';
import { lock, unlock } from '../mutex.ts';
import { stripeOf } from '../pool-share.ts';
import { PROMOTED_PAGES } from './figures.ts';
import type { KeeperLease } from './keeper-lease.ts';
import type { KeeperParts } from './parts.ts';
import { NO_ID } from './residents.ts';
import type { Room } from './room.ts';

export const promotions = ['always', 'second', 'never'] as const;
export type PromotionRule = (typeof promotions)[number];

export class Promotion {
  readonly #parts: KeeperParts;
  readonly #rule: PromotionRule;
  readonly #room: Room;

  constructor(parts: KeeperParts, room: Room, rule: PromotionRule) {
    this.#parts = parts;
    this.#room = room;
    this.#rule = rule;
  }

  /** A page was read back, whose slot says `entry`; `bytes` are what is kept of it. */
  read(
    lease: KeeperLease,
    slot: number,
    entry: number,
    kind: number,
    bytes: () => Uint8Array,
  ): void {
    if (!this.#isDue(lease, slot)) return;
    if (this.#room.overLimitBytes(lease.index) > 0) return;
    const { store, residents, figures } = this.#parts;
    // A page that no policy knows could not leave again.
    if (!residents.hasNumberFor(lease, slot)) return;
    const place = store.putRecord(kind, bytes());
    if (place === NO_PLACE) return;
    const stripe = stripeOf(lease.index, slot);
    lock(store.control, stripe);
    const isSame = lease.slots[slot] === entry;
    if (isSame) {
      const at = lease.index * COUNTER_COUNT;
      lease.copies[slot] = tierPlaceOf(entry) + 1;
      Atomics.store(lease.slots, slot, place);
      countEntry(store, store.counters, at, entry, -1);
      countEntry(store, store.counters, at, place, 1);
    }
    unlock(store.control, stripe);
    if (!isSame) {
      store.allocator.free(place);
      return;
    }
    figures[PROMOTED_PAGES]! += 1;
    const id = residents.admit(lease, slot);
    this.#parts.idle[id] = 0;
    lease.partition.admit(id, READ);
  }

  #isDue(lease: KeeperLease, slot: number): boolean {
    if (this.#rule === 'always') return true;
    if (this.#rule === 'never') return false;
    const { residents, bits } = this.#parts;
    const id = residents.find(lease, slot);
    // Of a page that is not resident the bit says that it was read since it left, and that is set by
    // whoever was given the page: an answer that nobody used is no read.
    return id !== NO_ID && (bits[id]! & REFERENCED) !== 0;
  }
}

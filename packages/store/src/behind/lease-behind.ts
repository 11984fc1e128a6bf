// What a lease with a tier behind it tells the keeper as its pages are read and written: bits of pages
// that stand in the pool, which the policy reads, and pages that come and go.
//
// Per slot there are two numbers in memory that dies with the process. `copies`: 0, or where in the
// tier a copy of the page is that stands in the pool, so that it can leave without a write (place
// plus one; below zero while that copy is being written). `ids`: the page's number among those that
// the policy knows, plus one. Copies change under the slot's lock alone; ids are the keeper's.

import { extentOf, release } from '@pagelend/tier';
import { HOLE, isBehind, isPlaced, tierPlaceOf } from '../entry.ts';
import type { BehindShare } from '../pool-share.ts';
import type { TableShare } from '../slot-table.ts';
import { ADMIT, EventWriter, FORGET, TOUCH } from './event-ring.ts';

const READ = 0;
const WRITE = 1;
/** Bits of the page table, as packages/policies has them: the trap of a read; of a write one above. */
const REFERENCED = 2;
const TRAP_READ = 32;

export class LeaseBehind {
  readonly events: EventWriter;
  readonly #share: BehindShare;
  readonly #lease: number;
  readonly #copies: Int32Array<SharedArrayBuffer>;
  readonly #ids: Int32Array<SharedArrayBuffer>;
  readonly #bits: Uint8Array<SharedArrayBuffer>;
  readonly #idle: Uint8Array<SharedArrayBuffer>;
  readonly #live: Int32Array<SharedArrayBuffer>;

  constructor(share: BehindShare, table: TableShare) {
    if (table.behind === null) throw new TypeError('the lease was made without a tier');
    this.events = new EventWriter(share.board, 0);
    this.#share = share;
    this.#lease = table.leaseIndex;
    this.#copies = new Int32Array(table.behind.copies);
    this.#ids = new Int32Array(table.behind.ids);
    this.#bits = new Uint8Array(share.bits);
    this.#idle = new Uint8Array(share.idle);
    this.#live = new Int32Array(share.tier.live);
  }

  /** The page in the pool was read: what hardware would note of it. */
  wasRead(slot: number): void {
    this.#hit(slot, READ, this.#share.readSets);
  }

  /**
   * The page was read from the tier. The keeper can't tell: what it answers may be asked for again
   * before it was of use.
   */
  wasFetched(slot: number): void {
    const id = this.#ids[slot]! - 1;
    if (id >= 0) Atomics.or(this.#bits, id, REFERENCED);
  }

  /** The slot's entry was changed by its owner; its lock is held. */
  changed(slot: number, old: number, entry: number): void {
    const copy = this.#copies[slot]!;
    if (copy !== 0) {
      this.#copies[slot] = 0;
      this.#release(Math.abs(copy) - 1);
    }
    if (isBehind(old)) this.#release(tierPlaceOf(old));
    if (!isPlaced(entry)) {
      if (old !== HOLE) this.events.tell(FORGET, this.#lease, slot);
    } else if (isPlaced(old)) this.#hit(slot, WRITE, this.#share.writeSets);
    else this.events.tell(ADMIT, this.#lease, slot);
  }

  #hit(slot: number, op: typeof READ | typeof WRITE, sets: number): void {
    const id = this.#ids[slot]! - 1;
    if (id < 0) return;
    const bits = this.#bits[id]!;
    // Atomic, since the policy clears bits meanwhile; and left out where it would change nothing.
    if ((bits & sets) !== sets) Atomics.or(this.#bits, id, sets);
    this.#idle[id] = 0;
    if ((bits & (TRAP_READ << op)) !== 0) this.events.tell(TOUCH, this.#lease, slot, op);
  }

  #release(place: number): void {
    release(this.#live, extentOf(this.#share.tier.layout, place));
  }
}

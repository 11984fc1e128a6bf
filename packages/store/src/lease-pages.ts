// The pages of one lease, as one thread reads and writes them. This is what a protocol serves: slots
// and addresses in the I/O area, answers that are 0 or an errno. Nothing is allocated per page.

import { constants } from 'node:os';
import { ROOM_FOR_TABLE, ROOM_IN_LIMIT } from './behind/board.ts';
import type { DeskSeat } from './behind/fetch-desk.ts';
import { LeaseTier, UNASKED, WAIT } from './behind/lease-tier.ts';
import { NO_PLACE } from './block-allocator.ts';
import { countEntry } from './count-entry.ts';
import {
  CHARGED_BYTES,
  COUNTER_COUNT,
  FAILED_READS,
  FAILED_WRITES,
  READS,
  sumOf,
  TRIMMED_PAGES,
  WRITES,
} from './counters.ts';
import { HOLE, isBehind, isPlaced, isSame, patternOf, sameEntry } from './entry.ts';
import { PAGE_BYTES } from './layout.ts';
import { lock, unlock } from './mutex.ts';
import type { PageStore } from './page-store.ts';
import { stripeOf } from './pool-share.ts';
import { classBytes, classOf, RAW_CLASS } from './size-classes.ts';
import {
  changesOf,
  marksOf,
  reserveTablePage,
  SLOTS_PER_TABLE_PAGE,
  slotsOf,
  TABLE_PAGE_SHIFT,
  type TableShare,
} from './slot-table.ts';

const EIO = constants.errno.EIO;
/** No room is lacking. */
const NOTHING = -1;

/** Flags of `state`, as NBD's `base:allocation` has them. */
const STATE_DATA = 0;
const STATE_ZERO = 2;
const STATE_HOLE = 3;

/** Figures of a lease that other threads may change at any time; see `makeLimits`. */
export interface LeaseLimits {
  /** By lease index: bytes that it may be charged; infinite where there is no limit. */
  readonly limits: Float64Array<SharedArrayBuffer>;
  /** By lease index: pages of its table that are paid for. */
  readonly tablePages: Int32Array<SharedArrayBuffer>;
  /** By lease index: 1 while changed slots are noted, because the lease is being copied. */
  readonly tracked: Int32Array<SharedArrayBuffer>;
}

export class LeasePages {
  readonly bytes: number;
  readonly #store: PageStore;
  readonly #table: TableShare;
  readonly #slots: Int32Array<SharedArrayBuffer>;
  readonly #marks: Uint8Array<SharedArrayBuffer>;
  readonly #changes: Int32Array<SharedArrayBuffer> | null;
  readonly #lease: number;
  readonly #at: number;
  readonly #limits: LeaseLimits;
  readonly #allCounters: Float64Array;
  readonly #fullErrno: number;
  readonly #tier: LeaseTier | null;
  /** What the slot of the last `read` said if its page was had from the tier, else HOLE. */
  fetchedEntry = HOLE;

  /**
   * `fullErrno` is what a write gets that would pass a limit: EIO or ENOSPC. With a tier behind the
   * pool, pages that are there and room that must be made are asked for from `seat`.
   */
  constructor(
    store: PageStore,
    table: TableShare,
    limits: LeaseLimits,
    fullErrno: number,
    seat: DeskSeat,
  ) {
    this.#store = store;
    const { behind } = store.share;
    this.#tier = behind === null ? null : new LeaseTier(store, behind, table, fullErrno, seat);
    this.#table = table;
    this.#slots = slotsOf(table);
    this.#marks = marksOf(table);
    this.#changes = changesOf(table);
    this.#lease = table.leaseIndex;
    this.#at = table.leaseIndex * COUNTER_COUNT;
    this.#limits = limits;
    this.#allCounters = new Float64Array(store.share.counters);
    this.#fullErrno = fullErrno;
    this.bytes = table.slotCount * PAGE_BYTES;
  }

  /** Whether what was asked of the tier when a call returned WAIT has not been answered yet. */
  get isWaiting(): boolean {
    return this.#tier?.isWaiting === true;
  }

  /** Waits for it, as a thread may that serves nobody else meanwhile; false if it does not come. */
  wait(): boolean {
    return this.#tier === null || this.#tier.wait();
  }

  /** What is kept of the page that `read` has just had from the tier, until the next call. */
  get fetchedKind(): number {
    return this.#tier!.fetchedKind;
  }

  get fetchedBytes(): Uint8Array {
    return this.#tier!.fetchedBytes;
  }

  /** Nobody will call again: answers of the tier that are on their way touch nothing. */
  abandon(): void {
    this.#tier?.abandon();
  }

  /** Begins to fetch pages that are in the tier and will be read soon, as far as there is room. */
  announce(slot: number, count: number): void {
    this.#tier?.announce(slot, count);
  }

  /** Puts the page of a slot at `target`: 0, EIO where it is damaged, or WAIT. */
  read(slot: number, target: number): number {
    const { control, counters } = this.#store;
    this.fetchedEntry = HOLE;
    counters[this.#at + READS]! += 1;
    if (this.#marks[slot >>> TABLE_PAGE_SHIFT] === 0) {
      this.#store.io.fill(0, target, target + PAGE_BYTES);
      return 0;
    }
    const stripe = stripeOf(this.#lease, slot);
    lock(control, stripe);
    const entry = this.#slots[slot]!;
    if (isBehind(entry)) {
      unlock(control, stripe);
      const errno = this.#readBehind(slot, entry, target);
      if (errno === 0) {
        this.#tier!.wasFetched(slot);
        this.fetchedEntry = entry;
      } else if (errno === WAIT) counters[this.#at + READS]! -= 1;
      else counters[this.#at + FAILED_READS]! += 1;
      return errno;
    }
    const isSound = this.#read(entry, target);
    unlock(control, stripe);
    if (isSound) {
      if (this.#tier !== null && isPlaced(entry)) this.#tier.wasRead(slot);
      return 0;
    }
    counters[this.#at + FAILED_READS]! += 1;
    return EIO;
  }

  /**
   * Takes the page at `source`: 0, WAIT, or the errno of a full pool or lease; then the old page
   * stays.
   */
  write(slot: number, source: number): number {
    return this.writePacked(slot, this.#pack(source), source);
  }

  /** The same of a page that the store has packed: `total` is what that returned. */
  writePacked(slot: number, total: number, source: number): number {
    const { control, counters } = this.#store;
    counters[this.#at + WRITES]! += 1;
    const stripe = stripeOf(this.#lease, slot);
    lock(control, stripe);
    const lacking = this.#publish(slot, total, source);
    unlock(control, stripe);
    return lacking === NOTHING ? 0 : this.#notWritten(this.#noRoom(lacking));
  }

  readPart(slot: number, from: number, bytes: number, target: number): number {
    const { pageAt, io } = this.#store;
    const errno = this.read(slot, pageAt);
    if (errno === 0) io.copyWithin(target, pageAt + from, pageAt + from + bytes);
    return errno;
  }

  /** Changes a part of a page under its lock: no other write of the page comes between. */
  writePart(slot: number, from: number, bytes: number, source: number): number {
    return this.#change(slot, from, bytes, source);
  }

  zeroPart(slot: number, from: number, bytes: number): number {
    return this.#change(slot, from, bytes, -1);
  }

  /** Frees slots: they read as zeroes and take nothing. */
  trim(slot: number, count: number): number {
    return this.#clear(slot, count, HOLE);
  }

  /** Makes slots read as zeroes; kept ones count as stored all the same. */
  zero(slot: number, count: number, isKept: boolean): number {
    if (!isKept) return this.#clear(slot, count, HOLE);
    for (let i = slot; i < slot + count; i++) {
      const lacking = this.#mark(i);
      if (lacking !== NOTHING) return this.#noRoom(lacking);
    }
    this.#tier?.hasRoom();
    return this.#clear(slot, count, sameEntry(0));
  }

  state(slot: number): typeof STATE_DATA | typeof STATE_ZERO | typeof STATE_HOLE {
    if (this.#marks[slot >>> TABLE_PAGE_SHIFT] === 0) return STATE_HOLE;
    const entry = this.#slots[slot]!;
    if (entry === HOLE) return STATE_HOLE;
    return entry === sameEntry(0) ? STATE_ZERO : STATE_DATA;
  }

  #readBehind(slot: number, entry: number, target: number): number {
    // Without its tier, which somebody chose to start without, the page can't be had.
    return this.#tier === null ? EIO : this.#tier.read(slot, entry, target);
  }

  /**
   * Never under a slot's lock: where the ring of events is full the wish waits for the keeper, and the
   * keeper may be waiting for that lock.
   */
  #noRoom(kind: number): number {
    return this.#tier === null ? this.#fullErrno : this.#tier.noRoom(kind);
  }

  #notWritten(errno: number): number {
    const { counters } = this.#store;
    if (errno === WAIT) counters[this.#at + WRITES]! -= 1;
    else counters[this.#at + FAILED_WRITES]! += 1;
    return errno;
  }

  #read(entry: number, target: number): boolean {
    const store = this.#store;
    if (entry === HOLE) {
      store.io.fill(0, target, target + PAGE_BYTES);
      return true;
    }
    if (!isSame(entry)) return store.unpack(entry, target);
    const { io } = store;
    const pattern = patternOf(entry);
    for (let at = target; at < target + 8; at += 2) {
      io[at] = pattern & 0xff;
      io[at + 1] = pattern >> 8;
    }
    store.fill(target, target);
    return true;
  }

  /** Bytes of the packed page, or an entry (below zero) where the page needs no place. */
  #pack(source: number): number {
    const store = this.#store;
    if (!store.isSameFilled(source)) return store.pack(source);
    const { io } = store;
    for (let at = source; at < source + 6; at += 2) {
      if (io[at] !== io[at + 2] || io[at + 1] !== io[at + 3]) return store.packPattern(source);
    }
    return sameEntry(io[source]! | (io[source + 1]! << 8));
  }

  /** Puts a packed page into a place and its slot, whose lock is held. Returns what room there is not. */
  #publish(slot: number, total: number, source: number): number {
    const lacking = this.#mark(slot);
    if (lacking !== NOTHING) return lacking;
    const store = this.#store;
    let entry = total;
    if (!isSame(total)) {
      const old = this.#slots[slot]!;
      const sizeClass = total === PAGE_BYTES ? RAW_CLASS : classOf(total);
      if (!this.#fits(classBytes[sizeClass]!, old)) return ROOM_IN_LIMIT;
      entry = store.place(total, source, isPlaced(old));
      if (entry === NO_PLACE) return sizeClass;
    }
    this.#tier?.hasRoom();
    this.#replace(slot, entry);
    return NOTHING;
  }

  /** Sets the slot's entry, last of all, and gives back what it named before. */
  #replace(slot: number, entry: number): void {
    const old = this.#slots[slot]!;
    Atomics.store(this.#slots, slot, entry);
    // The copier says that it tracks and then looks at the slot; here the slot comes first. Both
    // sides do so atomically, so that on any machine it sees the page or is told of it here.
    if (Atomics.load(this.#limits.tracked, this.#lease) === 1 && this.#changes !== null) {
      Atomics.or(this.#changes, slot >>> 5, 1 << (slot & 31));
    }
    const { counters } = this.#store;
    countEntry(this.#store, counters, this.#at, entry, 1);
    this.#tier?.changed(slot, old, entry);
    if (old === HOLE) return;
    countEntry(this.#store, counters, this.#at, old, -1);
    if (isPlaced(old)) this.#store.allocator.free(old);
  }

  #fits(charge: number, old: number): boolean {
    const limit = this.#limits.limits[this.#lease]!;
    if (limit === Number.POSITIVE_INFINITY) return true;
    const freed = isPlaced(old) ? this.#store.placeBytes(old) : 0;
    // A page that takes no more than the one it replaces is let in past a limit that was lowered.
    if (charge <= freed) return true;
    return this.#chargedBytes() + charge - freed <= limit;
  }

  /** What counts against the limit: places, and what the table of slots takes. */
  #chargedBytes(): number {
    const tableBytes = this.#limits.tablePages[this.#lease]! * PAGE_BYTES;
    return sumOf(this.#allCounters, this.#lease, CHARGED_BYTES) + tableBytes;
  }

  /** Makes sure that the slot's part of the table is memory. Returns what room there is not. */
  #mark(slot: number): typeof NOTHING | typeof ROOM_IN_LIMIT | typeof ROOM_FOR_TABLE {
    const tablePage = slot >>> TABLE_PAGE_SHIFT;
    if (this.#marks[tablePage] === 1) return NOTHING;
    const { allocator } = this.#store;
    if (this.#chargedBytes() + PAGE_BYTES > this.#limits.limits[this.#lease]!) return ROOM_IN_LIMIT;
    if (!allocator.chargeTable(1)) return ROOM_FOR_TABLE;
    if (!reserveTablePage(this.#table, tablePage)) {
      allocator.chargeTable(-1);
      return ROOM_FOR_TABLE;
    }
    // Another thread may have been faster: then it has paid already.
    if (Atomics.exchange(this.#marks, tablePage, 1) === 1) allocator.chargeTable(-1);
    else Atomics.add(this.#limits.tablePages, this.#lease, 1);
    return NOTHING;
  }

  #change(slot: number, from: number, bytes: number, source: number): number {
    const store = this.#store;
    const { control, counters, io, pageAt } = store;
    counters[this.#at + WRITES]! += 1;
    const stripe = stripeOf(this.#lease, slot);
    lock(control, stripe);
    const isMarked = this.#marks[slot >>> TABLE_PAGE_SHIFT] === 1;
    const entry = isMarked ? this.#slots[slot]! : HOLE;
    let errno: number;
    let lacking = NOTHING;
    if (isBehind(entry)) errno = this.#tier === null ? EIO : this.#tier.take(slot, entry, pageAt);
    else errno = this.#read(entry, pageAt) ? 0 : EIO;
    if (errno === 0) {
      if (source < 0) io.fill(0, pageAt + from, pageAt + from + bytes);
      else io.copyWithin(pageAt + from, source, source + bytes);
      lacking = this.#publish(slot, this.#pack(pageAt), pageAt);
    }
    unlock(control, stripe);
    if (errno === UNASKED) errno = this.#tier!.ask(slot, entry);
    else if (lacking !== NOTHING) errno = this.#noRoom(lacking);
    return errno === 0 ? 0 : this.#notWritten(errno);
  }

  #clear(slot: number, count: number, entry: number): number {
    const { control, counters } = this.#store;
    const end = slot + count;
    for (let i = slot; i < end; i++) {
      if (this.#marks[i >>> TABLE_PAGE_SHIFT] === 0) {
        i |= SLOTS_PER_TABLE_PAGE - 1;
        continue;
      }
      if (this.#slots[i] === entry) continue;
      const stripe = stripeOf(this.#lease, i);
      lock(control, stripe);
      if (this.#slots[i] !== entry) this.#replace(i, entry);
      unlock(control, stripe);
      counters[this.#at + TRIMMED_PAGES]! += 1;
    }
    return 0;
  }
}

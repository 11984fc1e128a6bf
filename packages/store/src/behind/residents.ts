// The pages that policies know, by dense numbers: pages that stand in the pool, and ghosts of those
// that went behind, which policies remember for a while. Numbers are handed out as pages come and go
// back when the oldest ghosts are forgotten, so that a policy's arrays are as large as the pool and
// not as large as all leases together. Those of one policy's pages are in runs of their own.

import type { KeeperLease } from './keeper-lease.ts';
import { NumberRuns } from './number-runs.ts';

export const NO_ID = -1;

/** States of a number. */
const UNUSED = 0;
const RESIDENT = 1;
const GHOST = 2;
/** Its page is on its way out: no policy has it, and it still stands in the pool. */
const LEAVING = 3;

/** Ghosts that are kept whatever the number of resident pages. */
const GHOSTS_MIN = 1024;

export class Residents {
  readonly capacity: number;
  /** Per number: whose page it is. */
  readonly leases: Uint16Array;
  readonly slots: Int32Array;
  residentCount = 0;
  ghostCount = 0;
  readonly #states: Uint8Array;
  readonly #numbers: NumberRuns;
  /** Ghosts in a list from the oldest to the youngest: numbers plus one, 0 at either end. */
  readonly #older: Int32Array;
  readonly #younger: Int32Array;
  #oldest = 0;
  #youngest = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.leases = new Uint16Array(capacity);
    this.slots = new Int32Array(capacity);
    this.#states = new Uint8Array(capacity);
    this.#numbers = new NumberRuns(capacity);
    this.#older = new Int32Array(capacity);
    this.#younger = new Int32Array(capacity);
  }

  /** The number of a slot's page; NO_ID where none is known. */
  find({ ids }: KeeperLease, slot: number): number {
    return ids[slot]! - 1;
  }

  isResident(id: number): boolean {
    return this.#states[id] === RESIDENT;
  }

  isGhost(id: number): boolean {
    return this.#states[id] === GHOST;
  }

  /** Whether the number is still this page's, and the page on its way out. */
  isLeaving(id: number, lease: KeeperLease, slot: number): boolean {
    const isSamePage = this.slots[id] === slot && this.leases[id] === lease.index;
    return isSamePage && this.#states[id] === LEAVING;
  }

  /** The number for a page that has come to stand in the pool; NO_ID where none is left. */
  admit(lease: KeeperLease, slot: number): number {
    let id = this.find(lease, slot);
    if (id === NO_ID) {
      if (this.#numbers.freeCount === 0) return NO_ID;
      id = this.#numbers.take(lease.partition.numbers);
      this.leases[id] = lease.index;
      this.slots[id] = slot;
      Atomics.store(lease.ids, slot, id + 1);
    } else if (this.#states[id] === GHOST) this.#unlink(id);
    if (this.#states[id] !== RESIDENT) this.residentCount++;
    this.#states[id] = RESIDENT;
    return id;
  }

  /** A page that the policy gave up is being written. */
  beginLeaving(id: number): void {
    if (this.#states[id] === RESIDENT) this.residentCount--;
    this.#states[id] = LEAVING;
  }

  becomeGhost(id: number): void {
    if (this.#states[id] === RESIDENT) this.residentCount--;
    if (this.#states[id] === GHOST) return;
    this.#states[id] = GHOST;
    this.ghostCount++;
    this.#older[id] = this.#youngest;
    this.#younger[id] = 0;
    if (this.#youngest === 0) this.#oldest = id + 1;
    else this.#younger[this.#youngest - 1] = id + 1;
    this.#youngest = id + 1;
  }

  /** Gives the number back. The caller has had the policy forget it. */
  drop(lease: KeeperLease, id: number): void {
    if (this.#states[id] === RESIDENT) this.residentCount--;
    if (this.#states[id] === GHOST) this.#unlink(id);
    this.#states[id] = UNUSED;
    Atomics.store(lease.ids, this.slots[id]!, 0);
    this.#numbers.give(id);
  }

  /**
   * The number that a resident page has from now on, after the lease went to another policy. The
   * caller has had the one before forget it.
   */
  renumber(lease: KeeperLease, id: number): number {
    const slot = this.slots[id]!;
    this.drop(lease, id);
    return this.admit(lease, slot);
  }

  /** The oldest ghost where there are more than need be remembered, or numbers are short; else NO_ID. */
  superfluousGhost(): number {
    const most = this.#numbers.freeCount === 0 ? 0 : Math.max(GHOSTS_MIN, this.residentCount);
    return this.ghostCount > most ? this.#oldest - 1 : NO_ID;
  }

  /** Whether `admit` would find a number for the page. */
  hasNumberFor(lease: KeeperLease, slot: number): boolean {
    return this.#numbers.freeCount > 0 || this.find(lease, slot) !== NO_ID;
  }

  /** Numbers that are or were in use are below this. */
  get end(): number {
    return this.#numbers.end;
  }

  #unlink(id: number): void {
    const older = this.#older[id]!;
    const younger = this.#younger[id]!;
    if (older === 0) this.#oldest = younger;
    else this.#younger[older - 1] = younger;
    if (younger === 0) this.#youngest = older;
    else this.#older[younger - 1] = older;
    this.ghostCount--;
  }
}

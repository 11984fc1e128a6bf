// The page table: one byte of bits per dense page id, as hardware and host set them. Hosts (the
// simulator, the swap daemon, the guest agent) set bits on references; policies read and clear
// them. One byte per page keeps the table of a million pages inside a core's cache.

import { assert, PolicyError } from './errors.ts';
import { type Observation, offersEnough } from './observation.ts';
import { type Op, PAGE_COUNT_MAX, WRITE } from './reference.ts';

/** The page occupies a frame. Set and cleared by the host. */
export const RESIDENT = 1;
/** Set by hardware at any reference, cleared by policies. */
export const REFERENCED = 2;
/** Set at reads only, on the hardware that CRAW asks for and no machine has. */
export const READ_BIT = 4;
/** Set by hardware at writes, cleared by policies through `clearModified`. */
export const MODIFIED = 8;
/** The storage copy is stale, though a policy cleared MODIFIED since (as Linux keeps it). */
export const DIRTY = 16;
/** The policy wants `touch` at the next read hit (as a protected page would fault). */
export const TRAP_READ = 32;
/** The policy wants `touch` at the next write hit; `TRAP_READ << op` is the trap of `op`. */
export const TRAP_WRITE = 64;
/** The page was resident at least once: its next fault is not a cold one. */
export const SEEN = 128;

const TRAPS = TRAP_READ | TRAP_WRITE;

/** Stands for "never again" in a table of next uses, whose positions are all below it. */
export const NEVER = 2 ** 31 - 1;

export interface PageTableSettings {
  /** What this host shows to policies. */
  readonly offers: Observation;
  /** For `offers: 'future'`: position of a reference to the position of the page's next one. */
  readonly nextUse?: Int32Array;
  /** Called when a policy asks for a write-back of a page that stays resident. */
  readonly onWriteback?: (page: number) => void;
  /** The table itself, where other threads set bits in it; one byte per page, all zero. */
  readonly bits?: Uint8Array;
}

export class PageTable {
  readonly bits: Uint8Array;
  readonly offers: Observation;
  readonly nextUse: Int32Array | null;
  /** What a read, and what a write, sets in `bits`. */
  readonly readSets: number;
  readonly writeSets: number;
  /** Pages that occupy a frame. */
  residentCount = 0;
  /** References before this one: the virtual time, kept by hosts that count references. */
  position = 0;
  readonly #onWriteback: ((page: number) => void) | null;

  /** A table for the dense page ids 0 .. `pageCount` - 1, none resident. */
  constructor(pageCount: number, settings: PageTableSettings) {
    assert(Number.isInteger(pageCount) && pageCount >= 0, `page count ${pageCount}`);
    assert(pageCount <= PAGE_COUNT_MAX, `page count ${pageCount} past ${PAGE_COUNT_MAX}`);
    this.bits = settings.bits ?? new Uint8Array(pageCount);
    assert(this.bits.length === pageCount, `a table of ${this.bits.length} for ${pageCount} pages`);
    this.offers = settings.offers;
    // A table that does not offer the future holds none, whoever else is being given it.
    this.nextUse = settings.offers === 'future' ? (settings.nextUse ?? null) : null;
    this.#onWriteback = settings.onWriteback ?? null;
    const sets = bitsSetBy(settings.offers);
    this.readSets = sets.read;
    this.writeSets = sets.write;
  }

  get pageCount(): number {
    return this.bits.length;
  }

  isResident(page: number): boolean {
    return (this.bits[page]! & RESIDENT) !== 0;
  }

  /** True where the page must be written back before its frame can be reused. */
  isDirty(page: number): boolean {
    return (this.bits[page]! & (MODIFIED | DIRTY)) !== 0;
  }

  /** Host: the hardware's part of a hit. True where the policy asked for a `touch`. */
  reference(page: number, op: Op): boolean {
    const bits = this.bits[page]!;
    this.bits[page] = bits | (op === WRITE ? this.writeSets : this.readSets);
    return (bits & (TRAP_READ << op)) !== 0;
  }

  /**
   * Host: gives the faulting page a frame; the access that faulted runs again and sets its bits.
   * `traps` are the trap bits that the host sets for a policy that observes every reference.
   */
  admit(page: number, op: Op, traps = 0): void {
    const sets = op === WRITE ? this.writeSets : this.readSets;
    this.bits[page] = RESIDENT | SEEN | sets | traps;
    this.residentCount++;
  }

  /** Host: takes the frame away. True where the page was dirty and has to be written back. */
  evict(page: number): boolean {
    const bits = this.bits[page]!;
    if ((bits & RESIDENT) === 0) {
      throw new PolicyError(
        'POLICY_VICTIM',
        `the policy named page ${page}, which is not resident, as its victim`,
      );
    }
    this.bits[page] = SEEN;
    this.residentCount--;
    return (bits & (MODIFIED | DIRTY)) !== 0;
  }

  /** Policy: clears the reference bit (and the read bit, its part of it). */
  clearReferenced(page: number): void {
    this.bits[page]! &= ~(REFERENCED | READ_BIT);
  }

  /**
   * Policy: clears the modified bit. The bit is the only record that storage is stale, so it moves
   * to the software bit DIRTY in the same step; losing it would lose a write-back.
   */
  clearModified(page: number): void {
    const bits = this.bits[page]!;
    this.bits[page] = (bits & MODIFIED) === 0 ? bits : (bits & ~MODIFIED) | DIRTY;
  }

  /** Policy: asks the host to write the page back now; it stays resident and is clean after. */
  requestWriteback(page: number): void {
    this.bits[page]! &= ~(MODIFIED | DIRTY);
    this.#onWriteback?.(page);
  }

  /** Policy: sets which hits on the page it wants to be told of (of TRAP_READ and TRAP_WRITE). */
  setTraps(page: number, traps: number): void {
    this.bits[page] = (this.bits[page]! & ~TRAPS) | traps;
  }

  /** Throws where this table shows less than `needed`. */
  mustOffer(needed: Observation, policy: string): void {
    if (offersEnough(this.offers, needed)) return;
    throw new PolicyError(
      'POLICY_OBSERVES',
      `${policy} observes ${needed}, and this host shows no more than ${this.offers}`,
    );
  }
}

/** What hardware sets at a read and at a write, by what the host says that it offers. */
function bitsSetBy(offers: Observation): { read: number; write: number } {
  // The host itself must know what to write back, so a write always leaves a mark; on a host that
  // shows no modified bit the mark is DIRTY, which no policy of such a host looks at.
  if (offers === 'faults') return { read: 0, write: DIRTY };
  if (offers === 'reference') return { read: REFERENCED, write: REFERENCED | DIRTY };
  if (offers === 'reference+modified') return { read: REFERENCED, write: REFERENCED | MODIFIED };
  return { read: REFERENCED | READ_BIT, write: REFERENCED | MODIFIED };
}

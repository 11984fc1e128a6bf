// Which pages have numbers, through random histories of pages that come, leave and are freed, and of
// leases that go from one policy to another, against a plain map. There are few numbers, so that
// histories come to the last one.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KeeperLease } from '../../src/behind/keeper-lease.ts';
import { Partition } from '../../src/behind/partition.ts';
import { NO_ID, Residents } from '../../src/behind/residents.ts';
import { SLOTS_AT } from '../../src/slot-table.ts';
import { randomFrom } from '../fixtures/pages.mjs';
import { SEED } from '../helpers/pool-host.ts';
import { policyOf } from '../helpers/tier-host.ts';

const LEASE_COUNT = 4;
const SLOT_COUNT = 4000;
/** Ghosts that are remembered however few pages are there, as `Residents` has it. */
const GHOSTS_MIN = 1024;

type Kind = 'resident' | 'leaving' | 'ghost';

class ResidentHistory {
  readonly #capacity: number;
  readonly #random: () => number;
  readonly #bits: Uint8Array;
  readonly #residents: Residents;
  readonly #leases: readonly KeeperLease[];
  /** By lease and slot. Ghosts are put anew as they become ghosts, the oldest first. */
  readonly #pages = new Map<string, { lease: KeeperLease; slot: number; kind: Kind }>();

  constructor(capacity: number, seed: number) {
    this.#capacity = capacity;
    this.#random = randomFrom(seed);
    this.#bits = new Uint8Array(capacity);
    this.#residents = new Residents(capacity);
    const common = this.#makePartition();
    this.#leases = Array.from({ length: LEASE_COUNT }, (_, index) => makeLease(index, common));
  }

  admit(at: number, count: number): void {
    const lease = this.#leases[at]!;
    const from = this.#pick(SLOT_COUNT);
    for (let i = 0; i < count; i++) this.#admit(lease, (from + i) % SLOT_COUNT);
  }

  /** Pages that are there begin to leave, and those that were leaving are gone. */
  leave(at: number, count: number): void {
    for (const page of this.#some(at, count)) {
      const id = this.#residents.find(page.lease, page.slot);
      if (page.kind === 'resident') {
        this.#residents.beginLeaving(id);
        page.kind = 'leaving';
      } else if (page.kind === 'leaving') {
        this.#residents.becomeGhost(id);
        this.#pages.delete(nameOf(page.lease, page.slot));
        this.#pages.set(nameOf(page.lease, page.slot), { ...page, kind: 'ghost' });
      }
    }
  }

  drop(at: number, count: number): void {
    for (const { lease, slot } of this.#some(at, count)) this.#drop(lease, slot);
  }

  /** The lease gets a policy of its own, or another's. */
  move(at: number): void {
    const lease = this.#leases[at]!;
    const other = this.#leases[this.#pick(LEASE_COUNT)]!;
    lease.partition = other === lease ? this.#makePartition() : other.partition;
    for (const { slot, kind } of this.#some(at, this.#capacity)) {
      const id = this.#residents.find(lease, slot);
      if (kind === 'resident') this.#residents.renumber(lease, id);
      else this.#drop(lease, slot);
    }
  }

  trim(): void {
    for (;;) {
      const ghosts = [...this.#pages.values()].filter(({ kind }) => kind === 'ghost');
      const oldest = ghosts[0];
      const isTooMany = ghosts.length > Math.max(GHOSTS_MIN, this.#residentCount);
      const isDue = oldest !== undefined && (isTooMany || this.#pages.size === this.#capacity);
      const id = this.#residents.superfluousGhost();
      expect(id).toBe(isDue ? this.#residents.find(oldest.lease, oldest.slot) : NO_ID);
      if (!isDue) return;
      this.#drop(oldest.lease, oldest.slot);
    }
  }

  check(): void {
    const ids = new Set<number>();
    for (const { lease, slot, kind } of this.#pages.values()) {
      const id = this.#residents.find(lease, slot);
      ids.add(id);
      const isOf = this.#residents.leases[id] === lease.index && this.#residents.slots[id] === slot;
      must(isOf && id < this.#residents.end, `${id} is the number of ${nameOf(lease, slot)}`);
      must(this.#residents.isResident(id) === (kind === 'resident'), `${id} is resident`);
      must(this.#residents.isGhost(id) === (kind === 'ghost'), `${id} is a ghost`);
      must(this.#residents.isLeaving(id, lease, slot) === (kind === 'leaving'), `${id} is leaving`);
    }
    expect(ids.size).toBe(this.#pages.size);
    expect(this.#residents.residentCount).toBe(this.#residentCount);
    const isKnown = this.#leases.flatMap(({ ids: known }) => [...known]).filter((id) => id !== 0);
    expect(isKnown.length).toBe(this.#pages.size);
  }

  /** Until no page more has a number: then there are as many pages as numbers. */
  exhaust(): void {
    for (let slot = 0; slot < SLOT_COUNT; slot++) {
      for (const lease of this.#leases) this.#admit(lease, slot);
    }
    expect(this.#pages.size).toBe(this.#capacity);
  }

  #admit(lease: KeeperLease, slot: number): void {
    const name = nameOf(lease, slot);
    const isFree = this.#pages.has(name) || this.#pages.size < this.#capacity;
    must(this.#residents.hasNumberFor(lease, slot) === isFree, `there is a number for ${name}`);
    must((this.#residents.admit(lease, slot) !== NO_ID) === isFree, `${name} has a number`);
    if (!isFree) return;
    this.#pages.set(name, { lease, slot, kind: 'resident' });
  }

  #drop(lease: KeeperLease, slot: number): void {
    this.#residents.drop(lease, this.#residents.find(lease, slot));
    this.#pages.delete(nameOf(lease, slot));
  }

  /** Pages of a lease that have numbers, from some place on. */
  #some(at: number, count: number) {
    const all = [...this.#pages.values()].filter(({ lease }) => lease === this.#leases[at]);
    const from = this.#pick(all.length);
    return [...all.slice(from), ...all.slice(0, from)].slice(0, count);
  }

  get #residentCount(): number {
    let count = 0;
    for (const { kind } of this.#pages.values()) if (kind === 'resident') count += 1;
    return count;
  }

  #makePartition(): Partition {
    return new Partition(policyOf('fifo'), this.#bits);
  }

  #pick(count: number): number {
    return Math.floor(this.#random() * count);
  }
}

function makeLease(index: number, partition: Partition): KeeperLease {
  const bytes = SLOT_COUNT * Int32Array.BYTES_PER_ELEMENT;
  const behind = {
    tag: index,
    copies: new SharedArrayBuffer(bytes),
    ids: new SharedArrayBuffer(bytes),
  };
  const memory = new SharedArrayBuffer(SLOTS_AT + bytes);
  return new KeeperLease(
    { leaseIndex: index, slotCount: SLOT_COUNT, memory, fd: -1, behind },
    partition,
  );
}

function nameOf({ index }: KeeperLease, slot: number): string {
  return `${index} ${slot}`;
}

/** As `expect`, which takes too long for what is done so often. */
function must(isSo: boolean, what: string): void {
  if (!isSo) throw new Error(`not so: ${what}`);
}

const operations = fc.array(
  fc.record({
    kind: fc.constantFrom('admit', 'admit', 'admit', 'leave', 'leave', 'drop', 'move', 'trim'),
    lease: fc.nat({ max: LEASE_COUNT - 1 }),
    count: fc.constantFrom(1, 50, 1000, SLOT_COUNT),
  }),
  { maxLength: 40 },
);

test('every page has a number while there is one, and pages have theirs alone', () => {
  const capacities = fc.constantFrom(1, 4096, 5000, 9000);
  fc.assert(
    fc.property(capacities, operations, fc.nat(), (capacity, steps, seed) => {
      const history = new ResidentHistory(capacity, seed);
      for (const { kind, lease, count } of steps) {
        if (kind === 'move') history.move(lease);
        else if (kind === 'trim') history.trim();
        else history[kind](lease, count);
        history.check();
      }
      history.exhaust();
      history.check();
    }),
    { seed: SEED, numRuns: 30 },
  );
});

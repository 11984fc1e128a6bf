// The bits of a page table: what a read and a write leave on each kind of host, and what policies
// and hosts may do to them.

import {
  DIRTY,
  MODIFIED,
  type Observation,
  opOf,
  PageTable,
  PolicyError,
  packReference,
  pageOf,
  READ,
  READ_BIT,
  REFERENCED,
  RESIDENT,
  SEEN,
  TRAP_READ,
  TRAP_WRITE,
  WRITE,
} from '@pagelend/policies';
import { describe, expect, test } from 'vitest';

const HELD = RESIDENT | SEEN;

/** What a read sets and what a write sets. A write is always remembered, for the host's own sake. */
const sets: [Observation, read: number, write: number][] = [
  ['faults', 0, DIRTY],
  ['reference', REFERENCED, REFERENCED | DIRTY],
  ['reference+modified', REFERENCED, REFERENCED | MODIFIED],
  ['read+write', REFERENCED | READ_BIT, REFERENCED | MODIFIED],
  ['every-reference', REFERENCED | READ_BIT, REFERENCED | MODIFIED],
  ['future', REFERENCED | READ_BIT, REFERENCED | MODIFIED],
];

describe.each(sets)('a table that offers %s', (offers, readSets, writeSets) => {
  test('a fault leaves the bits of the access that faulted', () => {
    const table = new PageTable(2, { offers });
    table.admit(0, READ);
    table.admit(1, WRITE);
    expect([...table.bits]).toEqual([HELD | readSets, HELD | writeSets]);
    expect([table.isDirty(0), table.isDirty(1), table.residentCount]).toEqual([false, true, 2]);
  });

  test('a hit adds its bits to those that are there', () => {
    const table = new PageTable(1, { offers });
    table.admit(0, READ);
    table.clearReferenced(0);
    expect(table.bits[0]).toBe(HELD);
    table.reference(0, READ);
    expect(table.bits[0]).toBe(HELD | readSets);
    table.reference(0, WRITE);
    expect(table.bits[0]).toBe(HELD | readSets | writeSets);
  });
});

describe('a page table', () => {
  const offers = 'read+write';

  test('tells of a hit where the trap of its kind is set', () => {
    const table = new PageTable(1, { offers });
    table.admit(0, READ, TRAP_WRITE);
    expect([table.reference(0, READ), table.reference(0, WRITE)]).toEqual([false, true]);
    table.setTraps(0, TRAP_READ);
    expect([table.reference(0, READ), table.reference(0, WRITE)]).toEqual([true, false]);
    table.setTraps(0, 0);
    expect([table.reference(0, READ), table.reference(0, WRITE)]).toEqual([false, false]);
    expect(table.bits[0]).toBe(HELD | REFERENCED | READ_BIT | MODIFIED);
  });

  test('moves MODIFIED to DIRTY where a policy clears it, so that no write-back is lost', () => {
    const table = new PageTable(2, { offers });
    table.admit(0, WRITE);
    table.clearModified(0);
    expect(table.bits[0]).toBe(HELD | REFERENCED | DIRTY);
    table.clearModified(0);
    expect(table.isDirty(0)).toBe(true);
    table.reference(0, WRITE);
    expect(table.bits[0]).toBe(HELD | REFERENCED | DIRTY | MODIFIED);
    expect(table.evict(0)).toBe(true);
    // A clean page does not become dirty by it.
    table.admit(1, READ);
    table.clearModified(1);
    expect([table.isDirty(1), table.evict(1)]).toEqual([false, false]);
  });

  test('clears the read bit with the reference bit, of which it is a part', () => {
    const table = new PageTable(1, { offers });
    table.admit(0, WRITE);
    table.reference(0, READ);
    table.clearReferenced(0);
    expect(table.bits[0]).toBe(HELD | MODIFIED);
  });

  test('hands a requested write-back to the host and leaves the page clean', () => {
    const written: number[] = [];
    const table = new PageTable(2, { offers, onWriteback: (page) => written.push(page) });
    table.admit(1, WRITE);
    table.clearModified(1);
    table.reference(1, WRITE);
    table.requestWriteback(1);
    expect(written).toEqual([1]);
    expect([table.isDirty(1), table.isResident(1)]).toEqual([false, true]);
    expect(table.evict(1)).toBe(false);
  });

  test('remembers of an evicted page only that it was there', () => {
    const table = new PageTable(1, { offers });
    table.admit(0, WRITE, TRAP_READ | TRAP_WRITE);
    expect(table.evict(0)).toBe(true);
    expect([table.bits[0], table.residentCount, table.isResident(0)]).toEqual([SEEN, 0, false]);
    table.admit(0, READ);
    expect(table.bits[0]).toBe(HELD | REFERENCED | READ_BIT);
  });

  test.each([0, 1, 5, -1])('refuses page %i, which is not resident, as a victim', (victim) => {
    const table = new PageTable(2, { offers });
    table.admit(0, WRITE);
    table.evict(0);
    expect(() => table.evict(victim)).toThrow(PolicyError);
    expect(() => table.evict(victim)).toThrow(
      expect.objectContaining({
        code: 'POLICY_VICTIM',
        message: expect.stringMatching(new RegExp(`^[^\\n]*page ${victim}[^\\n]*$`)),
      }),
    );
    expect(table.residentCount).toBe(0);
  });

  test.each([-1, 0.5, 2 ** 31 + 1, Number.NaN])('a page count of %s is a bug', (pageCount) => {
    expect(() => new PageTable(pageCount, { offers })).toThrow('page count');
  });

  test('of no pages is a table', () => {
    expect(new PageTable(0, { offers }).pageCount).toBe(0);
  });
});

test('a packed reference gives page and operation back, up to the last page', () => {
  for (const page of [0, 1, 2 ** 30, 2 ** 31 - 1]) {
    for (const op of [READ, WRITE]) {
      const packed = packReference(page, op);
      expect([pageOf(packed), opOf(packed)]).toEqual([page, op]);
      expect(Uint32Array.of(packed)[0]).toBe(packed);
    }
  }
});

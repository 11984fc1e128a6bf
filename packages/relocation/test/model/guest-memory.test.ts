// A guest's frames against a slow twin that keeps each page in a list and counts from scratch, over
// random histories; and a history worked by hand.

import { mustFindPolicy, type Op, optionsOf } from '@pagelend/policies';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { GuestMemory, type SwapPlace } from '../../src/model/guest-memory.ts';
import { mixed } from '../../src/model/page-draw.ts';

const MARKS = { minPages: 1, lowPages: 2, highPages: 4 };
const SLOTS = 30;
const PAGES = 40;

/** Two stored pages share a frame of the guest's; or none takes any. */
class PairedPlace implements SwapPlace {
  readonly slotCount = SLOTS;
  readonly #isInside: boolean;
  #count = 0;

  constructor(isInside: boolean) {
    this.#isInside = isInside;
  }

  store(): number {
    return this.#isInside && this.#count++ % 2 === 0 ? 1 : 0;
  }

  drop(): number {
    return this.#isInside && --this.#count % 2 === 0 ? 1 : 0;
  }
}

function makeGuest(totalPages: number, isInside: boolean, policy = 'fifo'): GuestMemory {
  const definition = mustFindPolicy(policy);
  return new GuestMemory({
    totalPages,
    kernelPages: 3,
    cachePages: 4,
    cacheFloorPages: 2,
    watermarks: MARKS,
    swappiness: 60,
    swap: new PairedPlace(isInside),
    pageCount: PAGES,
    definition,
    options: optionsOf(definition, new Map()),
    costs: { read: 1, write: 1 },
  });
}

/** FIFO by a list, frames by counting: what a guest of the model is to be. */
class SlowGuest {
  readonly resident: number[] = [];
  readonly swapped = new Set<number>();
  readonly written = new Set<number>();
  cache = 4;
  turns = 0;
  outs = 0;
  ins = 0;
  isDead = false;
  readonly total: number;
  readonly isInside: boolean;

  constructor(total: number, isInside: boolean) {
    this.total = total;
    this.isInside = isInside;
  }

  get pool(): number {
    return this.isInside ? Math.ceil(this.swapped.size / 2) : 0;
  }

  get free(): number {
    return this.total - 3 - this.cache - this.resident.length - this.pool;
  }

  reference(page: number, op: Op): void {
    if (this.isDead) return;
    if (!this.resident.includes(page)) {
      this.makeRoom();
      if (this.isDead) return;
      this.resident.push(page);
      if (this.swapped.delete(page)) this.ins++;
    }
    if (op === 1) this.written.add(page);
  }

  readFile(): void {
    if (this.isDead) return;
    this.makeRoom();
    if (!this.isDead) this.cache++;
  }

  release(from: number, to: number): void {
    for (let page = from; page < to; page++) {
      if (this.resident.includes(page)) this.resident.splice(this.resident.indexOf(page), 1);
      this.swapped.delete(page);
      this.written.delete(page);
    }
  }

  makeRoom(): void {
    if (this.free <= MARKS.lowPages) this.reclaim();
    if (this.free <= 0) this.isDead = true;
  }

  reclaim(): void {
    const attempts = (MARKS.highPages - this.free) * 16;
    for (let i = 0; i < attempts && this.free < MARKS.highPages; i++) {
      const hasCache = this.cache > 2;
      this.turns += 60;
      const isTurn = this.turns >= 200 || !hasCache;
      if (this.turns >= 200) this.turns -= 200;
      if (isTurn && this.swapped.size < SLOTS && this.resident.length > 0) {
        const page = this.resident.shift()!;
        if (this.written.has(page)) {
          this.swapped.add(page);
          this.outs++;
        }
      } else if (hasCache) this.cache--;
      else return;
    }
  }
}

const act = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      what: fc.constant('touch' as const),
      page: fc.nat(PAGES - 1),
      op: fc.constantFrom(0 as const, 1 as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('file' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ what: fc.constant('end' as const), page: fc.nat(PAGES - 1) }),
  },
);

test.each([true, false])('equals its slow twin at every step (pool inside: %s)', (isInside) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 14, max: 60 }),
      fc.array(act, { maxLength: 300 }),
      (total, acts) => {
        const [guest, twin] = [makeGuest(total, isInside), new SlowGuest(total, isInside)];
        for (const one of acts) {
          if (one.what === 'touch') {
            guest.reference(one.page, one.op);
            twin.reference(one.page, one.op);
          } else if (one.what === 'file') {
            guest.readFilePage();
            twin.readFile();
          } else {
            const to = Math.min(PAGES, one.page + 5);
            guest.free(one.page, to);
            twin.release(one.page, to);
          }
          expect(guest.isOutOfMemory).toBe(twin.isDead);
          if (twin.isDead) return;
          guest.check();
          expect({
            free: guest.freePages,
            cache: guest.cachePages,
            anonymous: guest.anonymousPages,
            pool: guest.poolPages,
            swapped: guest.swappedPages,
            outs: guest.swapOuts,
            ins: guest.swapIns,
          }).toEqual({
            free: twin.free,
            cache: twin.cache,
            anonymous: twin.resident.length,
            pool: twin.pool,
            swapped: twin.swapped.size,
            outs: twin.outs,
            ins: twin.ins,
          });
        }
      },
    ),
    { seed: 20_260_101, numRuns: 400 },
  );
});

describe('by hand', () => {
  it('20 frames, 10 written pages, 6 of them swapped out into the guest itself', () => {
    const guest = makeGuest(20, true);
    // 20 - 3 kernel - 4 cache: 13 free; 10 pages leave 3.
    for (let page = 0; page < 10; page++) guest.reference(page, 1);
    expect([guest.freePages, guest.anonymousPages]).toEqual([3, 10]);
    // Six leave; two share a frame, so three frames are the pool's.
    guest.swapOut(6);
    expect([guest.freePages, guest.anonymousPages, guest.poolPages]).toEqual([6, 4, 3]);
    // The first page comes back: it takes a frame; five stored pages still take three.
    guest.reference(0, 0);
    expect([guest.freePages, guest.swapIns, guest.poolPages]).toEqual([5, 1, 3]);
    guest.check();
  });

  it('the same outside: three more are free', () => {
    const guest = makeGuest(20, false);
    for (let page = 0; page < 10; page++) guest.reference(page, 1);
    guest.swapOut(6);
    expect([guest.freePages, guest.poolPages, guest.swappedPages]).toEqual([9, 0, 6]);
  });

  it('a page that was never written is dropped and read again', () => {
    const guest = makeGuest(20, false);
    for (let page = 0; page < 4; page++) guest.reference(page, 0);
    guest.swapOut(4);
    expect([guest.swappedPages, guest.swapOuts]).toEqual([0, 0]);
    guest.reference(2, 0);
    expect([guest.fileReads, guest.swapIns]).toEqual([1, 0]);
  });
});

test.each(['linux', 'clock', 'lru', 'mglru', 'craw-rm', 'arc'])(
  'conserves frames under %s',
  (policy) => {
    const guest = makeGuest(34, true, policy);
    for (let i = 0; i < 4000 && !guest.isOutOfMemory; i++) {
      guest.reference(mixed(1, i, 0) % PAGES, (i % 3 === 0 ? 1 : 0) as Op);
      if (i % 50 === 49) guest.free(i % PAGES, Math.min(PAGES, (i % PAGES) + 6));
      guest.check();
    }
    expect(guest.isOutOfMemory).toBe(false);
    expect(guest.swapOuts).toBeGreaterThan(20);
  },
);

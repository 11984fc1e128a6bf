// The count of zram's memory against tables worked by hand, against a count from scratch, and against
// the kernel's own zram where this machine has one.

import { randomFillSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { whyNoZram, Zram } from '../../../../bench/lib/zram.mjs';
import {
  NO_CLASS,
  ZramPool,
  zramTablePages,
  zsmallocClassOf,
  zsmallocTable,
} from '../../src/model/zsmalloc.ts';

const PAGE_BYTES = 4096;

describe('size classes of Linux 6.1, by hand', () => {
  const table = zsmallocTable('6.1');
  const shapeOf = (bytes: number): [pages: number, objects: number] => {
    const sizeClass = zsmallocClassOf(table, bytes);
    return [table.chainPages[sizeClass]!, table.chainObjects[sizeClass]!];
  };

  it.each([
    // 24 bytes and a handle of 8: 128 to a page.
    [24, 1, 128],
    // 2040 and the handle are 2048: two to a page. One byte more is 2064, shared with the class
    // of 2336, seven in four pages.
    [2040, 1, 2],
    [2041, 4, 7],
    [2328, 4, 7],
    // Up to 2448 five in three pages, up to 2720 three in two.
    [2329, 3, 5],
    [2440, 3, 5],
    [2441, 2, 3],
    [3256, 4, 5],
  ])('%i bytes: %i pages hold %i', (bytes, pages, objects) => {
    expect(shapeOf(bytes)).toEqual([pages, objects]);
  });

  it('keeps pages that would need a page of their own as they are', () => {
    expect(table.hugeBytes).toBe(3257);
    expect(shapeOf(3257)).toEqual([1, 1]);
    expect(shapeOf(4100)).toEqual([1, 1]);
  });

  it('shares chains among neighbours of the same shape, and among no others', () => {
    const same = new Set([2041, 2100, 2328].map((bytes) => zsmallocClassOf(table, bytes)));
    expect(same.size).toBe(1);
    expect(zsmallocClassOf(table, 2329)).not.toBe(zsmallocClassOf(table, 2328));
  });
});

test('longer chains, from Linux 6.3 on, waste no more', () => {
  const [short, long] = [zsmallocTable('6.1'), zsmallocTable('6.3')];
  expect(long.hugeBytes).toBe(3625);
  const share = (table: typeof short, bytes: number): number => {
    const sizeClass = zsmallocClassOf(table, bytes);
    return table.chainPages[sizeClass]! / table.chainObjects[sizeClass]!;
  };
  for (let bytes = 24; bytes <= PAGE_BYTES; bytes += 8) {
    expect(share(long, bytes), `${bytes} bytes`).toBeLessThanOrEqual(share(short, bytes) + 1e-9);
  }
});

test('a pool is what its chains take, whatever came and went', () => {
  const table = zsmallocTable('6.1');
  const sizes = fc.array(fc.integer({ min: 1, max: 4200 }), { maxLength: 400 });
  fc.assert(
    fc.property(sizes, fc.infiniteStream(fc.nat()), (all, picks) => {
      const pool = new ZramPool(table);
      const held: number[] = [];
      let pages = 0;
      for (const bytes of all) {
        const sizeClass = bytes % 7 === 0 ? NO_CLASS : zsmallocClassOf(table, bytes);
        pages += pool.add(sizeClass);
        held.push(sizeClass);
        const pick = picks.next().value;
        if (pick % 3 !== 0) continue;
        const [gone] = held.splice(pick % held.length, 1);
        pages -= pool.remove(gone!);
      }
      const counts = new Map<number, number>();
      for (const one of held) counts.set(one, (counts.get(one) ?? 0) + 1);
      counts.delete(NO_CLASS);
      let expected = 0;
      for (const [sizeClass, count] of counts) {
        const chains = Math.ceil(count / table.chainObjects[sizeClass]!);
        expected += chains * table.chainPages[sizeClass]!;
      }
      expect([pool.pages, pages]).toEqual([expected, expected]);
      expect(pool.objectCount).toBe([...counts.values()].reduce((sum, count) => sum + count, 0));
    }),
    { seed: 20_260_101, numRuns: 200 },
  );
});

test("zram's table has 16 bytes for every slot", () => {
  expect(zramTablePages(65_536)).toBe(256);
  expect(zramTablePages(1)).toBe(1);
});

test('equals what the kernel says of a zram of its own', async (context) => {
  const reason = whyNoZram();
  if (reason !== null) context.skip(reason);
  const release = process.report.getReport() as { header?: { osRelease?: string } };
  const [major = 0, minor = 0] = (release.header?.osRelease ?? '').split('.').map(Number);
  if (major < 6 || (major === 6 && minor < 3)) context.skip('Linux 6.3 or newer is needed');
  const pageCount = 3000;
  const zram = await Zram.open(pageCount * PAGE_BYTES, 'lzo');
  try {
    const table = zsmallocTable('6.3');
    const pool = new ZramPool(table);
    let before = 0;
    for (let slot = 0; slot < pageCount; slot++) {
      zram.write(slot, pageOf(slot));
      const { compr_data_size: bytes } = zram.figures();
      pool.add(zsmallocClassOf(table, bytes - before));
      before = bytes;
    }
    expect(pool.pages * PAGE_BYTES).toBe(zram.figures().mem_used_total);
  } finally {
    zram.close();
  }
});

/** From nearly nothing to all of it random, so that every size comes up. */
function pageOf(slot: number): Uint8Array {
  const page = new Uint8Array(PAGE_BYTES).fill(slot % 251);
  randomFillSync(page, 0, 16 + ((slot * 1361) % (PAGE_BYTES - 16)));
  return page;
}

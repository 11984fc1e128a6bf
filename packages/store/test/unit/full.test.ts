// Limits: a write that would pass one is answered with the errno that was asked for, the page that
// was there stays, and freeing lets writes through again. A full file system is a full pool.

import { spawnSync } from 'node:child_process';
import { constants } from 'node:os';
import { expect, onTestFinished, test } from 'vitest';
import { BUFFERS_AT, PAGE_BYTES } from '../../src/layout.ts';
import { anyPage, makePage, randomFrom } from '../fixtures/pages.mjs';
import { checkPool } from '../helpers/invariants.ts';
import {
  FULL,
  isEqual,
  leaseSpec,
  MEBIBYTE,
  openHost,
  optionsFor,
  type PoolHost,
  SEED,
  temporaryDirectory,
} from '../helpers/pool-host.ts';

const SLOT_COUNT = 4000;

/** Writes pages until one is refused. Returns those that were taken. */
function fillUp(host: PoolHost, id: string, random: () => number): Uint8Array[] {
  const pages: Uint8Array[] = [];
  for (;;) {
    const page = makePage('random', random);
    const errno = host.write(id, pages.length, page);
    if (errno !== 0) {
      expect(errno).toBe(FULL);
      return pages;
    }
    pages.push(page);
  }
}

function checkPages(host: PoolHost, id: string, pages: readonly Uint8Array[]): void {
  expect(pages.every((page, slot) => isEqual(host.read(id, slot), page))).toBe(true);
  checkPool(host.pool, [id]);
}

/** What must hold of a pool or lease that takes no more, and of the same once some is freed. */
function checkFull(host: PoolHost, id: string, pages: Uint8Array[], random: () => number): void {
  checkPages(host, id, pages);
  const { failedWrites } = host.pool.lease(id)!.usage();
  const beyond = pages.length;
  expect(host.write(id, beyond, makePage('random', random))).toBe(FULL);
  expect(host.writePart(id, beyond, 10, makePage('random', random).subarray(50))).toBe(FULL);
  expect(host.pool.lease(id)!.usage().failedWrites).toBe(failedWrites + 2);
  expect(host.pages(id).state(beyond)).toBe(3);
  checkPages(host, id, pages);
  host.pages(id).trim(0, 40);
  for (let slot = 0; slot < 40; slot++) {
    pages[slot] = makePage('random', random);
    expect(host.write(id, slot, pages[slot]!)).toBe(0);
  }
  checkPages(host, id, pages);
}

test('a full pool refuses, keeps what it has, and takes more when some is freed', () => {
  const options = optionsFor(temporaryDirectory(), { memoryBytes: 4 * MEBIBYTE });
  const host = openHost(options, [leaseSpec('one', SLOT_COUNT)]);
  const random = randomFrom(SEED);
  const pages = fillUp(host, 'one', random);
  expect(pages.length * PAGE_BYTES).toBeGreaterThan(3.9 * MEBIBYTE);
  checkFull(host, 'one', pages, random);
  // The same-filled need no place; the rest of a table that is not paid for yet does.
  expect(host.write('one', 0, makePage('zero', random))).toBe(0);
});

test('pages of all sizes fill a small pool to the last of its memory', () => {
  const options = optionsFor(temporaryDirectory(), { memoryBytes: 2 * MEBIBYTE });
  const host = openHost(options, [leaseSpec('one', 100_000)]);
  const random = randomFrom(SEED);
  const written = new Map<number, Uint8Array>();
  let refusals = 0;
  for (let i = 0; i < 20_000; i++) {
    const slot = Math.floor(random() * SLOT_COUNT);
    const page = anyPage(random);
    if (random() < 0.1) {
      host.pages('one').trim(slot, 1);
      written.delete(slot);
    } else if (host.write('one', slot, page) === 0) written.set(slot, page);
    else refusals += 1;
  }
  expect(refusals).toBeGreaterThan(1000);
  expect(host.pool.usage().memUsedBytes).toBeGreaterThan(1.9 * MEBIBYTE);
  for (const [slot, page] of written) expect(isEqual(host.read('one', slot), page)).toBe(true);
  checkPool(host.pool, ['one']);
  host.pool.compactNow();
  checkPool(host.pool, ['one']);
});

test("a full lease refuses, and other leases don't", () => {
  const specs = [leaseSpec('one', SLOT_COUNT, 2 * MEBIBYTE), leaseSpec('two', SLOT_COUNT)];
  const host = openHost(optionsFor(temporaryDirectory()), specs);
  const random = randomFrom(SEED);
  const pages = fillUp(host, 'one', random);
  // 512 pages, but for the table's head, marks and first slots.
  expect(pages.length).toBe(512 - 3);
  const other = makePage('random', random);
  expect(host.write('two', 0, other)).toBe(0);
  // In the place of a page that takes as much another one is let in.
  pages[3] = other;
  expect(host.write('one', 3, other)).toBe(0);
  host.pool.lease('one')!.setLimit(MEBIBYTE);
  expect(host.write('one', 4, pages[5]!)).toBe(0);
  pages[4] = pages[5]!;
  expect(host.write('one', 600, other)).toBe(FULL);
  expect(host.write('one', 700, makePage('same64', random))).toBe(FULL);
  expect(host.write('one', 700, makePage('same16', random))).toBe(0);
  host.pages('one').trim(700, 1);
  host.pages('one').trim(256, 256);
  expect(host.write('one', 600, other)).toBe(FULL);
  host.pool.lease('one')!.setLimit(null);
  expect(host.write('one', 600, other)).toBe(0);
  expect(pages.slice(0, 256).every((page, slot) => isEqual(host.read('one', slot), page))).toBe(
    true,
  );
  checkPool(host.pool, ['one', 'two']);
});

test('the errno of a refusal is the one that was asked for', () => {
  const host = openHost(optionsFor(temporaryDirectory()), [leaseSpec('one', 10, 1000)]);
  host.pool.store.io.set(makePage('random', randomFrom(SEED)), BUFFERS_AT);
  for (const errno of [constants.errno.EIO, constants.errno.ENOSPC]) {
    expect(host.pool.pagesOf('one', errno).write(0, BUFFERS_AT)).toBe(errno);
  }
});

test('a full file system is a full pool', async (context) => {
  const directory = temporaryDirectory();
  const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', directory]);
  context.skip(mount.status !== 0, 'mounting a small tmpfs needs root');
  onTestFinished(() => void spawnSync('umount', ['--lazy', directory]));
  const host = openHost(optionsFor(directory), [leaseSpec('one', SLOT_COUNT)]);
  const random = randomFrom(SEED);
  const pages = fillUp(host, 'one', random);
  expect(pages.length).toBeGreaterThan(700);
  checkFull(host, 'one', pages, random);
  // Nor is there room for another part of the table, or for another lease.
  host.write('one', pages.length, makePage('random', random));
  await expect(host.pool.createLease(leaseSpec('two', 2 ** 24))).rejects.toThrow();
  checkPages(host, 'one', pages);
  host.pool.close();
});

test('a full pool still takes a page in place of another', () => {
  const options = optionsFor(temporaryDirectory(), { memoryBytes: 4 * MEBIBYTE });
  const host = openHost(options, [leaseSpec('one', SLOT_COUNT)]);
  const random = randomFrom(SEED);
  const pages = fillUp(host, 'one', random);
  for (let slot = 0; slot < pages.length; slot++) {
    // Now and then one of another size, for which a new block may have to be begun.
    pages[slot] = slot % 100 === 0 ? makePage('packed', random) : makePage('random', random);
    expect(host.write('one', slot, pages[slot]!)).toBe(0);
  }
  checkPages(host, 'one', pages);
});

// Extents are held as long as a slot names a record in them: what is written anew or freed releases
// them, cleaning empties sparse ones, and limits and full tiers are kept.

import { spawnSync } from 'node:child_process';
import { expect, onTestFinished, test } from 'vitest';
import { makePage, randomFrom } from '../fixtures/pages.mjs';
import { fillRaw, rawPage, wrongRaw } from '../helpers/behind.ts';
import { checkEmpty } from '../helpers/invariants.ts';
import { FULL, leaseSpec, MEBIBYTE, SEED, temporaryDirectory } from '../helpers/pool-host.ts';
import { openTierHost, type TierHost, tierSetup } from '../helpers/tier-host.ts';
import { checkTier } from '../helpers/tier-invariants.ts';

const SLOT_COUNT = 4000;
const specs = [leaseSpec('one', SLOT_COUNT)];

function liveOf(host: TierHost): number {
  return host.keeper.parts.live.reduce((sum, count) => sum + count, 0);
}

/** Writes raw pages until one is refused; returns how many were taken. */
async function fillUp(host: TierHost): Promise<number> {
  for (let slot = 0; ; slot++) {
    const errno = await host.write('one', slot, rawPage(slot));
    if (errno === 0) continue;
    expect(errno).toBe(FULL);
    return slot;
  }
}

/** Past the rest that the keeper takes after it found that nothing can leave. */
async function afterRest(host: TierHost, slot: number): Promise<number> {
  let errno = FULL;
  for (const until = Date.now() + 30_000; errno !== 0 && Date.now() < until; ) {
    errno = await host.write('one', slot, rawPage(slot));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return errno;
}

test('pages that are written anew, or freed, release their extents', async () => {
  const host = openTierHost(tierSetup({ memoryBytes: MEBIBYTE }), specs);
  await fillRaw(host, 'one', 0, 700);
  await checkTier(host, ['one']);
  expect(liveOf(host)).toBeGreaterThan(400);
  for (let slot = 0; slot < 700; slot += 2) {
    expect(await host.write('one', slot, makePage('same16', randomFrom(slot + 1)))).toBe(0);
  }
  await checkTier(host, ['one']);
  expect(liveOf(host)).toBeLessThanOrEqual(350);
  host.pages('one').trim(0, 700);
  await checkTier(host, ['one']);
  expect(liveOf(host)).toBe(0);
  await host.pool.deleteLease('one');
  checkEmpty(host.pool);
});

test('cleaning frees sparse extents and keeps every page', async () => {
  const host = openTierHost(tierSetup({ memoryBytes: MEBIBYTE, tierBytes: 3 * MEBIBYTE }), specs);
  const kept = new Set<number>();
  // More than the tier has extents for, of which every third stays.
  for (let slot = 0; slot < 1500; slot++) {
    expect(await host.write('one', slot, rawPage(slot))).toBe(0);
    kept.add(slot);
    const old = slot - 400;
    if (old >= 0 && old % 3 !== 0) {
      host.pages('one').trim(old, 1);
      kept.delete(old);
    }
  }
  await checkTier(host, ['one']);
  expect(host.figure('CLEANED_EXTENTS')).toBeGreaterThan(3);
  expect(host.figure('CLEANED_PAGES')).toBeGreaterThan(50);
  for (const slot of kept) expect(await wrongRaw(host, 'one', slot, 1)).toEqual([]);
  await checkTier(host, ['one']);
});

test('a lease at its limit gives of its own pages, and no other lease of its', async () => {
  const leases = [leaseSpec('one', 1000, MEBIBYTE / 2), leaseSpec('two', 1000)];
  const host = openTierHost(tierSetup({ memoryBytes: 4 * MEBIBYTE }), leases);
  await fillRaw(host, 'two', 0, 300);
  await fillRaw(host, 'one', 0, 500);
  await checkTier(host, ['one', 'two']);
  const one = host.pool.lease('one')!.usage();
  expect(one.memUsedBytes).toBeLessThanOrEqual(MEBIBYTE / 2);
  expect(one.behindPages).toBeGreaterThan(350);
  expect(host.pool.lease('two')!.usage().behindPages).toBe(0);
  // Reading brings pages back only within the limit.
  expect(await wrongRaw(host, 'one', 0, 500)).toEqual([]);
  expect(host.pool.lease('one')!.usage().memUsedBytes).toBeLessThanOrEqual(MEBIBYTE / 2);
  host.pool.lease('one')!.setLimit(null);
  host.pool.lease('two')!.setLimit(MEBIBYTE);
  await fillRaw(host, 'one', 500, 100);
  await fillRaw(host, 'two', 300, 100);
  await checkTier(host, ['one', 'two']);
  expect(host.pool.lease('two')!.usage().behindPages).toBeGreaterThan(100);
});

test('a lease that its table alone fills is refused, and others go on', async () => {
  const host = openTierHost(tierSetup({ memoryBytes: MEBIBYTE }), [
    leaseSpec('one', SLOT_COUNT, 3 * 4096),
    leaseSpec('two', 1000),
  ]);
  expect(await host.write('one', 0, rawPage(0))).toBe(FULL);
  // Another part of its table has no room in the limit, though the pool has some.
  expect(await host.write('one', 3000, rawPage(0))).toBe(FULL);
  await fillRaw(host, 'two', 0, 400);
  expect(await host.write('one', 0, rawPage(0))).toBe(FULL);
  await fillRaw(host, 'two', 400, 200);
  expect(await wrongRaw(host, 'two', 0, 600)).toEqual([]);
  await checkTier(host, ['one', 'two']);
});

test('a full tier refuses, loses nothing, and takes pages again when some are freed', async () => {
  const host = openTierHost(tierSetup({ memoryBytes: MEBIBYTE, tierBytes: MEBIBYTE }), specs);
  const count = await fillUp(host);
  // A MiB in memory, and of the tier what head, scratch and the cleaner's reserve leave.
  expect(count).toBeGreaterThan(350);
  expect(host.troubles.at(-1)).toBe('full');
  expect(await wrongRaw(host, 'one', 0, count)).toEqual([]);
  await checkTier(host, ['one']);
  host.pages('one').trim(0, 100);
  for (let slot = 0; slot < 60; slot++) expect(await afterRest(host, slot)).toBe(0);
  expect(await wrongRaw(host, 'one', 100, count - 100)).toEqual([]);
  expect(await wrongRaw(host, 'one', 0, 60)).toEqual([]);
  await checkTier(host, ['one']);
});

test('ghosts that come and go for long leave no number behind', async () => {
  const host = openTierHost(
    tierSetup({ memoryBytes: MEBIBYTE, promotion: 'always', policy: 'arc' }),
    specs,
  );
  await fillRaw(host, 'one', 0, 400);
  const random = randomFrom(SEED);
  for (let i = 0; i < 25_000; i++) {
    const found = await host.read('one', Math.floor(random() * 400));
    if (typeof found === 'number') throw new Error(`read ${i} answered ${found}`);
  }
  expect(host.figure('PROMOTED_PAGES')).toBeGreaterThan(8192);
  await fillRaw(host, 'one', 400, 2200);
  await checkTier(host, ['one']);
  const { ghostCount, residentCount } = host.keeper.parts.residents;
  expect(ghostCount).toBeLessThanOrEqual(Math.max(1024, residentCount));
});

test('a full file system is a full pool, and what leaves makes room', async (context) => {
  const directory = temporaryDirectory();
  const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', directory]);
  context.skip(mount.status !== 0, 'mounting a small tmpfs needs root');
  onTestFinished(() => void spawnSync('umount', ['--lazy', directory]));
  // The limit says that there is more than the file system has.
  const host = openTierHost(tierSetup({ directory, memoryBytes: 16 * MEBIBYTE }), specs);
  await fillRaw(host, 'one', 0, 1500);
  expect(host.pool.usage().behindPages).toBeGreaterThan(900);
  expect(await wrongRaw(host, 'one', 0, 1500)).toEqual([]);
  await checkTier(host, ['one']);
});

// Devices that fail: what is asked of them is refused or answers EIO, what stands elsewhere is served,
// nothing that was acknowledged is lost, and all works again when the device does.

import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { byteAt, extentOf } from '@pagelend/tier';
import { describe, expect, test } from 'vitest';
import { MemoryDevice } from '../../../tier/test/support/memory-device.ts';
import { isBehind, tierPlaceOf } from '../../src/entry.ts';
import { openPool } from '../../src/pool.ts';
import { slotsOf } from '../../src/slot-table.ts';
import { fillRaw, rawPage, wrongRaw } from '../helpers/behind.ts';
import { checkPool } from '../helpers/invariants.ts';
import { FULL, leaseSpec, MEBIBYTE, optionsFor, PoolHost } from '../helpers/pool-host.ts';
import {
  openTierHost,
  poolOptionsOf,
  type TierHost,
  type TierSetup,
  tierSetup,
} from '../helpers/tier-host.ts';
import { checkTier } from '../helpers/tier-invariants.ts';

const { EIO } = constants.errno;
const TIER_BYTES = 8 * MEBIBYTE;
/** What NBD says of a slot that holds nothing. */
const HOLE_STATE = 3;
const specs = [leaseSpec('one', 2000)];

function memorySetup(changes: Partial<TierSetup> = {}): TierSetup {
  const memory = new MemoryDevice(TIER_BYTES);
  return tierSetup({ memoryBytes: MEBIBYTE, tierBytes: TIER_BYTES, memory, ...changes });
}

/** Slots of `one` whose pages are behind, by the extents of their records. */
function behindByExtent(host: TierHost): Map<number, number[]> {
  const { layout } = host.keeper.parts.tier;
  const found = new Map<number, number[]>();
  // No slot past these was written: looking at one would take a page for the table.
  slotsOf(host.pool.lease('one')!.table)
    .subarray(0, 1024)
    .forEach((entry, slot) => {
      if (!isBehind(entry)) return;
      const extent = extentOf(layout, tierPlaceOf(entry));
      found.set(extent, [...(found.get(extent) ?? []), slot]);
    });
  return found;
}

function offsetOf(host: TierHost, slot: number): number {
  const entry = slotsOf(host.pool.lease('one')!.table)[slot]!;
  return byteAt(host.keeper.parts.tier.layout, tierPlaceOf(entry));
}

/** Writes a page again and again until it is taken, as long as the keeper may rest at most. */
async function writtenInTheEnd(host: TierHost, slot: number): Promise<number> {
  let errno = FULL;
  for (const until = Date.now() + 30_000; errno !== 0 && Date.now() < until; ) {
    errno = await host.write('one', slot, rawPage(slot));
    if (errno !== 0) await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return errno;
}

describe.each(['EIO', 'ENOSPC'])('a device that answers %s to writes', (errno) => {
  test.each(['error', 'part'] as const)('keeps pages in the pool (%s)', async (kind) => {
    const host = openTierHost(memorySetup(), specs);
    await fillRaw(host, 'one', 0, 400);
    await host.rest();
    host.device.inject({ on: 'write', nth: 1, times: Number.POSITIVE_INFINITY, kind, errno });
    let taken = 400;
    while ((await host.write('one', taken, rawPage(taken))) === 0) taken += 1;
    expect(taken).toBeLessThan(700);
    expect(host.troubles.at(-1)).toBe(errno);
    // All that was there is there, pages behind included, and what was refused changed nothing.
    expect(await wrongRaw(host, 'one', 0, taken)).toEqual([]);
    expect(host.pages('one').state(taken)).toBe(HOLE_STATE);
    await checkTier(host, ['one']);
    host.device.heal();
    for (let slot = taken; slot < taken + 200; slot++) {
      expect(await writtenInTheEnd(host, slot)).toBe(0);
    }
    expect(host.troubles.at(-1)).toBe(null);
    expect(await wrongRaw(host, 'one', 0, taken + 200)).toEqual([]);
    await checkTier(host, ['one']);
    expect(host.damages).toEqual([]);
  });
});

test('a read that fails is that page’s alone, and works again when the device does', async () => {
  const host = openTierHost(memorySetup({ promotion: 'never' }), specs);
  await fillRaw(host, 'one', 0, 500);
  await host.rest();
  const behind = [...behindByExtent(host).values()].flat();
  host.device.inject({ on: 'read', nth: 1, times: Number.POSITIVE_INFINITY, kind: 'error' });
  const wrong = await wrongRaw(host, 'one', 0, 500);
  expect(wrong.map(([slot]) => slot)).toEqual(behind.sort((a, b) => a - b));
  expect(new Set(wrong.map(([, errno]) => errno))).toEqual(new Set([EIO]));
  expect(await host.writePart('one', behind[0]!, 7, rawPage(1).subarray(0, 9))).toBe(EIO);
  // Once each, however often it is asked for.
  expect(host.damages.map(({ slot }) => slot).sort((a, b) => a - b)).toEqual(behind);
  expect(await host.write('one', behind[1]!, rawPage(behind[1]!))).toBe(0);
  host.device.heal();
  expect(await wrongRaw(host, 'one', 0, 500)).toEqual([]);
  await checkTier(host, ['one']);
});

test.each([
  ['a flipped bit', (bytes: Uint8Array, at: number) => void (bytes[at + 700]! ^= 4), /checksum/],
  [
    'a flipped bit of its head',
    (bytes: Uint8Array, at: number) => void (bytes[at + 9]! ^= 1),
    /checksum/,
  ],
  ['zeroes', (bytes: Uint8Array, at: number) => void bytes.fill(0, at, at + 4120), /no record/],
  [
    'another page',
    (bytes: Uint8Array, at: number) => {
      const other = bytes.slice(at + 4160, at + 2 * 4160);
      bytes.set(other, at);
    },
    /another page/,
  ],
] as const)(
  '%s in place of a record is found and named, and no other page suffers',
  async (_, damage, says) => {
    const setup = memorySetup({ promotion: 'never' });
    const host = openTierHost(setup, specs);
    await fillRaw(host, 'one', 0, 500);
    await host.rest();
    const [extent, slots] = [...behindByExtent(host)].find(([, inIt]) => inIt.length > 4)!;
    slots.sort((a, b) => offsetOf(host, a) - offsetOf(host, b));
    const slot = slots[1]!;
    damage(setup.memory!.contents, offsetOf(host, slot));
    for (let round = 0; round < 2; round++) {
      expect(await wrongRaw(host, 'one', 0, 500)).toEqual([[slot, EIO]]);
    }
    const { index } = host.pool.lease('one')!;
    expect(host.damages).toMatchObject([{ leaseIndex: index, slot, extent }]);
    expect(host.damages[0]!.reason).toMatch(says);
    await checkTier(host, ['one'], { damaged: new Set([`one ${slot}`]) });
    // The same after a restart; written anew, the page is well.
    await host.stop();
    const again = openTierHost(setup, specs);
    expect(await wrongRaw(again, 'one', 0, 500)).toEqual([[slot, EIO]]);
    expect(again.damages).toMatchObject([{ slot, extent }]);
    expect(await again.write('one', slot, rawPage(slot))).toBe(0);
    expect(await wrongRaw(again, 'one', 0, 500)).toEqual([]);
    await checkTier(again, ['one']);
  },
);

test('a lost extent costs its pages and no other, also while others are cleaned', async () => {
  const setup = memorySetup({ promotion: 'never', tierBytes: 3 * MEBIBYTE });
  const host = openTierHost({ ...setup, memory: new MemoryDevice(3 * MEBIBYTE) }, specs);
  await fillRaw(host, 'one', 0, 500);
  await host.rest();
  const [extent, lost] = [...behindByExtent(host)].find(([, inIt]) => inIt.length > 4)!;
  const { layout } = host.keeper.parts.tier;
  const from = layout.firstAt + extent * layout.extentBytes;
  const contents = (host.setup.memory as MemoryDevice).contents;
  contents.fill(0, from, from + layout.extentBytes);
  const expected = lost.sort((a, b) => a - b).map((slot) => [slot, EIO]);
  expect(await wrongRaw(host, 'one', 0, 500)).toEqual(expected);
  expect(host.damages.every((damage) => damage.extent === extent)).toBe(true);
  // All but the lost ones and some are freed, so that extents are sparse, and more is written.
  const kept = [...lost];
  for (let slot = 0; slot < 500; slot++) {
    if (lost.includes(slot)) continue;
    if (slot % 4 === 0) kept.push(slot);
    else host.pages('one').trim(slot, 1);
  }
  await fillRaw(host, 'one', 500, 700);
  expect(host.figure('CLEANED_EXTENTS')).toBeGreaterThan(0);
  for (const slot of kept) {
    expect(await wrongRaw(host, 'one', slot, 1)).toEqual(lost.includes(slot) ? [[slot, EIO]] : []);
  }
  expect(await wrongRaw(host, 'one', 500, 700)).toEqual([]);
  await checkTier(host, ['one'], { damaged: new Set(lost.map((slot) => `one ${slot}`)) });
});

test('a file that is cut short answers EIO for what it lost, before and after a restart', async () => {
  const setup = tierSetup({ memoryBytes: MEBIBYTE, tierBytes: TIER_BYTES, promotion: 'never' });
  const host = openTierHost(setup, specs);
  await fillRaw(host, 'one', 0, 700);
  await host.rest();
  const extents = behindByExtent(host);
  const { layout } = host.keeper.parts.tier;
  const cutFrom = 20;
  truncateSync(setup.tierPath, layout.firstAt + cutFrom * layout.extentBytes);
  const lost = [...extents].flatMap(([extent, slots]) => (extent >= cutFrom ? slots : []));
  lost.sort((a, b) => a - b);
  expect(lost.length).toBeGreaterThan(20);
  const expected = lost.map((slot) => [slot, EIO]);
  expect(await wrongRaw(host, 'one', 0, 700)).toEqual(expected);
  await host.stop();
  expect(() =>
    openPool({ ...poolOptionsOf(setup), tier: tierOf(setup, { bytes: null }) }, specs),
  ).toThrow(expect.objectContaining({ code: 'TIER_SIZE' }));
  const again = openTierHost(setup, specs);
  expect(await wrongRaw(again, 'one', 0, 700)).toEqual(expected);
  expect(again.damages.map(({ slot }) => slot).sort((a, b) => a - b)).toEqual(lost);
  for (const slot of lost) expect(await again.write('one', slot, rawPage(slot))).toBe(0);
  expect(await wrongRaw(again, 'one', 0, 700)).toEqual([]);
  await checkTier(again, ['one']);
});

function tierOf(setup: TierSetup, changes: { bytes?: null; path?: string; isEncrypted?: boolean }) {
  const { tier } = poolOptionsOf(setup);
  if (tier === null || tier === 'lost') throw new Error('the setup has no tier');
  return { ...tier, ...changes };
}

test('a tier that is missing, another pool’s, or encrypted otherwise is refused, and nothing changes', async () => {
  const setup = tierSetup({ memoryBytes: MEBIBYTE, tierBytes: TIER_BYTES });
  const other = tierSetup({ memoryBytes: MEBIBYTE, tierBytes: TIER_BYTES });
  for (const one of [setup, other]) {
    const host = openTierHost(one, specs);
    await fillRaw(host, 'one', 0, 400);
    await host.stop();
  }
  const options = poolOptionsOf(setup);
  const before = readFileSync(other.tierPath);
  const refusals = [
    [null, 'STORE_TIER'],
    [tierOf(setup, { path: other.tierPath }), 'TIER_OWNER'],
    [tierOf(setup, { path: `${setup.tierPath}.none`, bytes: null }), 'TIER_FORMAT'],
    [tierOf(setup, { path: `${setup.tierPath}.none` }), 'TIER_FORMAT'],
    [tierOf(setup, { isEncrypted: true }), 'TIER_ENCRYPTION'],
  ] as const;
  for (const [tier, code] of refusals) {
    let found = 'nothing';
    try {
      openPool({ ...options, tier }, specs).pool.close();
    } catch (error) {
      found = (error as { code: string }).code;
    }
    rmSync(`${setup.tierPath}.none`, { force: true });
    expect([tier, found]).toEqual([tier, code]);
  }
  expect(readFileSync(other.tierPath).equals(before)).toBe(true);
  const again = openTierHost(setup, specs);
  expect(await wrongRaw(again, 'one', 0, 400)).toEqual([]);
  await checkTier(again, ['one']);
});

test('without its tier a pool serves what it has, and finds the rest when the tier is back', async () => {
  const setup = tierSetup({ memoryBytes: MEBIBYTE, tierBytes: TIER_BYTES });
  const host = openTierHost(setup, specs);
  await fillRaw(host, 'one', 0, 400);
  await host.rest();
  const behind = [...behindByExtent(host).values()].flat();
  await host.stop();
  const lost = new PoolHost(
    optionsFor(setup.directory, { memoryBytes: MEBIBYTE, tier: 'lost' }),
    specs,
  );
  for (let slot = 0; slot < 400; slot++) {
    const found = lost.read('one', slot);
    expect(found === null).toBe(behind.includes(slot));
    if (found !== null) expect(Buffer.compare(found, rawPage(slot))).toBe(0);
  }
  expect(lost.pool.usage().behindPages).toBe(behind.length);
  // A page that went can be written anew, a whole one, and freed.
  expect(lost.writePart('one', behind[0]!, 3, rawPage(0).subarray(0, 5))).toBe(EIO);
  lost.pages('one').trim(behind[1]!, 1);
  expect(lost.read('one', behind[1]!)?.every((byte) => byte === 0)).toBe(true);
  checkPool(lost.pool, ['one']);
  lost.pool.close();
  // It is said as long as slots name pages there: neither forgotten nor begun anew.
  expect(() => openPool(optionsFor(setup.directory, { memoryBytes: MEBIBYTE }), specs)).toThrow(
    expect.objectContaining({ code: 'STORE_TIER' }),
  );
  const again = openTierHost(setup, specs);
  expect(await wrongRaw(again, 'one', 0, 400)).toEqual([[behind[1]!, 'differs']]);
  await checkTier(again, ['one']);
});

test('an encrypted tier under another secret gives no page away', async () => {
  const setup = tierSetup({ memoryBytes: MEBIBYTE, tierBytes: TIER_BYTES, isEncrypted: true });
  const host = openTierHost(setup, specs);
  await fillRaw(host, 'one', 0, 400);
  await host.rest();
  const behind = [...behindByExtent(host).values()].flat().sort((a, b) => a - b);
  await host.stop();
  // Of no page's bytes eight in a row stand in the file.
  const tier = readFileSync(setup.tierPath);
  for (const slot of behind.slice(0, 20))
    expect(tier.includes(rawPage(slot).subarray(100, 108))).toBe(false);
  const identityPath = join(setup.directory, 'tier');
  const identity = readFileSync(identityPath);
  const secret = identity.subarray(identity.length - 32);
  writeFileSync(
    identityPath,
    Buffer.concat([identity.subarray(0, -32), Buffer.from(secret).reverse()]),
  );
  const other = openTierHost(setup, specs);
  expect(await wrongRaw(other, 'one', 0, 400)).toEqual(behind.map((slot) => [slot, EIO]));
  expect(other.damages[0]!.reason).toMatch(/decrypted/);
  await other.stop();
  writeFileSync(identityPath, identity);
  const again = openTierHost(setup, specs);
  expect(await wrongRaw(again, 'one', 0, 400)).toEqual([]);
  await checkTier(again, ['one']);
});

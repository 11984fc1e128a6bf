// Every kind of page goes behind the pool and comes back, whatever it is kept by, encrypted or not,
// and whether or not it comes to stand in the pool again.

import { type CodecName, codecIds } from '@pagelend/codec';
import { policies as allPolicies, observationOf, optionsOf } from '@pagelend/policies';
import { expect, test } from 'vitest';
import { isBehind } from '../../src/entry.ts';
import { promotions } from '../../src/index.ts';
import { slotsOf } from '../../src/slot-table.ts';
import { makePage, pageKinds, randomFrom } from '../fixtures/pages.mjs';
import { fillRaw, wrongRaw } from '../helpers/behind.ts';
import { isEqual, leaseSpec, MEBIBYTE, SEED } from '../helpers/pool-host.ts';
import { openTierHost, type TierHost, tierSetup } from '../helpers/tier-host.ts';
import { checkTier } from '../helpers/tier-invariants.ts';

const SLOT_COUNT = 1200;
const specs = [leaseSpec('one', SLOT_COUNT)];
const codecs = Object.keys(codecIds) as CodecName[];
const ways = codecs.flatMap((codec) =>
  [false, true].map((isEncrypted) => ({ codec, isEncrypted })),
);

function openWith(changes: Parameters<typeof tierSetup>[0]): TierHost | string {
  try {
    return openTierHost(tierSetup({ memoryBytes: MEBIBYTE, ...changes }), specs);
  } catch (error) {
    return String(error);
  }
}

test.each(ways)('pages of every kind come back, $codec, encrypted: $isEncrypted', async (way) => {
  const host = openWith(way);
  if (typeof host === 'string') {
    // Only a library of the system can be missing.
    expect(way.codec).not.toBe('lzo');
    return;
  }
  const random = randomFrom(SEED);
  const pages = Array.from({ length: SLOT_COUNT }, (_, slot) =>
    makePage(pageKinds[slot % pageKinds.length]!, random),
  );
  for (const [slot, page] of pages.entries()) expect(await host.write('one', slot, page)).toBe(0);
  await checkTier(host, ['one']);
  // What repeats one 64-bit word goes as well; what repeats 16 bits stands in its slot.
  expect(host.pool.usage().behindPages).toBeGreaterThan(SLOT_COUNT / 8);
  for (let round = 0; round < 2; round++) {
    for (const [slot, page] of pages.entries()) {
      const found = await host.read('one', slot);
      if (typeof found === 'number' || !isEqual(found, page)) throw new Error(`slot ${slot}`);
    }
    await checkTier(host, ['one']);
  }
  const again = await reopened(host);
  for (const [slot, page] of pages.entries()) {
    const found = await again.read('one', slot);
    if (typeof found === 'number' || !isEqual(found, page)) throw new Error(`slot ${slot} again`);
  }
  await checkTier(again, ['one']);
});

async function reopened(host: TierHost): Promise<TierHost> {
  await host.stop();
  return openTierHost(host.setup, specs);
}

test.each(promotions)(
  'pages come to stand in the pool again as the rule says: %s',
  async (promotion) => {
    const host = openTierHost(
      tierSetup({ memoryBytes: MEBIBYTE, promotion, policy: 'lru' }),
      specs,
    );
    await fillRaw(host, 'one', 0, 300);
    await host.rest();
    // Some room, or nothing could come back.
    host.pages('one').trim(200, 100);
    const slots = slotsOf(host.pool.lease('one')!.table).subarray(0, 200);
    const behind = [...slots.keys()].filter((slot) => isBehind(slots[slot]!)).slice(0, 20);
    expect(behind.length).toBe(20);
    const promoted = [];
    for (let round = 0; round < 3; round++) {
      for (const slot of behind) expect(await wrongRaw(host, 'one', slot, 1)).toEqual([]);
      await checkTier(host, ['one']);
      promoted.push(host.figure('PROMOTED_PAGES'));
    }
    const expected = { always: [20, 20, 20], second: [0, 20, 20], never: [0, 0, 0] };
    expect(promoted).toEqual(expected[promotion]);
  },
);

test('a page whose copy is good leaves without a write', async () => {
  const host = openTierHost(tierSetup({ memoryBytes: MEBIBYTE, policy: 'fifo' }), specs);
  await fillRaw(host, 'one', 0, 400);
  // Once around, and each page has been written.
  for (let round = 0; round < 2; round++) expect(await wrongRaw(host, 'one', 0, 400)).toEqual([]);
  await host.rest();
  const writtenBytes = host.figure('DEVICE_WRITE_BYTES');
  const { cleanLeavings } = host.pool.usage();
  for (let round = 0; round < 2; round++) expect(await wrongRaw(host, 'one', 0, 400)).toEqual([]);
  await checkTier(host, ['one']);
  expect(host.figure('DEVICE_WRITE_BYTES')).toBe(writtenBytes);
  expect(host.pool.usage().cleanLeavings).toBeGreaterThan(cleanLeavings + 300);
});

const observers = allPolicies.filter(
  (definition) => observationOf(definition, optionsOf(definition, [])) !== 'future',
);

test.each(observers.map(({ name }) => name))('%s picks what leaves', async (policy) => {
  const host = openTierHost(tierSetup({ memoryBytes: MEBIBYTE, policy }), specs);
  await fillRaw(host, 'one', 0, 350);
  const random = randomFrom(SEED);
  for (let i = 0; i < 600; i++) {
    const slot = Math.floor(random() ** 2 * 350);
    const choice = random();
    if (choice < 0.6) expect(await wrongRaw(host, 'one', slot, 1)).toEqual([]);
    else if (choice < 0.9) await fillRaw(host, 'one', slot, 1);
    else {
      host.pages('one').trim(slot, 1);
      await fillRaw(host, 'one', slot, 1);
    }
    if (i % 200 === 0) await checkTier(host, ['one']);
  }
  expect(await wrongRaw(host, 'one', 0, 350)).toEqual([]);
  await checkTier(host, ['one']);
  expect(host.pool.usage().behindPages).toBeGreaterThan(50);
});

// What a lender with a keeper leaves is sound, stopped in order or killed, and however its pages went
// between pool and tier.

import { expect, test } from 'vitest';
import { anyPage, randomFrom } from '../fixtures/pages.mjs';
import { leaseSpec, SEED } from '../helpers/pool-host.ts';
import { openTierHost, tierSetup } from '../helpers/tier-host.ts';
import { checkKept } from './kept.ts';

const SLOTS = 3000;
const specs = [leaseSpec('one', SLOTS), leaseSpec('two', SLOTS)];

test.each([
  { isEncrypted: false, ends: 'stop' },
  { isEncrypted: true, ends: 'stop' },
  { isEncrypted: false, ends: 'crash' },
  { isEncrypted: true, ends: 'crash' },
] as const)('a keeper that filled its tier: %o', async ({ isEncrypted, ends }) => {
  const setup = tierSetup({ isEncrypted });
  const host = openTierHost(setup, specs);
  const random = randomFrom(SEED);
  for (let round = 0; round < 4000; round++) {
    const id = random() < 0.7 ? 'one' : 'two';
    const slot = Math.floor(random() * SLOTS);
    const choice = random();
    if (choice < 0.05) host.pages(id).trim(slot, 1);
    else if (choice < 0.3) await host.read(id, slot);
    else await host.write(id, slot, anyPage(random));
  }
  await host[ends]();
  const kept = { directory: setup.directory, owner: 'a test', specs, tierPath: setup.tierPath };
  const { findings, pool } = await checkKept(kept);
  expect(findings).toEqual([]);
  expect(pool.tier!.readBytes).toBeGreaterThan(0);
  expect(pool.leases[0]!.pagesBehind).toBeGreaterThan(100);
  expect(pool.leases[0]!.pagesInPool).toBeGreaterThan(100);
});

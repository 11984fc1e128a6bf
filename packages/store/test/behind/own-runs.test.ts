// Numbers of pages whose leases have policies of their own are apart, however the pages come: arrays of
// a policy take memory where it has numbers, and each would take all of it otherwise.

import { expect, test } from 'vitest';
import { RUN_NUMBERS } from '../../src/behind/number-runs.ts';
import { PAGE_BYTES } from '../../src/layout.ts';
import { leaseSpec, MEBIBYTE } from '../helpers/pool-host.ts';
import { openTierHost, type TierHost, tierSetup } from '../helpers/tier-host.ts';
import { checkTier } from '../helpers/tier-invariants.ts';

/** So many that a lease needs two runs, and all three of them half of those that there are. */
const PAGE_COUNT = RUN_NUMBERS + 200;
const MEMORY_BYTES = 24 * MEBIBYTE;
const LIMIT_BYTES = MEMORY_BYTES;
const ids = ['one', 'two', 'three'];

/** Pages of all leases in turn; each shrinks to little. */
async function fill(host: TierHost): Promise<void> {
  const page = new Uint8Array(PAGE_BYTES);
  for (let slot = 0; slot < PAGE_COUNT; slot++) {
    page[slot % 7] = 1 + (slot % 200);
    for (const id of ids) expect(await host.write(id, slot, page)).toBe(0);
  }
  await host.rest();
}

function runsOf(host: TierHost, id: string): number[] {
  const { leases, residents } = host.keeper.parts;
  const lease = leases.get(host.pool.lease(id)!.index)!;
  const runs = new Set<number>();
  for (let slot = 0; slot < PAGE_COUNT; slot++) {
    const number = residents.find(lease, slot);
    if (number >= 0) runs.add(Math.floor(number / RUN_NUMBERS));
  }
  return [...runs];
}

/** How many runs all of them have; fails where two have one. */
function countApart(host: TierHost): number {
  const runs = ids.flatMap((id) => runsOf(host, id));
  expect(new Set(runs).size).toBe(runs.length);
  return runs.length;
}

test('leases with policies of their own have runs of their own', async () => {
  const setup = tierSetup({ memoryBytes: MEMORY_BYTES, isShared: true });
  const host = openTierHost(
    setup,
    ids.map((id) => leaseSpec(id, PAGE_COUNT)),
  );
  await fill(host);
  expect(countApart(host)).toBe(2 * ids.length);
  await checkTier(host, ids);
});

test('a lease that is given a limit takes its pages out of the runs of all', async () => {
  const setup = tierSetup({ memoryBytes: MEMORY_BYTES });
  const host = openTierHost(
    setup,
    ids.map((id) => leaseSpec(id, PAGE_COUNT)),
  );
  await fill(host);
  // All three share every run.
  expect(new Set(ids.flatMap((id) => runsOf(host, id))).size).toBe(4);
  expect(runsOf(host, 'one').length).toBe(4);
  for (const id of ids) host.pool.lease(id)!.setLimit(LIMIT_BYTES);
  await host.rest();
  expect(countApart(host)).toBe(2 * ids.length);
  await checkTier(host, ids);
  // Back among all, they leave room for others.
  for (const id of ids) host.pool.lease(id)!.setLimit(null);
  await host.rest();
  expect(new Set(ids.flatMap((id) => runsOf(host, id))).size).toBe(4);
  await checkTier(host, ids);
});

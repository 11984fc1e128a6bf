// What a tier's file takes of its file system follows what it holds, once nothing is written.

import { statSync } from 'node:fs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { fillRaw, rawPage, wrongRaw } from '../helpers/behind.ts';
import { leaseSpec, MEBIBYTE } from '../helpers/pool-host.ts';
import { openTierHost, type TierHost, tierSetup } from '../helpers/tier-host.ts';
import { checkTier } from '../helpers/tier-invariants.ts';

const CALM_MS = 11_000;
const BLOCK_BYTES = 512;
const specs = [leaseSpec('one', 2000)];

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

async function pass(host: TierHost, milliseconds: number): Promise<void> {
  vi.advanceTimersByTime(milliseconds);
  await host.rest();
}

test('extents that are free give their space back after a calm, and no others do', async () => {
  const setup = tierSetup({ memoryBytes: MEBIBYTE, tierBytes: 8 * MEBIBYTE });
  const host = openTierHost(setup, specs);
  const takenBytes = () => statSync(setup.tierPath).blocks * BLOCK_BYTES;
  const emptyBytes = takenBytes();
  await fillRaw(host, 'one', 0, 1200);
  await host.rest();
  const fullBytes = takenBytes();
  expect(fullBytes).toBeGreaterThan(emptyBytes + 3 * MEBIBYTE);
  // All but the last ones are freed.
  host.pages('one').trim(0, 1000);
  await pass(host, CALM_MS / 2);
  expect(takenBytes()).toBe(fullBytes);
  // So many steps, so that one keeper's turn is short.
  await pass(host, CALM_MS);
  const firstBytes = takenBytes();
  expect(firstBytes).toBeLessThan(fullBytes);
  for (let step = 0; step < 10; step++) await pass(host, CALM_MS);
  expect(takenBytes()).toBeLessThan(firstBytes);
  expect(takenBytes()).toBeLessThan(emptyBytes + 1.5 * MEBIBYTE);
  expect(await wrongRaw(host, 'one', 1000, 200)).toEqual([]);
  await checkTier(host, ['one']);
  // What was given back is written anew.
  await fillRaw(host, 'one', 0, 1000);
  expect(await wrongRaw(host, 'one', 0, 1200)).toEqual([]);
  expect(await host.read('one', 999)).toEqual(rawPage(999));
  await checkTier(host, ['one']);
});

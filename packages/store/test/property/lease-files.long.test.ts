// Files of random damage: whatever they say, they are refused or restored as what they are, and the
// pool is sound afterwards.

import { expect, test } from 'vitest';
import { StoreError } from '../../src/errors.ts';
import { PAGE_BYTES } from '../../src/layout.ts';
import { checkPool } from '../helpers/invariants.ts';
import { SEED, temporaryDirectory } from '../helpers/pool-host.ts';
import { fileOf, LEASE, openPool, pageKinds, pageOf, restore } from './lease-files.ts';

const ROUNDS = 3000;
const SLOTS = 500;

test('fuzzed files are refused, and harm nothing', { timeout: 900_000 }, async () => {
  const source = openPool(temporaryDirectory(), 'lzo', SLOTS);
  for (let slot = 0; slot < SLOTS; slot += 1 + (slot % 3)) {
    source.write(LEASE, slot, pageOf(pageKinds[slot % pageKinds.length]!, slot));
  }
  const file = fileOf(source);
  const target = openPool(temporaryDirectory(), 'lzo', SLOTS);
  let state = SEED;
  const below = (bound: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
  let refused = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const fuzzed = Buffer.from(file.subarray(0, below(4) === 0 ? below(file.length) : file.length));
    for (let i = 0; i <= below(6); i++) fuzzed[below(fuzzed.length)] = below(256);
    try {
      await restore(fuzzed, target, 1 + below(50_000));
    } catch (error) {
      expect(error).toBeInstanceOf(StoreError);
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(ROUNDS * 0.9);
  for (let slot = 0; slot < SLOTS; slot++) {
    expect(target.read(LEASE, slot)?.length).toBe(PAGE_BYTES);
  }
  checkPool(target.pool, [LEASE]);
});

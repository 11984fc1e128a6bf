// Churn is the test of an allocator: pages overwritten in any order, with other lengths, must not
// leave the pool much larger than a fresh one of the same pages. Counted, never timed.

import { expect, test } from 'vitest';
import { makePage, randomFrom } from '../fixtures/pages.mjs';
import { checkPool } from '../helpers/invariants.ts';
import {
  leaseSpec,
  MEBIBYTE,
  openHost,
  optionsFor,
  type PoolHost,
  SEED,
  temporaryDirectory,
} from '../helpers/pool-host.ts';

const SLOT_COUNT = 24_000;
const ROUNDS = 2;

/** Pages whose lengths are spread as those of real memory are: many around a few lengths. */
function realisticPage(random: () => number): Uint8Array {
  const page = makePage('zero', random);
  const mean = [300, 900, 1400, 2100][Math.floor(random() * 4)]!;
  const count = Math.floor(mean * (0.8 + 0.4 * random()));
  for (let i = 0; i < count; i++) page[i] = 1 + Math.floor(random() * 255);
  return page;
}

function housekeep({ pool }: PoolHost): void {
  // Each sweep takes what the one before has made possible; it ends when nothing moves.
  for (let moved = -1; moved !== pool.usage().pagesCompacted; ) {
    moved = pool.usage().pagesCompacted;
    pool.compactNow();
  }
}

test('after churn the pool takes at most a tenth more than before', () => {
  const options = optionsFor(temporaryDirectory(), { memoryBytes: 256 * MEBIBYTE });
  const host = openHost(options, [leaseSpec('one', SLOT_COUNT)]);
  const random = randomFrom(SEED);
  for (let slot = 0; slot < SLOT_COUNT; slot++) host.write('one', slot, realisticPage(random));
  const before = host.pool.usage();
  for (let i = 0; i < SLOT_COUNT * ROUNDS; i++) {
    const slot = Math.floor(random() * SLOT_COUNT);
    if (random() < 0.1) host.pages('one').trim(slot, 1);
    else host.write('one', slot, realisticPage(random));
  }
  for (let slot = 0; slot < SLOT_COUNT; slot++) {
    if (host.pages('one').state(slot) === 3) host.write('one', slot, realisticPage(random));
  }
  checkPool(host.pool, ['one']);
  housekeep(host);
  checkPool(host.pool, ['one']);
  const after = host.pool.usage();
  expect(after.storedPages).toBe(before.storedPages);
  expect(after.memUsedBytes / before.memUsedBytes).toBeLessThan(1.1);
});

test('a pool that has emptied mostly gives its memory back', () => {
  const host = openHost(optionsFor(temporaryDirectory(), { memoryBytes: 256 * MEBIBYTE }), [
    leaseSpec('one', SLOT_COUNT),
  ]);
  const random = randomFrom(SEED);
  for (let slot = 0; slot < SLOT_COUNT; slot++) host.write('one', slot, realisticPage(random));
  const before = host.pool.usage();
  for (let slot = 0; slot < SLOT_COUNT; slot++) {
    if (random() < 0.9) host.pages('one').trim(slot, 1);
  }
  const freed = host.pool.usage();
  expect(freed.memUsedBytes).toBeGreaterThan(before.memUsedBytes / 2);
  housekeep(host);
  checkPool(host.pool, ['one']);
  expect(host.pool.usage().memUsedBytes).toBeLessThan(before.memUsedBytes / 4);
});

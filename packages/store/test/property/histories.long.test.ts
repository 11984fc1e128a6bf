// Random histories of a pool, more and longer than the ordinary tests have.

import fc from 'fast-check';
import { test } from 'vitest';
import { SEED, temporaryDirectory } from '../helpers/pool-host.ts';
import { History } from './histories.ts';

const scenarios = fc.record({
  seed: fc.nat(),
  operationCount: fc.constantFrom(500, 3000, 10_000),
  slotCountMax: fc.constantFrom(30, 2000, 9000),
  leaseCountMax: fc.integer({ min: 1, max: 12 }),
});

test('a pool equals its plain twin over long histories', { timeout: 1_200_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(scenarios, (scenario) => new History(scenario, temporaryDirectory()).run()),
    { seed: SEED, numRuns: 150, endOnFailure: true },
  );
});

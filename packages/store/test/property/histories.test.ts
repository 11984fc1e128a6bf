// Random histories of a pool: short, since a long run of the same is in the file beside.

import fc from 'fast-check';
import { test } from 'vitest';
import { SEED, temporaryDirectory } from '../helpers/pool-host.ts';
import { History } from './histories.ts';

const scenarios = fc.record({
  seed: fc.nat(),
  operationCount: fc.constantFrom(60, 400, 900),
  slotCountMax: fc.constantFrom(9, 300, 3000),
  leaseCountMax: fc.integer({ min: 1, max: 5 }),
});

test('a pool equals its plain twin, whatever is done to it', async () => {
  await fc.assert(
    fc.asyncProperty(scenarios, (scenario) => new History(scenario, temporaryDirectory()).run()),
    { seed: SEED, numRuns: 25, endOnFailure: true },
  );
});

// Random histories of a pool with a tier: short, since a long run of the same is in the file beside.

import fc from 'fast-check';
import { test } from 'vitest';
import { SEED } from '../helpers/pool-host.ts';
import { TierHistory } from './tier-histories.ts';
import { tierScenarios } from './tier-scenarios.ts';

test('a pool with a tier equals a plain map, whatever is done to it', async () => {
  const scenarios = tierScenarios({ operationCounts: [30, 60, 120], slotCounts: [50, 400, 900] });
  await fc.assert(
    fc.asyncProperty(scenarios, (scenario) => new TierHistory(scenario).run()),
    { seed: SEED, numRuns: 100, endOnFailure: true },
  );
});

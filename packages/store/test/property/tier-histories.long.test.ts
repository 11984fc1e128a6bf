// Random histories of a pool with a tier, thousands, and longer than the ordinary tests have.

import fc from 'fast-check';
import { test } from 'vitest';
import { SEED } from '../helpers/pool-host.ts';
import { TierHistory } from './tier-histories.ts';
import { tierScenarios } from './tier-scenarios.ts';

const seeds = Array.from({ length: 8 }, (_, index) => SEED + index);

test.each(seeds)(
  'a pool with a tier equals a plain map, seed %i',
  { timeout: 3_600_000 },
  async (seed) => {
    const scenarios = tierScenarios({
      operationCounts: [60, 150, 600],
      slotCounts: [60, 500, 1500, 3000],
    });
    await fc.assert(
      fc.asyncProperty(scenarios, (scenario) => new TierHistory(scenario).run()),
      { seed, numRuns: 300, endOnFailure: true },
    );
  },
);

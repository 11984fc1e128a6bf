// Kills a process that works on a pool, two dozen times.

import { expect, test } from 'vitest';
import { SEED } from '../helpers/pool-host.ts';
import { killAgainAndAgain } from './killing.ts';

test('what was acknowledged is there after kill -9', async () => {
  expect(await killAgainAndAgain(SEED, 24)).toBeGreaterThan(24);
});

// Kills a process that works on a pool, hundreds of times.

import { expect, test } from 'vitest';
import { SEED } from '../helpers/pool-host.ts';
import { killAgainAndAgain } from './killing.ts';

test.each([1, 2, 3])('pages survive kills, seed %i', { timeout: 900_000 }, async (more) => {
  expect(await killAgainAndAgain(SEED + more, 150)).toBeGreaterThan(150);
});

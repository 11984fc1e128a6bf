// The same as the ordinary test of threads, many times longer.

import { test } from 'vitest';
import { SEED } from '../helpers/pool-host.ts';
import { hammer } from './hammering.ts';

const seeds = Array.from({ length: 4 }, (_, index) => SEED + 100 * index);
const operationCount = 400_000;

test.each(seeds)('pages stay whole, seed %i', { timeout: 600_000 }, (seed) =>
  hammer({ seed, operationCount, slotCount: 3000, hotShare: 0.7, levelCount: 120 }),
);

test.each(seeds)('pages stay whole while they move, seed %i', { timeout: 600_000 }, (seed) =>
  hammer({ seed, operationCount, slotCount: 250, hotShare: 0.2, levelCount: 2 }),
);

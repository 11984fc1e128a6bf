// The same as the ordinary test of threads, many times longer.

import { test } from 'vitest';
import { SEED } from '../helpers/pool-host.ts';
import { hammer } from './hammering.ts';

const seeds = Array.from({ length: 6 }, (_, index) => SEED + 100 * index);

test.each(seeds)('pages stay whole, seed %i', { timeout: 600_000 }, (seed) =>
  hammer(seed, 500_000),
);

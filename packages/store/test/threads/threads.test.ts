// Three threads on the same slots: every page that is read is whole and of the slot that was asked.

import { test } from 'vitest';
import { SEED } from '../helpers/pool-host.ts';
import { hammer } from './hammering.ts';

test('pages stay whole and in their slots while threads meet', () =>
  hammer({ seed: SEED, operationCount: 30_000, slotCount: 3000, hotShare: 0.7, levelCount: 120 }));

test('pages stay whole while compaction moves them', () =>
  hammer({ seed: SEED, operationCount: 60_000, slotCount: 250, hotShare: 0, levelCount: 2 }));

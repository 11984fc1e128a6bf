// Three threads on the same slots: every page that is read is whole and of the slot that was asked.

import { test } from 'vitest';
import { SEED } from '../helpers/pool-host.ts';
import { hammer } from './hammering.ts';

test('pages stay whole and in their slots while threads meet', () => hammer(SEED, 40_000));

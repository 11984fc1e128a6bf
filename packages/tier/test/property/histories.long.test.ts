// Many and longer random histories of the log.

import { test } from 'vitest';
import { kinds, runHistories } from './histories.ts';

test.each(kinds)(
  'histories, encrypted: $isEncrypted, bits flip: $isSilent',
  async (kind) => {
    await runHistories(kind, { firstSeed: 1000, count: 60, operationCount: 600 });
  },
  1_200_000,
);

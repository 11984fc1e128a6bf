// One pass against a simulation at each of a dozen sizes, over every shipped recording whole.

import { test } from 'vitest';
import { expectDozenSizes, load } from './recordings.ts';

test.each(['awk', 'diff', 'perl', 'sort', 'sqlite3'])('%s', async (name) => {
  await expectDozenSizes(await load(name), 5_000_001);
});

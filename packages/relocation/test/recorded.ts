// A real run's result, trimmed: what the default run of this machine gave, with every fifth sample.

import { readFileSync } from 'node:fs';
import type { RelocationResult } from '../src/experiment/result.ts';

export const recorded: RelocationResult = JSON.parse(
  readFileSync(new URL('fixtures/default-run.json', import.meta.url), 'utf8'),
);

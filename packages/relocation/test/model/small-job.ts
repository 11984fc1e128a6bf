// A small recording for tests of the model: made up, since decoding a real one takes seconds.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { synthTrace } from '@pagelend/trace';
import { afterAll } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'pagelend-model-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The path of a trace with a hot part, a loop and pages that are never written. */
export async function smallJob(): Promise<string> {
  const output = join(folder, 'job.plt');
  const spec = {
    references: 60_000,
    seed: 1,
    parts: [
      { pattern: 'zipf', pages: 500, writablePages: 0.8 },
      { pattern: 'loop', pages: 100, writablePages: 0.5 },
    ],
  } as const;
  await synthTrace({ spec, output });
  return output;
}

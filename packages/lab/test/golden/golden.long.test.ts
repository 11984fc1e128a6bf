// Golden counts of all shipped recordings, and the slow twins over the whole of sort.plt: minutes.

import { describe, expect, test } from 'vitest';
import { expectGolden, load, readGolden, referencesOf, twins } from './golden.ts';

const LONG_MS = 1_200_000;

test.each(['diff', 'sqlite3', 'perl', 'awk'])(
  'every policy counts on %s.plt what it always did',
  expectGolden,
  LONG_MS,
);

describe('the twins count the golden figures over the whole of sort.plt', async () => {
  const trace = await load('sort');
  const { counts, frames } = readGolden('sort');
  test.each(Object.entries(twins))(
    '%s',
    (spec, newTwin) => {
      for (const [i, frameCount] of frames.entries()) {
        const twin = newTwin(frameCount).run(referencesOf(trace));
        expect([frameCount, twin.faults, twin.writebacks]).toEqual([
          frameCount,
          ...counts[spec]![i]!,
        ]);
      }
    },
    LONG_MS,
  );
});

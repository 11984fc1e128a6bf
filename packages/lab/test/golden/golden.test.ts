// Golden counts of one shipped recording, and their confirmation by the slow twins of the policies
// over its start. golden.long.test.ts has the other recordings, and the twins over this one whole.

import { describe, expect, test } from 'vitest';
import { simulationOf } from '../helpers.ts';
import { expectGolden, load, referencesOf, twins } from './golden.ts';

const PREFIX_REFERENCES = 2_000_000;

test('every policy counts on sort.plt what it always did', () => expectGolden('sort'));

describe('the twins count the same over the start of sort.plt', async () => {
  const trace = await load('sort');
  const packed = new Uint32Array(trace.buffer, 0, PREFIX_REFERENCES).slice();
  test.each(Object.entries(twins))('%s', (spec, newTwin) => {
    for (const frames of [40, 90]) {
      const last = [[trace.pageCount - 1, 0]] as const;
      const simulation = simulationOf(spec, last, { frames });
      simulation.run(packed);
      const twin = newTwin(frames).run(referencesOf(trace, PREFIX_REFERENCES));
      expect(simulation.counts).toMatchObject({
        faults: twin.faults,
        writebacks: twin.writebacks,
      });
      // Enough happens for this to mean something.
      expect(twin.writebacks).toBeGreaterThan(50);
    }
  });
});

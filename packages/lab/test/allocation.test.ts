// Replaying allocates nothing per reference or per fault: the young generation is not collected
// while millions of references go by. One small object per reference would fill it many times over.

import { Simulation } from '@pagelend/lab';
import { observationOf, optionsOf, policies } from '@pagelend/policies';
import { synthesize } from '@pagelend/trace';
import { expect, test } from 'vitest';
import { fewestCollections } from '../../../tests/collections.ts';

const PAGES = 6000;
const FRAMES = 2000;
/** The young generation holds 16 MiB or more: at 16 bytes a reference it would fill 4 times. */
const REFERENCES = 4_000_000;
const COLLECTIONS_MAX = 1;
/** Runs of the trace in all: MIN's future must reach that far. */
const RUNS_MAX = 6;

const chunks = [
  ...synthesize({
    references: REFERENCES,
    seed: 3,
    parts: [
      { pattern: 'zipf', pages: PAGES - 1000, weight: 4 },
      { pattern: 'loop', pages: 1000 },
    ],
  }),
].map((chunk) => chunk.slice());

test.each(policies.map(({ name }) => name))('%s allocates nothing per reference', async (name) => {
  const definition = policies.find((policy) => policy.name === name)!;
  const options = optionsOf(definition, new Map());
  const needsFuture = observationOf(definition, options) === 'future';
  const simulation = new Simulation({
    definition,
    options,
    frames: FRAMES,
    costs: { read: 1, write: 4 },
    pageCount: PAGES,
    nextUse: needsFuture ? new Int32Array(RUNS_MAX * REFERENCES) : undefined,
  });
  // Once for lists to grow and for the engine to optimise, then to be watched.
  const run = () => {
    for (const chunk of chunks) simulation.run(chunk);
  };
  run();
  const faultsBefore = simulation.counts.faults;
  const fewest = await fewestCollections(run, COLLECTIONS_MAX);
  expect(simulation.counts.faults - faultsBefore).toBeGreaterThan(10_000);
  expect(fewest).toBeLessThanOrEqual(COLLECTIONS_MAX);
});

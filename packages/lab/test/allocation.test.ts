// Replaying allocates nothing per reference or per fault: the young generation is not collected
// while millions of references go by. One small object per reference would fill it many times over.

import { constants, PerformanceObserver } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { Simulation } from '@pagelend/lab';
import { observationOf, optionsOf, policies } from '@pagelend/policies';
import { synthesize } from '@pagelend/trace';
import { expect, test } from 'vitest';

const PAGES = 6000;
const FRAMES = 2000;
/** The young generation holds 16 MiB or more: at 16 bytes a reference it would fill 4 times. */
const REFERENCES = 4_000_000;
const COLLECTIONS_MAX = 1;
const ROUNDS_MAX = 4;
/** Collections are told of some time after they happened. */
const OBSERVER_MS = 200;

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
    nextUse: needsFuture ? new Int32Array((ROUNDS_MAX + 1) * REFERENCES) : undefined,
  });
  // Once for lists to grow and for the engine to optimise, then to be watched. It may optimise later
  // on a busy machine, so the best of some rounds counts: what allocates does so in all of them.
  for (const chunk of chunks) simulation.run(chunk);
  let fewest = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS_MAX && fewest > COLLECTIONS_MAX; round++) {
    const faultsBefore = simulation.counts.faults;
    const collections = await collectionsDuring(() => {
      for (const chunk of chunks) simulation.run(chunk);
    });
    expect(simulation.counts.faults - faultsBefore).toBeGreaterThan(10_000);
    fewest = Math.min(fewest, collections);
  }
  expect(fewest).toBeLessThanOrEqual(COLLECTIONS_MAX);
});

/** Collections of the young generation while `work` runs. */
async function collectionsDuring(work: () => void): Promise<number> {
  let collections = 0;
  const observer = new PerformanceObserver((list) => {
    collections += list.getEntries().filter((entry) => {
      const { kind } = (entry as unknown as { detail: { kind: number } }).detail;
      return kind === constants.NODE_PERFORMANCE_GC_MINOR;
    }).length;
  });
  observer.observe({ entryTypes: ['gc'] });
  work();
  await wait(OBSERVER_MS);
  observer.disconnect();
  return collections;
}

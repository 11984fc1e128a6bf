// How often the young generation is collected while something runs: what tells that a hot path makes
// no objects.

import { constants, PerformanceObserver } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';

/** Collections are told of some time after they happened. */
const OBSERVER_MS = 200;
const ROUNDS_MAX = 5;

/**
 * The fewest collections in some rounds of `work`, which ends once there are at most `enough`. On a
 * busy machine the engine optimises late, and what makes objects does so in every round.
 */
export async function fewestCollections(work: () => void, enough: number): Promise<number> {
  let fewest = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS_MAX && fewest > enough; round++) {
    fewest = Math.min(fewest, await collectionsDuring(work));
  }
  return fewest;
}

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

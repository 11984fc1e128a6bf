// Threads that hammer the slots of two leases while this one compacts and measures; then the pool at
// rest is checked, and what it counted is compared with what a restart counts anew.

import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { expect } from 'vitest';
import { checkEmpty, checkPool } from '../helpers/invariants.ts';
import { leaseSpec, openHost, optionsFor, temporaryDirectory } from '../helpers/pool-host.ts';

const THREAD_COUNT = 3;
const fixture = fileURLToPath(new URL('../fixtures/hammer.mjs', import.meta.url));

export interface Load {
  readonly seed: number;
  readonly operationCount: number;
  readonly slotCount: number;
  /** How often a thread chooses one of the few slots that all threads meet. */
  readonly hotShare: number;
  /** How many lengths pages have: with few, compaction moves them all the time. */
  readonly levelCount: number;
}

/** Runs the load on a pool of its own, and throws where anything is wrong. */
export async function hammer(load: Load): Promise<void> {
  const specs = [leaseSpec('one', load.slotCount), leaseSpec('two', 200)];
  const options = optionsFor(temporaryDirectory(), { threadCountMax: THREAD_COUNT });
  const host = openHost(options, specs);
  const { pool } = host;
  const tables = specs.map(({ id }) => pool.lease(id)!.table);
  let running = THREAD_COUNT;
  const failures: unknown[] = [];
  const workers = Array.from({ length: THREAD_COUNT }, (_, index) => {
    const worker = new Worker(fixture, {
      workerData: {
        attachment: pool.attachment,
        tables,
        thread: index + 1,
        threadCount: THREAD_COUNT,
        ...load,
      },
    });
    worker.on('error', (error) => failures.push(error));
    worker.on('exit', () => {
      running -= 1;
    });
    return once(worker, 'exit');
  });
  while (running > 0) {
    pool.compactNow();
    const { memUsedBytes, memLimitBytes } = pool.usage();
    expect(memUsedBytes).toBeLessThanOrEqual(memLimitBytes);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(workers);
  expect(failures).toEqual([]);
  const ids = ['one', 'two'];
  checkPool(pool, ids);
  const before = pool.usage();
  expect(before.failedReads + before.failedWrites).toBe(0);
  expect(before.pagesCompacted).toBeGreaterThan(0);
  const again = host.reopen(specs);
  checkPool(again.pool, ids);
  const after = again.pool.usage();
  for (const name of ['storedPages', 'samePages', 'hugePages', 'comprDataBytes'] as const) {
    expect([name, after[name]]).toEqual([name, before[name]]);
  }
  for (const id of ids) await again.pool.deleteLease(id);
  checkEmpty(again.pool);
  again.pool.close();
}

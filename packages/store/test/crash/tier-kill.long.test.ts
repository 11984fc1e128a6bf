// Kills a process with a tier behind its pool at every system call of its write path that a run of it
// makes, one after the other, and gives it errors by the same.

import { expect, test } from 'vitest';
import { SEED } from '../helpers/pool-host.ts';
import { canTrace, type Injection, STRACE_MISSING, TierVictims } from './tier-killing.ts';

const WARM_UP_COUNT = 2500;
const OPERATION_COUNT = 500;
/** Runs that were not killed, one after the other, after which calls are used up. */
const SURVIVALS = 2;

/** Calls, on which files, and the step from one run to the next. */
const calls = [
  { syscall: 'pwrite64', on: 'tier', step: 1 },
  { syscall: 'pread64', on: 'tier', step: 3 },
  { syscall: 'fallocate', on: 'pool', step: 1 },
  { syscall: 'pwrite64', on: 'all', step: 23 },
  { syscall: 'madvise', on: 'all', step: 5 },
  { syscall: 'ftruncate', on: 'all', step: 1 },
  { syscall: 'mmap', on: 'pool', step: 1 },
] as const;

const timeout = 3_600_000;

test.each(calls)('kill -9 at $syscall ($on), each or some', { timeout }, async (call) => {
  const { syscall, on, step } = call;
  if (!canTrace()) throw new Error(STRACE_MISSING);
  const victims = new TierVictims(SEED);
  await victims.run(WARM_UP_COUNT, null);
  let killCount = 0;
  let survivals = 0;
  for (let when = 1; survivals < SURVIVALS; when += step) {
    const how = `signal=KILL:when=${when}`;
    const wasKilled = await victims.run(OPERATION_COUNT, { syscall, how, on });
    survivals = wasKilled ? 0 : survivals + 1;
    if (wasKilled) killCount += 1;
  }
  process.stdout.write(`${syscall} (${on}): killed ${killCount} times\n`);
  expect(killCount).toBeGreaterThan(0);
});

// Node's own library calls again after EINTR, for ever if need be: no kernel interrupts every call.
const errors = ['EIO', 'ENOSPC', 'EINTR'].flatMap((errno) =>
  ['1+1', '1+2', '2+3', '5+7']
    .filter((when) => errno !== 'EINTR' || when !== '1+1')
    .map((when) => `error=${errno}:when=${when}`),
);

test('errors of the system lose nothing', { timeout }, async () => {
  if (!canTrace()) throw new Error(STRACE_MISSING);
  const victims = new TierVictims(SEED + 1);
  await victims.run(WARM_UP_COUNT, null);
  for (const how of errors) {
    const injection: Injection = { syscall: 'pwrite64', how, on: 'tier' };
    expect(await victims.run(OPERATION_COUNT, injection)).toBe(false);
  }
  expect(victims.refusedCount).toBeGreaterThan(0);
});

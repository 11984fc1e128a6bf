// Kills a process with a tier behind its pool at some of the system calls of its write path.

import { expect, test } from 'vitest';
import { SEED } from '../helpers/pool-host.ts';
import { canTrace, STRACE_MISSING, TierVictims } from './tier-killing.ts';

const OPERATION_COUNT = 900;

test('what was acknowledged is there after kill -9 at a system call', async (context) => {
  context.skip(!canTrace(), STRACE_MISSING);
  const victims = new TierVictims(SEED);
  expect(await victims.run(2500, null)).toBe(false);
  const kills = [
    { syscall: 'pwrite64', on: 'tier', whens: [1, 2, 5] },
    { syscall: 'fallocate', on: 'pool', whens: [4, 9] },
    { syscall: 'madvise', on: 'all', whens: [60] },
  ] as const;
  let killCount = 0;
  for (const { syscall, on, whens } of kills) {
    for (const when of whens) {
      const how = `signal=KILL:when=${when}`;
      if (await victims.run(OPERATION_COUNT, { syscall, how, on })) killCount += 1;
    }
  }
  expect(killCount).toBeGreaterThan(4);
});

test('errors of the system at the tier refuse writes at most, and lose nothing', async (context) => {
  context.skip(!canTrace(), STRACE_MISSING);
  const victims = new TierVictims(SEED + 1);
  expect(await victims.run(2500, null)).toBe(false);
  for (const how of ['error=EIO:when=2+2', 'error=ENOSPC:when=2+1']) {
    const injection = { syscall: 'pwrite64', how, on: 'tier' } as const;
    expect(await victims.run(OPERATION_COUNT, injection)).toBe(false);
  }
  expect(victims.refusedCount).toBeGreaterThan(0);
});

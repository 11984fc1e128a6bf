// On tiny instances the least I/O time is known exactly. The separable lower bound is never above
// it, no policy is ever below it, and MIN reaches it where write-backs cost nothing.

import { type Op, policies, READ, WRITE } from '@pagelend/policies';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Host } from '../host.ts';
import { SEED } from '../traces.ts';
import { slowBound, slowBoundTime } from '../twins/bound.ts';
import { optimalTime } from '../twins/optimum.ts';

const instances = fc.record({
  frames: fc.integer({ min: 1, max: 3 }),
  trace: fc.array(fc.tuple(fc.nat(5), fc.constantFrom<Op>(READ, WRITE)), {
    minLength: 1,
    maxLength: 12,
  }),
  costs: fc.constantFrom(0.5, 1, 2, 4, 8).map((write) => ({ read: 1, write })),
});

test('the separable lower bound is never above the optimum', () => {
  let tightCount = 0;
  fc.assert(
    fc.property(instances, ({ frames, trace, costs }) => {
      const bound = slowBoundTime(trace, frames, costs);
      const optimum = optimalTime(trace, frames, costs);
      expect(bound).toBeLessThanOrEqual(optimum);
      if (bound === optimum) tightCount++;
    }),
    { seed: SEED, numRuns: 3000 },
  );
  // A bound of nothing would pass as well, so this one must often be reached.
  expect(tightCount).toBeGreaterThan(1000);
});

test("min's page-ins are the optimum where write-backs cost nothing", () => {
  fc.assert(
    fc.property(instances, ({ frames, trace }) => {
      const host = new Host('min', { frames, trace }).run(trace);
      expect(host.faults).toBe(optimalTime(trace, frames, { read: 1, write: 0 }));
      expect(slowBound(trace, frames).pageins).toBe(host.faults);
    }),
    { seed: SEED, numRuns: 2000 },
  );
});

test('no policy is below the optimum', () => {
  fc.assert(
    fc.property(instances, ({ frames, trace, costs }) => {
      const optimum = optimalTime(trace, frames, costs);
      for (const { name } of policies) {
        const host = new Host(name, { frames, trace, costs }).run(trace);
        const time = costs.read * host.faults + costs.write * host.writebacks;
        expect(time, name).toBeGreaterThanOrEqual(optimum);
      }
    }),
    { seed: SEED, numRuns: 1000 },
  );
});

test('on longer traces no policy is below the lower bound', () => {
  const longer = fc.record({
    frames: fc.integer({ min: 1, max: 6 }),
    trace: fc.array(fc.tuple(fc.nat(11), fc.constantFrom<Op>(READ, WRITE)), { maxLength: 80 }),
  });
  fc.assert(
    fc.property(longer, ({ frames, trace }) => {
      const bound = slowBound(trace, frames);
      for (const { name } of policies) {
        const host = new Host(name, { frames, trace }).run(trace);
        expect(host.faults, name).toBeGreaterThanOrEqual(bound.pageins);
        expect(host.writebacks, name).toBeGreaterThanOrEqual(bound.writebacks);
      }
    }),
    { seed: SEED, numRuns: 1000 },
  );
});

test('the bound of an instance worked by hand', () => {
  // One frame. Reads: every reference changes the page, so all 5 fault. Writes alone: 0 1 0, each
  // a miss; the last of them may stay dirty to the end, so two write-backs cannot be avoided.
  const trace = [
    [0, WRITE],
    [1, WRITE],
    [2, READ],
    [0, WRITE],
    [1, READ],
  ] as const;
  expect(slowBound(trace, 1)).toEqual({ pageins: 5, writebacks: 2 });
  // With two frames MIN keeps 0 from its first write to its second: 0 1 miss, 2 drops 1, 0 hits, 1
  // misses. On the writes alone both pages fit, so no write-back is forced; the optimum pays 8 for
  // one all the same, because the read of 2 must drop a dirty page: the bound is not tight here.
  expect(slowBound(trace, 2)).toEqual({ pageins: 4, writebacks: 0 });
  expect(optimalTime(trace, 2, { read: 1, write: 8 })).toBe(12);
});

// The policies that order pages by how often and how lately they were referenced, against their slow
// twins: the same hits, the same pages evicted in the same order, the same write-backs at the same
// references, under each value of their options and some combinations.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expectSameRun } from '../compare.ts';
import { expectEveryValueCovered } from '../coverage.ts';
import { Host } from '../host.ts';
import { SEED, scenes } from '../traces.ts';
import { ClockProTwin } from '../twins/clock-pro.ts';
import { LfuTwin } from '../twins/lfu.ts';
import { LirsTwin } from '../twins/lirs.ts';
import { LruKTwin } from '../twins/lru-k.ts';
import type { Twin } from '../twins/twin.ts';
import { TwoQueueTwin } from '../twins/two-queue.ts';
import { WTinyLfuTwin } from '../twins/w-tinylfu.ts';

const RUNS = 1500;

const cases: readonly [spec: string, twin: (frames: number) => Twin][] = [
  ['2q', (frames) => new TwoQueueTwin(frames)],
  ['2q:kin=0', (frames) => new TwoQueueTwin(frames, 0)],
  ['2q:kin=0.5', (frames) => new TwoQueueTwin(frames, 0.5)],
  ['2q:kin=1', (frames) => new TwoQueueTwin(frames, 1)],
  ['2q:kout=0', (frames) => new TwoQueueTwin(frames, 0.25, 0)],
  ['2q:kout=4', (frames) => new TwoQueueTwin(frames, 0.25, 4)],
  ['2q:kin=0.2:kout=1.3', (frames) => new TwoQueueTwin(frames, 0.2, 1.3)],
  ['lirs', (frames) => new LirsTwin(frames)],
  ['lirs:hir=0', (frames) => new LirsTwin(frames, { hir: 0 })],
  ['lirs:hir=0.3', (frames) => new LirsTwin(frames, { hir: 0.3 })],
  ['lirs:hir=1', (frames) => new LirsTwin(frames, { hir: 1 })],
  ['lirs:nonresident=0', (frames) => new LirsTwin(frames, { nonresident: 0 })],
  ['lirs:nonresident=0.5', (frames) => new LirsTwin(frames, { nonresident: 0.5 })],
  ['lirs:nonresident=2500', (frames) => new LirsTwin(frames, { nonresident: 2500 })],
  ['lirs:repeats=count', (frames) => new LirsTwin(frames, { repeats: 'count' })],
  [
    'lirs:hir=0.4:nonresident=0.6:repeats=count',
    (frames) => new LirsTwin(frames, { hir: 0.4, nonresident: 0.6, repeats: 'count' }),
  ],
  ['clock-pro', (frames) => new ClockProTwin(frames)],
  ['clock-pro:cold=0', (frames) => new ClockProTwin(frames, { cold: 0 })],
  ['clock-pro:cold=0.4', (frames) => new ClockProTwin(frames, { cold: 0.4 })],
  ['clock-pro:cold=1', (frames) => new ClockProTwin(frames, { cold: 1 })],
  ['clock-pro:adapt=off', (frames) => new ClockProTwin(frames, { adapt: 'off' })],
  [
    'clock-pro:adapt=off:cold=0.5',
    (frames) => new ClockProTwin(frames, { adapt: 'off', cold: 0.5 }),
  ],
  ['clock-pro:nonresident=0', (frames) => new ClockProTwin(frames, { nonresident: 0 })],
  ['clock-pro:nonresident=0.5', (frames) => new ClockProTwin(frames, { nonresident: 0.5 })],
  ['clock-pro:nonresident=4', (frames) => new ClockProTwin(frames, { nonresident: 4 })],
  ['clock-pro:passed=evict', (frames) => new ClockProTwin(frames, { passed: 'evict' })],
  [
    'clock-pro:adapt=off:cold=0.3:passed=evict',
    (frames) => new ClockProTwin(frames, { adapt: 'off', cold: 0.3, passed: 'evict' }),
  ],
  ['clock-pro:repeats=ignore', (frames) => new ClockProTwin(frames, { repeats: 'ignore' })],
  [
    'clock-pro:repeats=ignore:cold=0.3:nonresident=2',
    (frames) => new ClockProTwin(frames, { repeats: 'ignore', cold: 0.3, nonresident: 2 }),
  ],
  ['lru-k', (frames) => new LruKTwin(frames)],
  ['lru-k:k=1', (frames) => new LruKTwin(frames, { k: 1 })],
  ['lru-k:k=3', (frames) => new LruKTwin(frames, { k: 3 })],
  ['lru-k:k=5', (frames) => new LruKTwin(frames, { k: 5 })],
  ['lru-k:crp=1', (frames) => new LruKTwin(frames, { crp: 1 })],
  ['lru-k:crp=7', (frames) => new LruKTwin(frames, { crp: 7 })],
  ['lru-k:crp=1000000000000', (frames) => new LruKTwin(frames, { crp: 1e12 })],
  ['lru-k:rip=0', (frames) => new LruKTwin(frames, { rip: 0 })],
  ['lru-k:rip=30', (frames) => new LruKTwin(frames, { rip: 30 })],
  ['lru-k:k=3:crp=4:rip=60', (frames) => new LruKTwin(frames, { k: 3, crp: 4, rip: 60 })],
  ['lru-k:k=4:crp=10', (frames) => new LruKTwin(frames, { k: 4, crp: 10 })],
  ['lfu', (frames) => new LfuTwin(frames)],
  ['lfu:average=2', (frames) => new LfuTwin(frames, 'average', 2)],
  ['lfu:average=4.5', (frames) => new LfuTwin(frames, 'average', 4.5)],
  ['lfu:average=1000000000', (frames) => new LfuTwin(frames, 'average', 1e9)],
  ['lfu:aging=dynamic', (frames) => new LfuTwin(frames, 'dynamic')],
  ['lfu:aging=none', (frames) => new LfuTwin(frames, 'none')],
  ['w-tinylfu', (frames) => new WTinyLfuTwin(frames)],
  ['w-tinylfu:window=0', (frames) => new WTinyLfuTwin(frames, { window: 0 })],
  ['w-tinylfu:window=0.4', (frames) => new WTinyLfuTwin(frames, { window: 0.4 })],
  ['w-tinylfu:window=1', (frames) => new WTinyLfuTwin(frames, { window: 1 })],
  ['w-tinylfu:protected=0', (frames) => new WTinyLfuTwin(frames, { protected: 0 })],
  ['w-tinylfu:protected=1', (frames) => new WTinyLfuTwin(frames, { protected: 1 })],
  ['w-tinylfu:sample=1', (frames) => new WTinyLfuTwin(frames, { sample: 1 })],
  ['w-tinylfu:sample=1000000', (frames) => new WTinyLfuTwin(frames, { sample: 1e6 })],
  [
    'w-tinylfu:window=0.3:protected=0.5:sample=2.5',
    (frames) => new WTinyLfuTwin(frames, { window: 0.3, protected: 0.5, sample: 2.5 }),
  ],
];

describe('a policy equals its twin', () => {
  test.each(cases)('%s', (spec, newTwin) => {
    fc.assert(
      fc.property(scenes, ({ frames, trace }) => {
        const host = new Host(spec, { frames, trace });
        expectSameRun(host, newTwin(frames), trace);
        expect(host.coldFaults).toBe(new Set(trace.map(([page]) => page)).size);
      }),
      { seed: SEED, numRuns: RUNS },
    );
  });

  test.each(['2q', 'lirs', 'clock-pro', 'lru-k', 'lfu', 'w-tinylfu'])(
    'the cases cover every choice and both ends of every range of %s',
    (name) => {
      expectEveryValueCovered(
        name,
        cases.map(([asked]) => asked),
      );
    },
  );
});

test('lru-k with k=1 is lru', () => {
  fc.assert(
    fc.property(scenes, ({ frames, trace }) => {
      const [a, b] = ['lru-k:k=1', 'lru'].map((spec) =>
        new Host(spec, { frames, trace }).run(trace),
      );
      expect(a!.evictions).toEqual(b!.evictions);
    }),
    { seed: SEED, numRuns: 300 },
  );
});

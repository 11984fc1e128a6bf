// Each policy, under each value of its options, does on random traces what its slow twin does: the
// same hits, the same pages evicted in the same order, the same write-backs at the same references.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expectSameRun } from '../compare.ts';
import { expectEveryValueCovered } from '../coverage.ts';
import { Host, type Reference } from '../host.ts';
import { type Scene, SEED, scenes } from '../traces.ts';
import { ArcTwin } from '../twins/arc.ts';
import { CarTwin } from '../twins/car.ts';
import { CflruTwin } from '../twins/cflru.ts';
import { ClockTwin } from '../twins/clock.ts';
import { EscTwin } from '../twins/esc.ts';
import { FifoTwin } from '../twins/fifo.ts';
import { LruTwin } from '../twins/lru.ts';
import { MinTwin } from '../twins/min.ts';
import type { Twin } from '../twins/twin.ts';

const RUNS = 1500;

const cases: readonly [spec: string, twin: (frames: number) => Twin][] = [
  ['fifo', (frames) => new FifoTwin(frames)],
  ['lru', (frames) => new LruTwin(frames)],
  ['clock', (frames) => new ClockTwin(frames, 1)],
  ['clock:init=0', (frames) => new ClockTwin(frames, 0)],
  ['esc', (frames) => new EscTwin(frames)],
  ['car', (frames) => new CarTwin(frames, 'real')],
  ['car:ratio=integer', (frames) => new CarTwin(frames, 'integer')],
  ['arc', (frames) => new ArcTwin(frames)],
  ['cflru', (frames) => new CflruTwin(frames, 0.25)],
  ['cflru:window=0', (frames) => new CflruTwin(frames, 0)],
  ['cflru:window=0.5', (frames) => new CflruTwin(frames, 0.5)],
  ['cflru:window=0.77', (frames) => new CflruTwin(frames, 0.77)],
  ['cflru:window=1', (frames) => new CflruTwin(frames, 1)],
];

describe('a policy equals its twin', () => {
  test.each(cases)('%s', (spec, newTwin) => {
    fc.assert(
      fc.property(scenes, ({ frames, trace }) => {
        const host = new Host(spec, { frames, trace });
        const twin = newTwin(frames);
        expectSameRun(host, twin, trace);
        if (twin instanceof CarTwin) twin.check();
        expect(host.coldFaults).toBe(new Set(trace.map(([page]) => page)).size);
      }),
      { seed: SEED, numRuns: RUNS },
    );
  });

  test('the cases cover every value of every choice', () => {
    for (const name of ['clock', 'car', 'cflru']) {
      expectEveryValueCovered(
        name,
        cases.map(([asked]) => asked),
      );
    }
  });
});

test('min equals its twin, up to the choice among pages that are never used again', () => {
  fc.assert(
    fc.property(scenes, ({ frames, trace }: Scene) => {
      const host = new Host('min', { frames, trace });
      const twin = new MinTwin(frames, trace);
      for (const [index, [page, op]] of trace.entries()) {
        const real = host.access(page, op);
        const slow = twin.access(page, op);
        const isSame =
          real.hit === slow.hit &&
          real.written.length === slow.written.length &&
          usedAgain(real.evicted, trace, index) === usedAgain(slow.evicted, trace, index);
        if (!isSame) expect({ index, ...real }).toEqual({ index, ...slow });
      }
      host.policy.check?.();
    }),
    { seed: SEED, numRuns: RUNS },
  );
});

/** The page, or null where no later reference names it. */
function usedAgain(page: number, trace: readonly Reference[], index: number): number | null {
  return trace.slice(index + 1).some(([later]) => later === page) ? page : null;
}

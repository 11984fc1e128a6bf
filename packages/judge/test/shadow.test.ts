// A shadow does what the reference host does, reference by reference, for every policy that sees
// only the past; and an id that was given back is as good as one that nobody had.

import { Shadow, shadowPolicy } from '@pagelend/judge';
import { observationOf, policies, WRITE } from '@pagelend/policies';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Host, resolve } from '../../policies/test/host.ts';
import {
  costs,
  PAGES_MAX,
  randomFrom,
  type Scene,
  SEED,
  scenes,
} from '../../policies/test/traces.ts';

const live = [...policies.map(({ name }) => name), 'craw-rm:link=lazy', 'craw:link=lazy'].filter(
  (spec) => {
    const { definition, options } = resolve(spec);
    return observationOf(definition, options) !== 'future';
  },
);

interface Counts {
  readonly readFaults: number;
  readonly writeFaults: number;
  readonly deviceWrites: number;
}

function countsOf({ counts }: Shadow): Counts {
  return { readFaults: counts[0]!, writeFaults: counts[1]!, deviceWrites: counts[2]! };
}

describe.each(live)('%s', (spec) => {
  const chosen = shadowPolicy(spec);

  test('counts what the host counts, with frees and changes of memory', () => {
    fc.assert(
      fc.property(scenes, costs, fc.nat(), ({ frames, trace }: Scene, pair, seed) => {
        const random = randomFrom(seed);
        const host = new Host(spec, { frames, pageCount: PAGES_MAX, costs: pair });
        const shadow = new Shadow(chosen, PAGES_MAX, frames, pair);
        const expected = { readFaults: 0, writeFaults: 0, deviceWrites: 0 };
        for (const [page, op] of trace) {
          const { hit } = host.access(page, op);
          if (!hit && op === WRITE) expected.writeFaults++;
          else if (!hit) expected.readFaults++;
          shadow.reference(page, op);
          if (random() < 0.03) {
            const freed = Math.floor(random() * PAGES_MAX);
            host.forget(freed);
            shadow.forget(freed);
          }
          if (random() < 0.02) {
            const changed = 1 + Math.floor(random() * 20);
            host.resize(changed);
            shadow.resize(changed);
          }
          expect(countsOf(shadow)).toEqual({ ...expected, deviceWrites: host.writebacks });
        }
        shadow.policy.check?.();
      }),
      { seed: SEED, numRuns: 25 },
    );
  });

  // CFDC writes back neighbours together, and so looks at what ids are near each other.
  test.skipIf(spec === 'cfdc')('takes a page that comes under a used id for a new one', () => {
    fc.assert(
      fc.property(scenes, costs, fc.nat(), ({ frames, trace }: Scene, pair, seed) => {
        const random = randomFrom(seed);
        const recycled = new Shadow(chosen, PAGES_MAX, frames, pair);
        const fresh = new Shadow(chosen, trace.length + PAGES_MAX, frames, pair);
        const freshIds = Array.from({ length: PAGES_MAX }, (_, page) => page);
        let next = PAGES_MAX;
        for (const [page, op] of trace) {
          recycled.reference(page, op);
          fresh.reference(freshIds[page]!, op);
          if (random() >= 0.1) continue;
          const freed = Math.floor(random() * PAGES_MAX);
          recycled.forget(freed);
          fresh.forget(freshIds[freed]!);
          if (next < trace.length + PAGES_MAX) freshIds[freed] = next++;
        }
        expect(countsOf(recycled)).toEqual(countsOf(fresh));
      }),
      { seed: SEED, numRuns: 25 },
    );
  });
});

test('a policy that needs the future is refused, and one that nobody knows', () => {
  expect(() => shadowPolicy('min')).toThrow(expect.objectContaining({ code: 'JUDGE_POLICY' }));
  expect(() => shadowPolicy('no-such')).toThrow(
    expect.objectContaining({ code: 'POLICY_UNKNOWN' }),
  );
});

describe('warmth', () => {
  const spec = shadowPolicy('clock');

  test('comes with a full memory, or with so many references that it would be full', () => {
    const filled = new Shadow(spec, 100, 10, { read: 1, write: 1 });
    for (let page = 0; page < 10; page++) {
      expect(filled.noteSeen(1)).toBe(false);
      filled.reference(page, 0);
    }
    expect(filled.noteSeen(0)).toBe(true);
    expect(filled.noteSeen(0)).toBe(false);
    const roomy = new Shadow(spec, 100, 10, { read: 1, write: 1 });
    roomy.reference(1, 0);
    expect(roomy.noteSeen(79)).toBe(false);
    expect(roomy.noteSeen(1)).toBe(true);
  });

  test('goes where the memory grows much, not where the sample does', () => {
    const shadow = new Shadow(spec, 100, 16, { read: 1, write: 1 });
    for (let page = 0; page < 16; page++) shadow.reference(page, 1);
    shadow.noteSeen(16);
    shadow.resize(18);
    expect(shadow.isWarm).toBe(true);
    shadow.rescale(8);
    expect(shadow.isWarm).toBe(true);
    // What left for the smaller sample's sake was written by nobody.
    expect(shadow.counts[2]).toBe(0);
    shadow.resize(9);
    expect(shadow.isWarm).toBe(false);
  });
});

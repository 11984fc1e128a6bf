// WAGER equals its twin: on small random scenes under random combinations of its options, and on long
// traces whose tables, ghosts, classes and updates matter, under every value of each option.

import { mustFindPolicy, type OptionTable } from '@pagelend/policies';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expectSameRun } from '../compare.ts';
import { Host, type Reference, resolve } from '../host.ts';
import { costs, randomFrom, type Scene, SEED, scenes } from '../traces.ts';
import { WagerTwin } from '../twins/wager.ts';

type Costs = { read: number; write: number };

const table: OptionTable = mustFindPolicy('wager').options!;

/** The values that a number option is tried with; choices are tried with all of theirs. */
const numbers: Record<string, readonly number[]> = {
  scan: [1, 2, 5, 16, 50, 2 ** 20],
  classes: [1, 2, 3, 8, 12],
};

const singleChanges = [
  'wager',
  ...Object.entries(table).flatMap(([option, spec]) =>
    valuesOf(option)
      .filter((value) => value !== spec.default)
      .map((value) => `wager:${option}=${value}`),
  ),
];

const specs: fc.Arbitrary<string> = fc
  .tuple(
    ...Object.keys(table).map((option) =>
      fc.constantFrom(...valuesOf(option)).map((value) => `${option}=${value}`),
    ),
  )
  .map((chosen) => ['wager', ...chosen].join(':'));

/** Long enough that pages are evicted, come back, are forgotten as ghosts, and change class. */
const longScenes: fc.Arbitrary<Scene> = fc
  .record({
    pages: fc.integer({ min: 100, max: 300 }),
    frames: fc.integer({ min: 20, max: 100 }),
    seed: fc.nat(),
    phases: fc.array(
      fc.record({
        pattern: fc.constantFrom('skewed', 'loop', 'scan', 'drift', 'mixed'),
        length: fc.integer({ min: 300, max: 1500 }),
        writeShare: fc.constantFrom(0, 0.1, 0.3, 0.6, 1),
      }),
      { minLength: 2, maxLength: 5 },
    ),
  })
  .map(({ pages, frames, seed, phases }) => {
    const random = randomFrom(seed);
    const trace = phases.flatMap((phase) => phaseOf(phase, pages, random));
    return { frames, trace };
  });

describe.each(singleChanges)('%s', (spec) => {
  test('equals the twin on small scenes', () => {
    fc.assert(
      fc.property(scenes, costs, (scene, pair) => compare(spec, scene, pair)),
      { seed: SEED, numRuns: 60 },
    );
  });

  test('equals the twin on long traces', () => {
    fc.assert(
      fc.property(longScenes, costs, (scene, pair) => compare(spec, scene, pair)),
      { seed: SEED, numRuns: spec === 'wager' ? 30 : 6 },
    );
  });
});

test.each([
  ['small scenes', scenes, 400],
  ['long traces', longScenes, 30],
])('random combinations of all options equal the twin on %s', (_, drawn, numRuns) => {
  fc.assert(
    fc.property(specs, drawn, costs, (spec, scene, pair) => compare(spec, scene, pair)),
    { seed: SEED, numRuns },
  );
});

test('a host that can do nothing on a hit but set bits sees the same', () => {
  fc.assert(
    fc.property(longScenes, costs, (scene, pair) => compare('wager', scene, pair, false)),
    { seed: SEED + 1, numRuns: 10 },
  );
});

test('equals the twin where owners free pages and the memory changes its size', () => {
  fc.assert(
    fc.property(longScenes, costs, fc.nat(), (scene, pair, seed) => {
      const random = randomFrom(seed);
      const { frames, trace } = scene;
      const host = new Host('wager', { frames, trace, costs: pair });
      const twin = new WagerTwin({ frames, costs: pair, options: resolve('wager').options });
      for (const reference of trace) {
        expectSameRun(host, twin, [reference]);
        if (random() < 0.05) {
          const freed = trace[Math.floor(random() * trace.length)]![0];
          host.forget(freed);
          twin.forget(freed);
        }
        if (random() < 0.02 && host.table.residentCount > 0) {
          expect(twin.takeVictim()).toBe(host.takeVictim());
        }
        if (random() < 0.01) {
          const changed = 1 + Math.floor(random() * 2 * frames);
          host.resize(changed);
          twin.resize(changed);
          expect(twin.evictions).toEqual(host.evictions);
        }
      }
    }),
    { seed: SEED, numRuns: 15 },
  );
});

function compare(spec: string, { frames, trace }: Scene, pair: Costs, canTouch = true): void {
  const host = new Host(spec, { frames, trace, costs: pair, canTouch });
  const twin = new WagerTwin({ frames, costs: pair, options: resolve(spec).options });
  expectSameRun(host, twin, trace);
  expect(host.writebacks + host.dirty.size).toBe(twin.dirtied);
}

function phaseOf(
  { pattern, length, writeShare }: { pattern: string; length: number; writeShare: number },
  pages: number,
  random: () => number,
): Reference[] {
  const first = Math.floor(random() * pages);
  const span = 2 + Math.floor(random() * (pages - 2));
  const draw: Record<string, (index: number) => number> = {
    skewed: () => Math.floor(random() ** 3 * pages),
    loop: (index) => first + (index % span),
    scan: (index) => first + index,
    drift: (index) => first + index / 10 + random() * 40,
    // A loop that is only read beside a few pages that are mostly written.
    mixed: (index) => (index % 3 === 0 ? random() ** 2 * 30 : first + (index % span)),
  };
  return Array.from({ length }, (_, index) => {
    const page = Math.floor(draw[pattern]!(index)) % pages;
    const share = pattern === 'mixed' && index % 3 !== 0 ? 0 : writeShare;
    return [page, random() < share ? 1 : 0];
  });
}

/** The default comes first, so that fast-check shrinks towards it. */
function valuesOf(option: string): (string | number)[] {
  const spec = table[option]!;
  const values = spec.kind === 'choice' ? spec.choices : numbers[option]!;
  return [spec.default, ...values.filter((value) => value !== spec.default)];
}

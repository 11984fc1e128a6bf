// CRAW and CRAW-RM equal their twins on random traces, for random combinations of every option and
// for write-backs from a third to eighteen times as dear as page-ins.

import { mustFindPolicy, type OptionTable } from '@pagelend/policies';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expectSameRun } from '../compare.ts';
import { Host, resolve } from '../host.ts';
import { costs, type Scene, SEED, scenes } from '../traces.ts';
import { CrawTwin } from '../twins/craw.ts';

type Costs = { read: number; write: number };

/** The values that a number option is tried with; choices are tried with all of theirs. */
const numbers: Record<string, readonly number[]> = {
  start: [0, 0.25, 0.5, 0.9, 1],
  frequency: [0, 1, 2, 3, 5],
  init: [0, 1],
  clear: [0, 1, 2, 5, 17],
};

describe.each(['craw', 'craw-rm'])('%s', (name) => {
  const table = mustFindPolicy(name).options!;

  test.each(singleChanges(name, table))('%s equals the twin', (spec) => {
    fc.assert(
      fc.property(scenes, costs, (scene, pair) => compare(spec, scene, pair)),
      { seed: SEED, numRuns: 200 },
    );
  });

  test('random combinations of all options equal the twin', () => {
    fc.assert(fc.property(specs(name, table), scenes, costs, compare), {
      seed: SEED,
      numRuns: 4000,
    });
  });
});

function compare(spec: string, { frames, trace }: Scene, pair: Costs): void {
  const { definition, options } = resolve(spec);
  const host = new Host(spec, { frames, trace, costs: pair });
  const isRm = definition.name === 'craw-rm';
  const twin = new CrawTwin({ frames, isRm, costs: pair, options });
  expectSameRun(host, twin, trace);
  twin.check();
  if (options.writeback === 'lazy') expect(host.writebacks + host.dirty.size).toBe(twin.dirtied);
}

/** The defaults, and each spec that departs from them in one option. */
function singleChanges(name: string, table: OptionTable): string[] {
  const changes = Object.entries(table).flatMap(([option, spec]) =>
    valuesOf(option, table)
      .filter((value) => value !== spec.default)
      .map((value) => `${name}:${option}=${value}`),
  );
  return [name, ...changes];
}

function specs(name: string, table: OptionTable): fc.Arbitrary<string> {
  const parts = Object.keys(table).map((option) =>
    fc.constantFrom(...valuesOf(option, table)).map((value) => `${option}=${value}`),
  );
  return fc.tuple(...parts).map((chosen) => [name, ...chosen].join(':'));
}

/** The default comes first, so that fast-check shrinks towards it. */
function valuesOf(option: string, table: OptionTable): (string | number)[] {
  const spec = table[option]!;
  const values = spec.kind === 'choice' ? spec.choices : numbers[option]!;
  return [spec.default, ...values.filter((value) => value !== spec.default)];
}

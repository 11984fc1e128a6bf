// A policy sees only what the hardware shows it: one that observes bits runs on a host that can do
// nothing on a hit but set them, and every policy refuses a page table that shows less than it needs.

import {
  createPolicy,
  type Observation,
  observations,
  PageTable,
  type Policy,
  PolicyError,
} from '@pagelend/policies';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expectSameRun } from '../compare.ts';
import { Host, resolve } from '../host.ts';
import { costs, SEED, scenes } from '../traces.ts';
import { CrawTwin } from '../twins/craw.ts';
import { observationOfSpec, variants } from './variants.ts';

const order = Object.keys(observations) as Observation[];
const onBits = variants.filter((spec) => order.indexOf(observationOfSpec(spec)) <= 3);

function create(spec: string, offers: Observation): Policy {
  const { definition, options } = resolve(spec);
  const table = new PageTable(4, { offers, nextUse: new Int32Array(4) });
  return createPolicy(definition, { table, frames: 2, options, costs: { read: 1, write: 4 } });
}

describe.each(variants)('%s', (spec) => {
  const needed = order.indexOf(observationOfSpec(spec));

  test('refuses each table that shows less than it observes', () => {
    for (const offers of order.slice(0, needed)) {
      let thrown: unknown;
      try {
        create(spec, offers);
      } catch (error) {
        thrown = error;
      }
      expect(thrown, offers).toBeInstanceOf(PolicyError);
      const { code, message } = thrown as PolicyError;
      expect(code).toBe('POLICY_OBSERVES');
      expect(message).toContain(`observes ${order[needed]}`);
      expect(message).toContain(offers);
      expect(message).not.toContain('\n');
    }
  });

  test('accepts each table that shows enough, and does the same on all of them', () => {
    fc.assert(
      fc.property(scenes, ({ frames, trace }) => {
        const runs = order
          .slice(needed)
          .map((offers) => new Host(spec, { frames, trace, offers }).run(trace));
        for (const { evictions, writebacks } of runs) {
          expect(evictions).toEqual(runs[0]!.evictions);
          expect(writebacks).toBe(runs[0]!.writebacks);
        }
      }),
      { seed: SEED, numRuns: 40 },
    );
  });
});

describe.each(onBits)('%s on a host that can only set bits', (spec) => {
  test('needs no touch, and does what it does elsewhere', () => {
    expect(create(spec, observationOfSpec(spec)).touch).toBeUndefined();
    fc.assert(
      fc.property(scenes, ({ frames, trace }) => {
        const bare = new Host(spec, { frames, trace, canTouch: false }).run(trace);
        const full = new Host(spec, { frames, trace }).run(trace);
        expect(bare.evictions).toEqual(full.evictions);
        expect(bare.writebacks).toBe(full.writebacks);
      }),
      { seed: SEED, numRuns: 60 },
    );
  });
});

test('what each policy observes', () => {
  const named = ['fifo', 'clock', 'car', 'esc', 'craw-rm:link=lazy', 'craw:link=lazy'];
  expect(named.map(observationOfSpec)).toEqual([
    'faults',
    'reference',
    'reference',
    'reference+modified',
    'reference+modified',
    'read+write',
  ]);
  for (const name of ['craw', 'craw-rm', 'lru', 'arc', 'cflru']) {
    expect(observationOfSpec(name)).toBe('every-reference');
  }
  expect(observationOfSpec('min')).toBe('future');
});

test.each(['craw:link=lazy', 'craw-rm:link=lazy'])('%s on bits alone equals its twin', (spec) => {
  fc.assert(
    fc.property(scenes, costs, ({ frames, trace }, pair) => {
      const { definition, options } = resolve(spec);
      const host = new Host(spec, { frames, trace, costs: pair, canTouch: false });
      const isRm = definition.name === 'craw-rm';
      expectSameRun(host, new CrawTwin({ frames, isRm, costs: pair, options }), trace);
    }),
    { seed: SEED, numRuns: 1000 },
  );
});

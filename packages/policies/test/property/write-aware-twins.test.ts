// The policies that tell clean pages from dirty ones against their slow twins, under every value of
// their options, as in twins.test.ts.

import { findPolicy } from '@pagelend/policies';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expectSameRun } from '../compare.ts';
import { Host } from '../host.ts';
import { costs, SEED, scenes } from '../traces.ts';
import { AdLruTwin } from '../twins/ad-lru.ts';
import { CasaTwin } from '../twins/casa.ts';
import { CcfLruTwin } from '../twins/ccf-lru.ts';
import { CfdcTwin } from '../twins/cfdc.ts';
import { ClockDwfTwin } from '../twins/clock-dwf.ts';
import { LruWsrTwin } from '../twins/lru-wsr.ts';
import type { Twin } from '../twins/twin.ts';

const RUNS = 1500;
const CLUSTER_MAX = 65_536;

type Pair = { readonly read: number; readonly write: number };

const cases: readonly [spec: string, twin: (frames: number, pair: Pair) => Twin][] = [
  ['lru-wsr', (frames) => new LruWsrTwin(frames)],
  ['ccf-lru', (frames) => new CcfLruTwin(frames, false)],
  ['ccf-lru:scan=clean', (frames) => new CcfLruTwin(frames, true)],
  ['ad-lru:overflow=evict', (frames) => new AdLruTwin(frames, 0.1, false)],
  ['ad-lru:overflow=evict:min-lc=0', (frames) => new AdLruTwin(frames, 0, false)],
  ['ad-lru:overflow=evict:min-lc=0.4', (frames) => new AdLruTwin(frames, 0.4, false)],
  ['ad-lru:overflow=evict:min-lc=1', (frames) => new AdLruTwin(frames, 1, false)],
  ['ad-lru', (frames) => new AdLruTwin(frames, 0.1, true)],
  ['ad-lru:min-lc=0', (frames) => new AdLruTwin(frames, 0, true)],
  ['ad-lru:min-lc=0.6', (frames) => new AdLruTwin(frames, 0.6, true)],
  ['ad-lru:min-lc=1', (frames) => new AdLruTwin(frames, 1, true)],
  ['cfdc', (frames) => new CfdcTwin(frames, 0.5, 16, true)],
  ['cfdc:working=0', (frames) => new CfdcTwin(frames, 0, 16, true)],
  ['cfdc:working=1', (frames) => new CfdcTwin(frames, 1, 16, true)],
  ['cfdc:cluster=1', (frames) => new CfdcTwin(frames, 0.5, 1, true)],
  ['cfdc:cluster=2:working=0.2', (frames) => new CfdcTwin(frames, 0.2, 2, true)],
  ['cfdc:cluster=3', (frames) => new CfdcTwin(frames, 0.5, 3, true)],
  ['cfdc:cluster=5:working=0', (frames) => new CfdcTwin(frames, 0, 5, true)],
  [`cfdc:cluster=${CLUSTER_MAX}`, (frames) => new CfdcTwin(frames, 0.5, CLUSTER_MAX, true)],
  ['cfdc:aging=change', (frames) => new CfdcTwin(frames, 0.5, 16, false)],
  ['cfdc:aging=change:cluster=1', (frames) => new CfdcTwin(frames, 0.5, 1, false)],
  ['cfdc:aging=change:cluster=2:working=0.2', (frames) => new CfdcTwin(frames, 0.2, 2, false)],
  ['cfdc:aging=change:cluster=3', (frames) => new CfdcTwin(frames, 0.5, 3, false)],
  ['cfdc:aging=change:cluster=5:working=0', (frames) => new CfdcTwin(frames, 0, 5, false)],
  ['casa', (frames, pair) => new CasaTwin(frames, 0.5, pair)],
  ['casa:start=0', (frames, pair) => new CasaTwin(frames, 0, pair)],
  ['casa:start=0.33', (frames, pair) => new CasaTwin(frames, 0.33, pair)],
  ['casa:start=1', (frames, pair) => new CasaTwin(frames, 1, pair)],
  ['clock-dwf', (frames) => new ClockDwfTwin(frames, 2, 2, false)],
  ['clock-dwf:init=1', (frames) => new ClockDwfTwin(frames, 2, 2, true)],
  ['clock-dwf:threshold=0', (frames) => new ClockDwfTwin(frames, 0, 2, false)],
  ['clock-dwf:threshold=0:init=1', (frames) => new ClockDwfTwin(frames, 0, 2, true)],
  ['clock-dwf:threshold=254', (frames) => new ClockDwfTwin(frames, 254, 2, false)],
  ['clock-dwf:expiration=0', (frames) => new ClockDwfTwin(frames, 2, 0, false)],
  ['clock-dwf:expiration=255', (frames) => new ClockDwfTwin(frames, 2, 255, false)],
  ['clock-dwf:threshold=1:expiration=8:init=1', (frames) => new ClockDwfTwin(frames, 1, 8, true)],
];

describe('a policy equals its twin', () => {
  test.each(cases)('%s', (spec, newTwin) => {
    fc.assert(
      fc.property(scenes, costs, ({ frames, trace }, pair) => {
        const host = new Host(spec, { frames, trace, costs: pair });
        expectSameRun(host, newTwin(frames, pair), trace);
      }),
      { seed: SEED, numRuns: RUNS },
    );
  });

  test('the cases cover the ends of every range and every choice', () => {
    for (const name of new Set(cases.map(([spec]) => spec.split(':')[0]!))) {
      for (const [option, spec] of Object.entries(findPolicy(name)!.options ?? {})) {
        const values = spec.kind === 'choice' ? spec.choices : [spec.min, spec.max];
        for (const value of values) {
          const isCovered = cases.some(
            ([asked]) =>
              asked.startsWith(name) &&
              (asked.split(':').includes(`${option}=${value}`) || spec.default === value),
          );
          expect(isCovered, `${name}:${option}=${value}`).toBe(true);
        }
      }
    }
  });
});

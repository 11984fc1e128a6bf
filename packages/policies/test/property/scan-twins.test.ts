// The policies of a scan (SIEVE, S3-FIFO, Linux's two, WSClock) do on random traces what their slow twins
// do, under each value of each option. NRU chooses by chance: it is held to choose among the pages that
// its twin allows, evenly, and the same on every run.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expectSameRun } from '../compare.ts';
import { expectEveryValueCovered } from '../coverage.ts';
import { Host, type Reference } from '../host.ts';
import { randomFrom, SEED, scenes } from '../traces.ts';
import { LinuxTwin } from '../twins/linux.ts';
import { MglruTwin } from '../twins/mglru.ts';
import { NruTwin } from '../twins/nru.ts';
import { S3FifoTwin } from '../twins/s3-fifo.ts';
import { SieveTwin } from '../twins/sieve.ts';
import type { Twin } from '../twins/twin.ts';
import { WsClockTwin } from '../twins/wsclock.ts';

const RUNS = 1500;
const MOST = Number.MAX_SAFE_INTEGER;

const cases: readonly [spec: string, twin: (frames: number) => Twin][] = [
  ['sieve', (frames) => new SieveTwin(frames, 0)],
  ['sieve:init=1', (frames) => new SieveTwin(frames, 1)],
  ['s3-fifo', (frames) => new S3FifoTwin(frames)],
  ['s3-fifo:small=0', (frames) => new S3FifoTwin(frames, { small: 0 })],
  ['s3-fifo:small=0.4', (frames) => new S3FifoTwin(frames, { small: 0.4 })],
  ['s3-fifo:small=1', (frames) => new S3FifoTwin(frames, { small: 1 })],
  ['s3-fifo:ghost=0', (frames) => new S3FifoTwin(frames, { ghost: 0 })],
  ['s3-fifo:ghost=0.2', (frames) => new S3FifoTwin(frames, { ghost: 0.2 })],
  ['s3-fifo:ghost=4', (frames) => new S3FifoTwin(frames, { ghost: 4 })],
  ['s3-fifo:threshold=1', (frames) => new S3FifoTwin(frames, { threshold: 1 })],
  ['s3-fifo:threshold=3:small=0.3', (f) => new S3FifoTwin(f, { threshold: 3, small: 0.3 })],
  ['s3-fifo:threshold=3', (frames) => new S3FifoTwin(frames, { threshold: 3 })],
  ['s3-fifo:count=scan', (frames) => new S3FifoTwin(frames, { count: 'scan' })],
  [
    's3-fifo:count=scan:small=0.5:ghost=0.5',
    (frames) => new S3FifoTwin(frames, { count: 'scan', small: 0.5, ghost: 0.5 }),
  ],
  ['linux', (frames) => new LinuxTwin(frames)],
  ['linux:initial=active', (frames) => new LinuxTwin(frames, { initial: 'active' })],
  ['linux:refault=off', (frames) => new LinuxTwin(frames, { refault: 'off' })],
  ['linux:ratio=3', (frames) => new LinuxTwin(frames, { ratio: 3 })],
  ['linux:ratio=100', (frames) => new LinuxTwin(frames, { ratio: 100 })],
  ['linux:init=0', (frames) => new LinuxTwin(frames, { init: 0 })],
  [
    'linux:init=0:initial=active:ratio=2',
    (frames) => new LinuxTwin(frames, { init: 0, initial: 'active', ratio: 2 }),
  ],
  ['mglru', (frames) => new MglruTwin(frames)],
  ['mglru:generations=3', (frames) => new MglruTwin(frames, 3)],
  ['mglru:promote=next', (frames) => new MglruTwin(frames, 4, 'next')],
  ['mglru:generations=3:promote=next', (frames) => new MglruTwin(frames, 3, 'next')],
  // The traces have some hundreds of references: most are shorter than the default.
  ['wsclock', (frames) => new WsClockTwin(frames, 1000, 8)],
  ['wsclock:tau=0', (frames) => new WsClockTwin(frames, 0, 8)],
  ['wsclock:tau=0:writes=1', (frames) => new WsClockTwin(frames, 0, 1)],
  ['wsclock:tau=10', (frames) => new WsClockTwin(frames, 10, 8)],
  ['wsclock:tau=10:writes=1', (frames) => new WsClockTwin(frames, 10, 1)],
  ['wsclock:tau=30:writes=2', (frames) => new WsClockTwin(frames, 30, 2)],
  [`wsclock:tau=20:writes=${MOST}`, (frames) => new WsClockTwin(frames, 20, MOST)],
  [`wsclock:writes=${MOST}`, (frames) => new WsClockTwin(frames, 1000, MOST)],
  ['wsclock:writes=1', (frames) => new WsClockTwin(frames, 1000, 1)],
  [`wsclock:tau=${MOST}`, (frames) => new WsClockTwin(frames, MOST, 8)],
];

describe('a policy equals its twin', () => {
  test.each(cases)('%s', (spec, newTwin) => {
    fc.assert(
      fc.property(scenes, ({ frames, trace }) => {
        expectSameRun(new Host(spec, { frames, trace }), newTwin(frames), trace);
      }),
      { seed: SEED, numRuns: RUNS },
    );
  });

  test('the cases cover every value of every choice, and both ends of every range', () => {
    for (const name of ['sieve', 's3-fifo', 'linux', 'mglru', 'wsclock']) {
      expectEveryValueCovered(
        name,
        cases.map(([asked]) => asked),
      );
    }
  });
});

describe('more pages than the first capacity of a list', () => {
  const random = randomFrom(7);
  const trace = Array.from(
    { length: 60_000 },
    (): Reference => [Math.floor(random() ** 2 * 6000), random() < 0.3 ? 1 : 0],
  );

  test.each([
    ['sieve', (frames: number) => new SieveTwin(frames, 0)],
    ['s3-fifo', (frames: number) => new S3FifoTwin(frames)],
    ['linux', (frames: number) => new LinuxTwin(frames)],
    ['mglru', (frames: number) => new MglruTwin(frames)],
    ['wsclock:tau=900', (frames: number) => new WsClockTwin(frames, 900, 8)],
  ])('%s', (spec, newTwin) => {
    for (const frames of [400, 1500]) {
      expectSameRun(new Host(spec, { frames, trace }), newTwin(frames), trace);
    }
  });
});

describe('nru', () => {
  test.each([1, 7, 40, 10_000, MOST])('chooses of the lowest class, tick %i', (tick) => {
    fc.assert(
      fc.property(scenes, fc.nat(1000), ({ frames, trace }, seed) => {
        const host = new Host(`nru:tick=${tick}:seed=${seed}`, { frames, trace });
        const twin = new NruTwin(frames, tick);
        for (const [page, op] of trace) {
          const real = host.access(page, op);
          twin.chosen = real.evicted;
          const slow = twin.access(page, op);
          if (slow.hit !== real.hit || slow.evicted !== real.evicted) {
            expect(real).toEqual(slow);
          }
        }
        host.policy.check?.();
        expect(host.writebacks).toBe(twin.writebacks);
      }),
      { seed: SEED, numRuns: RUNS },
    );
  });

  test('chooses evenly, also after draws that hit pages of a higher class', () => {
    // 12 frames hold pages 0 .. 11, of which the odd ones are dirty. The fault at the tick takes one of
    // the six even pages, all of class 0. Two of the other five are read, unnoticed by the policy, so
    // that the next victim must be one of the last three, each as often as the others.
    const trace: Reference[] = Array.from({ length: 12 }, (_, page) => [page, page % 2 ? 1 : 0]);
    const seeds = 6000;
    const taken = new Map<number, number>();
    for (let seed = 0; seed < seeds; seed++) {
      const host = new Host(`nru:tick=12:seed=${seed}`, { frames: 12, pageCount: 20, trace });
      host.run(trace);
      const first = host.access(13, 1).evicted;
      const rest = [0, 2, 4, 6, 8, 10].filter((page) => page !== first);
      for (const page of rest.slice(0, 2)) host.access(page, 0);
      const second = host.access(12, 0).evicted;
      expect(rest.slice(2)).toContain(second);
      const rank = rest.indexOf(second) - 2;
      taken.set(rank, (taken.get(rank) ?? 0) + 1);
    }
    // Three ranks with a third each: a deviation of 150 in 6000 is four standard deviations.
    expect([...taken.keys()].sort()).toEqual([0, 1, 2]);
    for (const count of taken.values()) expect(Math.abs(count - seeds / 3)).toBeLessThan(150);
  });

  test('another seed is another run, the same seed the same one', () => {
    const random = randomFrom(3);
    const trace = Array.from({ length: 2000 }, (): Reference => [Math.floor(random() * 60), 0]);
    const run = (seed: number) =>
      new Host(`nru:tick=50:seed=${seed}`, { frames: 20, trace }).run(trace).evictions;
    expect(run(1)).toEqual(run(1));
    expect(run(1)).not.toEqual(run(2));
  });
});

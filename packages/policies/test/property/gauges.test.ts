// Gauges read what is: lists and targets as the slow twins hold them, ghost hits as the twins' ghosts
// tell beforehand, and scans as the bits that they leave behind tell afterwards.

import { NO_PAGE, REFERENCED } from '@pagelend/policies';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Host, resolve } from '../host.ts';
import { costs, SEED, scenes } from '../traces.ts';
import { ArcTwin } from '../twins/arc.ts';
import { CarTwin } from '../twins/car.ts';
import { CrawTwin } from '../twins/craw.ts';

const RUNS = 150;

/** The host's readings by the gauges' names. */
function readings(spec: string, host: Host): Record<string, number> {
  const gauges = resolve(spec).definition.gauges!;
  const into = new Float64Array(gauges.length);
  host.policy.readGauges!(into);
  return Object.fromEntries(gauges.map(({ name }, index) => [name, into[index]!]));
}

type Shown = Readonly<Record<string, number>>;

/** Compared by hand, and described by `expect` only where they differ, because there are millions. */
function expectShown(shown: Shown, wanted: Shown): void {
  for (const name in wanted) {
    if (shown[name] !== wanted[name]) expect(shown).toMatchObject(wanted);
  }
}

describe.each(['car', 'car:ratio=integer', 'arc'])('%s', (spec) => {
  test('shows the lists, the target and the ghost hits of its twin', () => {
    fc.assert(
      fc.property(scenes, ({ frames, trace }) => {
        const host = new Host(spec, { frames, trace });
        const twin = spec === 'arc' ? new ArcTwin(frames) : newCarTwin(spec, frames);
        const hits = { b1: 0, b2: 0 };
        for (const [page, op] of trace) {
          if (twin.b1.includes(page)) hits.b1++;
          if (twin.b2.includes(page)) hits.b2++;
          host.access(page, op);
          twin.access(page, op);
          expectShown(readings(spec, host), {
            T1: twin.t1.length,
            T2: twin.t2.length,
            B1: twin.b1.length,
            B2: twin.b2.length,
            p: twin.p,
            'B1 hits': hits.b1,
            'B2 hits': hits.b2,
          });
        }
      }),
      { seed: SEED, numRuns: RUNS },
    );
  });
});

function newCarTwin(spec: string, frames: number): CarTwin {
  return new CarTwin(frames, spec === 'car' ? 'real' : 'integer');
}

describe.each(['craw', 'craw-rm', 'craw:link=lazy', 'craw-rm:link=lazy', 'craw:ghosts=full'])(
  '%s',
  (spec) => {
    test('shows the areas, the ghosts, the target, the links and ghost hits of its twin', () => {
      fc.assert(
        fc.property(scenes, costs, ({ frames, trace }, pair) => {
          const { definition, options } = resolve(spec);
          const host = new Host(spec, { frames, trace, costs: pair });
          const isRm = definition.name === 'craw-rm';
          const twin = watched(new CrawTwin({ frames, isRm, costs: pair, options }));
          for (const [page, op] of trace) {
            host.access(page, op);
            twin.access(page, op);
            const { R, W, GR, GW, target, pushes, ghostHits } = twin;
            expectShown(readings(spec, host), {
              R: R.length,
              W: W.length,
              both: R.filter((one) => W.includes(one)).length,
              GR: GR.length,
              GW: GW.length,
              s_r: target,
              'GR hits': ghostHits.GR,
              'GW hits': ghostHits.GW,
              'R links': pushes.R,
              'W links': pushes.W,
            });
          }
        }),
        { seed: SEED, numRuns: RUNS },
      );
    });
  },
);

/**
 * The twin with its lists watched: pages that enter R or W anew, and ghosts that are taken out of GR
 * or GW by name (trimming takes them from the head by `shift`).
 */
function watched(twin: CrawTwin) {
  const pushes = { R: 0, W: 0 };
  const ghostHits = { GR: 0, GW: 0 };
  // Within a reference a page that was shifted comes back to its list only by rotation.
  const shifted: { R: number | undefined; W: number | undefined } = { R: undefined, W: undefined };
  for (const name of ['R', 'W'] as const) {
    const list = twin[name];
    list.shift = () => {
      shifted[name] = Array.prototype.shift.call(list);
      return shifted[name];
    };
    list.push = (page: number) => {
      if (page !== shifted[name]) pushes[name]++;
      return Array.prototype.push.call(list, page);
    };
  }
  const access = twin.access.bind(twin);
  twin.access = (page, op) => {
    shifted.R = shifted.W = undefined;
    return access(page, op);
  };
  for (const name of ['GR', 'GW'] as const) {
    const list = twin[name];
    const { splice } = Array.prototype;
    list.splice = ((start: number, count: number) => {
      ghostHits[name]++;
      return splice.call(list, start, count);
    }) as typeof list.splice;
  }
  return Object.assign(twin, { pushes, ghostHits });
}

describe.each(['clock', 'clock:init=0', 'esc', 'car'])('%s', (spec) => {
  test('counts as spared the reference bits that its hands cleared', () => {
    fc.assert(
      fc.property(scenes, ({ frames, trace }) => {
        const host = new Host(spec, { frames, trace });
        let cleared = 0;
        for (const [page, op] of trace) {
          cleared += clearedBy(host, () => host.access(page, op), page);
          const shown = readings(spec, host);
          const { spared = shown['T1 to T2']! + shown['T2 spared']! } = shown;
          expectShown({ spared }, { spared: cleared });
          const left = host.evictions.length;
          // A hand looks at a page to spare it or to take it, and at no other.
          if (spec === 'esc') {
            const dirty = shown['dirty victims']!;
            const cleanVictims = left - dirty;
            expectShown(shown, { 'clean victims': cleanVictims, 'dirty pass': cleared + dirty });
          } else {
            const { scanned = shown['T1 scanned']! + shown['T2 scanned']! } = shown;
            expectShown({ scanned }, { scanned: cleared + left });
          }
        }
      }),
      { seed: SEED, numRuns: RUNS },
    );
  });
});

test('car tells the pages that its hands spared by their list', () => {
  fc.assert(
    fc.property(scenes, ({ frames, trace }) => {
      const host = new Host('car', { frames, trace });
      const twin = new CarTwin(frames, 'real');
      let moved = 0;
      for (const [page, op] of trace) {
        const t1 = [...twin.t1];
        const wasUsed = new Set(t1.filter((one) => (host.table.bits[one]! & REFERENCED) !== 0));
        host.access(page, op);
        twin.access(page, op);
        // A page of T1 whose bit is set leaves T1 for T2, wherever it is by now; others leave memory.
        moved += t1.filter((one) => wasUsed.has(one) && !twin.t1.includes(one)).length;
        expectShown(readings('car', host), { 'T1 to T2': moved });
      }
    }),
    { seed: SEED, numRuns: RUNS },
  );
});

test('the hand of clock looks at no frame that a freed page left', () => {
  fc.assert(
    fc.property(scenes, fc.integer({ min: 2, max: 9 }), ({ frames, trace }, every) => {
      const host = new Host('clock', { frames, trace });
      let cleared = 0;
      for (const [index, [page, op]] of trace.entries()) {
        if (index % every === 0) host.forget(trace[Math.floor(index / 2)]![0]);
        // Memory is asked for while frames in the midst are free.
        if (index % every === 1 && host.table.residentCount > 0) {
          cleared += clearedBy(host, () => host.takeVictim());
        }
        cleared += clearedBy(host, () => host.access(page, op), page);
        const scanned = cleared + host.evictions.length;
        expectShown(readings('clock', host), { scanned, spared: cleared });
      }
    }),
    { seed: SEED, numRuns: RUNS },
  );
});

/** Does it and tells how many set reference bits, other than those of `page`, it cost. */
function clearedBy(host: Host, act: () => unknown, page: number = NO_PAGE): number {
  const before = host.table.bits.slice();
  act();
  let cleared = 0;
  for (const [id, bits] of before.entries()) {
    if (id === page || (bits & REFERENCED) === 0) continue;
    if ((host.table.bits[id]! & REFERENCED) === 0) cleared++;
  }
  return cleared;
}

test('cflru counts which victims were dirty', () => {
  fc.assert(
    fc.property(scenes, ({ frames, trace }) => {
      const host = new Host('cflru:window=1', { frames, trace }).run(trace);
      const shown = readings('cflru:window=1', host);
      expect(shown['dirty victims']).toBe(host.writebacks);
      expect(shown['clean victims']).toBe(host.evictions.length - host.writebacks);
    }),
    { seed: SEED, numRuns: RUNS },
  );
});

test('min counts the victims that no later reference asks for', () => {
  fc.assert(
    fc.property(scenes, ({ frames, trace }) => {
      const host = new Host('min', { frames, trace });
      let doneWith = 0;
      for (const [index, [page, op]] of trace.entries()) {
        const { evicted } = host.access(page, op);
        if (evicted >= 0 && !trace.slice(index).some(([later]) => later === evicted)) doneWith++;
        expectShown(readings('min', host), { 'done with': doneWith });
      }
    }),
    { seed: SEED, numRuns: 100 },
  );
});

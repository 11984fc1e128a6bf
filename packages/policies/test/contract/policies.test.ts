// What every policy owes its host, whatever it decides: one suite over all policies and all values
// of their options. `steps` are what hosts do: references, frees, new frame counts, and pages taken
// because somebody wants memory back.

import { NO_PAGE, READ, WRITE } from '@pagelend/policies';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Host, type Reference } from '../host.ts';
import { PAGES_MAX, SEED, scenes } from '../traces.ts';
import { observationOfSpec, variants } from './variants.ts';

type Step =
  | { readonly kind: 'access'; readonly page: number; readonly op: 0 | 1 }
  | { readonly kind: 'forget'; readonly page: number }
  | { readonly kind: 'resize'; readonly frames: number }
  | { readonly kind: 'take' };

const page = fc.nat(15);
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 20,
      arbitrary: fc.record({
        kind: fc.constant('access' as const),
        page,
        op: fc.constantFrom(READ, WRITE),
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('forget' as const), page }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('resize' as const),
        frames: fc.integer({ min: 1, max: 12 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('take' as const) }) },
  ),
  { maxLength: 250, size: 'max' },
);

function accessesOf(program: readonly Step[]): Reference[] {
  return program.flatMap((step) => (step.kind === 'access' ? [[step.page, step.op]] : []));
}

/** Takes one step, and fails where memory then holds more than it may. */
function take(host: Host, step: Step): void {
  if (step.kind === 'access') host.access(step.page, step.op);
  else if (step.kind === 'forget') host.forget(step.page);
  else if (step.kind === 'resize') host.resize(step.frames);
  else if (host.table.residentCount > 0) host.takeVictim();
  if (host.table.residentCount > host.frames) throw new Error('more pages than frames');
}

describe.each(variants)('%s', (spec) => {
  test('keeps within its frames, never below the fewest faults, the same on every run', () => {
    fc.assert(
      fc.property(scenes, ({ frames, trace }) => {
        const [host, again] = [0, 1].map(() => new Host(spec, { frames, trace }).run(trace));
        const fewest = new Host('min', { frames, trace }).run(trace).faults;
        expect(host!.faults).toBeGreaterThanOrEqual(fewest);
        expect(host!.table.residentCount).toBeLessThanOrEqual(frames);
        expect(host!.faults - host!.evictions.length).toBe(host!.table.residentCount);
        expect(again!.evictions).toEqual(host!.evictions);
        expect(again!.writebacks).toBe(host!.writebacks);
      }),
      { seed: SEED, numRuns: 40 },
    );
  });

  test('gives back page after page to a host that merely wants memory', () => {
    fc.assert(
      fc.property(scenes, ({ frames, trace }) => {
        const pageCount = PAGES_MAX;
        const host = new Host(spec, { frames, trace, pageCount }).run(trace);
        const resident = new Set(trace.map(([id]) => id).filter((id) => host.table.isResident(id)));
        const taken = [...resident].map(() => host.takeVictim());
        expect(new Set(taken)).toEqual(resident);
        expect(host.table.residentCount).toBe(0);
        host.policy.check?.();
        // The emptied policy goes on as any other.
        host.table.position = 0;
        host.run(trace);
        expect(host.table.residentCount).toBe(Math.min(frames, new Set(trace.map(first)).size));
      }),
      { seed: SEED, numRuns: 40 },
    );
  });

  test('names resident victims through frees, resizes and taken pages', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 12 }), (program, frames) => {
        const host = new Host(spec, { frames, trace: accessesOf(program), pageCount: 16 });
        for (const step of program) {
          take(host, step);
          host.policy.check?.();
        }
      }),
      { seed: SEED, numRuns: 50 },
    );
  });

  test.skipIf(decidesByNames(spec))('keeps no trace of a page that was forgotten', () => {
    // Two programs differ only in the name of one page after it was forgotten: the one goes on with
    // that page, the other with a page never seen before. Nobody must be able to tell.
    const fresh = 16;
    fc.assert(
      fc.property(steps, steps, page, fc.integer({ min: 1, max: 12 }), (a, b, old, frames) => {
        const renamed = b.map((step) =>
          'page' in step && step.page === old ? { ...step, page: fresh } : step,
        );
        const logs = [b, renamed].map((after) => {
          const program: Step[] = [...a, { kind: 'forget', page: old }, ...after];
          const trace = accessesOf(program);
          const host = new Host(spec, { frames, trace, pageCount: 17 });
          for (const step of a) take(host, step);
          host.forget(old);
          const start = host.evictions.length;
          for (const step of after) take(host, step);
          const names = host.evictions.slice(start).map((id) => (id === fresh ? old : id));
          return { names, hits: host.hits, writebacks: host.writebacks };
        });
        expect(logs[1]).toEqual(logs[0]);
      }),
      { seed: SEED, numRuns: 50 },
    );
  });

  test('takes a free of a page that it never saw, and one that comes twice', () => {
    const host = new Host(spec, { frames: 2, trace: [[0, READ]], pageCount: 4 });
    host.forget(3);
    expect(host.access(0, READ)).toEqual({ hit: false, evicted: NO_PAGE, written: [] });
    host.forget(0);
    host.forget(0);
    host.policy.check?.();
    expect(host.table.residentCount).toBe(0);
  });
});

/**
 * A policy that knew all along under which name a page would come back decides by that. CFDC puts
 * pages together by their numbers, so that another name is another neighbourhood; it is put to the
 * test where each page is a cluster of its own, and where all pages are one cluster.
 */
function decidesByNames(spec: string): boolean {
  if (spec.startsWith('cfdc')) return !/:cluster=(1|65536)$/.test(spec);
  return observationOfSpec(spec) === 'future';
}

function first([id]: Reference): number {
  return id;
}

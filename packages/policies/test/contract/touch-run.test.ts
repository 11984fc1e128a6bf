// `touchRun` takes a run of hits in one call and must come to what `touch` comes to one by one. The
// bits of the whole run are set before the call, as a host with a fast loop does it.

import { admissionTraps, type Op, packReference, WRITE } from '@pagelend/policies';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Host } from '../host.ts';
import { type Scene, SEED, scenes } from '../traces.ts';
import { variants } from './variants.ts';

const small: Scene = { frames: 2, trace: [[0, 0]] };
const withRuns = variants.filter((spec) => new Host(spec, small).policy.touchRun !== undefined);

test('the policies that move a page at every hit take runs', () => {
  expect(withRuns).toEqual(expect.arrayContaining(['arc', 'cflru']));
});

describe.each(withRuns)('%s', (spec) => {
  test('a run of hits equals its hits one by one', () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        const { frames, trace } = scene;
        const single = new Host(spec, { frames, trace }).run(trace);
        const inRuns = runsOf(spec, scene);
        expect(inRuns.evictions).toEqual(single.evictions);
        expect(inRuns.writebacks).toBe(single.writebacks);
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  test('asks for no trap of its own, for the bits of a run are set before it is told', () => {
    const { policy } = new Host(spec, small);
    expect(policy.traps).toBeUndefined();
    expect(admissionTraps(policy)).not.toBe(0);
  });
});

/** Hits are gathered until a fault, within an array that holds other things before and after. */
function runsOf(spec: string, { frames, trace }: Scene): Host {
  const host = new Host(spec, { frames, trace });
  const { table, policy } = host;
  let run: number[] = [];
  const flush = (): void => {
    // The table's position is that of the first reference of the run, as it is at a `touch`.
    const references = Uint32Array.from([2 ** 31, ...run, 2 ** 31]);
    policy.touchRun!(references, 1, 1 + run.length);
    table.position += run.length;
    run = [];
  };
  for (const [page, op] of trace as readonly (readonly [number, Op])[]) {
    if (table.isResident(page)) {
      table.reference(page, op);
      if (op === WRITE) host.dirty.add(page);
      run.push(packReference(page, op));
      continue;
    }
    flush();
    host.access(page, op);
  }
  flush();
  policy.check?.();
  return host;
}

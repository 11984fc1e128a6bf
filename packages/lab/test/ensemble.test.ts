// An ensemble equals its members run one by one, and the interface driven one reference at a time,
// for every policy that may be a member: under every option, wherever chunks end.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { variants } from '../../policies/test/contract/variants.ts';
import { Host } from '../../policies/test/host.ts';
import { costs, SEED, scenes } from '../../policies/test/traces.ts';
import { batchesOf, runBatch } from '../src/batch.ts';
import type { Cell, CellInput } from '../src/cell.ts';
import { runCell } from '../src/cell.ts';
import { ENSEMBLE_MEMBERS_MAX, Ensemble } from '../src/ensemble.ts';
import { memoryTraceOf, pack, randomTrace, simulationOf } from './helpers.ts';

const quiet = variants.filter((spec) => !simulationOf(spec, [[0, 0]], { frames: 1 }).actsOnHits);

describe('an ensemble of every policy that may be a member', () => {
  test('is most of them', () => {
    for (const spec of ['fifo', 'clock', 'car', 'craw', 'craw-rm', 'craw-rm:link=lazy', 'esc']) {
      expect(quiet).toContain(spec);
    }
    expect(quiet).not.toContain('lru');
    expect(quiet).not.toContain('arc');
  });

  test('counts and keeps what each does alone', () => {
    const members = fc.shuffledSubarray(quiet, { minLength: 1, maxLength: ENSEMBLE_MEMBERS_MAX });
    fc.assert(
      fc.property(
        scenes,
        costs,
        members,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 }),
        ({ frames, trace }, cost, specs, cuts) => {
          const own = (place: number) => ({ frames: 1 + ((frames + place) % 9), costs: cost });
          const simulations = specs.map((spec, i) => simulationOf(spec, trace, own(i)));
          const references = pack(trace);
          const ensemble = new Ensemble(simulations);
          let from = 0;
          for (const cut of [...cuts.sort((a, b) => a - b), 1]) {
            const to = Math.floor(cut * trace.length);
            ensemble.run(references, from, to);
            from = to;
          }
          for (const [i, spec] of specs.entries()) {
            const { counts, table } = simulations[i]!;
            simulations[i]!.check();
            const { pageCount } = table;
            const host = new Host(spec, { trace, pageCount, ...own(i) }).run(trace);
            expect(counts).toMatchObject({
              references: trace.length,
              faults: host.faults,
              coldFaults: host.coldFaults,
              writebacks: host.writebacks,
            });
            expect(table.bits, spec).toEqual(host.table.bits);
          }
        },
      ),
      { seed: SEED, numRuns: 120 },
    );
  });

  test('takes 32 members, no more, and none that acts on hits', () => {
    const trace = randomTrace(5_000, 300);
    const specs = Array.from({ length: ENSEMBLE_MEMBERS_MAX }, (_, i) => quiet[i % quiet.length]!);
    const made = () => specs.map((spec, i) => simulationOf(spec, trace, { frames: 5 + 6 * i }));
    const [together, alone] = [made(), made()];
    new Ensemble(together).run(pack(trace), 0, trace.length);
    for (const [i, simulation] of alone.entries()) {
      simulation.run(pack(trace));
      expect(together[i]!.counts, specs[i]!).toEqual(simulation.counts);
    }
    expect(() => new Ensemble([...made(), made()[0]!])).toThrow('33 members');
    expect(() => new Ensemble([simulationOf('lru', trace, { frames: 5 })])).toThrow();
  });
});

describe('batches', () => {
  const trace = memoryTraceOf(randomTrace(100_000, 500));
  const input: CellInput = {
    trace,
    nextUse: null,
    writes: null,
    writesNextUse: null,
    warmupReferences: 70_001,
  };
  const cell = (policy: string, frames: number, over: Cell['over'] = 'trace'): Cell => ({
    policy,
    frames,
    costs: { read: 1, write: 4 },
    over,
    offers: null,
  });

  test('cover every cell once, evenly, and never mix traces', () => {
    const cells = Array.from({ length: 101 }, (_, i) =>
      cell('clock', i + 1, i % 5 === 0 ? 'writes' : 'trace'),
    );
    for (const jobs of [1, 2, 3, 200]) {
      const batches = batchesOf(cells, jobs);
      expect(batches.flat().sort((a, b) => a - b)).toEqual([...cells.keys()]);
      for (const batch of batches) {
        expect(batch.length).toBeGreaterThan(0);
        expect(batch.length).toBeLessThanOrEqual(ENSEMBLE_MEMBERS_MAX);
        expect(new Set(batch.map((index) => cells[index]!.over)).size).toBe(1);
      }
    }
    expect(batchesOf(cells, 2).map(({ length }) => length)).toEqual([27, 27, 26, 11, 10]);
  });

  test('give what each cell gives alone, warm-up and policies told of hits included', async () => {
    const cells = ['clock', 'lru', 'craw', 'arc', 'craw-rm:link=lazy'].flatMap((policy) =>
      [20, 100, 499].map((frames) => cell(policy, frames)),
    );
    let done = 0;
    const results = await runBatch(cells, input, (references) => {
      done += references;
    });
    expect(done).toBe(cells.length * trace.referenceCount);
    for (const [i, one] of cells.entries()) {
      expect(results[i], `${one.policy} ${one.frames}`).toEqual(
        await runCell(one, input, () => {}),
      );
    }
  });
});

// The simulator's fast loops do what driving a policy one reference at a time does, for every policy
// under every option, wherever the chunks of the trace end and however much more the host shows.

import { type Observation, observations, offersEnough } from '@pagelend/policies';
import { openTrace } from '@pagelend/trace';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { observationOfSpec, variants } from '../../policies/test/contract/variants.ts';
import { Host, type Reference } from '../../policies/test/host.ts';
import { costs, SEED, scenes } from '../../policies/test/traces.ts';
import { pack, recording, simulationOf } from './helpers.ts';

const everyOffer = Object.keys(observations) as Observation[];

function expectSameCounts(
  spec: string,
  trace: readonly Reference[],
  settings: { frames: number; costs?: { read: number; write: number }; offers?: Observation },
  borders: readonly number[],
): void {
  const simulation = simulationOf(spec, trace, settings);
  const { pageCount } = simulation.table;
  const host = new Host(spec, { trace, pageCount, ...settings }).run(trace);
  const references = pack(trace);
  let from = 0;
  for (const to of [...new Set(borders), trace.length].sort((a, b) => a - b)) {
    simulation.run(references, from, to);
    from = to;
  }
  simulation.check();
  const seen = new Set<number>();
  const coldWriteFaults = trace.filter(
    ([page, op]) => seen.size !== seen.add(page).size && op === 1,
  ).length;
  expect(simulation.counts).toEqual({
    references: trace.length,
    faults: host.faults,
    coldFaults: host.coldFaults,
    coldWriteFaults,
    writebacks: host.writebacks,
  });
  expect(simulation.table.residentCount).toBe(host.table.residentCount);
  for (let page = 0; page < host.table.pageCount; page++) {
    const isSame =
      simulation.table.isDirty(page) === host.table.isDirty(page) &&
      simulation.table.isResident(page) === host.table.isResident(page);
    if (!isSame) expect.unreachable(`page ${page} differs at the end`);
  }
}

describe('the fast loops equal the interface driven one reference at a time', () => {
  test.each(variants)('%s', (spec) => {
    const observes = observationOfSpec(spec);
    const offers = fc.constantFrom(...everyOffer.filter((offer) => offersEnough(offer, observes)));
    fc.assert(
      fc.property(
        scenes,
        costs,
        offers,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 }),
        ({ frames, trace }, cost, offer, cuts) => {
          const borders = cuts.map((cut) => Math.floor(cut * trace.length));
          expectSameCounts(spec, trace, { frames, costs: cost, offers: offer }, borders);
        },
      ),
      { seed: SEED, numRuns: 60 },
    );
  });
});

describe('the same over the start of a recording, in chunks of odd lengths', async () => {
  const trace = await startOf('sort', 150_000);
  const borders = Array.from({ length: 60 }, (_, i) => (i * i * 41 + i) % trace.length);
  const pages = new Set(trace.map(([page]) => page)).size;
  test.each(variants.filter((spec) => !spec.includes(':')))('%s', (spec) => {
    for (const frames of [1, 7, Math.floor(pages / 3)]) {
      expectSameCounts(spec, trace, { frames }, borders);
    }
  });
});

test('counts can be read between chunks, and a run of nothing changes none', () => {
  const trace: Reference[] = [0, 1, 2, 0, 3].map((page) => [page, page === 0 ? 1 : 0]);
  const simulation = simulationOf('fifo', trace, { frames: 2 });
  const references = pack(trace);
  simulation.run(references, 0, 3);
  const before = simulation.counts;
  // FIFO, two frames: 0, 1, then 2 drives the written page 0 out.
  expect(before).toEqual({
    references: 3,
    faults: 3,
    coldFaults: 3,
    coldWriteFaults: 1,
    writebacks: 1,
  });
  simulation.run(references, 3, 3);
  expect(simulation.counts).toEqual(before);
  // 0 comes back, which is no cold fault, and 3 drives out 2, which is clean.
  simulation.run(references, 3);
  expect(simulation.counts).toEqual({
    references: 5,
    faults: 5,
    coldFaults: 4,
    coldWriteFaults: 1,
    writebacks: 1,
  });
});

async function startOf(name: string, count: number): Promise<Reference[]> {
  const reader = await openTrace(recording(name));
  const trace: Reference[] = [];
  try {
    for await (const block of reader.blocks()) {
      for (const packed of block.subarray(0, count - trace.length)) {
        trace.push([packed >>> 1, (packed & 1) as 0 | 1]);
      }
      if (trace.length === count) break;
    }
  } finally {
    await reader.close();
  }
  return trace;
}

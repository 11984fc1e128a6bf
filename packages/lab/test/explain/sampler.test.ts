// A sampler sees what driving the policy one reference at a time would show at the same places, and the
// fast loops that it splits count gauges as the interface does.

import { DIRTY, MODIFIED, REFERENCED, RESIDENT } from '@pagelend/policies';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { variants } from '../../../policies/test/contract/variants.ts';
import { Host, resolve } from '../../../policies/test/host.ts';
import { SEED, scenes } from '../../../policies/test/traces.ts';
import { Sampler, type Samples } from '../../src/explain/sampler.ts';
import { pack, simulationOf } from '../helpers.ts';

const showing = variants.filter((spec) => resolve(spec).definition.gauges !== undefined);
const shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 });

describe.each(showing)('%s', (spec) => {
  test('is seen as the interface shows it', () => {
    fc.assert(
      fc.property(scenes, shares, ({ frames, trace }, asked) => {
        const points = asked.map((share) => Math.floor(share * trace.length));
        const sorted = [...new Set([0, ...points, trace.length])].sort((a, b) => a - b);
        const simulation = simulationOf(spec, trace, { frames });
        const sampler = new Sampler(simulation, resolve(spec).definition, sorted);
        const references = pack(trace);
        // In two pieces, as the windows of a replay come.
        const middle = Math.floor(trace.length / 2);
        sampler.run(references, 0, middle);
        sampler.run(references, middle, trace.length);
        simulation.check();
        const { pageCount } = simulation.table;
        const host = new Host(spec, { frames, trace, pageCount });
        expect(plain(sampler.samples)).toEqual(slowly(spec, host, trace, sorted));
      }),
      { seed: SEED, numRuns: 40 },
    );
  });
});

/** The oracle: everything is looked at after each of the points, and differences are taken at the end. */
function slowly(
  spec: string,
  host: Host,
  trace: readonly (readonly [number, 0 | 1])[],
  points: readonly number[],
) {
  const gauges = resolve(spec).definition.gauges!;
  const looks = points.map((point, i) => {
    for (const [page, op] of trace.slice(points[i - 1] ?? 0, point)) host.access(page, op);
    const reading = new Float64Array(gauges.length);
    host.policy.readGauges!(reading);
    const withBit = (mask: number) =>
      host.table.bits.filter((bits) => (bits & RESIDENT) !== 0 && (bits & mask) !== 0).length;
    return {
      faults: host.faults,
      coldFaults: host.coldFaults,
      writebacks: host.writebacks,
      resident: withBit(RESIDENT),
      referenced: withBit(REFERENCED),
      modified: withBit(MODIFIED),
      dirty: withBit(MODIFIED | DIRTY),
      reading,
    };
  });
  const windows = (of: (look: (typeof looks)[number]) => number) =>
    looks.map((look, i) => of(look) - (i === 0 ? 0 : of(looks[i - 1]!)));
  return {
    references: points,
    faults: windows(({ faults }) => faults),
    coldFaults: windows(({ coldFaults }) => coldFaults),
    writebacks: windows(({ writebacks }) => writebacks),
    resident: looks.map(({ resident }) => resident),
    referenced: looks.map(({ referenced }) => referenced),
    modified: looks.map(({ modified }) => modified),
    dirty: looks.map(({ dirty }) => dirty),
    gauges: gauges.map(({ kind }, i) =>
      kind === 'count'
        ? windows(({ reading }) => reading[i]!)
        : looks.map(({ reading }) => reading[i]!),
    ),
  };
}

function plain({ gauges, ...columns }: Samples) {
  const arrays = Object.entries(columns).map(([name, column]) => [name, [...column]]);
  return { ...Object.fromEntries(arrays), gauges: gauges.map(({ samples }) => [...samples]) };
}

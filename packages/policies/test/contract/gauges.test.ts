// What every policy that shows gauges owes `sim --explain`: readings that fit what it declares, at any
// time, and that change nothing.

import { type Gauge, policies } from '@pagelend/policies';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Host, resolve } from '../host.ts';
import { PAGES_MAX, SEED, scenes } from '../traces.ts';
import { variants } from './variants.ts';

const showing = variants.filter((spec) => gaugesOf(spec).length > 0);
/** One place more than the longest list of gauges needs, to see what is written past its end. */
const ROOM = 64;

function gaugesOf(spec: string): readonly Gauge[] {
  return resolve(spec).definition.gauges ?? [];
}

/** A reading, checked against what the policy declares and against the reading before. */
class Reader {
  readonly #gauges: readonly Gauge[];
  readonly #into = new Float64Array(ROOM);
  readonly #last = new Float64Array(ROOM);

  constructor(spec: string) {
    this.#gauges = gaugesOf(spec);
  }

  read(host: Host): void {
    const into = this.#into.fill(Number.NaN);
    host.policy.readGauges!(into);
    for (let i = 0; i < ROOM; i++) {
      const gauge = this.#gauges[i];
      const value = into[i]!;
      if (gauge === undefined ? Number.isNaN(value) : this.#fits(gauge, value, i, host)) continue;
      expect.fail(`gauge ${i}, ${gauge?.name ?? 'which is not declared'}, reads ${value}`);
    }
  }

  #fits({ kind }: Gauge, value: number, index: number, host: Host): boolean {
    const last = this.#last[index]!;
    this.#last[index] = value;
    if (kind === 'pages')
      return Number.isInteger(value) && value >= 0 && value <= host.table.pageCount;
    return Number.isFinite(value) && (kind === 'target' || value >= last);
  }
}

describe.each(showing)('%s', (spec) => {
  test('reads what it declares through references, frees, resizes and taken pages', () => {
    const action = fc.record({
      kind: fc.constantFrom('access', 'access', 'access', 'access', 'forget', 'resize', 'take'),
      page: fc.nat(15),
      op: fc.constantFrom(0 as const, 1 as const),
      frames: fc.integer({ min: 1, max: 12 }),
    });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 200, size: 'max' }), (actions) => {
        const trace = actions.flatMap(({ kind, page, op }) =>
          kind === 'access' ? [[page, op] as const] : [],
        );
        const host = new Host(spec, { frames: 8, trace, pageCount: 16 });
        const reader = new Reader(spec);
        reader.read(host);
        for (const { kind, page, op, frames } of actions) {
          if (kind === 'access') host.access(page, op);
          else if (kind === 'forget') host.forget(page);
          else if (kind === 'resize') host.resize(frames);
          else if (host.table.residentCount > 0) host.takeVictim();
          reader.read(host);
        }
      }),
      { seed: SEED, numRuns: 30 },
    );
  });

  test('does the same whether or not somebody reads', () => {
    fc.assert(
      fc.property(scenes, ({ frames, trace }) => {
        const alone = new Host(spec, { frames, trace, pageCount: PAGES_MAX }).run(trace);
        const read = new Host(spec, { frames, trace, pageCount: PAGES_MAX });
        const reader = new Reader(spec);
        for (const [page, op] of trace) {
          read.access(page, op);
          reader.read(read);
        }
        expect(read.evictions).toEqual(alone.evictions);
        expect(read.writebacks).toBe(alone.writebacks);
        expect(read.table.bits).toEqual(alone.table.bits);
      }),
      { seed: SEED, numRuns: 30 },
    );
  });
});

test('gauges are declared where they are read, once each and in words', () => {
  for (const { name } of policies) {
    const gauges = gaugesOf(name);
    const { policy } = new Host(name, { frames: 2, trace: [[0, 0]] });
    expect(policy.readGauges !== undefined, name).toBe(gauges.length > 0);
    expect(new Set(gauges.map((gauge) => gauge.name)).size, name).toBe(gauges.length);
    for (const gauge of gauges) expect(gauge.says, name).toMatch(/^\S.*\S$/);
    expect(gauges.length).toBeLessThan(ROOM);
  }
});

test('the policies of the paper and those that they are compared with show theirs', () => {
  const names = 'fifo clock esc car craw-rm craw lru arc cflru min'.split(' ');
  expect(showing).toEqual(expect.arrayContaining(names));
});

// `explain` in a sweep: which runs there are, that they add up to the rows, that they change no row and
// come out the same each time, and what is said of a policy whose gauges are broken.

import { type SimExplanation, type SimResult, type SweepPlan, sweep } from '@pagelend/lab';
import { parsePolicySpec } from '@pagelend/policies';
import { describe, expect, test } from 'vitest';
import { planFor, randomTrace, scratch } from '../helpers.ts';

const { write, trace: writeTrace } = scratch();
const a = writeTrace('a.plt', randomTrace(5000, 60, 1));
const b = writeTrace('b.plt', randomTrace(4000, 90, 2));
const twoCosts = [2, 8].map((ratio) => ({ medium: null, read: 1, write: ratio }));

async function explained(plan: SweepPlan, policy: string): Promise<SimResult> {
  return sweep({ ...plan, explain: parsePolicySpec(policy) });
}

const total = (windows: readonly number[]): number => windows.reduce((sum, one) => sum + one, 0);

describe('runs', () => {
  test('one a trace, frame count and cost pair where the policy looks at costs', async () => {
    const plan = planFor([b, a], 'car', [30, 10], { costs: twoCosts });
    const { explanations, rows } = await explained(plan, 'craw-rm');
    const wanted = [b, a].flatMap((trace) =>
      [30, 10].flatMap((frames) => [2, 8].map((write) => [trace, frames, 1, write])),
    );
    const found = explanations!.map((run) => [
      run.trace,
      run.frames,
      run.read_cost,
      run.write_cost,
    ]);
    expect(found).toEqual(wanted);
    expect(new Set(rows.map(({ policy }) => policy))).toEqual(new Set(['car']));
  });

  test('one a trace and frame count where it does not, for all costs', async () => {
    const plan = planFor([a], 'car', [30, 10], { costs: twoCosts });
    const { explanations } = await explained(plan, 'clock:init=0');
    expect(explanations!.map((run) => [run.frames, run.medium, run.read_cost])).toEqual([
      [30, null, null],
      [10, null, null],
    ]);
  });

  test('none where nothing was to be explained', async () => {
    expect(Object.keys(await sweep(planFor([a], 'car', [10])))).not.toContain('explanations');
  });

  test.each(['craw-rm', 'clock', 'lru', 'min', 'esc'])('%s changes no row', async (policy) => {
    const plan = planFor([a, b], 'clock,craw-rm,esc,min', [20], { costs: twoCosts, bound: true });
    expect((await explained(plan, policy)).rows).toEqual((await sweep(plan)).rows);
  });
});

describe('sums', () => {
  test.each(['craw-rm', 'clock', 'arc', 'fifo', 'min'])('%s adds up to its row', async (policy) => {
    for (const warmup of [undefined, { value: 40, isPercent: true }]) {
      const plan = planFor([a, b], policy, [25], warmup === undefined ? {} : { warmup });
      const { explanations, rows } = await explained(plan, policy);
      for (const [index, run] of explanations!.entries()) {
        const { references, faults, cold_faults, writebacks } = rows[index]!;
        expect(run).toMatchObject({ references, faults, cold_faults, writebacks });
        expectSums(run);
      }
    }
  });
});

function expectSums(run: SimExplanation): void {
  const { samples, gauges, warmup_references } = run;
  const first = samples.references.indexOf(warmup_references) + 1;
  const columns = Object.values(samples).filter((column) => column !== null);
  for (const column of columns) expect(column).toHaveLength(samples.references.length);
  expect(total(samples.faults.slice(first))).toBe(run.faults);
  expect(total(samples.cold_faults.slice(first))).toBe(run.cold_faults);
  expect(total(samples.writebacks.slice(first))).toBe(run.writebacks);
  expect(samples.resident_pages.at(-1)).toBe(run.frames);
  for (const gauge of gauges) {
    expect(gauge.samples).toHaveLength(samples.references.length);
    const counted = gauge.samples.slice(first - 1);
    if (gauge.kind === 'count') {
      expect(gauge.total).toBe(total(counted.slice(1)));
      expect(gauge.per_fault).toBe(gauge.total / run.faults);
    } else {
      expect([gauge.start, gauge.end]).toEqual([counted[0], counted.at(-1)]);
      expect([gauge.least, gauge.most]).toEqual([Math.min(...counted), Math.max(...counted)]);
      expect(gauge.mean).toBeCloseTo(total(counted) / counted.length, 9);
    }
  }
}

test('any number of workers sees the same', async () => {
  // Past the 4 million references from which threads are started.
  const long = writeTrace('long.plt', randomTrace(200_000, 700, 3));
  const plan = planFor([long], 'car,clock,lru,craw', [100, 500, 250], { costs: twoCosts });
  const one = await explained({ ...plan, jobs: 1 }, 'craw-rm');
  expect(await explained({ ...plan, jobs: 3 }, 'craw-rm')).toEqual(one);
  const few = await explained(planFor([long], 'fifo', [250], { costs: [twoCosts[1]!] }), 'craw-rm');
  expect(one.explanations).toContainEqual(few.explanations![0]);
});

test('bits that the host does not show are null', async () => {
  const shown = async (policy: string) => {
    const { explanations } = await explained(planFor([a], 'fifo', [20]), policy);
    const { referenced_pages, modified_pages, dirty_pages } = explanations![0]!.samples;
    expect(Math.max(...dirty_pages)).toBeGreaterThan(0);
    return [referenced_pages !== null, modified_pages !== null];
  };
  expect(await shown('fifo')).toEqual([false, false]);
  expect(await shown('clock')).toEqual([true, false]);
  expect(await shown('esc')).toEqual([true, true]);
});

describe('a policy of one’s own', () => {
  const source = (gauges: string, read: string): string => `
import { NO_PAGE } from '@pagelend/policies';
export const policy = {
  name: 'mine', summary: 'The oldest page leaves.', source: 'a test', observes: 'faults', ${gauges}
  create() {
    const queue = [];
    return {
      fault(page) { queue.push(page); },
      victim() { return queue.shift() ?? NO_PAGE; },
      forget() {}, resize() {}, ${read}
    };
  },
};`;
  const gauge = "{ name: 'queue', kind: 'pages', says: 'its pages' }";
  const plan = planFor([a], 'fifo', [20]);

  test('shows its gauges, and without gauges what the host sees', async () => {
    const path = write(
      'shown.ts',
      source(`gauges: [${gauge}],`, 'readGauges(i) { i[0] = queue.length; }'),
    );
    const { explanations, rows } = await explained(plan, path);
    expect(explanations![0]).toMatchObject({ policy: path, faults: rows[0]!.faults });
    expect(explanations![0]!.gauges[0]).toMatchObject({ name: 'queue', end: 20, most: 20 });
    const bare = await explained(plan, write('bare.ts', source('', '')));
    expect(bare.explanations![0]!.gauges).toEqual([]);
    expect(bare.explanations![0]!.samples).toEqual(explanations![0]!.samples);
  });

  test.each([
    ['no-read.ts', `gauges: [${gauge}],`, '', 'LAB_POLICY_FAILED', 'no readGauges'],
    [
      'nan.ts',
      `gauges: [${gauge}],`,
      'readGauges() {}',
      'LAB_POLICY_FAILED',
      "NaN for gauge 'queue'",
    ],
    [
      'more.ts',
      `gauges: [${gauge}],`,
      'readGauges(i) { i[0] = 1; i[1] = 2; }',
      'LAB_POLICY_FAILED',
      'more than its 1 gauges',
    ],
    [
      'down.ts',
      "gauges: [{ name: 'n', kind: 'count', says: 'events' }],",
      'readGauges(i) { i[0] = -queue.length; }',
      'LAB_POLICY_FAILED',
      "'n' counts down",
    ],
    ['list.ts', 'gauges: {},', '', 'LAB_POLICY_FILE', 'expected an array'],
    ['null.ts', 'gauges: [null],', '', 'LAB_POLICY_FILE', 'gauge 1: expected {'],
    [
      'kind.ts',
      "gauges: [{ name: 'n', kind: 'x', says: '' }],",
      '',
      'LAB_POLICY_FILE',
      "gauge 'n'",
    ],
    ['twice.ts', `gauges: [${gauge}, ${gauge}],`, '', 'LAB_POLICY_FILE', 'there twice'],
  ])('%s is refused and says why', async (name, gauges, read, code, why) => {
    const path = write(name, source(gauges, read));
    const error = (await explained(plan, path).catch((reason: unknown) => reason)) as Error;
    expect(error).toMatchObject({ code });
    expect(error.message).toContain(why);
    expect(error.message).toContain(path);
  });
});

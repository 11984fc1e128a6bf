// A guest's samples as parts of its memory.

import type { Samples } from '@pagelend/guests';
import { describe, expect, it } from 'vitest';
import {
  during,
  fieldsIn,
  meansOf,
  memoryPartNames,
  samplesOf,
} from '../../src/experiment/samples.ts';

const columns: readonly (readonly [name: string, ...values: number[]])[] = [
  ['MemTotal', 4000, 4000],
  ['MemFree', 1000, 600],
  ['Active(anon)', 400, 800],
  ['Inactive(anon)', 80, 80],
  ['Active(file)', 200, 200],
  ['Inactive(file)', 240, 240],
  ['Unevictable', 40, 40],
  ['Slab', 400, 400],
  ['KernelStack', 16, 16],
  ['PageTables', 24, 24],
  ['Percpu', 8, 8],
  ['SwapTotal', 8000, 8000],
  ['SwapFree', 6000, 5000],
  ['nr_zspages', 100, 150],
  ['pswpin', 7, 9],
  ['pswpout', 500, 750],
  ['pgmajfault', 3, 5],
];

const samples: Samples = {
  names: columns.map(([name]) => name),
  timesMs: Float64Array.of(1000, 1200),
  values: columns.map(([, ...values]) => Float64Array.from(values)),
};

describe('samples', () => {
  const [first, second] = samplesOf(samples);

  it('are in pages, the counters as they are, the time in seconds', () => {
    expect(first).toMatchObject({ seconds: 1, total: 1000, free: 250, anonymous: 120, file: 110 });
    expect(first).toMatchObject({ pool: 100, swapUsed: 500, swappedOut: 500, page_tables: 6 });
    expect(second).toMatchObject({ seconds: 1.2, free: 150, swappedIn: 9, majorFaults: 5 });
  });

  it('fall into parts that add up to all memory', () => {
    for (const sample of [first!, second!]) {
      const sum = memoryPartNames.reduce((total, part) => total + sample[part], 0);
      expect(sum).toBe(sample.total);
    }
    expect(first!.rest).toBe(1000 - 250 - 120 - 110 - 10 - 100 - 4 - 6 - 2 - 100);
  });

  it('are averaged over those of the job alone', () => {
    const all = samplesOf(samples);
    expect(meansOf(all).free).toBe(200);
    expect(meansOf(during(all, { from: 1.1, to: 2 })).free).toBe(150);
    expect(during(all, { from: 1.3, to: 2 })).toEqual([]);
  });
});

it('asks for what the guest has and for nothing else', () => {
  const text =
    'MemTotal:  4000 kB\nMemFree: 10 kB\nActive(anon): 4 kB\nnr_free_pages 12\npswpout 0\n';
  expect(fieldsIn(text)).toEqual(['MemTotal', 'MemFree', 'Active(anon)', 'pswpout']);
});

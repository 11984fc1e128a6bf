// The model beside what real guests did: the measurements in experiments/relocation-measured, and how
// such a file is read.

import { fileURLToPath } from 'node:url';
import { describe, expect, it, test } from 'vitest';
import { type Comparison, casesLike, compareWithMeasured } from '../../src/model/compare.ts';
import { contentOfRatio, loadContents } from '../../src/model/contents.ts';
import { comparisonLines } from '../../src/model/measured-table.ts';
import {
  loadMeasurement,
  measuredPairs,
  SHIPPED_MEASUREMENT,
} from '../../src/model/measurement.ts';
import type { ModelResult } from '../../src/model/result.ts';
import { runModel } from '../../src/model/run.ts';
import { smallJob } from './small-job.ts';

const MIB = 2 ** 20;

const repository = (path: string): string =>
  fileURLToPath(new URL(`../../../../${path}`, import.meta.url));

test.each([SHIPPED_MEASUREMENT, 'experiments/relocation-measured/full-clean-pair.json'])(
  'beside %s: pools, free pages and gains from recorded contents alone',
  async (path) => {
    // Nothing is fitted: sizes are those of the hog's pages as recorded.
    const measurement = loadMeasurement(repository(path), path);
    const contents = loadContents(repository('experiments/page-contents.json'));
    const trace = { path: await smallJob(), name: 'job' };
    const { measured } = await runModel({
      ...{ contents, trace, measurement, sweeps: [] },
      cases: casesLike(measurement.pairs.slice(0, 1)),
    });
    expect(measured).toMatchObject({ from: path, guest_kind: 'uml' });
    expect(measured!.rows).toHaveLength(measurement.pairs.length);
    for (const one of measured!.rows) {
      // Found: 29 and 30 pages of each pool, those of others that were swapped out too.
      expect(one.measured_pool_pages - one.model_pool_pages, one.name).toBeGreaterThan(0);
      expect(one.measured_pool_pages - one.model_pool_pages, one.name).toBeLessThan(40);
      // Found: -4.8 to -1.5 %. zram's own table of slots is among what the guest gains besides.
      expect(Math.abs(one.alike_gain_apart_percent!), one.name).toBeLessThan(10);
      // Found: -1.5 to +7.3 %, which is what jobs differ from run to run.
      expect(Math.abs(one.free_apart_percent), one.name).toBeLessThan(12);
    }
  },
);

test('guests that found less memory are compared as if they had found the same', () => {
  const { pairs } = loadMeasurement(repository(SHIPPED_MEASUREMENT), 'mine.json');
  const pair = { ...pairs[0]!, totalPages: 60_000, lentTotalPages: 59_000 };
  const alike = { ...pair, lentTotalPages: 60_000 };
  const zram = { scheme: 'zram', free_pages: 30_000, guest_pool_pages: 3000 };
  const found = { case: pair.name, schemes: [zram], gain_percent: 10, gain_pages: 3000 };
  const model = { cases: [found] } as unknown as Pick<ModelResult, 'cases'>;
  const [[less], [same]] = [pair, alike].map((one) => compareWithMeasured(model, [one]));
  expect(less!.measured_gain_percent).toBe(same!.measured_gain_percent);
  expect(less!.measured_gain_in_same_memory_percent).toBeCloseTo(
    same!.measured_gain_percent + 100_000 / pair.zramFreePages,
    9,
  );
  expect(same!.measured_gain_in_same_memory_percent).toBe(same!.measured_gain_percent);
  const titles = (row: Comparison) => comparisonLines([row]).map(({ title }) => title);
  expect(titles(less!)).toContain('had both guests as much memory');
  expect(titles(same!)).not.toContain('had both guests as much memory');
});

test('what the model did not run cannot be compared', () => {
  const { pairs } = loadMeasurement(repository(SHIPPED_MEASUREMENT), 'mine.json');
  expect(() => compareWithMeasured({ cases: [] }, pairs)).toThrow(/ran no case 'hog \d+ MiB'/);
});

test('hogs of which no page was recorded are refused in the words of the measurement', async () => {
  const measurement = loadMeasurement(repository(SHIPPED_MEASUREMENT), 'mine.json');
  const [one] = measurement.pairs;
  const trace = { path: await smallJob(), name: 'job' };
  const plan = {
    ...{ trace, sweeps: [], contents: { source: 'a test', classes: [contentOfRatio(2)] } },
    measurement: { ...measurement, pairs: [{ ...one!, content: 'hog-55' }] },
  };
  await expect(runModel(plan)).rejects.toThrow(/mine.json: its hog is hog-55/);
});

describe('results of reproduce relocation', () => {
  const row = {
    regime: 'clean',
    hog_bytes: 64 * MIB,
    total_pages: 60_000,
    swap_used_pages: 16_000,
  };
  const measured = {
    schema: 'pagelend.reproduce-relocation/1',
    setup: {
      ...{ guest_kind: 'uml', guest_kernel: '6.1.158', rounds: 2 },
      ...{ memory_bytes: 256 * MIB, compressible_percent: 60 },
    },
    gains: [
      { regime: 'pressure', hog_bytes: 64 * MIB, measured_alike_pages: { median: 5 } },
      { regime: 'clean', hog_bytes: 64 * MIB, measured_alike_pages: { median: 7700 } },
    ],
    rows: [
      { ...row, configuration: 'lent', free_pages: 35_000, pool_pages: 0 },
      { ...row, configuration: 'lent', free_pages: 35_400, pool_pages: 0 },
      { ...row, configuration: 'zram', free_pages: 27_600, pool_pages: 8000 },
      { ...row, configuration: 'disk', free_pages: 35_000, pool_pages: 0 },
      { ...row, regime: 'pressure', configuration: 'zram', free_pages: 700, pool_pages: 9000 },
      { ...row, hog_bytes: 96 * MIB, configuration: 'zram', free_pages: 1, pool_pages: 1 },
    ],
  };

  it('become pairs: clean, with both of lent and zram, means over rounds', () => {
    expect(measuredPairs(measured, 'm.json')).toEqual([
      {
        name: 'hog 64 MiB',
        totalPages: 60_000,
        lentTotalPages: 60_000,
        hogBytes: 64 * MIB,
        swappedPages: 16_000,
        content: 'hog-60',
        lentFreePages: 35_200,
        zramFreePages: 27_600,
        zramPoolPages: 8000,
        alikeGainPages: 7700,
        zsmalloc: '6.1',
      },
    ]);
  });

  it('the kernel decides the length of chains', () => {
    const newer = { ...measured, setup: { ...measured.setup, guest_kernel: '6.12.9-amd64' } };
    expect(measuredPairs(newer, 'm.json')[0]!.zsmalloc).toBe('6.3');
  });

  it('take what was out from the hog and the rest from the run whose swap lies outside', () => {
    const [one] = casesLike(measuredPairs(measured, 'm.json'));
    expect(one!.swappedShare).toBeCloseTo(16_000 / 16_384, 12);
    expect(one!.kernelBytes / 4096).toBe(60_000 - 35_200 - 384);
  });

  it('are refused where they are something else', () => {
    expect(() => measuredPairs({ schema: 'x' }, 'm.json')).toThrow(/m.json: schema/);
  });
});

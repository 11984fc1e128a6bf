// What a sample says beside what the whole says: seeded streams and recorded guests, several samples
// of each. An estimate may be off by four of its own standard errors, and by a bias that small
// memories have (lists of a hundred frames do not quite do what lists of ten thousand do), which no
// spread between samples shows and which is therefore stated here for each stream. WAGER has a bias of
// its own: it learns from what it sees, sees less in a sample, and so looks worse there than it is.

import { fileURLToPath } from 'node:url';
import type { LeaseVerdict } from '@pagelend/judge';
import type { Op } from '@pagelend/policies';
import { openTrace } from '@pagelend/trace';
import { expect, test } from 'vitest';
import type { Reference } from '../../policies/test/host.ts';
import { shifting, skewed, skewedAndScans, verdictAfter } from './streams.ts';

const LEASES = [1, 2];
const ERRORS_MAX = 4;
/** In percentage points, of WAGER in memories of a hundred frames. */
const WAGER_BIAS_MAX = 8;

interface Named {
  readonly name: string;
  readonly value: number | null;
  readonly error: number | null;
}

/** All numbers of a verdict in percent, or in device reads or writes per hundred references. */
function numbersOf({ curve, moreMemory, otherPolicies }: LeaseVerdict): Named[] {
  const tenth = (value: number | null) => (value === null ? null : value / 10);
  return [
    ...curve.flatMap(({ size, ...point }) => [
      {
        name: `reads at ${size}`,
        value: tenth(point.deviceReads),
        error: tenth(point.deviceReadsError),
      },
      {
        name: `writes at ${size}`,
        value: tenth(point.deviceWrites),
        error: tenth(point.deviceWritesError),
      },
    ]),
    ...moreMemory.map(({ bytes, ...more }) => ({
      name: `${bytes} more`,
      value: more.fewerFaultsPercent,
      error: more.fewerFaultsError,
    })),
    ...otherPolicies.flatMap(({ policy, ...other }) => [
      { name: `${policy} writes`, value: other.fewerWritesPercent, error: other.fewerWritesError },
      { name: `${policy} reads`, value: other.fewerReadsPercent, error: other.fewerReadsError },
      {
        name: `${policy} time`,
        value: other.lessDeviceTimePercent,
        error: other.lessDeviceTimeError,
      },
    ]),
  ];
}

/** Each number of each sample is near that of the whole; most are within two standard errors. */
function expectNear(
  stream: readonly Reference[],
  residentPages: number,
  biasMax: number,
  settings = {},
): void {
  const exact = verdictAfter(stream, residentPages, { ...settings, samplePages: 2 ** 17 });
  expect(exact.rate).toBe(1);
  const whole = numbersOf(exact);
  const far: object[] = [];
  for (const lease of LEASES) {
    const verdict = verdictAfter(stream, residentPages, settings, lease);
    expect(verdict.rate).toBeLessThan(1);
    for (const [i, { name, value, error }] of numbersOf(verdict).entries()) {
      const expected = whole[i]!.value;
      expect({ name, known: value !== null }).toEqual({ name, known: expected !== null });
      if (value === null || expected === null) continue;
      expect(error).toBeGreaterThanOrEqual(0);
      const off = Math.abs(value - expected);
      const bias = name.startsWith('wager') ? Math.max(biasMax, WAGER_BIAS_MAX) : biasMax;
      if (off > ERRORS_MAX * error! + bias) far.push({ lease, name, expected, value, error });
    }
  }
  expect(far).toEqual([]);
}

const shape = { pages: 24_000, references: 160_000, writeShare: 0.3, seed: 11 };
const small = { samplePages: 4096, sizes: [0.5, 0.75, 1, 1.25, 1.5, 2] };

test('of skewed references', () => {
  expectNear(skewed(shape), 8000, 2, small);
});

test('of skewed references beside scans', () => {
  expectNear(skewedAndScans(shape), 8000, 2, small);
});

test('of a working set that moves', () => {
  expectNear(shifting(shape), 2400, 2, small);
});

test('of the read-only half of a guest that writes the other', () => {
  const stream = skewed(shape).map(([page]): Reference => [page, (page & 1) as Op]);
  expectNear(stream, 8000, 2, small);
});

async function recorded(name: string): Promise<Reference[]> {
  const file = fileURLToPath(new URL(`../../../recordings/guests/${name}.plt`, import.meta.url));
  const reader = await openTrace(file);
  const stream: Reference[] = [];
  for await (const block of reader.blocks()) {
    for (const reference of block) stream.push([reference >>> 1, (reference & 1) as Op]);
  }
  await reader.close();
  return stream;
}

// A recording has four references a page, half of them the first ones; three times over it is a guest
// that goes on, and the first round has faded at the end.
test.each([
  ['hog', 3],
  ['sqlite3', 15],
])('of the recorded guest %s', async (name, biasMax) => {
  const once = await recorded(name);
  const settings = { policy: 'craw-rm:link=lazy', halfLifeReferences: 40_000 };
  expectNear([...once, ...once, ...once], 6000, biasMax, settings);
});

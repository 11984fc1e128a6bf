// What is known of a lease's cost by memory, over the steps that change its memory.

import { expect, test } from 'vitest';
import { knownOf } from '../src/judging/division.ts';

type Curve = NonNullable<Parameters<typeof knownOf>[0]>['curve'];

function curve(...points: readonly (readonly [number, number | null])[]): { curve: Curve } {
  return {
    curve: points.map(([bytes, deviceMicroseconds]) => ({
      bytes,
      size: 1,
      unknown: deviceMicroseconds === null ? 'warming-up' : null,
      faultRatio: null,
      deviceReads: null,
      deviceReadsError: null,
      deviceWrites: null,
      deviceWritesError: null,
      deviceMicroseconds,
    })),
  };
}

test('what is known now takes the place of what was, up to where it reaches', () => {
  const first = knownOf(curve([100, 9000], [200, 4000], [400, 0]), []);
  expect(first).toEqual([
    { bytes: 100, microsecondsPerReference: 9, age: 0 },
    { bytes: 200, microsecondsPerReference: 4, age: 0 },
    { bytes: 400, microsecondsPerReference: 0, age: 0 },
  ]);
  const second = knownOf(curve([120, 8000], [240, null], [480, null]), first);
  expect(second).toEqual([
    { bytes: 120, microsecondsPerReference: 8, age: 0 },
    { bytes: 200, microsecondsPerReference: 4, age: 1 },
    { bytes: 400, microsecondsPerReference: 0, age: 1 },
  ]);
  expect(knownOf(curve([500, 0]), second)).toEqual([
    { bytes: 500, microsecondsPerReference: 0, age: 0 },
  ]);
});

test('what nobody confirms is forgotten in the end', () => {
  let known = knownOf(curve([100, 1000], [200, 0]), []);
  for (let division = 0; division < 60; division++) known = knownOf(curve([100, 1000]), known);
  expect(known.map(({ bytes }) => bytes)).toEqual([100, 200]);
  expect(knownOf(curve([100, 1000]), known).map(({ bytes }) => bytes)).toEqual([100]);
  expect(knownOf(null, [])).toEqual([]);
});

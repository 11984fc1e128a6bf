// Sequences worked by hand for WAGER and its twin. Three frames, so each fault looks at all of them,
// in the order of their frames. In the first 16 faults the tables hold the prior alone, so that a
// page of age a is worth 0.3 / (1 + the middle of the bin of a), whatever its class:
//
//   age         0     1     2      3      4, 5   6, 7
//   worth w     0.2   0.12  0.086  0.067  0.05   0.0375
//
// A clean page's rank is cr w, a dirty one's has cw (w' + 1 / (now + 1)) added. Buckets begin at
// 1, 1.25, 1.5 and 1.75 times a power of two: here 0.0625, 0.078, 0.094, 0.109, 0.125 and so on.

import { expect, test } from 'vitest';
import { Host, resolve } from '../host.ts';
import { traceOf } from '../traces.ts';
import { WagerTwin } from '../twins/wager.ts';

interface Expected {
  readonly faults: number;
  readonly evictions: readonly number[];
  readonly writebacks: number;
}

function expectBoth(spec: string, write: number, text: string, expected: Expected) {
  const trace = traceOf(text);
  const costs = { read: 1, write };
  const host = new Host(spec, { frames: 3, trace, costs }).run(trace);
  const twin = new WagerTwin({ frames: 3, costs, options: resolve(spec).options }).run(trace);
  for (const { faults, evictions, writebacks } of [host, twin]) {
    expect({ faults, evictions, writebacks }).toEqual(expected);
  }
  const gauges = new Float64Array(6);
  host.policy.readGauges!(gauges);
  return { gauges: [...gauges], ghosts: twin.ghosts, references: twin.references };
}

// W1 at 0, R2 at 1, R3 at 2. Frames: 1 2 3.
// R4 at 3: 1 (age 3, dirty) 0.067 + 4 (0.067 + 1/4) = 1.33; 2 (age 2) 0.086; 3 (age 1) 0.12.
//          2 leaves. Frames: 1 4 3.
// R2 at 4: 1 is worth 1.05, 4 (age 1) 0.12, 3 (age 2) 0.086: 3 leaves. Frames: 1 4 2.
//          2 was a ghost; its interval is 4 - 1 = 3, that is bin 3. A memory of 3 frames is of bin
//          3 too, so 2 is of the topmost class, 7. Ghosts: 3.
// R4 hits.
const beginning = 'W1 R2 R3 R4 R2 R4';

test('a reference is taken to have been half way since the last look', () => {
  // R5 at 5: 4 was looked at, at 4, and is referenced: taken to have been at floor(4.5) = 4, after
  //          an interval of 1, bin 1: class 1 + floor(-2 / 3) + 6 = 6. Its age is 1, as is that of 2:
  //          0.12 each, and 4 came into that bucket before 2. 4 leaves.
  const { gauges, ghosts, references } = expectBoth('wager', 4, `${beginning} R5`, {
    faults: 6,
    evictions: [2, 3, 4],
    writebacks: 0,
  });
  expect(ghosts).toEqual([3, 4]);
  expect(references.known.get(2)).toEqual({ last: 4, mean: 3, class: 7 });
  expect(references.known.get(4)).toEqual({ last: 4, mean: 1, class: 6 });
  // Page 1 is known to be written, and has had no interval: class 0 of the second eight.
  expect(references.known.get(1)).toEqual({ last: 0, mean: null, class: 8 });
  // Two ghosts, and one hit on one; 0 + 1 + 2 + 3 + 3 + 3 frames looked at, and 3 candidates. One
  // look, that at 4, found a reference bit, and none a modified bit: that of 1 was set by its fault.
  expect(gauges).toEqual([2, 1, 12, 3, 1, 0]);
});

test('seen=now: a reference is taken to have been at the look', () => {
  // R5 at 5: 4 is of age 0, and so worth 0.2, and 2 of age 1 leaves.
  expectBoth('wager:seen=now', 4, `${beginning} R5`, {
    faults: 6,
    evictions: [2, 3, 2],
    writebacks: 0,
  });
});

const once = 'W1 R2 R3 R4 R5 R6 R7';

test('a dirty page stays for what its write-back may save, and for the end that may come', () => {
  // Write-backs cost 0.3. R4 at 3: 1 is worth 0.067 + 0.3 (0.067 + 1/4) = 0.16; 2 leaves.
  // R5 at 4: 1 is worth 0.05 + 0.3 (0.05 + 1/5) = 0.125; 3 leaves. Frames: 1 4 5.
  // R6 at 5: 1 is worth 0.05 + 0.3 (0.05 + 1/6) = 0.115; 4 leaves. Frames: 1 6 5.
  // R7 at 6: 1 is worth 0.0375 + 0.3 (0.0375 + 1/7) = 0.092 and comes into the bucket from 0.078 to
  //          0.094 on; 5 with 0.086 comes into it next. 1 leaves.
  expectBoth('wager', 0.3, once, { faults: 7, evictions: [2, 3, 4, 1], writebacks: 1 });
});

test('end=never: nothing but the next write makes a write-back worth putting off', () => {
  // R4 at 3: 1 is worth 0.067 + 0.3 * 0.067 = 0.087, and comes before 2 into the same bucket.
  expectBoth('wager:end=never', 0.3, once, {
    faults: 7,
    evictions: [1, 2, 3, 4],
    writebacks: 1,
  });
});

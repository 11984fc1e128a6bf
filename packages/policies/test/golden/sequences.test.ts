// Sequences worked by hand, with the reasoning beside each, for the policies and for their twins
// alike. Notation: `R1` reads page 1, `W1` writes it; a star marks a set reference bit.

import { describe, expect, test } from 'vitest';
import { Host } from '../host.ts';
import { traceOf } from '../traces.ts';
import { ArcTwin } from '../twins/arc.ts';
import { CarTwin } from '../twins/car.ts';
import { CflruTwin } from '../twins/cflru.ts';
import { ClockTwin } from '../twins/clock.ts';
import { EscTwin } from '../twins/esc.ts';
import { FifoTwin } from '../twins/fifo.ts';
import { LruTwin } from '../twins/lru.ts';
import { MinTwin } from '../twins/min.ts';
import type { Twin } from '../twins/twin.ts';

interface Expected {
  readonly faults: number;
  readonly evictions?: readonly number[];
  readonly writebacks?: number;
}

function expectBoth(spec: string, frames: number, text: string, twin: Twin, expected: Expected) {
  const trace = traceOf(text);
  const host = new Host(spec, { frames, trace }).run(trace);
  twin.run(trace);
  for (const { faults, evictions, writebacks } of [host, twin]) {
    expect({ faults, evictions, writebacks }).toMatchObject(expected);
  }
}

describe("Belady's reference string", () => {
  const belady = 'R1 R2 R3 R4 R1 R2 R5 R1 R2 R3 R4 R5';

  test('fifo: 9 faults with three frames, and 10 with four', () => {
    // Three frames: 1 2 3 fault; 4 1 2 each take the place of the page needed next (evict 1 2 3);
    // 5 evicts 4; 1 and 2 hit; 3 evicts 1, 4 evicts 2; 5 hits.
    expectBoth('fifo', 3, belady, new FifoTwin(3), {
      faults: 9,
      evictions: [1, 2, 3, 4, 1, 2],
    });
    // Four frames: 1 2 3 4 fault, 1 and 2 hit; then 5 1 2 3 4 5 each evict the page needed next.
    expectBoth('fifo', 4, belady, new FifoTwin(4), {
      faults: 10,
      evictions: [1, 2, 3, 4, 5, 1],
    });
  });

  test('lru: 10 faults with three frames and 8 with four, for it has no anomaly', () => {
    // Three frames: only the second 1 2 pair (after 5) hits.
    expectBoth('lru', 3, belady, new LruTwin(3), {
      faults: 10,
      evictions: [1, 2, 3, 4, 5, 1, 2],
    });
    // Four: 1 2 hit, 5 evicts 3, 1 2 hit, 3 evicts 4, 4 evicts 5, 5 evicts 1.
    expectBoth('lru', 4, belady, new LruTwin(4), { faults: 8, evictions: [3, 4, 5, 1] });
  });

  test('min: 7 faults with three frames and 6 with four', () => {
    // Three frames: 4 evicts 3 (used last), 1 2 hit, 5 evicts 4, 1 2 hit; then 3 and 4 evict pages
    // that are never used again, and 5 hits.
    for (const [frames, faults] of [
      [3, 7],
      [4, 6],
    ] as const) {
      expectBoth('min', frames, belady, new MinTwin(frames, traceOf(belady)), { faults });
    }
  });
});

test('min prefers a clean page among those that are never used again', () => {
  // At R3 neither 1 (dirty) nor 2 (clean) is used again: 2 leaves. At R4 nothing but 1 and 3 is
  // there, 3 is clean and never used again as well, so the dirty page stays to the end.
  const text = 'W1 R2 R3 R4';
  const twin = new MinTwin(2, traceOf(text));
  expectBoth('min', 2, text, twin, { faults: 4, evictions: [2, 3], writebacks: 0 });
});

test('clock: the bit of a new page decides whom the hand takes', () => {
  const text = 'R1 R2 R1 R3';
  // init=1: both pages have their bit, the hand clears both and comes back to 1.
  expectBoth('clock:init=1', 2, text, new ClockTwin(2, 1), { faults: 3, evictions: [1] });
  // init=0: only 1 has been touched again; the hand spares it and takes 2.
  expectBoth('clock:init=0', 2, text, new ClockTwin(2, 0), { faults: 3, evictions: [2] });
});

test('car: a hit in B1 enlarges T1, a hit in B2 shrinks it, ghosts fall out', () => {
  // c = 2. R1 R1 R2: T1 = 1* 2.
  // R3: 1* goes to T2, 2 to B1.                                T1 = 3, T2 = 1, B1 = 2
  // R2: 3 leaves to B1; 2 is in B1: p = 0 + max(1, 0/2) = 1.   T1 = -, T2 = 1 2, B1 = 3
  // R4: |T1| < 1, so T2's head 1 leaves to B2.                 T1 = 4, T2 = 2, B1 = 3, B2 = 1
  // R1: |T1| = 1 >= p: 4 to B1; 1 is in B2: p = 1 - max(1, 2/1) -> 0.  T2 = 2 1, B1 = 3 4
  // R5: T1 is empty: 2 to B2; |T1|+|B1| = 2 = c: 3 is forgotten.       T1 = 5, T2 = 1, B1 = 4
  // R3: no ghost any more: 5 to B1; again |T1|+|B1| = c: 4 is forgotten. T1 = 3
  const twin = new CarTwin(2, 'real');
  expectBoth('car', 2, 'R1 R1 R2 R3 R2 R4 R1 R5 R3', twin, {
    faults: 8,
    evictions: [2, 3, 1, 4, 2, 5],
  });
  expect([twin.t1, twin.t2, twin.b1, twin.b2, twin.p]).toEqual([[3], [1], [5], [2], 0]);
});

test('arc: with x in B2 and |T1| = p the page leaves T1', () => {
  // c = 3. R1 R1 R2 R3: T1 = 2 3, T2 = 1.
  // R4: miss; |T1| = 2 > p = 0: 2 to B1.                  T1 = 3 4, T2 = 1, B1 = 2
  // R2: in B1, p = 1; |T1| = 2 > 1: 3 to B1.              T1 = 4, T2 = 1 2, B1 = 3
  // R3: in B1, p = 2; |T1| = 1 is not above: 1 to B2.     T1 = 4, T2 = 2 3, B2 = 1
  // R1: in B2, p = 2 - max(1, 0/1) = 1 = |T1|: 4 to B1, where a mere `|T1| > p` would take 2.
  // R2: hits, therefore.
  const twin = new ArcTwin(3);
  expectBoth('arc', 3, 'R1 R1 R2 R3 R4 R2 R3 R1 R2', twin, {
    faults: 7,
    evictions: [2, 3, 1, 4],
  });
  expect([twin.t1, twin.t2, twin.b1, twin.b2, twin.p]).toEqual([[], [3, 1, 2], [4], [], 1]);
});

test('arc: a T1 that fills all of memory loses its oldest page without a ghost', () => {
  // c = 2. R1 R2 fill T1; R3: |T1| + |B1| = c and |T1| = c, so 1 leaves and is not remembered;
  // R1 is then a miss like any other (into T1), not a ghost hit (into T2).
  const twin = new ArcTwin(2);
  expectBoth('arc', 2, 'R1 R2 R3 R1', twin, { faults: 4, evictions: [1, 2] });
  expect([twin.t1, twin.t2, twin.b1, twin.p]).toEqual([[3, 1], [], [], 0]);
});

describe('cflru', () => {
  test('takes the least recent clean page of its window, else the least recent page', () => {
    // Four frames, window two. R5: the window is 1 (dirty) 2 (clean): 2 leaves. W3 makes the order
    // 1 4 5 3. R6: the window is 1 4: 4 leaves, order 1 5 3 6. W5: order 1 3 6 5. R7: the window is
    // 1 3, both dirty, so the least recent page leaves and is written back.
    const twin = new CflruTwin(4, 0.5);
    expectBoth('cflru:window=0.5', 4, 'W1 R2 R3 R4 R5 W3 R6 W5 R7', twin, {
      faults: 7,
      evictions: [2, 4, 1],
      writebacks: 1,
    });
  });

  test('with a window of 0 is lru', () => {
    const expected = { faults: 7, evictions: [1, 2, 4], writebacks: 1 };
    const text = 'W1 R2 R3 R4 R5 W3 R6 W5 R7';
    expectBoth('cflru:window=0', 4, text, new CflruTwin(4, 0), expected);
    expectBoth('lru', 4, text, new LruTwin(4), expected);
  });
});

test('esc: a victim of each of the four classes', () => {
  // Four frames; (R,M) of the slots in order, the hand in brackets before its slot.
  // W1 R2 R3 W4:        [1(1,1)  2(1,0)  3(1,0)  4(1,1)
  // R5: pass 1 finds none, pass 2 clears all; pass 1 takes 2, first of class (0,0).
  //                      1(0,1)  5(1,0) [3(0,0)  4(0,1)
  // W4 makes 4 (1,1): all four classes are there. R6 takes 3, class (0,0), without clearing.
  //                      1(0,1)  5(1,0)  6(1,0) [4(1,1)
  // R7: none is (0,0); pass 2 spares 4 and clears its R, then takes 1, class (0,1), written back.
  //                      7(1,0) [5(1,0)  6(1,0)  4(0,1)
  // R8: pass 2 clears 5 and 6 and takes 4, class (0,1), written back.
  //                     [7(1,0)  5(0,0)  6(0,0)  8(1,0)
  // R5 W6, then R9: every R is set; pass 2 clears all, pass 1 takes 7, which was (1,0).
  //                      9(1,0) [5(0,0)  6(0,1)  8(0,0)
  // W9 W5 W6 W8: all are (1,1). R10: pass 2 clears all, pass 1 finds none clean, pass 2 takes 5.
  expectBoth('esc', 4, 'W1 R2 R3 W4 R5 W4 R6 R7 R8 R5 W6 R9 W9 W5 W6 W8 R10', new EscTwin(4), {
    faults: 10,
    evictions: [2, 3, 1, 4, 7, 5],
    writebacks: 3,
  });
});

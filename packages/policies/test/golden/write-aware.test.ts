// Sequences worked by hand for the policies that tell clean pages from dirty ones, and for their
// twins alike. Notation as in sequences.test.ts; lists run from the oldest to the most recent, `d`
// marks a dirty page. Costs are 1 and 4.

import { describe, expect, test } from 'vitest';
import { Host } from '../host.ts';
import { traceOf } from '../traces.ts';
import { AdLruTwin } from '../twins/ad-lru.ts';
import { CasaTwin } from '../twins/casa.ts';
import { CcfLruTwin } from '../twins/ccf-lru.ts';
import { CfdcTwin } from '../twins/cfdc.ts';
import { ClockDwfTwin } from '../twins/clock-dwf.ts';
import { LruWsrTwin } from '../twins/lru-wsr.ts';
import type { Twin } from '../twins/twin.ts';

interface Expected {
  readonly faults: number;
  readonly evictions: readonly number[];
  readonly writebacks: number;
}

/** Returns what the policy's gauges show at the end, where the policy is the one that is asked. */
function expectBoth(spec: string, frames: number, text: string, twin: Twin, expected: Expected) {
  const trace = traceOf(text);
  const host = new Host(spec, { frames, trace }).run(trace);
  twin.run(trace);
  for (const { faults, evictions, writebacks } of [host, twin]) {
    expect({ faults, evictions, writebacks }).toEqual(expected);
  }
  const gauges = new Float64Array(16).fill(-1);
  host.policy.readGauges!(gauges);
  return [...gauges].filter((value) => value >= 0);
}

test('lru-wsr: a dirty page has a second turn, and a third only after a hit', () => {
  // Three frames; `c` marks a page as cold. W1 R2 W3:        1d 2 3d
  // R4: 1 is dirty and not cold: 2 3d 1dc. 2 is clean: leaves.  3d 1dc 4
  // W3 hits: 1dc 4 3d. R5: 1 is dirty and cold: leaves, written back. 4 3d 5
  // R6: 4 leaves. R7: 3 turns cold, 5 leaves.                6 3dc 7
  // R3 hits and takes the mark away: 6 7 3d. R8: 6 leaves. R9: 7 leaves. 3d 8 9
  // R10: 3 is spared again, 8 leaves.                        9 3dc 10
  const twin = new LruWsrTwin(3);
  const gauges = expectBoth('lru-wsr', 3, 'W1 R2 W3 R4 W3 R5 R6 R7 R3 R8 R9 R10', twin, {
    faults: 10,
    evictions: [2, 1, 4, 5, 6, 7, 8],
    writebacks: 1,
  });
  expect(twin.order).toEqual([9, 3, 10]);
  // One page is marked cold; 1 was spared once and 3 twice.
  expect(gauges).toEqual([1, 3]);
});

describe('ccf-lru', () => {
  // Three frames; CC is the cold-clean and M the mixed list, `c` marks a cold page of M.
  // R1 W2 R3: CC = 1 3, M = 2d. R1 hits: CC = 3, M = 2d 1. R4: 3 leaves. R4 hits: CC = -, M = 2d 1 4
  const start = 'R1 W2 R3 R1 R4 R4';

  test('scan=clean: a clean page that the scan made cold leaves at once', () => {
    // R5: 2 turns cold: M = 1 4 2dc. 1 turns cold and clean, and leaves.  CC = 5, M = 4 2dc
    // R6: 5 leaves. R6 hits: CC = -, M = 4 2dc 6. R7: 4 turns cold and leaves. CC = 7, M = 2dc 6
    // R7 hits: CC = -, M = 2dc 6 7. R8: 2 is cold: leaves, written back.  CC = 8, M = 6 7
    const twin = new CcfLruTwin(3, true);
    const text = `${start} R5 R6 R6 R7 R7 R8`;
    const expected = { faults: 8, evictions: [3, 1, 5, 4, 2], writebacks: 1 };
    expect(expectBoth('ccf-lru:scan=clean', 3, text, twin, expected)).toEqual([1, 2, 2, 1]);
    expect([twin.coldClean, twin.mixed]).toEqual([[8], [6, 7]]);
  });

  test('scan=mixed: the scan goes on to a cold page of the mixed list', () => {
    // R5: as before, then 4 turns cold and clean as well; 2 is cold: leaves.   CC = 1 4 5, M = -
    // R6: 1 leaves. R6 hits: CC = 4 5, M = 6. R7: 4 leaves. R7 hits. R8: 5 leaves.
    const twin = new CcfLruTwin(3, false);
    const text = `${start} R5 R6 R6 R7 R7 R8`;
    const expected = { faults: 8, evictions: [3, 2, 1, 4, 5], writebacks: 1 };
    expect(expectBoth('ccf-lru', 3, text, twin, expected)).toEqual([1, 2, 2, 1]);
    expect([twin.coldClean, twin.mixed]).toEqual([[8], [6, 7]]);
  });

  test('scan=mixed: where all of the mixed list is hot and clean, its oldest page leaves', () => {
    const expected = { faults: 3, evictions: [1], writebacks: 0 };
    expectBoth('ccf-lru', 2, 'R1 R2 R1 R2 R3', new CcfLruTwin(2, false), expected);
  });
});

describe('ad-lru', () => {
  // Five frames, lower limit of the cold list floor(0.4 * 5) = 2.
  // W1 R2 R3 R4 R5 R2 R3:                               cold = 1d 4 5,  hot = 2 3
  // R6: |cold| = 3 > 2; its least recent clean page, 4. cold = 1d 5 6,  hot = 2 3
  // W5: cold = 1d 6, hot = 2 3 5d
  const start = 'W1 R2 R3 R4 R5 R2 R3 R6 W5';

  test('takes clean pages of the list whose turn it is, then gives dirty ones a second chance', () => {
    // R7: |cold| = 2, so hot gives its clean page 2.    cold = 1d 6 7,  hot = 3 5d
    // W6 W7: cold = 1d, hot = 3 5d 6d 7d. R8: 3 leaves. cold = 1d 8,    hot = 5d 6d 7d
    // R9: hot is all dirty; each is spared once, then 5 leaves. cold = 1d 8 9, hot = 6d 7d
    // W10: 8 leaves. W11: 9 leaves.                     cold = 1d 10d 11d
    // R12: each is spared once, then 1 leaves.          cold = 10d 11d 12, hot = 6d 7d
    const twin = new AdLruTwin(5, 0.4, false);
    const text = `${start} R7 W6 W7 R8 R9 W10 W11 R12`;
    const expected = { faults: 12, evictions: [4, 2, 3, 5, 8, 9, 1], writebacks: 2 };
    // cold, hot, the limit, six pages spared, none demoted
    expect(expectBoth('ad-lru:min-lc=0.4:overflow=evict', 5, text, twin, expected)).toEqual([
      3, 2, 2, 6, 0,
    ]);
    expect([twin.coldList, twin.hotList]).toEqual([
      [10, 11, 12],
      [6, 7],
    ]);
  });

  test('overflow decides whether hot gives the victim, or a page to the cold list', () => {
    // evict:  R7 takes 2 from hot, so R2 faults; |cold| = 3, and 6 is its clean page.
    const text = `${start} R7 R2`;
    expectBoth('ad-lru:min-lc=0.4:overflow=evict', 5, text, new AdLruTwin(5, 0.4, false), {
      faults: 8,
      evictions: [4, 2, 6],
      writebacks: 0,
    });
    // demote: R7 moves 2 to cold = 1d 6 2, whose clean page 6 leaves, so R2 hits.
    const spec = 'ad-lru:min-lc=0.4';
    expectBoth(spec, 5, text, new AdLruTwin(5, 0.4, true), {
      faults: 7,
      evictions: [4, 6],
      writebacks: 0,
    });
  });
});

test('casa: hits move the target by their share of the cost, and the target chooses the list', () => {
  // Four frames, CR = 0.2, CW = 0.8, tau = 2. R1 R2 W3 W4:   C = 1 2, D = 3 4
  // R5: |C| = 2 is not above tau: 3 leaves, written back.    C = 1 2 5, D = 4
  // R1, a read hit in C: tau = 2 + 0.2 * 1/3.                C = 2 5 1
  // R6: |C| = 3 > 2.07: 2 leaves.                            C = 5 1 6, D = 4
  // W4, a write hit in D: tau = max(2.07 - 0.8 * 3/1, 0) = 0
  // W5, a write hit in C: D = 4 5. R4, a read hit in D: D = 5 4. Neither moves tau. C = 1 6
  // R7: 1 leaves. W6 W7: C = -, D = 5 4 6 7. W8: D gives 5, written back.
  const twin = new CasaTwin(4, 0.5, { read: 1, write: 4 });
  const text = 'R1 R2 W3 W4 R5 R1 R6 W4 W5 R4 R7 W6 W7 W8';
  const expected = { faults: 8, evictions: [3, 2, 1, 5], writebacks: 2 };
  // |C|, |D|, tau, and two victims of each
  expect(expectBoth('casa', 4, text, twin, expected)).toEqual([0, 4, 0, 2, 2]);
  expect([twin.c, twin.d, twin.tau]).toEqual([[], [4, 6, 7, 8], 0]);
});

describe('cfdc', () => {
  test('empties the clean queue first, then one cluster until nothing of it is left', () => {
    // Six frames, two of them working; clusters A = 0..3, B = 4..7, C = 8..11; T is globaltime.
    // W0 W2 W9: 0 falls out, A = {0} of time 0, T = 1. W3: A = {0,2}, T = 2.
    // R12: C = {9} of time 2, T = 3. W1: A = {0,2,3}, T = 4.     working = 12 1d
    // R13: no clean page. A: (2+1) / (9 * 4) = 0.08; C: 1 / (1 * 2) = 0.5. 0 leaves, and 12 falls
    //   out: clean = 12.                                         working = 1d 13
    // R14: 12 leaves; 1 falls out: A = {2,3,1}, T = 5.           working = 13 14
    // R15: A is the victim still: 2 leaves; clean = 13.          working = 14 15
    // R9 hits, C is gone; clean = 13 14. R3 hits, A = {1} of time 5; clean = 13 14 15. working = 9d 3d
    // R16: 13 leaves; C = {9} of time 5, T = 6.                  working = 3d 16
    const twin = new CfdcTwin(6, 0.34, 4, true);
    const text = 'W0 W2 W9 W3 R12 W1 R13 R14 R15 R9 R3 R16';
    const expected = { faults: 10, evictions: [0, 12, 2, 13], writebacks: 2 };
    const gauges = expectBoth('cfdc:working=0.34:cluster=4', 6, text, twin, expected);
    // working, clean, dirty, clusters, working target, clean and dirty victims
    expect(gauges).toEqual([2, 2, 2, 2, 2, 2, 2]);
    expect([twin.working, twin.clean, twin.globaltime]).toEqual([[3, 16], [14, 15], 6]);
    expect(twin.clusters.map(({ pages, timestamp }) => [pages, timestamp])).toEqual([
      [[1], 5],
      [[9], 5],
    ]);
  });

  test('aging decides whether a cluster grows old while nothing of it changes', () => {
    // No working region, four frames. W0: A = {0} of time 0. W12: D = {12} of time 1. W4 W7:
    // B = {4,7} of time 2. T = 4.
    // selection: A 1/4, D 1/3, B 3 / (4 * 2) = 0.375: 0 leaves.
    // change:    A and D were 1 when they came, B is 0.375: 4 leaves.
    const text = 'W0 W12 W4 W7 R20';
    for (const [aging, evicted] of [
      ['selection', 0],
      ['change', 4],
    ] as const) {
      const twin = new CfdcTwin(4, 0, 4, aging === 'selection');
      expectBoth(`cfdc:working=0:cluster=4:aging=${aging}`, 4, text, twin, {
        faults: 5,
        evictions: [evicted],
        writebacks: 1,
      });
    }
  });
});

describe('clock-dwf', () => {
  test('spares a page for its writes, and for as many turns without one as may be', () => {
    // Three frames, threshold 0, expiration 1; pages with (modified, frequency, over).
    // W1 R2 R3 W1:                              [1(1,0,0)  2(0,0,0)  3(0,0,0)
    // R4: 1 was written once; 2 leaves.          1(0,1,0)  4(0,0,0) [3(0,0,0)
    // R5: 3 leaves.                             [1(0,1,0)  4(0,0,0)  5(0,0,0)
    // R6: 1 has its turn; 4 leaves.              1(0,1,1)  6(0,0,0) [5(0,0,0)
    // R7: 5 leaves. R8: 1 has had its turn, and leaves, written back.
    const spec = 'clock-dwf:threshold=0:expiration=1';
    const twin = new ClockDwfTwin(3, 0, 1, false);
    const text = 'W1 R2 R3 W1 R4 R5 R6 R7 R8';
    const expected = { faults: 8, evictions: [2, 3, 4, 5, 1], writebacks: 1 };
    // no hot page, one page found modified, one turn given
    expect(expectBoth(spec, 3, text, twin, expected)).toEqual([0, 1, 1]);
  });

  test('init decides whether the write that faulted spares its page', () => {
    expectBoth('clock-dwf', 2, 'W1 R2 R3', new ClockDwfTwin(2, 2, 2, false), {
      faults: 3,
      evictions: [1],
      writebacks: 1,
    });
    expectBoth('clock-dwf:init=1', 2, 'W1 R2 R3', new ClockDwfTwin(2, 2, 2, true), {
      faults: 3,
      evictions: [2],
      writebacks: 0,
    });
  });
});

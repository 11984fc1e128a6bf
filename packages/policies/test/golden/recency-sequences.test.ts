// Sequences worked by hand for the policies that order pages by how often and how lately they were
// referenced, and for their twins alike. Lists are written from oldest to newest, and `3'` is page 3
// where it is remembered but absent.

import { READ } from '@pagelend/policies';
import { describe, expect, test } from 'vitest';
import { Host, resolve } from '../host.ts';
import { traceOf } from '../traces.ts';
import { ClockProTwin } from '../twins/clock-pro.ts';
import { LfuTwin } from '../twins/lfu.ts';
import { LirsTwin } from '../twins/lirs.ts';
import { LruKTwin } from '../twins/lru-k.ts';
import type { Twin } from '../twins/twin.ts';
import { TwoQueueTwin } from '../twins/two-queue.ts';
import { WTinyLfuTwin } from '../twins/w-tinylfu.ts';

interface Expected {
  readonly faults: number;
  readonly evictions: readonly number[];
}

function expectBoth(spec: string, frames: number, text: string, twin: Twin, expected: Expected) {
  const trace = traceOf(text);
  const host = new Host(spec, { frames, trace }).run(trace);
  twin.run(trace);
  for (const { faults, evictions } of [host, twin]) expect({ faults, evictions }).toEqual(expected);
}

/** The gauges of a policy by name, after a trace. */
function gaugesAfter(spec: string, frames: number, text: string): Record<string, number> {
  const trace = traceOf(text);
  const host = new Host(spec, { frames, trace }).run(trace);
  const { gauges } = resolve(spec).definition;
  const values = new Float64Array(gauges!.length);
  host.policy.readGauges!(values);
  return Object.fromEntries(gauges!.map(({ name }, i) => [name, values[i]!]));
}

describe('2q', () => {
  // c = 4, Kin = 1, Kout = 2.
  // R1 R2 R3 R4 fill A1in; R1 hits there, and nothing changes.
  // R5: |A1in| = 4 > 1: 1 leaves.                    A1in = 2 3 4 5, A1out = 1
  // R1: remembered. 2 leaves.                        A1in = 3 4 5, Am = 1, A1out = 2
  // R6: 3 leaves. R7: 4 leaves, and 2 is forgotten.  A1in = 5 6 7, Am = 1, A1out = 3 4
  // R2: new. 5 leaves, 3 is forgotten.               A1in = 6 7 2, Am = 1, A1out = 4 5
  // R4: remembered. 6 leaves.                        A1in = 7 2, Am = 1 4, A1out = 5 6
  // R5: remembered. 7 leaves.                        A1in = 2, Am = 1 4 5, A1out = 6 7
  // R1: hits in Am.                                  Am = 4 5 1
  // R8: |A1in| = 1: Am's 4 leaves, not remembered.   A1in = 2 8, Am = 5 1
  // R4: new, therefore. |A1in| = 2 > 1: 2 leaves.    A1in = 8 4, Am = 5 1, A1out = 7 2
  const text = 'R1 R2 R3 R4 R1 R5 R1 R6 R7 R2 R4 R5 R1 R8 R4';

  test('Am takes what is wanted again, and what leaves Am is not remembered', () => {
    const twin = new TwoQueueTwin(4);
    expectBoth('2q', 4, text, twin, { faults: 13, evictions: [1, 2, 3, 4, 5, 6, 7, 4, 2] });
    expect([twin.a1in, twin.am, twin.a1out]).toEqual([
      [8, 4],
      [5, 1],
      [7, 2],
    ]);
  });

  test('shows the sizes of its lists', () => {
    expect(gaugesAfter('2q', 4, text)).toEqual({ a1in: 2, am: 2, a1out: 2, kin: 1, returned: 3 });
  });
});

describe('lirs', () => {
  // c = 4: two frames for LIR pages, two for HIR pages.
  // R1 R2 are LIR, R3 R4 HIR.                        S = 1 2 3 4, Q = 3 4
  // R5: 3 leaves, and stays in S.                    S = 1 2 3' 4 5, Q = 4 5
  // R3: 4 leaves. 3 is in S: LIR; the bottom, 1, is HIR.  S = 2 4' 5 3, Q = 5 1
  // R5: in S: LIR; 2 is HIR; 4' is pruned.           S = 3 5, Q = 1 2
  // R1: not in S: top of S, end of Q.                S = 3 5 1, Q = 2 1
  // R4: forgotten: new. 2 leaves, it is not in S.    S = 3 5 1 4, Q = 1 4
  // R1: in S: LIR; 3 is HIR.                         S = 5 4 1, Q = 4 3
  // R2: new. 4 leaves, and stays in S.               S = 5 4' 1 2, Q = 3 2
  const text = 'R1 R2 R3 R4 R5 R3 R5 R1 R4 R1 R2';

  test('a page referenced again while it is in the stack takes the place of its bottom', () => {
    const twin = new LirsTwin(4);
    expectBoth('lirs', 4, text, twin, { faults: 8, evictions: [3, 4, 2, 4] });
    expect([twin.s, twin.q, [...twin.lir].sort()]).toEqual([
      [5, 4, 1, 2],
      [3, 2],
      [1, 5],
    ]);
  });

  test('shows the sizes of its sets', () => {
    expect(gaugesAfter('lirs', 4, text)).toEqual({
      lir: 2,
      hir: 2,
      nonresident: 1,
      'lir-target': 2,
      promoted: 3,
      returned: 1,
    });
  });

  test('the bound on absent pages forgets the oldest', () => {
    // One absent page. R5: 3 leaves. R6: 4 leaves, 3 is forgotten: S = 1 2 4' 5 6. So R3 is new and
    // takes the place of 5; 4 is forgotten.
    const twin = new LirsTwin(4, { nonresident: 0.25 });
    const bounded = 'R1 R2 R3 R4 R5 R6 R3';
    expectBoth('lirs:nonresident=0.25', 4, bounded, twin, { faults: 7, evictions: [3, 4, 5] });
    expect([twin.s, twin.q]).toEqual([
      [1, 2, 5, 6, 3],
      [6, 3],
    ]);
  });

  test('a reference to the page that was referenced last counts where asked to', () => {
    // R3 R3: ignored, 3 stays HIR, and R4 R5 push it out. Counted, 3 becomes LIR and 1 leaves.
    const repeated = 'R1 R2 R3 R3 R4 R5';
    expectBoth('lirs', 4, repeated, new LirsTwin(4), { faults: 5, evictions: [3] });
    expectBoth('lirs:repeats=count', 4, repeated, new LirsTwin(4, { repeats: 'count' }), {
      faults: 5,
      evictions: [1],
    });
  });
});

describe('clock-pro', () => {
  // c = 6, cold target 2 (within 2 .. 4). h hot, t cold in its test period, c cold, a absent; a star is
  // a set bit; from the tail of the clock to its head.
  // R1 .. R4 are hot, R5 R6 cold; R5 sets a bit.     1h 2h 3h 4h 5t* 6t
  // R7: HAND_cold: 5 was referenced in its test: target 3, so no more than two other hot pages:
  //     HAND_hot makes 1 and 2 cold, 5 is hot. Then 6, unreferenced, leaves, and stays as absent.
  //                                                  3h 4h 6a 1c 2c 5h 7t
  // R6: HAND_cold takes 1, which is in no test. 6 is in its test: target 4; HAND_hot makes 3 cold,
  //     then 4, and passes 6a, whose test ends: target 3. There is room now: 6 is hot.
  //                                                  2c 5h 7t 3c 4c 6h
  // R2 sets a bit.
  // R8: 2 is spared: to the head, a new test. 7 leaves, and stays as absent.
  //                                                  5h 7a 3c 4c 6h 2t 8t
  // R9: 3 leaves.                                    5h 7a 4c 6h 2t 8t 9t
  const text = 'R1 R2 R3 R4 R5 R6 R5 R7 R6 R2 R8 R9';

  test('hands meet hot, cold and absent pages', () => {
    const twin = new ClockProTwin(6);
    expectBoth('clock-pro', 6, text, twin, { faults: 10, evictions: [6, 1, 7, 3] });
    expect(twin.text).toBe('5h 7a 4c 6h 2t 8t 9t');
    expect(twin.coldTarget).toBe(3);
  });

  test('shows its pages and its target', () => {
    // 5 and 6 became hot, 1 2 3 4 cold; the test of 6 ended while it was absent.
    expect(gaugesAfter('clock-pro', 6, text)).toEqual({
      hot: 2,
      cold: 4,
      nonresident: 1,
      'cold-target': 3,
      promoted: 2,
      demoted: 4,
      expired: 1,
    });
  });

  test('passed=evict takes a page that was referenced after its test period', () => {
    // R8: 2 leaves, though its bit is set. R9: 7 leaves.
    const twin = new ClockProTwin(6, { passed: 'evict' });
    expectBoth('clock-pro:passed=evict', 6, text, twin, { faults: 10, evictions: [6, 1, 2, 7] });
    expect(twin.text).toBe('5h 7a 3c 4c 6h 8t 9t');
  });

  test('repeats=ignore does not take a second look for a second use', () => {
    // R7: 6 leaves. R8: counted, R5 R5 has set the bit of 5: it becomes hot, 1 and 2 cold at the
    // head, and 7 is the oldest cold page. Ignored, 5 leaves.
    const repeated = 'R1 R2 R3 R4 R6 R5 R5 R7 R8';
    expectBoth('clock-pro', 6, repeated, new ClockProTwin(6), { faults: 8, evictions: [6, 7] });
    const ignoring = new ClockProTwin(6, { repeats: 'ignore' });
    expectBoth('clock-pro:repeats=ignore', 6, repeated, ignoring, { faults: 8, evictions: [6, 5] });
  });
});

describe('lru-k', () => {
  test('takes pages without a second reference first, and remembers absent ones', () => {
    // c = 2, K = 2. R1 R2 R1. R3: 2 has one reference: it leaves. R4: 3 leaves, likewise. R3: its
    // history says t = 6 and 4; 4 leaves. R5: the second last references are 1 (of 1) and 4 (of 3).
    const text = 'R1 R2 R1 R3 R4 R3 R5';
    expectBoth('lru-k', 2, text, new LruKTwin(2), { faults: 6, evictions: [2, 3, 4, 1] });
    // Without history of absent pages 3 has one reference at R5.
    const forgetful = new LruKTwin(2, { rip: 0 });
    expectBoth('lru-k:rip=0', 2, text, forgetful, { faults: 6, evictions: [2, 3, 4, 3] });
  });

  test('a correlated period counts once, and protects the page', () => {
    // Period 1. R1 R1 are one reference (t = 1, LAST = 2). R2. R1 at t = 4 is another: HIST = 4, and
    // 1 plus the period of 1. R3 at 5: 1 was referenced at 4: 2 leaves. R4 at 6: 3 was referenced
    // at 5, so 1 leaves for all its two references. R5 at 7: 3 leaves. R6: 4 leaves.
    expectBoth('lru-k:crp=1', 2, 'R1 R1 R2 R1 R3 R4 R5 R6', new LruKTwin(2, { crp: 1 }), {
      faults: 6,
      evictions: [2, 1, 3, 4],
    });
  });
});

describe('lfu', () => {
  const text = 'R1 R1 R1 R1 R2 R2 R2 R3';

  test('takes the page with the fewest references', () => {
    // Counts 4 and 3: 2 leaves.
    expectBoth('lfu:aging=none', 2, text, new LfuTwin(2, 'none'), { faults: 3, evictions: [2] });
  });

  test('halves all counts where their average passes the maximum', () => {
    // Maximum 2. The third R1: 3 > 2: halved to 2; so does the fourth. R2 R2: counts 2 and 2. The
    // third R2: 5 > 2 * 2: halved to 1 and 2. R3: 1 leaves.
    const twin = new LfuTwin(2, 'average', 2);
    expectBoth('lfu:average=2', 2, text, twin, { faults: 3, evictions: [1] });
    expect(gaugesAfter('lfu:average=2', 2, text)).toEqual({ once: 1, halved: 3 });
  });

  test('with dynamic aging new counts start above those of the pages that left', () => {
    // 1 has 3. R3: 2 leaves with 1; 3 has 1 + 1. R4: 3 leaves with 2; 4 has 1 + 2. R5: 1 and 4 have 3,
    // and 1 is the less recent; without aging 4 leaves with 1.
    const aging = 'R1 R1 R1 R2 R3 R4 R5';
    const dynamic = new LfuTwin(2, 'dynamic');
    expectBoth('lfu:aging=dynamic', 2, aging, dynamic, { faults: 5, evictions: [2, 3, 1] });
    const none = new LfuTwin(2, 'none');
    expectBoth('lfu:aging=none', 2, aging, none, { faults: 5, evictions: [2, 3, 4] });
  });
});

describe('w-tinylfu', () => {
  // c = 5: a window of one frame, of the four behind it two protected.
  // R1 .. R5: each new page pushes the one before it out of the window.  window 5, probation 1 2 3 4
  // R1 R2 R3: to the protected segment; 1 falls back.  probation 4 1, protected 2 3
  // R6: 5 contends with 4, one reference each: 5 leaves.  window 6
  // R6: hits in the window.
  // R7: 6, two references, contends with 4, one: 4 leaves.  window 7, probation 1 6
  // R8: 7, one, contends with 1, two: 7 leaves.  window 8
  const text = 'R1 R2 R3 R4 R5 R1 R2 R3 R6 R6 R7 R8';
  const spec = 'w-tinylfu:window=0.2:protected=0.5';

  test('a page from the window stays if it was referenced more often than probation’s oldest', () => {
    const twin = new WTinyLfuTwin(5, { window: 0.2, protected: 0.5 });
    expectBoth(spec, 5, text, twin, { faults: 8, evictions: [5, 4, 7] });
    expect([twin.window, twin.probation, twin.protected]).toEqual([[8], [1, 6], [2, 3]]);
    expect(gaugesAfter(spec, 5, text)).toEqual({
      window: 1,
      probation: 2,
      protected: 2,
      admitted: 1,
      rejected: 2,
      halved: 0,
    });
  });

  test('halving lets old references fade', () => {
    // A sample of five increments: R1 R1 R1 R1 R2 make 4 and 1, halved to 2 and 0, sample 2. R3: one
    // reference; 2 contends with 1: it leaves. R3 R3 make 3, and the sample is full: 1 has 1, 3
    // has 1, sample 2. R4: 3 contends with 1, one each: 3 leaves. R4 R4: 4 has 3, halved to 1, and
    // 1 has 0. R5: 4 contends with 1, and stays.
    const fading = 'R1 R1 R1 R1 R2 R3 R3 R3 R4 R4 R4 R5';
    const twin = new WTinyLfuTwin(2, { sample: 2.5 });
    expectBoth('w-tinylfu:sample=2.5', 2, fading, twin, { faults: 5, evictions: [2, 3, 1] });
    const remembering = new WTinyLfuTwin(2);
    expectBoth('w-tinylfu', 2, fading, remembering, { faults: 5, evictions: [2, 3, 4] });
  });
});

describe('a page that is freed between its victim and its fault', () => {
  test('2q: is new', () => {
    // A1out = 1. 2 leaves for the sake of 1, which is freed, and comes back as any new page.
    const host = new Host('2q', { frames: 4, pageCount: 6 }).run(traceOf('R1 R2 R3 R4 R5'));
    expect(host.takeVictim(1, READ)).toBe(2);
    host.forget(1);
    host.access(1, READ);
    const gauges = new Float64Array(5);
    host.policy.readGauges!(gauges);
    expect([...gauges]).toEqual([4, 0, 1, 1, 0]);
  });

  test('w-tinylfu: is counted anew', () => {
    // 2 leaves for the sake of 3, a tie with 1. 3 is freed; R3 R3 are two references, so that 3 stays
    // when it contends with 1, which had one.
    const host = new Host('w-tinylfu', { frames: 2, pageCount: 5 }).run(traceOf('R1 R2'));
    expect(host.takeVictim(3, READ)).toBe(2);
    host.forget(3);
    expect(host.run(traceOf('R3 R3 R4')).evictions).toEqual([2, 1]);
  });
});

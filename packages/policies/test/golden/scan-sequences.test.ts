// Sequences worked by hand for SIEVE, S3-FIFO, Linux's two approximations, NRU and WSClock, for policies
// and twins alike. Notation: `R1` reads page 1, `W1` writes it; a star marks a set reference bit. Lists run
// from the oldest to the newest page.

import { expect, test } from 'vitest';
import { Host } from '../host.ts';
import { traceOf } from '../traces.ts';
import { LinuxTwin } from '../twins/linux.ts';
import { MglruTwin } from '../twins/mglru.ts';
import { NruTwin } from '../twins/nru.ts';
import { S3FifoTwin } from '../twins/s3-fifo.ts';
import { SieveTwin } from '../twins/sieve.ts';
import type { Twin } from '../twins/twin.ts';
import { WsClockTwin } from '../twins/wsclock.ts';

interface Expected {
  readonly faults: number;
  readonly evictions: readonly number[];
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

test('sieve: spared pages stay where they are, and past the newest comes the oldest', () => {
  // Three frames. R1 R2 R3 R1: 1* 2 3.
  // R4: the hand spares 1, takes 2 and stays at 3.          1 3 4
  // R5: the hand takes 3, where CLOCK would too.            1 4 5, hand at 4
  // R4 R6: it spares 4 and takes 5, the newest: nothing is newer, so it starts again from the oldest,
  //        and does not see 6, which comes now, before 1.   1 4 6, hand at 1
  // R7: it takes 1, where CLOCK would have looked at 1 last of all.
  const twin = new SieveTwin(3, 0);
  expectBoth('sieve', 3, 'R1 R2 R3 R1 R4 R5 R4 R6 R7', twin, {
    faults: 7,
    evictions: [2, 3, 5, 1],
  });
  expect(twin.queue).toEqual([4, 6, 7]);
});

test('s3-fifo: promotion, ghosts, reinsertion, and leaving the main queue for good', () => {
  // Four frames, two for S, two ghosts; a raised number is a frequency.
  // R1 R1 R1 R2 R3 R4:                                        S = 1² 2 3 4
  // R5: 1 goes to M with 0, 2 leaves to G.                    S = 3 4 5   M = 1      G = 2
  // R2: a ghost; 3 leaves to G, 2 enters M. R1.               S = 4 5     M = 1¹ 2   G = 3
  // R6: |M| = 2 is not above its size: 4 leaves S.            S = 5 6     M = 1¹ 2   G = 3 4
  // R3: a ghost; 5 leaves S.                                  S = 6       M = 1¹ 2 3 G = 4 5
  // R7: |M| = 3: 1 is reinserted with 0, 2 leaves, no ghost.  S = 6 7     M = 3 1    G = 4 5
  // R2: no ghost; 6 leaves, and G drops 4.                    S = 7 2     M = 3 1    G = 5 6
  // R4: no ghost any more; 7 leaves, G drops 5.               S = 2 4     M = 3 1    G = 6 7
  const twin = new S3FifoTwin(4, { small: 0.5, ghost: 0.5 });
  const text = 'R1 R1 R1 R2 R3 R4 R5 R2 R1 R6 R3 R7 R2 R4';
  expectBoth('s3-fifo:small=0.5:ghost=0.5', 4, text, twin, {
    faults: 11,
    evictions: [2, 3, 4, 5, 2, 6, 7],
  });
  expect([twin.small, twin.main, twin.ghost]).toEqual([
    [2, 4],
    [3, 1],
    [6, 7],
  ]);
});

test('s3-fifo: one hit is too few by hits, and enough for the bit', () => {
  const text = 'R1 R1 R2 R3 R4 R5';
  expectBoth('s3-fifo:small=0.5', 4, text, new S3FifoTwin(4, { small: 0.5 }), {
    faults: 5,
    evictions: [1],
  });
  const twin = new S3FifoTwin(4, { small: 0.5, count: 'scan' });
  expectBoth('s3-fifo:small=0.5:count=scan', 4, text, twin, { faults: 5, evictions: [2] });
});

test('linux: marks, activation, refault distance, and quick recovery of a demoted page', () => {
  // Four frames; m is the mark. R1 R2 R3 R4:                  I = 1* 2* 3* 4*
  // R5: all four are marked and go round; 1 leaves at age 0.  I = 2m 3m 4m 5*
  // R2 R3 R6: 2 and 3, marked and referenced, are activated at ages 1 and 2; 4 leaves at age 3.
  //                                                           I = 5* 6*     A = 2m 3m
  // R1: 5 and 6 are marked, 5 leaves at age 4. 1 left 5 - 0 ages ago, |A| = 2: no refault.
  //                                                           I = 6m 1*     A = 2m 3m
  // R4: 6 leaves at age 5. 4 left 6 - 3 ages ago.             I = 1* 4*     A = 2m 3m
  // R6: 1 and 4 are marked, 1 leaves at age 6. 6 left 7 - 5 = 2 ages ago: straight to A.
  //                                                           I = 4m        A = 2m 3m 6*
  // R7: |I| < |A|: 2 goes over; 4 leaves.                     I = 2m 7*     A = 3m 6*
  // R2 R8: 2, still marked, is activated at the first look; 3 goes over; 7 is marked; 3 leaves.
  //                                                           I = 7m 8*     A = 6* 2m
  const twin = new LinuxTwin(4);
  expectBoth('linux', 4, 'R1 R2 R3 R4 R5 R2 R3 R6 R1 R4 R6 R7 R2 R8', twin, {
    faults: 11,
    evictions: [1, 4, 5, 6, 1, 4, 3],
  });
  expect([twin.inactive, twin.active]).toEqual([
    [7, 8],
    [6, 2],
  ]);
});

test('linux: a freed page comes back as one that never left', () => {
  // As above up to the second R4, where 6 left lately: I = 1* 4*, A = 2m 3m. R6 R7 R8:
  // 6 refaults into A; 4 leaves; 2 goes over, I = 2m 7*, and leaves.
  // Freed before it comes back, 6 enters I; 4 leaves; 6 and 7 are marked, and 6 leaves.
  const before = traceOf('R1 R2 R3 R4 R5 R2 R3 R6 R1 R4');
  const after = traceOf('R6 R7 R8');
  for (const [isFreed, last] of [
    [false, 2],
    [true, 6],
  ] as const) {
    const host = new Host('linux', { frames: 4, trace: [...before, ...after] }).run(before);
    if (isFreed) host.forget(6);
    host.run(after);
    expect(host.evictions).toEqual([1, 4, 5, 6, 1, 4, last]);
  }
});

test('mglru: where aging puts what was referenced decides who leaves', () => {
  // Three frames, generations from the oldest to the youngest. R1 R2 R3:     - | 1* 2* 3*
  // R4: aging clears all bits; the oldest, empty, is dropped; another aging; 1 leaves.
  //                                                                     2 3 | - | 4*
  // R2 R5: 2 goes to the youngest, 3 leaves.                            - | - | 4* 2 5*
  // R6, promote=youngest: the bits of 4 and 5 are cleared where they are; 4, the first, leaves.
  //     promote=next: 4 and 5 go to the generation that aging opens; 2 | 4 5 | -: 2 leaves.
  const text = 'R1 R2 R3 R4 R2 R5 R6';
  const youngest = new MglruTwin(3, 3, 'youngest');
  expectBoth('mglru:generations=3', 3, text, youngest, { faults: 6, evictions: [1, 3, 4] });
  const next = new MglruTwin(3, 3, 'next');
  expectBoth('mglru:generations=3:promote=next', 3, text, next, {
    faults: 6,
    evictions: [1, 3, 2],
  });
});

test('mglru: with four generations aging does not wait until two are left', () => {
  // As above up to R2 R5. Before 3 leaves, the youngest generation has 4* and 2, over half of all: aging
  // clears 4 and opens a generation.                                    - | - | 4 2 | 5*
  // R4 R6: aging puts 4 to 5, the youngest: 2 | 5 4 | -, and 2 leaves. With three generations 4, 2 and 5
  // are all of one generation, and 4 leaves.
  const text = 'R1 R2 R3 R4 R2 R5 R4 R6';
  const four = new MglruTwin(3, 4);
  expectBoth('mglru', 3, text, four, { faults: 6, evictions: [1, 3, 2] });
  expect(four.generations).toEqual([[], [5, 4], [6]]);
  const three = new MglruTwin(3, 3);
  expectBoth('mglru:generations=3', 3, text, three, { faults: 6, evictions: [1, 3, 4] });
});

test('nru: a victim of each class where there is no choice', () => {
  // Three frames, a tick of 4. R1 W2 W3 R1; R4 comes at the tick: 1 is (0,0), 2 and 3 are (0,1): 1 leaves.
  // R2 makes 2 (1,1); R5: 4 is (1,0), 3 is (0,1): 3 leaves and is written back.
  expectNru(4, 3, 'R1 W2 W3 R1 R4 R2 R5', { evictions: [1, 3], writebacks: 1 });
  // No tick: 1 is (1,0), 2 is (1,1): 1 leaves. W3; R4: 2 and 3 are (1,1). With one frame 1 must leave.
  expectNru(100, 2, 'R1 W2 R3', { evictions: [1], writebacks: 0 });
  expectNru(100, 1, 'W1 R2', { evictions: [1], writebacks: 1 });
});

function expectNru(tick: number, frames: number, text: string, expected: object) {
  const trace = traceOf(text);
  for (const seed of [1, 2, 3, 4, 5]) {
    const host = new Host(`nru:tick=${tick}:seed=${seed}`, { frames, trace });
    const twin = new NruTwin(frames, tick);
    for (const [page, op] of trace) {
      twin.chosen = host.access(page, op).evicted;
      twin.access(page, op);
    }
    expect(host).toMatchObject(expected);
    expect(twin).toMatchObject(expected);
  }
}

test('wsclock: forced and aged victims, and writes in advance, one at a time', () => {
  // Three frames, tau 3, one write at a time. (R, M, last use); positions from 0 on; [ is the hand.
  // R1 W2 W3:              [1(R,0) 2(RM,1) 3(RM,2)
  // R4 at 3: all are cleared and used at 3; no write: the first clean page, 1, leaves.
  //                         4(R,3) [2(M,3) 3(M,3)
  // R4 R4 R4, R5 at 7: 2 is 4 old: its write is scheduled; 3 is as old, but one write is enough; 4 is
  // used. The hand goes on: the write of 2 is complete: 2 leaves.
  //                         4(7) 5(R,7) [3(M,3)
  // R6 at 8: the write of 3 is scheduled; 4 is 1 old; 5 is used; 3 leaves.
  //                        [4(7) 5(8) 6(R,8)
  // W4 R5 R6, R7 at 12: all are used; 4 is dirty, 5 is the first clean page and leaves.
  //                         4(M,12) 7(R,12) [6(12)
  // W7 W6, R8 at 15: 6 and 7 are used, 4 is 3 old, all are dirty: 6, at the hand, leaves and is written.
  const text = 'R1 W2 W3 R4 R4 R4 R4 R5 R6 W4 R5 R6 R7 W7 W6 R8';
  expectBoth('wsclock:tau=3:writes=1', 3, text, new WsClockTwin(3, 3, 1), {
    faults: 8,
    evictions: [1, 2, 3, 5, 6],
    writebacks: 3,
  });
});

test('wsclock: a page that is written again after its write was scheduled costs another', () => {
  // Three frames, tau 1.   R4 at 3 takes 2, R5 at 4 takes 3:  [1(M,3) 4(4) 5(R,4)
  // R5 R5, R6 at 7: 1 is 4 old: its write is scheduled; 4 is 3 old and clean: it leaves.
  //                                                            1(3) 6(R,7) [5(R,4)
  // W1, R7 at 9: 5, 1 and 6 are used, the write of 1 is complete, 1 is dirty again; 5 leaves.
  //                                                           [1(M,9) 6(9) 7(R,9)
  // R7 R7, R8 at 12: another write of 1 is scheduled; 6 leaves.
  const text = 'W1 R2 R3 R4 R5 R5 R5 R6 W1 R7 R7 R7 R8';
  expectBoth('wsclock:tau=1', 3, text, new WsClockTwin(3, 1, 8), {
    faults: 8,
    evictions: [2, 3, 4, 5, 6],
    writebacks: 2,
  });
});

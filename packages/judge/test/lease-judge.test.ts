// One lease: exact while all of it fits the sample; the sample's rate, its bounds, and what frees,
// changes of memory and fading do to what it says.

import { Judge, judgePlan, LeaseJudge, verdictOf } from '@pagelend/judge';
import { READ, WRITE } from '@pagelend/policies';
import { describe, expect, test } from 'vitest';
import { Host, type Reference } from '../../policies/test/host.ts';
import { COSTS, loop, shifting, skewed, skewedAndScans, verdictAfter } from './streams.ts';

const PAGES = 1500;
const RESIDENT = 400;
const shape = { pages: PAGES, references: 16_000, writeShare: 0.3, seed: 5 };

/** Counts of the reference host over the last `count` references of the stream. */
function hostCounts(spec: string, frames: number, stream: readonly Reference[], count: number) {
  const host = new Host(spec, { frames, pageCount: PAGES, costs: COSTS });
  let reads = 0;
  let faults = 0;
  let writebacksBefore = 0;
  for (const [index, [page, op]] of stream.entries()) {
    if (index === stream.length - count) writebacksBefore = host.writebacks;
    const { hit } = host.access(page, op);
    if (hit || index < stream.length - count) continue;
    faults++;
    if (op === READ) reads++;
  }
  return { reads, faults, writes: host.writebacks - writebacksBefore };
}

describe.each(['clock', 'craw-rm:link=lazy', 'wager', 'lru'])('own policy %s', (policy) => {
  test.each([
    ['skewed', skewed(shape)],
    ['skewed and scans', skewedAndScans(shape)],
    ['a loop', loop(shape)],
    ['a shifting working set', shifting(shape)],
  ])('says of %s what the host counts, where the sample holds all', (_, stream) => {
    const candidates = ['clock', 'fifo'];
    // No fading: what is counted is counted whole.
    const verdict = verdictAfter(stream, RESIDENT, {
      policy,
      candidates,
      halfLifeReferences: 1e15,
    });
    expect(verdict).toMatchObject({ rate: 1, subsamples: 1 });
    const references = verdict.windowReferences;
    expect(references).toBeGreaterThan(5000);
    for (const point of verdict.curve) {
      const frames = Math.round(RESIDENT * point.size);
      const expected = hostCounts(policy, frames, stream, references);
      expect(point).toMatchObject({ unknown: null, deviceReadsError: 0, deviceWritesError: 0 });
      expect((point.deviceReads! * references) / 1000).toBeCloseTo(expected.reads, 6);
      expect((point.deviceWrites! * references) / 1000).toBeCloseTo(expected.writes, 6);
      expect(point.faultRatio! * references).toBeCloseTo(expected.faults, 6);
    }
    const own = hostCounts(policy, RESIDENT, stream, references);
    const time = ({ reads, writes }: typeof own) => reads * COSTS.read + writes * COSTS.write;
    for (const other of verdict.otherPolicies) {
      const theirs = hostCounts(other.policy, RESIDENT, stream, references);
      expect(other.fewerReadsPercent).toBeCloseTo(100 * (1 - theirs.reads / own.reads), 6);
      expect(other.fewerWritesPercent).toBeCloseTo(100 * (1 - theirs.writes / own.writes), 6);
      expect(other.lessDeviceTimePercent).toBeCloseTo(100 * (1 - time(theirs) / time(own)), 6);
    }
    for (const more of verdict.moreMemory) {
      const frames = RESIDENT + more.bytes / 1000;
      const theirs = hostCounts(policy, frames, stream, references);
      expect(more.fewerFaultsPercent).toBeCloseTo(100 * (1 - theirs.reads / own.reads), 6);
    }
  });
});

describe('the sample', () => {
  const settings = {
    candidates: [],
    sizes: [0.5, 1, 2],
    halfLifeReferences: 1,
  };

  function judgeOf(residentPages: number, samplePages = 256): LeaseJudge {
    const plan = judgePlan({ policy: 'clock', costs: COSTS, ...settings, samplePages });
    const judge = new LeaseJudge(0, plan);
    judge.facts(residentPages, residentPages * 1000);
    return judge;
  }

  test('grows sparser as pages come, keeps within its bound, and denser when they are freed', () => {
    const judge = judgeOf(40_000);
    let shift = 0;
    for (let slot = 0; slot < 20_000; slot++) {
      judge.reference(slot, WRITE);
      expect(judge.sampledPages).toBeLessThanOrEqual(256);
      expect(judge.shift).toBeGreaterThanOrEqual(shift);
      shift = judge.shift;
    }
    expect(judge.shift).toBe(7);
    expect(judge.sampledPages).toBeGreaterThan(100);
    for (let slot = 400; slot < 20_000; slot++) judge.free(slot);
    expect(judge.sampledPages).toBeLessThan(10);
    // The rate rises by one step a half-life, as long as an eighth of the sample would be empty.
    const read = (slots: number, turns: number) => {
      for (let turn = 0; turn < turns; turn++) {
        for (let slot = 0; slot < slots; slot++) judge.reference(slot, READ);
      }
    };
    read(400, 4000);
    expect(judge.shift).toBe(3);
    expect(judge.sampledPages).toBeGreaterThan(32);
    for (let slot = 20; slot < 400; slot++) judge.free(slot);
    read(20, 60_000);
    expect(judge.shift).toBe(0);
    expect(judge.groups.length).toBe(1);
    expect(judge.sampledPages).toBe(20);
  });

  test('of a stream far larger than its memories keeps those well filled', () => {
    const judge = judgeOf(400, 1024);
    for (let slot = 0; slot < 100_000; slot++) {
      judge.reference(slot, WRITE);
      expect(judge.sampledPages).toBeLessThanOrEqual(1024 * 1.25);
    }
    // At the rate of 1 its 800 frames would ask for 1600 pages; at half of it there is room.
    expect(judge.shift).toBe(1);
    const { curve } = verdictOf(judge);
    expect(curve.map(({ faultRatio }) => Math.round(faultRatio! * 10))).toEqual([10, 10, 10]);
    expect(curve.map(({ deviceWrites }) => Math.round(deviceWrites! / 100))).toEqual([10, 10, 10]);
  });

  test('at the sparsest rate makes room by the oldest pages that are nowhere resident', () => {
    const judge = judgeOf(100_000);
    // 1,024 times more slots than the sample holds, and then twice as many.
    for (let slot = 0; slot < 400_000; slot++) judge.reference(slot, WRITE);
    expect(judge.shift).toBe(10);
    for (let slot = 0; slot < 400_000; slot++) {
      judge.reference(slot, WRITE);
      judge.reference(400_000 + slot, WRITE);
    }
    expect(judge.shift).toBe(10);
    expect(judge.sampledPages).toBeLessThanOrEqual(4 * Math.ceil(64 * 1.25));
    for (const { shadows } of judge.groups) for (const { policy } of shadows) policy.check?.();
  });

  test('its memories follow the rate and the facts', () => {
    const judge = judgeOf(4000);
    for (let slot = 0; slot < 2000; slot++) judge.reference(slot, WRITE);
    const frames = () => judge.groups.map(({ shadows }) => shadows.map((shadow) => shadow.frames));
    expect(judge.shift).toBe(3);
    expect(frames()).toEqual(new Array(4).fill([63, 125, 250]));
    judge.facts(8000, 8_000_000);
    expect(frames()).toEqual(new Array(4).fill([125, 250, 500]));
    // A change within a 64th changes nothing but the bytes.
    judge.facts(8100, 9_000_000);
    expect(frames()).toEqual(new Array(4).fill([125, 250, 500]));
    expect(judge.residentBytes).toBe(9_000_000);
  });

  test('a freed page is a new one when it comes back', () => {
    const plan = judgePlan({ policy: 'clock', costs: COSTS, candidates: [], sizes: [1] });
    const judge = new LeaseJudge(0, plan);
    judge.facts(16, 16_000);
    for (let slot = 0; slot < 16; slot++) judge.reference(slot, WRITE);
    judge.free(3);
    judge.free(99);
    expect(judge.sampledPages).toBe(15);
    judge.reference(3, READ);
    const { counts } = judge.groups[0]!.shadows[0]!;
    // Sixteen writes of pages that were not in memory, and the read of the one that was freed.
    expect([...counts]).toEqual([1, 16, 0]);
  });
});

describe('what is not known', () => {
  test('nothing before facts, nor before memories are full', () => {
    const judge = new Judge({ policy: 'clock', costs: COSTS });
    expect(judge.verdict(4)).toBe(null);
    judge.reference(4, 0, WRITE);
    expect(judge.verdict(4)!.curve.every(({ unknown }) => unknown === 'warming-up')).toBe(true);
    judge.facts(4, 400, 400_000);
    for (let slot = 0; slot < 500; slot++) judge.reference(4, slot, WRITE);
    const { curve, moreMemory, otherPolicies } = judge.verdict(4)!;
    const large = curve.filter(({ size }) => size > 1.25);
    expect(large.map(({ unknown }) => unknown)).toEqual(new Array(3).fill('warming-up'));
    expect(large.every(({ faultRatio }) => faultRatio === null)).toBe(true);
    expect(moreMemory.at(-1)).toMatchObject({ unknown: 'warming-up', fewerFaultsPercent: null });
    expect(otherPolicies.length).toBe(3);
  });

  test('no percentage from fewer than fifty sampled events', () => {
    // All fits; each of 49 or 50 pages that were dropped for a scan is read once more.
    for (const [again, unknown] of [
      [49, 'too-few-events'],
      [50, null],
    ] as const) {
      const judge = new Judge({ policy: 'lru', costs: COSTS, sizes: [1, 2], candidates: [] });
      judge.facts(0, 100, 100_000);
      for (let slot = 0; slot < 200; slot++) judge.reference(0, slot, WRITE);
      for (let turn = 0; turn < 100; turn++) {
        for (let slot = 100; slot < 200; slot++) judge.reference(0, slot, READ);
      }
      for (let slot = 0; slot < again; slot++) judge.reference(0, slot, READ);
      const more = judge.verdict(0)!.moreMemory[0]!;
      expect(more.unknown).toBe(unknown);
      expect(more.fewerFaultsPercent).toBe(unknown === null ? 100 : null);
    }
  });

  test('a memory of fewer than sixteen sampled frames is too coarse', () => {
    const verdict = verdictAfter(skewed(shape), 20, { sizes: [0.5, 1], candidates: ['lru'] });
    expect(verdict.curve.map(({ unknown }) => unknown)).toEqual(['too-coarse', null]);
  });
});

test('a verdict is plain data', () => {
  const verdict = verdictAfter(skewed(shape), RESIDENT);
  expect(JSON.parse(JSON.stringify(verdict))).toEqual(verdict);
  const odd = JSON.stringify(verdict).match(/NaN|Infinity/);
  expect(odd).toBe(null);
});

test('asking changes nothing', () => {
  const stream = skewedAndScans(shape);
  const judges = [0, 1].map(() => {
    const judge = new LeaseJudge(0, judgePlan({ policy: 'wager', costs: COSTS, samplePages: 512 }));
    judge.facts(RESIDENT, RESIDENT * 1000);
    return judge;
  });
  for (const [index, [slot, op]] of stream.entries()) {
    for (const judge of judges) judge.reference(slot, op);
    // Warmth is found out sooner by asking, so the first question comes when all are warm.
    if (index > 10_000 && index % 100 === 0) verdictOf(judges[0]!);
  }
  const [asked, quiet] = judges.map(verdictOf);
  expect(asked!.curve.map(({ size }) => size)).toEqual(quiet!.curve.map(({ size }) => size));
  for (const [i, point] of asked!.curve.entries()) {
    expect(point.deviceReads).toBeCloseTo(quiet!.curve[i]!.deviceReads!, 6);
    expect(point.deviceWrites).toBeCloseTo(quiet!.curve[i]!.deviceWrites!, 6);
  }
});

test('verdicts follow a guest that changes its ways, by its own references', () => {
  const settings = { candidates: [], halfLifeReferences: 4096, sizes: [1, 2] };
  const looping = loop({ ...shape, pages: 600 });
  const calm = skewed({ ...shape, pages: 300, seed: 6 });
  const judge = new Judge({ policy: 'clock', costs: COSTS, ...settings });
  judge.facts(0, RESIDENT, RESIDENT * 1000);
  for (const [slot, op] of looping) judge.reference(0, slot, op);
  // A loop that does not fit misses every time; one that fits never does.
  expect(judge.verdict(0)!.curve[0]!.faultRatio).toBeGreaterThan(0.95);
  expect(judge.verdict(0)!.moreMemory[0]!.fewerFaultsPercent).toBeGreaterThan(99);
  for (const [slot, op] of calm) judge.reference(0, slot, op);
  expect(judge.verdict(0)!.curve[0]!.faultRatio).toBeLessThan(0.1);
});

test('with the counts of the host, ratios are of all references and not of the sampled ones', () => {
  const judge = new Judge({ policy: 'clock', costs: COSTS, candidates: [], sizes: [1] });
  const stream = skewed(shape);
  judge.facts(0, RESIDENT, RESIDENT * 1000, 0);
  for (const [slot, op] of stream) judge.reference(0, slot, op);
  const before = judge.verdict(0)!;
  // Half of the references went to hot pages that the sample happens to lack.
  judge.facts(0, RESIDENT, RESIDENT * 1000, stream.length * 2);
  const after = judge.verdict(0)!;
  expect(after.references).toBe(before.references * 2);
  expect(after.curve[0]!.deviceReads).toBeCloseTo(before.curve[0]!.deviceReads! / 2, 6);
  expect(after.curve[0]!.faultRatio).toBeCloseTo(before.curve[0]!.faultRatio! / 2, 6);
});

test('a lease that is forgotten is unknown, and begins anew', () => {
  const judge = new Judge({ policy: 'clock', costs: COSTS });
  judge.facts(2, 100, 100_000);
  judge.reference(2, 1, WRITE);
  expect(judge.verdicts().map(({ lease }) => lease)).toEqual([2]);
  judge.forgetLease(2);
  expect(judge.verdicts()).toEqual([]);
  judge.free(2, 1);
  expect(judge.verdict(2)).toBe(null);
});

test.each([
  { samplePages: 10 },
  { sizes: [0] },
  { sizes: [Number.NaN] },
  { halfLifeReferences: 0 },
  { costs: { read: -1, write: 1 } },
])('settings without a meaning are refused: %j', (wrong) => {
  expect(() => new Judge({ policy: 'clock', costs: COSTS, ...wrong })).toThrow(
    expect.objectContaining({ code: 'JUDGE_SETTINGS' }),
  );
});

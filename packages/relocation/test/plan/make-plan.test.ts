// Plans against hand-worked sums, against a real count of pages, and against each other.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, test } from 'vitest';
import { contentOfRatio, findContents, loadContents } from '../../src/model/contents.ts';
import { CHURN_FACTOR, DAEMON_BYTES } from '../../src/model/lender-memory.ts';
import { LenderPool } from '../../src/model/lender-pool.ts';
import { mixed, PageDraw } from '../../src/model/page-draw.ts';
import { zsmallocTable } from '../../src/model/zsmalloc.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import { estimatePool } from '../../src/plan/pool-estimate.ts';
import type { PlanRequest } from '../../src/plan/request.ts';
import { renderPlan } from '../../src/plan/text.ts';

const MIB = 2 ** 20;
const repository = (path: string): string =>
  fileURLToPath(new URL(`../../../../${path}`, import.meta.url));
const shipped = loadContents(repository('experiments/page-contents.json'));
const programs = shipped.classes.filter(({ kind }) => kind === 'program');

const base: PlanRequest = {
  guests: 8,
  memoryBytes: 512 * MIB,
  demandBytes: 768 * MIB,
  workingSetBytes: null,
  contents: programs,
  contentsSay: 'programs',
  confidence: 0.99,
  poolBytes: null,
  hostMemoryBytes: null,
  hostReserveBytes: 0,
  guestOverheadBytes: 0,
  seed: 1,
};

test('by hand: pages that halve', () => {
  const plan = makePlan({ ...base, contents: [contentOfRatio(2)], guests: 4 });
  expect(plan.short_bytes).toBe(256 * MIB);
  // 2048 bytes and a header of 2 lie in a place of 2112: 31 in a block of 16 pages.
  const blocks = Math.ceil((4 * 65_536) / 31);
  const whole = blocks * 65_536;
  expect(Math.abs(plan.pool_mean_bytes - whole)).toBeLessThan(4 * 65_536);
  expect(plan.pool_confident_bytes).toBe(plan.pool_mean_bytes);
  expect(plan.pool_worst_bytes).toBe(4 * 256 * MIB);
  expect(plan.lease_bytes).toBe(320 * MIB);
  // A head, a page of marks, and 81920 slots of 4 bytes, for each of four leases.
  expect(plan.tables_bytes).toBe(4 * (1 + 1 + 80) * 4096);
  const serve = Math.ceil((plan.pool_mean_bytes * 1.1 + plan.tables_bytes) / (64 * MIB)) * 64 * MIB;
  expect(plan.serve_memory_bytes).toBe(serve);
  expect(plan.host.total_bytes).toBe(4 * 512 * MIB + serve + DAEMON_BYTES);
  expect(plan.host.without_lending_bytes).toBe(4 * 768 * MIB);
});

test('the expected pool is what so many drawn pages take, block by block', () => {
  for (const content of [...programs, ...findContents(shipped, 'hog-60')]) {
    const draw = new PageDraw([content], zsmallocTable('6.1'));
    const pool = new LenderPool();
    const pages = 40_000;
    for (let page = 0; page < pages; page++) pool.add(draw.lenderClass[draw.recordOf(3, page, 0)]!);
    const { meanBytes } = estimatePool([content], 1, pages, 0.5, 1);
    expect(Math.abs(meanBytes / (pool.pages * 4096) - 1), content.name).toBeLessThan(0.01);
  }
});

describe('confidence', () => {
  it('needs more the surer one is, and the same for the same seed', () => {
    const pools = [0.5, 0.9, 0.99, 0.999].map(
      (confidence) => makePlan({ ...base, confidence }).pool_confident_bytes,
    );
    expect(pools).toEqual([...pools].sort((a, b) => a - b));
    expect(pools[3]!).toBeGreaterThan(pools[0]! * 1.05);
    expect(makePlan(base)).toEqual(makePlan(base));
  });

  it('suffices in as many draws of guests as it says', () => {
    const pages = 65_536;
    const means = programs.map((one) => estimatePool([one], 8, pages, 0.5, 1).meanBytes / 8);
    const { confidentBytes } = estimatePool(programs, 8, pages, 0.95, 1);
    const drawCount = 4000;
    let enough = 0;
    for (let draw = 0; draw < drawCount; draw++) {
      let bytes = 0;
      for (let guest = 0; guest < 8; guest++) bytes += means[mixed(99, draw, guest) % 5]!;
      if (bytes <= confidentBytes) enough++;
    }
    expect(enough / drawCount).toBeGreaterThan(0.93);
    expect(enough / drawCount).toBeLessThan(0.97);
  });

  it('spreads less over many guests, beyond those that are drawn one by one too', () => {
    const spread = [1, 8, 64, 640].map((guests) => {
      const { meanBytes, confidentBytes } = estimatePool(programs, guests, 10_000, 0.99, 1);
      return confidentBytes / meanBytes;
    });
    expect(spread).toEqual([...spread].sort((a, b) => b - a));
    expect(spread[3]!).toBeGreaterThan(1);
  });

  it('never passes what the least compressible content takes', () => {
    const one = makePlan({ ...base, guests: 1 });
    const worst = Math.max(
      ...programs.map(
        (content) => makePlan({ ...base, guests: 1, contents: [content] }).pool_confident_bytes,
      ),
    );
    expect(one.pool_confident_bytes).toBeLessThanOrEqual(worst * 1.005);
  });
});

describe('a limited pool', () => {
  it('says what would go to a tier behind it, and how large that must be', () => {
    const plan = makePlan({ ...base, poolBytes: 256 * MIB });
    const { limited } = plan;
    expect(plan.serve_memory_bytes).toBe(256 * MIB);
    expect(limited!.held_bytes).toBe(Math.floor((256 * MIB - plan.tables_bytes) / CHURN_FACTOR));
    expect(limited!.not_fitting_mean_bytes).toBe(
      Math.ceil(plan.pool_mean_bytes - limited!.held_bytes),
    );
    const { not_fitting_confident_bytes: past, tier_bytes: tier } = limited!;
    expect(tier).toBeGreaterThanOrEqual(past * 1.5);
    expect(tier).toBeLessThan(past * 1.5 + 64 * MIB);
    expect(plan.notes.join('\n')).toMatch(/goes to the tier behind the pool/);
    expect(plan.commands[0]).toBe(
      `pagelend serve --memory 256MiB --tier FILE --tier-size ${tier / MIB}MiB`,
    );
    expect(renderPlan(plan)).toMatch(/^ {2}serve --tier-size +\d/m);
  });

  it('that is large enough leaves nothing over', () => {
    const plan = makePlan({ ...base, poolBytes: 4096 * MIB });
    expect(plan.limited).toMatchObject({ not_fitting_confident_bytes: 0, tier_bytes: 0 });
    expect(plan.commands[0]).not.toContain('--tier');
    expect(plan.notes.join('\n')).not.toMatch(/tier/);
  });
});

describe('how many guests fit', () => {
  const request = { ...base, hostMemoryBytes: 32 * 1024 * MIB };

  it('is the most that does', () => {
    const { capacity } = makePlan(request);
    expect(capacity!.guests_without_lending).toBe(42);
    const fits = (guests: number): boolean =>
      makePlan({ ...request, guests }).host.total_bytes <= request.hostMemoryBytes;
    expect(fits(capacity!.guests_with_lending)).toBe(true);
    expect(fits(capacity!.guests_with_lending + 1)).toBe(false);
    expect(capacity!.guests_with_lending).toBeGreaterThan(50);
  });

  it('counts what guests take besides their memory, and what the host keeps', () => {
    const plain = makePlan(request).capacity!.guests_with_lending;
    const reserved = makePlan({
      ...request,
      hostReserveBytes: 4096 * MIB,
      guestOverheadBytes: 64 * MIB,
    });
    expect(reserved.capacity!.guests_with_lending).toBeLessThan(plain - 8);
    expect(reserved.notes.join('\n')).not.toMatch(/not counted|nothing is kept/);
  });

  it('is none where the host is smaller than one', () => {
    const { capacity } = makePlan({ ...request, hostMemoryBytes: 256 * MIB });
    expect(capacity).toMatchObject({ guests_without_lending: 0, guests_with_lending: 0 });
  });
});

describe('refusals', () => {
  it.each([
    [{ guests: 0 }, /0 guests: expected 1/],
    [{ memoryBytes: 4096 }, /guests of 4KiB: expected at least 1MiB/],
    [{ demandBytes: 512 * MIB }, /are not short with 512MiB/],
    [{ workingSetBytes: 600 * MIB }, /working set of 600MiB does not fit/],
    [{ confidence: 1 }, /confidence of 1/],
    [{ contents: [] }, /no contents/],
  ])('%#', (changes, says) => {
    expect(() => makePlan({ ...base, ...changes })).toThrow(says);
  });
});

test('says where lending gains nothing', () => {
  const plan = makePlan({
    ...base,
    guests: 1,
    demandBytes: 520 * MIB,
    contents: [contentOfRatio(1)],
  });
  expect(plan.notes.join('\n')).toMatch(/lending takes no less here/);
});

test('figures of the lender are those that are promised', () => {
  const specification = readFileSync(repository('SPECIFICATION.md'), 'utf8');
  expect(specification).toContain(`82 to ${DAEMON_BYTES / MIB} MiB after load`);
  expect(specification).toContain(`within ${Math.round((CHURN_FACTOR - 1) * 100)} % of the figure`);
});

test('the text has everything, in lines of a terminal', () => {
  const request = {
    ...base,
    poolBytes: 256 * MIB,
    hostMemoryBytes: 2 ** 35,
    workingSetBytes: 2 ** 28,
  };
  const text = renderPlan(makePlan(request));
  for (const says of [
    /^A model: /,
    /its programs take +768 MiB/,
    /of its demand cold +512 MiB/,
    /would not fit, 99 %/,
    /a host of 32 GiB has room for/,
    /pagelend serve --memory 256MiB/,
    /lease create guest\$i --size 320MiB/,
  ]) {
    expect(text).toMatch(says);
  }
  expect(text).not.toMatch(/undefined|NaN/);
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
});

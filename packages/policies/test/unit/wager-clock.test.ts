// WAGER's clock is set back before it leaves int32: the same decisions, to the last one, as of a clock
// that began at 0 and never came there.

import { PageTable } from '@pagelend/policies';
import { expect, test } from 'vitest';
import { CLOCK_KEPT, CLOCK_MAX, Wager } from '../../src/policies/wager.ts';
import { AGE_BINS, ageBin } from '../../src/policies/wager-table.ts';
import { resolve } from '../host.ts';
import { randomFrom } from '../traces.ts';

const PAGES = 300;
const FRAMES = 60;
const REFERENCES = 20_000;

/** The pages that leave, with the number of the reference for whose sake they do. */
function evictionsFrom(now: number): { evictions: number[]; faults: number } {
  const { options } = resolve('wager');
  const table = new PageTable(PAGES, { offers: 'reference+modified' });
  const costs = { read: 1, write: 4 };
  const policy = new Wager({ table, frames: FRAMES, options, costs }, now);
  const random = randomFrom(3);
  const evictions: number[] = [];
  let faults = 0;
  for (let i = 0; i < REFERENCES; i++) {
    const page = Math.floor(i % 3 === 0 ? (i / 3) % PAGES : random() ** 3 * PAGES);
    const op = random() < 0.3 ? 1 : 0;
    if (random() < 0.01) {
      const freed = Math.floor(random() * PAGES);
      if (table.isResident(freed)) table.evict(freed);
      policy.forget(freed);
    }
    if (table.isResident(page)) {
      table.reference(page, op);
      continue;
    }
    faults++;
    if (table.residentCount === FRAMES) {
      const victim = policy.victim(page);
      table.evict(victim);
      evictions.push(victim);
    }
    table.admit(page, op);
    policy.fault(page);
  }
  policy.check();
  return { evictions, faults };
}

test('a clock that is set back decides as one that is not', () => {
  const plain = evictionsFrom(0);
  expect(plain.evictions.length).toBeGreaterThan(5000);
  // Set back at once, amid the run, and just before its end.
  for (const distance of [0, 1, 999, 5000, plain.faults - 50]) {
    expect(evictionsFrom(CLOCK_MAX - distance)).toEqual(plain);
  }
});

test('ages beyond what is kept of the clock are all in the last bin', () => {
  expect(ageBin(CLOCK_KEPT)).toBe(AGE_BINS - 1);
  expect(CLOCK_KEPT).toBeLessThan(CLOCK_MAX);
});

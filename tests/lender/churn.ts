// Churn: random slots overwritten by pages of ever other sizes, some trimmed and written again. An
// allocator that is not made for it grows; ours stays at the figure that it had after filling.

import { expect } from 'vitest';
import type { Lender } from './daemon.ts';
import { makePage, PAGE_BYTES, Random } from './pages.ts';

const SLOTS = 8192;
const DEPTH = 32;
export const CHURN_SIZE = `${SLOTS * 4}KiB`;
/** Memory after churn over memory after filling. */
const GROWTH_MAX = 1.1;

/** Fills a lease, overwrites it `times` times, and compares what it takes with what it took. */
export async function churn(lender: Lender, lease: string, times: number): Promise<void> {
  const random = new Random(11);
  const pages = Array.from({ length: 499 }, () => makePage(random));
  const client = await lender.connect(lease);
  const write = (slot: number) => client.write(slot * PAGE_BYTES, random.pick(pages));
  for (let slot = 0; slot < SLOTS; slot += DEPTH) {
    await Promise.all(Array.from({ length: DEPTH }, (_, i) => write(slot + i)));
  }
  const filled = memoryOf(lender, lease);
  for (let request = 0; request < SLOTS * times; request += DEPTH) {
    const slots = Array.from({ length: DEPTH }, () => random.below(SLOTS));
    if (random.below(4) === 0) {
      await Promise.all(slots.map((slot) => client.trim(slot * PAGE_BYTES, PAGE_BYTES)));
    }
    await Promise.all(slots.map(write));
  }
  const after = memoryOf(lender, lease);
  await client.disconnect();
  // The mix of pages is the same, so the sum of their sizes is nearly so.
  expect(after.stored / filled.stored).toBeCloseTo(1, 1);
  expect(filled.used).toBeGreaterThan(0);
  expect(after.used).toBeLessThan(filled.used * GROWTH_MAX);
}

/** The pool's files as a whole: a lease's own figure leaves out what lies idle between its pages. */
function memoryOf(lender: Lender, lease: string): { used: number; stored: number } {
  return { used: lender.poolBytes(), stored: lender.figures(lease).orig_data_size! };
}

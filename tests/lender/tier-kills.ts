// kill -9 of a lender at random moments while pages go behind and come back.

import { setTimeout as sleep } from 'node:timers/promises';
import { expect, vi } from 'vitest';
import { Random } from './pages.ts';
import { Model, poolOf, startTiered, TEST_MS_MAX, type Tiered } from './tier.ts';

vi.setConfig({ testTimeout: TEST_MS_MAX });

const SLOTS = 1024;
const SIZE = `${SLOTS * 4}KiB`;
const CONNECTIONS = 2;
/** Acknowledged requests between two kills, and milliseconds more, at most. */
const COUNT_MAX = 800;
const DELAY_MS_MAX = 40;

/** After each kill and start, all that was acknowledged is there. */
export async function survivesKills(seed: number, kills: number, more: string[]): Promise<Tiered> {
  const tiered = await startTiered({ guest: SIZE }, ...more);
  const { lender } = tiered;
  const model = new Model(SLOTS);
  const random = new Random(seed);
  const first = await lender.connect('guest');
  await model.fill(first, random);
  first.destroy();
  let fetched = 0;
  for (let round = 0; round < kills; round++) {
    const until = model.count + random.below(COUNT_MAX);
    const uses = Array.from({ length: CONNECTIONS }, async (_, part) => {
      const client = await lender.connect('guest');
      await model.use(client, new Random(seed * 1000 + round * 8 + part), () => false, [
        part,
        CONNECTIONS,
      ]);
    });
    while (model.count < until) await sleep(1);
    await sleep(random.below(DELAY_MS_MAX));
    const pool = await poolOf(lender);
    expect(pool.tier).toMatchObject({ state: 'ok', damaged_pages: 0 });
    fetched += pool.fetched_pages;
    await lender.kill();
    await Promise.all(uses);
    await lender.start();
    await model.check(lender, 'guest');
  }
  expect(fetched).toBeGreaterThan(0);
  const { behind_pages, tier } = await poolOf(lender);
  expect(behind_pages).toBeGreaterThan(0);
  expect(tier!.damaged_pages).toBe(0);
  return tiered;
}

// Pages that do not fit in the pool stand in the tier behind it, and nobody who reads and writes them
// can tell, but by their latency.

import { describe, expect, test, vi } from 'vitest';
import { EIO } from './client.ts';
import type { Lender } from './daemon.ts';
import { PAGE_BYTES, Random } from './pages.ts';
import {
  errnoOf,
  MIB,
  Model,
  PATIENTLY,
  poolOf,
  startTiered,
  TEST_MS_MAX,
  tierOf,
} from './tier.ts';

vi.setConfig({ testTimeout: TEST_MS_MAX });

const SLOTS = 1024;
const SIZE = `${SLOTS * 4}KiB`;

/** Two connections on each lease at once, until so much was acknowledged of each. */
async function useAll(lender: Lender, models: Record<string, Model>, count: number): Promise<void> {
  await Promise.all(
    Object.entries(models).flatMap(([lease, model], index) => {
      const end = model.count + count;
      return [0, 1].map(async (part) => {
        const client = await lender.connect(lease);
        const random = new Random(count + index * 2 + part);
        await model.use(client, random, () => model.count >= end, [part, 2]);
        await client.disconnect();
      });
    }),
  );
}

describe.each([
  { what: 'as they are', more: [] },
  { what: 'encrypted', more: ['--tier-encrypt', '--promote', 'second', '--policy', 'arc'] },
])('pages behind, $what', ({ more }) => {
  test('come back, over many connections and an orderly restart', async () => {
    const { lender, path } = await startTiered({ web: SIZE, db: SIZE }, ...more);
    const models = { web: new Model(SLOTS), db: new Model(SLOTS) };
    for (const [lease, model] of Object.entries(models)) {
      const client = await lender.connect(lease);
      await model.fill(client, new Random(3));
      await client.disconnect();
    }
    await useAll(lender, models, 600);
    const pool = await poolOf(lender);
    expect(pool.mem_used_total).toBeLessThanOrEqual(pool.mem_limit);
    expect(pool.behind_pages).toBeGreaterThan(SLOTS / 2);
    expect(pool.fetched_pages).toBeGreaterThan(0);
    expect(pool.failed_reads + pool.failed_writes).toBe(0);
    expect(pool.tier).toMatchObject({ state: 'ok', path, size: 63 * MIB, damaged_pages: 0 });
    expect(pool.tier!.is_encrypted).toBe(more.length > 0);

    expect(await lender.stop()).toBe(0);
    await lender.start();
    const { stored_pages, behind_pages } = await poolOf(lender);
    expect(stored_pages).toBe(pool.stored_pages);
    expect(behind_pages).toBeGreaterThan(0);
    for (const [lease, model] of Object.entries(models)) await model.check(lender, lease);
  });
});

describe('the tier gets back what is freed:', () => {
  test('by trim, resize and delete', async () => {
    const { lender } = await startTiered({ web: SIZE, db: SIZE, mail: SIZE });
    const { size } = await tierOf(lender);
    const model = new Model(SLOTS);
    for (const lease of ['web', 'db', 'mail']) {
      const client = await lender.connect(lease);
      await model.fill(client, new Random(5));
      await client.disconnect();
    }
    const free = async (): Promise<number> => (await tierOf(lender)).free_bytes;
    const full = await free();
    expect(full).toBeLessThan(size - 5 * MIB);

    const client = await lender.connect('web');
    await client.trim(0, SLOTS * PAGE_BYTES);
    await client.disconnect();
    await expect.poll(free, PATIENTLY).toBeGreaterThan(full + MIB);
    const trimmed = await free();
    lender.verb('lease', 'delete', 'db');
    await expect.poll(free, PATIENTLY).toBeGreaterThan(trimmed + MIB);
    lender.verb('lease', 'resize', 'mail', '64KiB');
    // Those few pages that stay lie in one or two extents.
    await expect.poll(free, PATIENTLY).toBeGreaterThanOrEqual(size - 2 * MIB);
    expect((await poolOf(lender)).behind_pages).toBeLessThanOrEqual(16);
  });
});

describe("a lease's own limit", () => {
  test('sends its pages behind and nobody else’s, also when it is lowered', async () => {
    const { lender } = await startTiered({ web: `${SIZE},limit=1MiB`, db: '512KiB' });
    const [web, db] = [new Model(SLOTS), new Model(128)];
    const clients = { web: await lender.connect('web'), db: await lender.connect('db') };
    await db.fill(clients.db, new Random(8));
    await web.fill(clients.web, new Random(9), 0, 768);
    const limited = lender.figures('web');
    expect(limited.behind_pages).toBeGreaterThan(300);
    expect(limited.mem_used_total).toBeLessThanOrEqual(MIB);
    expect(lender.figures('db').behind_pages).toBe(0);

    lender.verb('lease', 'limit', 'web', '512KiB');
    await web.fill(clients.web, new Random(10), 768, 1024);
    expect(lender.figures('web').mem_used_total).toBeLessThanOrEqual(MIB / 2);
    expect(lender.figures('db').behind_pages).toBe(0);
    expect(lender.figures('web').failed_writes).toBe(0);
    await web.check(lender, 'web');
    await db.check(lender, 'db');
    for (const client of Object.values(clients)) await client.disconnect();
  });

  test('that its table alone would pass refuses pages, and the tier is not to blame', async () => {
    const { lender } = await startTiered({ web: `${SIZE},limit=4KiB` });
    const client = await lender.connect('web');
    const model = new Model(SLOTS);
    expect(await errnoOf(model.write(client, 0, new Random(1)))).toBe(EIO);
    expect((await tierOf(lender)).state).toBe('ok');
    await client.disconnect();
  });
});

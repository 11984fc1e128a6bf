// A check of what a lender left in order finds nothing, changes nothing, and keeps lenders away.

import { chmodSync, closeSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lockFile } from '@pagelend/linux';
import { expect, test } from 'vitest';
import { openPool } from '../../src/pool.ts';
import { tablePath } from '../../src/slot-table.ts';
import { anyPage, randomFrom } from '../fixtures/pages.mjs';
import { leaseSpec, openHost, optionsFor, SEED, temporaryDirectory } from '../helpers/pool-host.ts';
import { checkKept, type Kept, keep, SLOT_COUNT, stateOf, tierChoice } from './kept.ts';

function pathsOf({ directory, tierPath }: Kept): string[] {
  return tierPath === null ? [directory] : [directory, tierPath];
}

test('a pool that was just made is sound', async () => {
  const directory = temporaryDirectory();
  const specs = [leaseSpec('one', SLOT_COUNT)];
  openHost(optionsFor(directory), specs).pool.close();
  const { pool, findings } = await checkKept({ directory, owner: 'a test', specs, tierPath: null });
  expect(findings).toEqual([]);
  expect(pool).toMatchObject({ placeBytes: 0, tier: null });
  expect(pool.leases).toEqual([
    {
      name: 'lease-one',
      id: 'one',
      bytes: SLOT_COUNT * 4096,
      pages: 0,
      samePages: 0,
      pagesInPool: 0,
      pagesBehind: 0,
      damagedPages: 0,
    },
  ]);
});

test.each(['no tier', 'plain', 'encrypted'] as const)(
  'a filled pool with %s is sound, and not a byte of it changes',
  async (tier) => {
    const kept = await keep(tier);
    const before = stateOf(...pathsOf(kept));
    for (const isQuick of [false, true]) {
      const { pool, findings } = await checkKept(kept, { isQuick });
      expect(findings).toEqual([]);
      const one = pool.leases[0]!;
      expect(one.pages).toBe(SLOT_COUNT);
      expect(one.samePages + one.pagesInPool + one.pagesBehind).toBe(SLOT_COUNT);
      expect(one.samePages).toBeGreaterThan(SLOT_COUNT / 4);
      expect(one.pagesBehind > 0).toBe(tier !== 'no tier');
      expect(pool.placeBytes).toBeLessThanOrEqual(pool.paidBytes);
      expect(pool.tier?.isEncrypted ?? null).toBe(tier === 'no tier' ? null : tier === 'encrypted');
      expect((pool.tier?.readBytes ?? 0) > 0).toBe(tier !== 'no tier' && !isQuick);
    }
    expect(stateOf(...pathsOf(kept))).toEqual(before);
  },
);

test('a churned pool is sound: trims, overwrites, compaction', async () => {
  const kept = await keep('plain', (host) => {
    const random = randomFrom(SEED);
    for (let round = 0; round < 6000; round++) {
      const slot = Math.floor(random() * SLOT_COUNT);
      if (random() < 0.4) host.pages('one').trim(slot, Math.min(SLOT_COUNT - slot, 7));
      else host.write('one', slot, anyPage(random));
    }
    host.pool.compactNow();
  });
  expect((await checkKept(kept)).findings).toEqual([]);
});

test('pages of all codecs are read', async (context) => {
  const kept = await keep();
  for (const codec of ['zstd', 'lz4'] as const) {
    const random = randomFrom(SEED);
    let host: ReturnType<typeof openHost>;
    try {
      host = openHost(optionsFor(kept.directory, { codec }), kept.specs);
    } catch (error) {
      context.skip(
        (error as { code: string }).code === 'LINUX_UNSUPPORTED',
        `${codec} is not here`,
      );
      throw error;
    }
    const from = codec === 'zstd' ? 0 : 500;
    for (let slot = from; slot < from + 400; slot++) host.write('one', slot, anyPage(random));
    host.pool.close();
  }
  expect((await checkKept(kept)).findings).toEqual([]);
});

test('where there is no pool, all leases begin empty', async () => {
  const kept = { owner: 'a test', specs: [leaseSpec('one', 8)], tierPath: null };
  const directory = temporaryDirectory();
  for (const where of [directory, join(directory, 'none')]) {
    const { findings, grave } = await checkKept({ ...kept, directory: where });
    expect(findings.map(({ kind }) => kind)).toContain('no-pool');
    expect(grave).toEqual([]);
  }
});

test('a lender that serves is left alone, and none starts during a check', async () => {
  const kept = await keep();
  const host = openHost(optionsFor(kept.directory), kept.specs);
  await expect(checkKept(kept)).rejects.toMatchObject({ code: 'STORE_IN_USE' });
  host.pool.close();
  const codes: string[] = [];
  await checkKept(kept, {
    onProgress: () => {
      try {
        openPool(optionsFor(kept.directory), kept.specs);
      } catch (error) {
        codes.push((error as { code: string }).code);
      }
    },
  });
  expect(new Set(codes)).toEqual(new Set(['STORE_IN_USE']));
  const fd = openSync(join(kept.directory, 'lock'), 'r');
  expect(lockFile(fd)).toBe(true);
  closeSync(fd);
});

test('a missing lock, a stray table, a change of size that was cut short: notes', async () => {
  const kept = await keep();
  rmSync(join(kept.directory, 'lock'));
  const { findings, grave } = await checkKept(kept, {
    leases: [{ id: 'one', name: 'web', bytes: 1000 * 4096 }],
  });
  expect(grave).toEqual([]);
  expect(findings.map(({ kind }) => kind)).toEqual(['lock', 'stray-table', 'unfinished']);
  expect(findings[1]!.says).toContain(
    'two.slots is of no lease: it was deleted, or had not come whole',
  );
  expect(findings[2]!.says).toBe(
    'lease web has 1000 slots, and its table 1500: the next start ends the change of its size',
  );
  const unsure = await checkKept(kept, { leases: [], knowsAll: false });
  expect(unsure.findings.at(-1)!.says).toContain("a lease whose definition can't be read");
});

test('a table that was never finished is one that begins empty', async () => {
  const kept = await keep();
  for (const contents of ['', Buffer.alloc(8192)]) {
    writeFileSync(tablePath(kept.directory, 'two'), contents);
    const { findings, grave } = await checkKept(kept);
    expect(grave).toEqual([]);
    expect(findings).toMatchObject([{ kind: 'unfinished', lease: 'lease-two' }]);
  }
});

test('a pool that was stopped before all tables were made has lost nothing', async () => {
  const directory = temporaryDirectory();
  const specs = [leaseSpec('one', SLOT_COUNT)];
  openHost(optionsFor(directory), []).pool.close();
  const blank = { directory, owner: 'a test', specs, tierPath: null };
  expect((await checkKept(blank)).findings).toMatchObject([{ kind: 'unfinished' }]);
});

test('a tier that no page needs may be gone, or another', async () => {
  const kept = await keep();
  const absent = await checkKept(kept, { tierPath: join(kept.directory, 'none') });
  expect(absent.findings).toMatchObject([{ kind: 'other-tier' }]);
  expect(absent.grave).toEqual([]);
  const other = join(temporaryDirectory(), 'tier');
  const elsewhere = temporaryDirectory();
  mkdirSync(join(elsewhere, 'pool'));
  const options = optionsFor(join(elsewhere, 'pool'), { tier: tierChoice(other, false) });
  openPool(options, []).pool.close();
  expect((await checkKept(kept, { tierPath: other })).grave).toEqual([]);
});

test('what its user may not read is refused rather than taken for empty', async (context) => {
  const { getuid, seteuid } = process;
  context.skip(getuid?.() !== 0 || seteuid === undefined, 'root alone can become somebody else');
  const kept = await keep();
  // A folder that others may list is not one that they may look into.
  chmodSync(kept.directory, 0o744);
  const NOBODY = 65_534;
  seteuid!(NOBODY);
  try {
    await expect(checkKept(kept)).rejects.toMatchObject({ code: 'STORE_DIRECTORY' });
  } finally {
    seteuid!(0);
  }
});

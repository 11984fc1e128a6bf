// Making, resizing and deleting leases: what is refused leaves everything as it was.

import { expect, test } from 'vitest';
import { LEASE_COUNT_MAX, PAGE_BYTES } from '../../src/layout.ts';
import { makePage, randomFrom } from '../fixtures/pages.mjs';
import { checkEmpty, checkPool } from '../helpers/invariants.ts';
import {
  isEqual,
  leaseSpec,
  MEBIBYTE,
  openHost,
  optionsFor,
  SEED,
  temporaryDirectory,
} from '../helpers/pool-host.ts';

const page = makePage('random', randomFrom(SEED));
const refused = (code: string) => expect.objectContaining({ code });

test('ids that are no file names, or are there already, are refused', async () => {
  const host = openHost(optionsFor(temporaryDirectory()), [leaseSpec('one', 10)]);
  for (const id of ['one', '', '../one', 'a/b', 'ä', 'a'.repeat(65)]) {
    await expect(host.pool.createLease(leaseSpec(id, 10))).rejects.toEqual(refused('STORE_LEASE'));
  }
  host.pool.close();
  const options = optionsFor(temporaryDirectory());
  expect(() => openHost(options, [leaseSpec('../x', 10)])).toThrow(refused('STORE_LEASE'));
  const twice = [leaseSpec('x', 10), leaseSpec('x', 10)];
  expect(() => openHost(options, twice)).toThrow(refused('STORE_LEASE'));
});

test('sizes that no lease can have are refused, and a lease stays as it was', async () => {
  const host = openHost(optionsFor(temporaryDirectory()), [leaseSpec('one', 10)]);
  host.write('one', 9, page);
  for (const bytes of [0, -PAGE_BYTES, 4095, 6000, Number.NaN, 2 ** 60]) {
    await expect(host.pool.createLease({ id: 'two', bytes, limitBytes: null })).rejects.toEqual(
      refused('STORE_LEASE'),
    );
    await expect(host.pool.resizeLease('one', bytes)).rejects.toEqual(refused('STORE_LEASE'));
  }
  expect(isEqual(host.read('one', 9), page)).toBe(true);
  checkPool(host.pool, ['one']);
});

test('a full pool makes no lease longer, and loses none', async () => {
  const host = openHost(optionsFor(temporaryDirectory(), { memoryBytes: MEBIBYTE }), [
    leaseSpec('one', 1000),
  ]);
  let slot = 0;
  while (host.write('one', slot, page) === 0) slot += 1;
  expect(slot).toBeGreaterThan(200);
  // 64 GiB of slots have marks of four pages instead of one.
  await expect(host.pool.resizeLease('one', 2 ** 36)).rejects.toEqual(refused('STORE_MEMORY'));
  await expect(host.pool.createLease(leaseSpec('two', 10))).rejects.toEqual(
    refused('STORE_MEMORY'),
  );
  expect(isEqual(host.read('one', slot - 1), page)).toBe(true);
  checkPool(host.pool, ['one']);
  host.pages('one').trim(0, 20);
  await host.pool.resizeLease('one', 2 ** 36);
  expect(isEqual(host.read('one', slot - 1), page)).toBe(true);
  checkPool(host.pool, ['one']);
});

test('two deletions at once, and one that a closing overtakes, do no harm', async () => {
  const host = openHost(optionsFor(temporaryDirectory()), [leaseSpec('one', 200_000)]);
  host.write('one', 199_999, page);
  const outcomes = await Promise.allSettled([
    host.pool.deleteLease('one'),
    host.pool.deleteLease('one'),
  ]);
  expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  checkEmpty(host.pool);
  await host.pool.createLease(leaseSpec('two', 200_000));
  const deletion = host.pool.deleteLease('two');
  host.pool.close();
  await expect(deletion).rejects.toEqual(refused('STORE_LEASE'));
  const again = openHost(host.options, [leaseSpec('two', 200_000)]);
  checkPool(again.pool, ['two']);
});

test('as many leases as there may be have room, and one more has not', async () => {
  const host = openHost(optionsFor(temporaryDirectory()));
  for (let i = 0; i < LEASE_COUNT_MAX; i++) await host.pool.createLease(leaseSpec(`lease-${i}`, 1));
  await expect(host.pool.createLease(leaseSpec('more', 1))).rejects.toEqual(refused('STORE_LEASE'));
  expect(host.write(`lease-${LEASE_COUNT_MAX - 1}`, 0, page)).toBe(0);
  expect(host.pool.usage().storedPages).toBe(1);
  await host.pool.deleteLease('lease-7');
  await host.pool.createLease(leaseSpec('more', 1));
});

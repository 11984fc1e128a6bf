// A place of the pool whose header is damaged: its page answers with an error, and neither it nor its
// neighbours' bytes go anywhere.

import { constants } from 'node:os';
import { expect, test } from 'vitest';
import { headerOf } from '../../src/entry.ts';
import { slotsOf } from '../../src/slot-table.ts';
import { makePage, randomFrom } from '../fixtures/pages.mjs';
import { fillRaw, wrongRaw } from '../helpers/behind.ts';
import { isEqual, leaseSpec, MEBIBYTE } from '../helpers/pool-host.ts';
import { openTierHost, tierSetup } from '../helpers/tier-host.ts';

const { EIO } = constants.errno;

test.each([0, 4090, 4095])('a header that says %i bytes', async (length) => {
  const host = openTierHost(tierSetup({ memoryBytes: MEBIBYTE }), [leaseSpec('one', 2000)]);
  const random = randomFrom(length);
  const packed = Array.from({ length: 8 }, () => makePage('packed', random));
  for (const [slot, page] of packed.entries()) expect(await host.write('one', slot, page)).toBe(0);
  const { store } = host.pool;
  const stored = store.storedBytes(slotsOf(host.pool.lease('one')!.table)[3]!);
  new DataView(stored.buffer).setUint16(stored.byteOffset - 2, headerOf(length, 1), true);
  // Everything else leaves sooner or later.
  await fillRaw(host, 'one', 8, 1000);
  await host.rest();
  expect(await host.read('one', 3)).toBe(EIO);
  for (const [slot, page] of packed.entries()) {
    if (slot === 3) continue;
    const found = await host.read('one', slot);
    expect(typeof found !== 'number' && isEqual(found, page)).toBe(true);
  }
  expect(await wrongRaw(host, 'one', 8, 1000)).toEqual([]);
  // Written anew it is well.
  expect(await host.write('one', 3, packed[0]!)).toBe(0);
  await fillRaw(host, 'one', 1008, 400);
  const found = await host.read('one', 3);
  expect(typeof found !== 'number' && isEqual(found, packed[0]!)).toBe(true);
});

// Nobody is refused while pages could leave, however little the keeper has heard of them yet: after a
// start, of a lease that is new to it, and where the ring was too full to tell it of them.

import { expect, test } from 'vitest';
import { EventWriter, FORGET, RING_PLACES } from '../../src/behind/event-ring.ts';
import { BUFFERS_AT } from '../../src/layout.ts';
import { LIMIT_PAGES, RESERVED_PAGES, SPARED_PAGES, TABLE_PAGES } from '../../src/pool-share.ts';
import { SLOTS_PER_TABLE_PAGE } from '../../src/slot-table.ts';
import { fillRaw, rawPage, wrongRaw } from '../helpers/behind.ts';
import { nextTurn } from '../helpers/gated-device.ts';
import { leaseSpec, MEBIBYTE } from '../helpers/pool-host.ts';
import { openTierHost, tierSetup } from '../helpers/tier-host.ts';
import { checkTier } from '../helpers/tier-invariants.ts';

const specs = [leaseSpec('one', 1000)];
const setupOf = (holdsAdds: boolean) =>
  tierSetup({ memoryBytes: MEBIBYTE, tierBytes: 8 * MEBIBYTE, holdsAdds });

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await nextTurn();
}

test('a write right after a start has its room, although a look for some found nobody', async () => {
  const setup = setupOf(false);
  const host = openTierHost(setup, specs);
  await fillRaw(host, 'one', 0, 600);
  await host.stop();
  // It looks for pages that can leave before it is told of any lease.
  const again = openTierHost({ ...setup, holdsAdds: true }, specs);
  await turns(20);
  again.addHeld();
  await fillRaw(again, 'one', 600, 100);
  expect(await wrongRaw(again, 'one', 0, 700)).toEqual([]);
  await checkTier(again, ['one']);
});

test('a lease at its limit waits until the keeper knows it', async () => {
  const host = openTierHost(setupOf(true), []);
  host.addHeld();
  await turns(5);
  const limitBytes = 64 * 4096;
  await host.pool.createLease({ ...leaseSpec('one', 1000), limitBytes });
  let isTold = false;
  const writes = (async () => {
    for (let slot = 0; slot < 200; slot++) {
      expect([slot, await host.write('one', slot, rawPage(slot))]).toEqual([slot, 0]);
      // Past its limit before it is told of it.
      if (slot > 70) expect(isTold).toBe(true);
    }
  })();
  await turns(500);
  isTold = true;
  host.addHeld();
  await writes;
  expect(host.pool.lease('one')!.usage().memUsedBytes).toBeLessThanOrEqual(limitBytes);
  expect(await wrongRaw(host, 'one', 0, 200)).toEqual([]);
  await checkTier(host, ['one']);
});

test('pages that the ring could not tell of are found before anybody is refused', async () => {
  // So many parts of a table that looking at all of it takes longer than reading a full ring.
  const parts = 700;
  const long = leaseSpec('one', parts * SLOTS_PER_TABLE_PAGE);
  const host = openTierHost({ ...setupOf(false), memoryBytes: 8 * MEBIBYTE }, [long]);
  await host.rest();
  const { board } = host.pool.attachment.share.behind!;
  const events = new EventWriter(board, 0);
  for (let count = 0; count < RING_PLACES; count++) events.tell(FORGET, 900, 0);
  // In one go, so that the keeper hears of none of these.
  const pages = host.pages('one');
  const { io, control } = host.pool.store;
  const write = (slot: number, page: Uint8Array): void => {
    io.set(page, BUFFERS_AT);
    expect(pages.write(slot, BUFFERS_AT)).toBe(0);
  };
  const zeroes = new Uint8Array(4096);
  for (let part = 0; part < parts; part++) write(part * SLOTS_PER_TABLE_PAGE, zeroes);
  const isFull = () =>
    control[RESERVED_PAGES]! + control[TABLE_PAGES]! + control[SPARED_PAGES]! >=
    control[LIMIT_PAGES]!;
  const first = (parts - 2) * SLOTS_PER_TABLE_PAGE;
  let count = 0;
  for (; !isFull(); count++) write(first + count, rawPage(first + count));
  await nextTurn();
  await fillRaw(host, 'one', first + count, 300);
  expect(await wrongRaw(host, 'one', first, count + 300)).toEqual([]);
  await checkTier(host, ['one']);
});

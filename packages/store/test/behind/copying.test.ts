// A lease is copied with its pages behind, by a thread that waits for a keeper in another one.

import { expect, onTestFinished, test } from 'vitest';
import { WAIT } from '../../src/index.ts';
import { BUFFERS_AT, PAGE_BYTES } from '../../src/layout.ts';
import { ChunkWriter } from '../../src/lease-chunks.ts';
import { PageDigest } from '../../src/page-digest.ts';
import { type LentPool, openPool } from '../../src/pool.ts';
import { linkKeeper } from '../fixtures/keeper-link.mjs';
import { anyPage, randomFrom } from '../fixtures/pages.mjs';
import { nextTurn } from '../helpers/gated-device.ts';
import { FULL, isEqual, leaseSpec, MEBIBYTE, SEED } from '../helpers/pool-host.ts';
import { poolOptionsOf, tierSetup } from '../helpers/tier-host.ts';

const SLOT_COUNT = 1500;
const POLICY = 'craw-rm';

async function openWithKeeper(codec: 'lzo' | 'lz4', slotCount: number) {
  const setup = tierSetup({ memoryBytes: MEBIBYTE, codec });
  const options = poolOptionsOf(setup);
  const { pool } = openPool(options, [leaseSpec('one', slotCount)]);
  const thread = options.threadCountMax + 1;
  const keeper = linkKeeper(pool, { thread, policy: POLICY, promotion: 'second' });
  let isOpen = true;
  const close = async (): Promise<void> => {
    if (!isOpen) return;
    isOpen = false;
    await keeper.stop();
    pool.close();
  };
  onTestFinished(close);
  await keeper.ready;
  return { pool, close };
}

function waited(pool: LentPool, call: (pages: ReturnType<LentPool['pagesOf']>) => number): number {
  const pages = pool.pagesOf('one', FULL);
  for (;;) {
    const errno = call(pages);
    if (errno !== WAIT) return errno;
    pages.wait();
  }
}

test.each(['lzo', 'lz4'] as const)('all pages arrive, into a pool of %s', async (codec) => {
  const from = await openWithKeeper('lzo', SLOT_COUNT);
  const to = await openWithKeeper(codec, SLOT_COUNT);
  const random = randomFrom(SEED);
  const pages = Array.from({ length: SLOT_COUNT }, () => anyPage(random));
  for (const [slot, page] of pages.entries()) {
    from.pool.store.io.set(page, BUFFERS_AT);
    expect(waited(from.pool, (one) => one.write(slot, BUFFERS_AT))).toBe(0);
  }
  expect(from.pool.usage().behindPages).toBeGreaterThan(200);
  const source = from.pool.copyOf('one');
  const target = to.pool.copyOf('one');
  const chunk = new ChunkWriter();
  const sent = new PageDigest();
  const arrived = new PageDigest();
  expect(source.track()).toBe(true);
  let sequence = 0;
  let stops = 0;
  for (let slot = 0; slot < SLOT_COUNT; ) {
    slot = source.takeOut(slot, chunk, sent);
    if (source.isWaiting) stops++;
    while (source.isWaiting) await nextTurn();
    if (chunk.recordCount > 0) target.putIn(chunk.finish(sequence++), arrived, 'a chunk');
  }
  // This thread went on with other things while pages came.
  expect(stops).toBeGreaterThan(0);
  // What changes meanwhile comes after, pages behind among it.
  for (let slot = 0; slot < SLOT_COUNT; slot += 7) {
    pages[slot] = anyPage(random);
    from.pool.store.io.set(pages[slot]!, BUFFERS_AT);
    expect(waited(from.pool, (one) => one.write(slot, BUFFERS_AT))).toBe(0);
  }
  for (let slot = 0; slot < SLOT_COUNT; ) {
    slot = source.takeChanged(slot, chunk, sent);
    target.putIn(chunk.finish(sequence++), arrived, 'a chunk');
  }
  source.untrack();
  expect(to.pool.usage().behindPages).toBeGreaterThan(100);
  for (const [slot, page] of pages.entries()) {
    const errno = waited(to.pool, (one) => one.read(slot, BUFFERS_AT));
    const found = to.pool.store.io.slice(BUFFERS_AT, BUFFERS_AT + PAGE_BYTES);
    if (errno !== 0 || !isEqual(found, page)) throw new Error(`slot ${slot} (${errno})`);
  }
  await to.close();
  await from.close();
});

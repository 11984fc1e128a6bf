// What the keeper answers is of use to whoever asked, whatever is written behind meanwhile: a page is
// asked for once for each read, and no answer passes for another page's that came to its place.

import { expect, test } from 'vitest';
import { MemoryDevice } from '../../../tier/test/support/memory-device.ts';
import { TAKEN, Writeback } from '../../src/behind/writeback.ts';
import { isBehind } from '../../src/entry.ts';
import { CELLS_PER_ROW } from '../../src/layout.ts';
import { ChunkWriter } from '../../src/lease-chunks.ts';
import { PageDigest } from '../../src/page-digest.ts';
import { slotsOf } from '../../src/slot-table.ts';
import { fillRaw, rawPage, wrongRaw } from '../helpers/behind.ts';
import { nextTurn } from '../helpers/gated-device.ts';
import { isEqual, leaseSpec, MEBIBYTE } from '../helpers/pool-host.ts';
import { NEVER_IDLE, openTierHost, type TierHost, tierSetup } from '../helpers/tier-host.ts';
import { checkTier } from '../helpers/tier-invariants.ts';

const PAGE_COUNT = 1000;
/** So much that no extent needs cleaning: a page that moves is rightly asked for again. */
const ROOMY_BYTES = 48 * MEBIBYTE;
const BUSY_IDLE = { ...NEVER_IDLE, afterSeconds: 0.001 };

/** Pages of one lease lie behind, and another lease has pages to write. */
async function openWith(idle = NEVER_IDLE): Promise<TierHost> {
  const memory = new MemoryDevice(ROOMY_BYTES);
  const bytes = { memoryBytes: MEBIBYTE, tierBytes: ROOMY_BYTES };
  const setup = tierSetup({ ...bytes, memory, promotion: 'second', turnsMax: 4, idle });
  const host = openTierHost(setup, [leaseSpec('one', PAGE_COUNT), leaseSpec('two', PAGE_COUNT)]);
  await fillRaw(host, 'one', 0, PAGE_COUNT);
  await fillRaw(host, 'two', 0, 400);
  await host.rest();
  expect(entriesOf(host).filter(isBehind).length).toBeGreaterThan(PAGE_COUNT * 0.9);
  return host;
}

function entriesOf(host: TierHost): Int32Array {
  return slotsOf(host.pool.lease('one')!.table).subarray(0, PAGE_COUNT);
}

/** Does something while pages of another lease leave without a pause. */
async function whileWriting(host: TierHost, act: () => Promise<void>): Promise<void> {
  let isOver = false;
  let writes = 0;
  const write = async (): Promise<void> => {
    for (; !isOver; writes++) await fillRaw(host, 'two', writes % PAGE_COUNT, 1);
  };
  const writer = write();
  const batches = host.figure('DEVICE_WRITES');
  await act();
  isOver = true;
  await writer;
  expect(host.figure('DEVICE_WRITES')).toBeGreaterThan(batches + 10);
}

async function readAll(host: TierHost, ahead: number): Promise<void> {
  for (let slot = 0; slot < PAGE_COUNT; slot++) {
    host.pages('one').announce(slot, ahead);
    expect(await wrongRaw(host, 'one', slot, 1)).toEqual([]);
  }
}

const ways = [
  { what: 'one after the other', ahead: 0, idle: NEVER_IDLE },
  { what: 'with some ahead', ahead: 8, idle: NEVER_IDLE },
  { what: 'while idle pages are written too', ahead: 8, idle: BUSY_IDLE },
];

test.each(ways)('each page is asked for once, $what', async ({ ahead, idle }) => {
  const host = await openWith(idle);
  await whileWriting(host, () => readAll(host, ahead));
  // The few that stood in the pool may have left before their turn, or not.
  expect(host.figure('ASKED_PAGES')).toBeGreaterThan(PAGE_COUNT * 0.9);
  expect(host.figure('ASKED_PAGES')).toBeLessThanOrEqual(PAGE_COUNT);
  expect(host.figure('PROMOTED_PAGES')).toBe(0);
  expect(host.figure('CLEANED_PAGES')).toBe(0);
  await checkTier(host, ['one', 'two']);
});

test('a lease is copied by asking for each page once', async () => {
  const host = await openWith();
  const copy = host.pool.copyOf('one');
  const chunk = new ChunkWriter();
  const digest = new PageDigest();
  let pages = 0;
  await whileWriting(host, async () => {
    for (let slot = 0, sequence = 0; slot < copy.slotCount; ) {
      slot = copy.takeOut(slot, chunk, digest);
      pages += chunk.recordCount;
      if (chunk.recordCount > 0) chunk.finish(sequence++);
      do await nextTurn();
      while (copy.isWaiting);
    }
  });
  expect(pages).toBe(PAGE_COUNT);
  expect(host.figure('ASKED_PAGES')).toBeLessThanOrEqual(PAGE_COUNT);
});

test('a page whose answer was given up was not read', async () => {
  const host = await openWith();
  const pages = host.pages('one');
  // All cells have an answer, and a page that is needed at once takes one of them.
  pages.announce(600, CELLS_PER_ROW);
  await host.rest();
  expect(host.figure('ASKED_PAGES')).toBe(16);
  expect(await wrongRaw(host, 'one', 700, 1)).toEqual([]);
  expect(host.figure('ASKED_PAGES')).toBe(17);
  // Some room, or nothing could come back.
  pages.trim(900, 100);
  host.pages('two').trim(0, 400);
  await host.rest();
  expect(await wrongRaw(host, 'one', 600, 16)).toEqual([]);
  expect(host.figure('ASKED_PAGES')).toBe(18);
  expect(host.figure('PROMOTED_PAGES')).toBe(0);
  expect(await wrongRaw(host, 'one', 600, 16)).toEqual([]);
  expect(host.figure('PROMOTED_PAGES')).toBe(16);
});

/** A device whose reads are done at once, and answered when the test says so. */
class LateAnswers extends MemoryDevice {
  gate: Promise<void> = Promise.resolve();

  override async read(at: number, target: Uint8Array): Promise<void> {
    this.readNow(at, target);
    await this.gate;
  }
}

/** Has pages that stand in the pool leave in one batch, in this order. */
async function leave(host: TierHost, slots: readonly number[]): Promise<void> {
  await host.rest();
  const { parts } = host.keeper;
  const lease = parts.leases.get(host.pool.lease('one')!.index)!;
  const writeback = new Writeback(parts, parts.log.begin());
  for (const slot of slots) {
    const id = parts.residents.find(lease, slot);
    lease.partition.forget(id);
    parts.residents.beginLeaving(id);
    expect(writeback.take(lease, slot, id)).toBe(TAKEN);
  }
  await writeback.write();
}

test.each([
  { when: 'has come', promotion: 'never' },
  { when: 'is on its way', promotion: 'always' },
] as const)('an answer that $when is not used for another page at its place', async (way) => {
  const { when, promotion } = way;
  const bytes = { memoryBytes: MEBIBYTE, tierBytes: MEBIBYTE, extentBytes: 16_384 };
  const memory = new LateAnswers(bytes.tierBytes);
  const host = openTierHost(tierSetup({ ...bytes, memory, promotion }), [leaseSpec('one', 100)]);
  const { extentCount } = host.pool.attachment.share.behind!.tier.layout;
  const entries = slotsOf(host.pool.lease('one')!.table);
  // Three pages that do not shrink fill an extent. Each time they have left they are written again,
  // so that it is free, and when all extents have had their turn it is taken anew.
  const slots = [0, 1, 2];
  const write = async (version: number): Promise<void> => {
    for (const slot of slots) expect(await host.write('one', slot, rawPage(slot, version))).toBe(0);
    await leave(host, slots);
  };
  await write(0);
  const asked = entries[1]!;
  let letGo = (): void => {};
  if (when === 'is on its way') memory.gate = new Promise((resolve) => (letGo = resolve));
  host.pages('one', 'late').announce(1, 1);
  await host.rest();
  for (let version = 1; version < extentCount; version++) {
    await write(version);
    expect(entries[1]).not.toBe(asked);
  }
  await write(extentCount);
  expect(entries[1]).toBe(asked);
  letGo();
  await host.rest();
  const found = await host.read('one', 1, 'late');
  expect(typeof found !== 'number' && isEqual(found, rawPage(1, extentCount))).toBe(true);
  expect(host.figure('ASKED_PAGES')).toBe(2);
  await checkTier(host, ['one']);
});

// Nothing lost: what was acknowledged is there after an orderly restart, after kill -9 at rest, and
// after kill -9 in the middle of load.

import { describe, expect, test } from 'vitest';
import type { NbdClient } from './client.ts';
import { type Lender, startLender } from './daemon.ts';
import { makePage, PAGE_BYTES, Random, stampedPage, versionOf } from './pages.ts';

const SLOTS = 1024;
const SIZE = `${SLOTS * 4}KiB`;
const CONNECTIONS = 2;
const DEPTH = 8;

/** What the lender may answer with, slot by slot. */
interface Ledger {
  /** Version acknowledged last; 0 where the slot is free. */
  readonly acknowledged: Int32Array;
  /** Version that was under way when the lender died; -1 for none. */
  readonly underWay: Int32Array;
  /** Acknowledgements since the load began. */
  count: number;
}

const newLedger = (): Ledger => ({
  acknowledged: new Int32Array(SLOTS),
  underWay: new Int32Array(SLOTS).fill(-1),
  count: 0,
});

/** Writes and trims random slots of its own until the connection breaks. */
async function load(client: NbdClient, ledger: Ledger, share: number, random: Random) {
  const one = async (lane: number): Promise<void> => {
    const lanes = CONNECTIONS * DEPTH;
    for (;;) {
      const slot = random.below(SLOTS / lanes) * lanes + share * DEPTH + lane;
      const isFreed = random.below(8) === 0;
      const version = isFreed ? 0 : random.below(2 ** 30) + 1;
      ledger.underWay[slot] = version;
      if (isFreed) await client.trim(slot * PAGE_BYTES, PAGE_BYTES);
      else await client.write(slot * PAGE_BYTES, stampedPage(slot, version, version % 400));
      ledger.acknowledged[slot] = version;
      ledger.underWay[slot] = -1;
      ledger.count++;
    }
  };
  await Promise.allSettled(Array.from({ length: DEPTH }, (_, lane) => one(lane)));
}

function versionIn(page: Buffer, slot: number): number {
  if (page.equals(Buffer.alloc(PAGE_BYTES))) return 0;
  const version = page.readUInt32LE(4);
  return versionOf(page, slot, version % 400);
}

/** Each slot holds what was acknowledged, or what was under way when the lender died. */
async function check(lender: Lender, ledger: Ledger): Promise<void> {
  const client = await lender.connect('guest');
  for (let slot = 0; slot < SLOTS; slot++) {
    const version = versionIn(await client.read(slot * PAGE_BYTES, PAGE_BYTES), slot);
    if (version === ledger.underWay[slot]) ledger.acknowledged[slot] = version;
    expect(version, `slot ${slot}`).toBe(ledger.acknowledged[slot]);
    ledger.underWay[slot] = -1;
  }
  await client.disconnect();
}

test('kill -9 in the middle of load loses no acknowledged write', async () => {
  const lender = await startLender({ leases: { guest: SIZE } });
  const ledger = newLedger();
  for (let round = 1; round <= 4; round++) {
    const before = ledger.count;
    const clients = await Promise.all(
      Array.from({ length: CONNECTIONS }, () => lender.connect('guest')),
    );
    const loads = clients.map((client, i) => load(client, ledger, i, new Random(round * 10 + i)));
    while (ledger.count - before < 500 * round) await new Promise((resolve) => setTimeout(resolve));
    await lender.kill();
    await Promise.all(loads);
    await lender.start();
    await check(lender, ledger);
  }
  expect(await lender.stop()).toBe(0);
});

describe.each(['stop', 'kill'] as const)('after %s and a new start', (how) => {
  test('all kinds of pages, partial writes and freed slots are as they were', async () => {
    const lender = await startLender({ leases: { guest: SIZE, second: SIZE } });
    const random = new Random(5);
    const model = Buffer.alloc(SLOTS * PAGE_BYTES);
    const client = await lender.connect('guest');
    for (let slot = 0; slot < SLOTS; slot += 1 + random.below(2)) {
      const page = makePage(random);
      await client.write(slot * PAGE_BYTES, page);
      page.copy(model, slot * PAGE_BYTES);
    }
    await client.write(5000, Buffer.alloc(9000, 0x5a));
    model.fill(0x5a, 5000, 14_000);
    await client.trim(20 * PAGE_BYTES, 30 * PAGE_BYTES);
    model.fill(0, 20 * PAGE_BYTES, 50 * PAGE_BYTES);
    const figures = lender.figures('guest');

    await lender[how]();
    await lender.start();

    const again = await lender.connect('guest');
    expect((await again.read(0, SLOTS * PAGE_BYTES)).equals(model)).toBe(true);
    const second = await lender.connect('second');
    expect((await second.read(0, SLOTS * PAGE_BYTES)).every((byte) => byte === 0)).toBe(true);
    for (const name of ['orig_data_size', 'compr_data_size', 'same_pages', 'huge_pages']) {
      expect(lender.figures('guest')[name], name).toBe(figures[name]);
    }
    await again.disconnect();
    await second.disconnect();
  });
});

test('a client that is attached when the lender stops orderly loses nothing', async () => {
  const lender = await startLender({ leases: { guest: SIZE } });
  const ledger = newLedger();
  const client = await lender.connect('guest');
  const loading = load(client, ledger, 0, new Random(77));
  while (ledger.count < 400) await new Promise((resolve) => setTimeout(resolve));
  expect(await lender.stop()).toBe(0);
  await loading;
  await lender.start();
  await check(lender, ledger);
});

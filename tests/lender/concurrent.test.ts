// Two connections on the same slots at the same time: a read sees one written page whole, never a
// page put together of two.

import { expect, test } from 'vitest';
import type { NbdClient } from './client.ts';
import { startLender } from './daemon.ts';
import { PAGE_BYTES, Random, stampedPage, versionOf } from './pages.ts';

const SLOTS = 4;
const TURNS = 1500;
const VERSIONS = 50;
/** Of each version another compressed size, so that pages move between places. */
const noiseOf = (version: number): number => (version * 37) % 500;

async function writer(client: NbdClient, random: Random): Promise<void> {
  for (let turn = 0; turn < TURNS; turn += SLOTS) {
    const writes = Array.from({ length: SLOTS }, () => {
      const slot = random.below(SLOTS);
      const version = 1 + random.below(VERSIONS);
      return client.write(slot * PAGE_BYTES, stampedPage(slot, version, noiseOf(version)));
    });
    await Promise.all(writes);
  }
}

async function reader(client: NbdClient, random: Random, seen: Set<number>): Promise<void> {
  for (let turn = 0; turn < TURNS; turn += SLOTS) {
    const slots = Array.from({ length: SLOTS }, () => random.below(SLOTS));
    const pages = await Promise.all(
      slots.map((slot) => client.read(slot * PAGE_BYTES, PAGE_BYTES)),
    );
    for (const [i, page] of pages.entries()) {
      seen.add(versionOf(page, slots[i]!, noiseOf(page.readUInt32LE(4))));
    }
  }
}

test('pages do not tear between two connections', async () => {
  const lender = await startLender({ leases: { guest: '1MiB' }, args: ['--threads', '2'] });
  const clients = await Promise.all([0, 1, 2, 3].map(() => lender.connect('guest')));
  for (let slot = 0; slot < SLOTS; slot++) {
    await clients[0]!.write(slot * PAGE_BYTES, stampedPage(slot, 1, noiseOf(1)));
  }
  const seen = new Set<number>();
  await Promise.all([
    writer(clients[0]!, new Random(1)),
    writer(clients[1]!, new Random(2)),
    reader(clients[2]!, new Random(3), seen),
    reader(clients[3]!, new Random(4), seen),
  ]);
  expect(seen.size).toBeGreaterThan(1);
  for (const client of clients) await client.disconnect();
});

test('parts of one page written by two connections are both there', async () => {
  const lender = await startLender({ leases: { guest: '1MiB' } });
  const clients = await Promise.all([0, 1].map(() => lender.connect('guest')));
  const half = PAGE_BYTES / 2;
  for (let turn = 1; turn <= 200; turn++) {
    const halves = [Buffer.alloc(half, turn), Buffer.alloc(half, 255 - turn)];
    await Promise.all(halves.map((data, i) => clients[i]!.write(i * half, data)));
    expect((await clients[0]!.read(0, PAGE_BYTES)).equals(Buffer.concat(halves))).toBe(true);
  }
  for (const client of clients) await client.disconnect();
});

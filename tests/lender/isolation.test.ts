// What a guest may see: its own pages, and zeroes. Never what another guest wrote, nor what stood in
// memory before.

import { beforeAll, describe, expect, test } from 'vitest';
import { NbdClient } from './client.ts';
import { type Lender, startLender } from './daemon.ts';
import { makePage, PAGE_BYTES, Random, stampedPage } from './pages.ts';

const SLOTS = 512;
const SIZE = `${SLOTS * 4}KiB`;
let lender: Lender;

beforeAll(async () => {
  lender = await startLender({ leases: { mine: SIZE, other: SIZE } });
});

async function expectZeroes(client: NbdClient, from: number, slots: number): Promise<void> {
  const data = await client.read(from * PAGE_BYTES, slots * PAGE_BYTES);
  expect(data.findIndex((byte) => byte !== 0)).toBe(-1);
}

describe('a lease', () => {
  test('reads as zeroes where nothing was written', async () => {
    const client = await lender.connect('other');
    await expectZeroes(client, 0, SLOTS);
    await client.disconnect();
  });

  test('shows nothing that another lease holds', async () => {
    const mine = await lender.connect('mine');
    const other = await lender.connect('other');
    const random = new Random(1);
    for (let slot = 0; slot < SLOTS; slot++) {
      await mine.write(slot * PAGE_BYTES, makePage(random));
    }
    await expectZeroes(other, 0, SLOTS);
    await other.write(7 * PAGE_BYTES, stampedPage(7, 1));
    expect(await mine.read(8 * PAGE_BYTES, PAGE_BYTES)).not.toEqual(stampedPage(7, 1));
    await mine.disconnect();
    await other.disconnect();
  });

  test('is the only one that its socket reaches', async () => {
    for (const name of ['other', '../other', 'other\0', 'OTHER', 'x'.repeat(4096)]) {
      const socket = lender.socket('mine');
      await expect(NbdClient.connect(socket, name), name.slice(0, 10)).rejects.toThrow();
    }
  });

  test('gives none of its bytes to requests past its end, however they are made', async () => {
    const hostile = await lender.connect('other');
    const ends = [SLOTS * PAGE_BYTES, 2 ** 32, 2 ** 40, 2 ** 52, Number.MAX_SAFE_INTEGER - 4095];
    for (const offset of ends) {
      for (const bytes of [1, PAGE_BYTES, 65_536]) {
        await expect(hostile.read(offset, bytes)).rejects.toMatchObject({ errno: 22 });
      }
    }
    await expect(hostile.read((SLOTS - 1) * PAGE_BYTES, PAGE_BYTES + 1)).rejects.toThrow();
    await hostile.disconnect();
  });
});

describe('a slot', () => {
  test.each(['trim', 'zero'] as const)('reads as zeroes after %s', async (verb) => {
    const client = await lender.connect('mine');
    for (let slot = 0; slot < 64; slot++) {
      await client.write(slot * PAGE_BYTES, stampedPage(slot, 3, 300));
    }
    await client[verb](8 * PAGE_BYTES, 16 * PAGE_BYTES);
    await expectZeroes(client, 8, 16);
    expect(await client.read(7 * PAGE_BYTES, PAGE_BYTES)).toEqual(stampedPage(7, 3, 300));
    expect(await client.read(24 * PAGE_BYTES, PAGE_BYTES)).toEqual(stampedPage(24, 3, 300));
    await client.disconnect();
  });

  test('that another lease freed shows nothing of it when it is partly written', async () => {
    const mine = await lender.connect('mine');
    const other = await lender.connect('other');
    for (let slot = 0; slot < SLOTS; slot++) {
      await mine.write(slot * PAGE_BYTES, stampedPage(slot, 9, 400));
    }
    await mine.trim(0, SLOTS * PAGE_BYTES);
    for (let slot = 100; slot < 200; slot++) {
      await other.write(slot * PAGE_BYTES + 1000, Buffer.from([slot]));
      const wanted = Buffer.alloc(PAGE_BYTES);
      wanted[1000] = slot;
      expect(await other.read(slot * PAGE_BYTES, PAGE_BYTES)).toEqual(wanted);
    }
    await mine.disconnect();
    await other.disconnect();
  });
});

test('a lease that was deleted and is made anew reads as zeroes', async () => {
  lender.verb('lease', 'create', 'again', '--size', '1MiB');
  const first = await lender.connect('again');
  for (let slot = 0; slot < 256; slot++) {
    await first.write(slot * PAGE_BYTES, stampedPage(slot, 1, 300));
  }
  await first.disconnect();
  lender.verb('lease', 'delete', 'again');
  lender.verb('lease', 'create', 'again', '--size', '1MiB');
  const second = await lender.connect('again');
  await expectZeroes(second, 0, 256);
  await second.disconnect();
});

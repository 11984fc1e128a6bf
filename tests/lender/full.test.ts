// At a limit: a write that would pass it is refused, what was acknowledged stays, and freed slots
// make room again.

import { describe, expect, test } from 'vitest';
import { EIO, ENOSPC, type NbdClient, NbdError } from './client.ts';
import { startLender } from './daemon.ts';
import { makePage, PAGE_BYTES, Random } from './pages.ts';

const SLOTS = 16_384;
const SIZE = `${SLOTS * 4}KiB`;

/** Writes noise from slot 0 on until a write is refused; returns how many were taken, and the errno. */
async function fill(client: NbdClient, pages: Buffer[]): Promise<{ taken: number; errno: number }> {
  for (let slot = 0; slot < SLOTS; slot++) {
    try {
      await client.write(slot * PAGE_BYTES, pages[slot % pages.length]!);
    } catch (error) {
      if (!(error instanceof NbdError)) throw error;
      return { taken: slot, errno: error.errno };
    }
  }
  return { taken: SLOTS, errno: 0 };
}

const random = new Random(3);
/** Not a power of two, so that a page put into the wrong slot shows. */
const pages = Array.from({ length: 61 }, () => makePage(random, 'noise'));

describe.each([
  { what: 'a lease', lease: `${SIZE},limit=8MiB`, memory: '256M', args: [], errno: EIO },
  { what: 'the pool', lease: SIZE, memory: '32M', args: [], errno: EIO },
  {
    ...{ what: 'a lease', lease: `${SIZE},limit=8MiB`, memory: '256M' },
    ...{ args: ['--full-error', 'ENOSPC'], errno: ENOSPC },
  },
])('$what that is full $args', ({ lease, memory, args, errno }) => {
  test('refuses, keeps what it has, and takes writes again after a trim', async () => {
    const lender = await startLender({ leases: { guest: lease, other: '4MiB' }, memory, args });
    const client = await lender.connect('guest');
    const filled = await fill(client, pages);
    expect(filled.errno).toBe(errno);
    expect(filled.taken).toBeGreaterThan(1000);
    expect(filled.taken).toBeLessThan(SLOTS);

    for (let slot = 0; slot < filled.taken; slot++) {
      const page = await client.read(slot * PAGE_BYTES, PAGE_BYTES);
      expect(page.equals(pages[slot % pages.length]!), `slot ${slot}`).toBe(true);
    }
    const refused = await client.read(filled.taken * PAGE_BYTES, PAGE_BYTES);
    expect(refused.every((byte) => byte === 0)).toBe(true);
    expect(lender.figures('guest').failed_writes).toBeGreaterThan(0);

    await client.trim(0, 512 * PAGE_BYTES);
    const last = filled.taken * PAGE_BYTES;
    await client.write(last, pages[7]!);
    expect((await client.read(last, PAGE_BYTES)).equals(pages[7]!)).toBe(true);
    await client.disconnect();
  });
});

test('a lease at its limit takes nothing from another', async () => {
  const leases = { greedy: `${SIZE},limit=4MiB`, modest: '4MiB' };
  const lender = await startLender({ leases });
  const greedy = await lender.connect('greedy');
  expect((await fill(greedy, pages)).errno).toBe(EIO);
  const modest = await lender.connect('modest');
  for (let slot = 0; slot < 1024; slot++) {
    await modest.write(slot * PAGE_BYTES, pages[slot % pages.length]!);
  }
  expect((await modest.read(4000 * 1024, PAGE_BYTES)).length).toBe(PAGE_BYTES);
  await greedy.disconnect();
  await modest.disconnect();
});

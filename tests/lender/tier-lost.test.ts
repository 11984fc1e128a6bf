// The tier is gone, is another one, or is damaged: the daemon says so, serves what it has, and what
// it has not is an error for that page alone, until the guest writes it anew.

import {
  closeSync,
  existsSync,
  openSync,
  readSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { EIO, type NbdClient } from './client.ts';
import type { Lender } from './daemon.ts';
import { PAGE_BYTES, Random } from './pages.ts';
import {
  errnoOf,
  MIB,
  Model,
  poolOf,
  startTiered,
  TEST_MS_MAX,
  tierArgs,
  tierFolder,
  tierOf,
} from './tier.ts';

vi.setConfig({ testTimeout: TEST_MS_MAX, hookTimeout: TEST_MS_MAX });

const SLOTS = 1024;
const SIZE = `${SLOTS * 4}KiB`;

/** A lender of which some pages stand behind, and which has stopped. */
async function filled(...more: string[]): Promise<{ lender: Lender; path: string; model: Model }> {
  // Nothing is promoted, so what is behind is the same after every look.
  const { lender, path } = await startTiered({ web: SIZE }, '--promote', 'never', ...more);
  const model = new Model(SLOTS);
  const client = await lender.connect('web');
  await model.fill(client, new Random(21));
  await client.disconnect();
  expect((await poolOf(lender)).behind_pages).toBeGreaterThan(SLOTS / 4);
  await lender.stop();
  return { lender, path, model };
}

/** Slots that answer EIO; all others hold what was acknowledged. */
async function lostSlots(client: NbdClient, model: Model): Promise<number[]> {
  const lost: number[] = [];
  for (let slot = 0; slot < SLOTS; slot++) {
    const errno = await errnoOf(model.expect(client, slot));
    if (errno !== 0) expect(errno).toBe(EIO);
    if (errno !== 0) lost.push(slot);
  }
  return lost;
}

/** Writes the lost ones anew; then every slot is right. */
async function mend(client: NbdClient, model: Model, lost: readonly number[]): Promise<void> {
  const random = new Random(5);
  for (const slot of lost) await model.write(client, slot, random);
  expect(await lostSlots(client, model)).toEqual([]);
}

describe('a pool whose pages are in a tier', () => {
  test('does not start without it, and with --tier-lost serves what is in memory', async () => {
    const { lender, model } = await filled();
    const refused = expect(lender.start(undefined, [])).rejects;
    await refused.toThrow(/names pages in a tier, and none was given.*--tier-lost.*STORE_TIER/);

    await lender.start(undefined, ['--tier-lost']);
    expect(lender.said).toContain('pages in the tier are given up');
    expect((await poolOf(lender)).tier).toBeNull();
    const { behind_pages, stored_pages } = lender.figures('web');
    const client = await lender.connect('web');
    const lost = await lostSlots(client, model);
    expect(lost.length).toBe(behind_pages);
    expect(stored_pages).toBe(SLOTS);
    // There is not room for all of them without a tier: what the guest frees makes some.
    const kept = Array.from({ length: SLOTS }, (_, slot) => slot).filter((s) => !lost.includes(s));
    for (const slot of kept.slice(32)) await model.free(client, slot);
    const anew = lost.slice(0, 32);
    for (const slot of anew) await model.write(client, slot, new Random(slot));
    expect(await lostSlots(client, model)).toEqual(lost.slice(32));
    await client.disconnect();
    // Found again after all, it has what was not written anew.
    await lender.stop();
    await lender.start();
    await model.check(lender, 'web');
  });

  test('takes up no other file', async () => {
    const { lender, path, model } = await filled();
    const other = await filled();
    const start = (file: string): Promise<void> => lender.start(undefined, tierArgs(file));
    await expect(start(other.path)).rejects.toThrow(/of the lender at .*TIER_OWNER/);
    const text = join(tierFolder(), 'notes');
    writeFileSync(text, 'not a tier at all\n'.repeat(5000));
    await expect(start(text)).rejects.toThrow(/it was left as it is.*TIER_FORMAT/);
    const fresh = join(tierFolder(), 'new');
    await expect(start(fresh)).rejects.toThrow(/--tier-lost.*TIER_FORMAT/);
    expect(existsSync(fresh)).toBe(false);
    await expect(lender.start(undefined, [...tierArgs(path), '--tier-encrypt'])).rejects.toThrow(
      /TIER_ENCRYPTION/,
    );
    await lender.start();
    await model.check(lender, 'web');
  });
});

describe('a tier that was damaged while the daemon was down', () => {
  test.each([
    { what: 'as it is', more: [] },
    { what: 'encrypted', more: ['--tier-encrypt'] },
  ])('$what: those pages are errors and named in the log', async ({ more }) => {
    const { lender, path, model } = await filled(...more);
    const at = damage(path);
    await lender.start();
    const client = await lender.connect('web');
    const lost = await lostSlots(client, model);
    expect(lost.length).toBeGreaterThan(0);
    expect(lost.length).toBeLessThan(SLOTS / 4);
    const told = lender.said
      .split('\n')
      .filter((line) => line.includes('cannot be read'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(told.map(({ slot }) => slot).sort(byNumber)).toEqual(lost);
    expect(await tierOf(lender)).toMatchObject({ state: 'ok', damaged_pages: lost.length });
    for (const { lease, tier: file, extent, at: place, reason } of told) {
      expect({ lease, file }).toEqual({ lease: 'web', file: path });
      expect(extent).toBe(Math.floor(Number(place) / MIB) - 1);
      expect(Number(place)).toBeLessThan(at.end);
      expect(Number(place)).toBeGreaterThan(at.start - PAGE_BYTES * 2);
      expect(reason).toMatch(/no record is there|its checksum does not hold|of another page/);
    }
    await mend(client, model, lost);
    await client.disconnect();
  });

  test('cut short: it is refused, then by its former size all but the lost end is served', async () => {
    const { lender, path, model } = await filled();
    truncateSync(path, 1.25 * MIB);
    await expect(lender.start(undefined, ['--tier', path])).rejects.toThrow(
      /pages are lost if it was cut.*TIER_SIZE/,
    );
    await lender.start();
    expect((await tierOf(lender)).size).toBe(63 * MIB);
    const client = await lender.connect('web');
    const lost = await lostSlots(client, model);
    expect(lost.length).toBeGreaterThan(0);
    expect(lost.length).toBeLessThan(lender.figures('web').behind_pages!);
    await mend(client, model, lost);
    await client.disconnect();
  });
});

/** Turns over bits of a part of the first extent that was written, and says which bytes. */
function damage(path: string): { start: number; end: number } {
  const [start, bytes] = [MIB + 100_000, 64 * 1024];
  const fd = openSync(path, 'r+');
  const part = Buffer.alloc(bytes);
  readSync(fd, part, 0, bytes, start);
  for (let i = 0; i < bytes; i++) part[i]! ^= 0x41;
  writeSync(fd, part, 0, bytes, start);
  closeSync(fd);
  return { start, end: start + bytes };
}

function byNumber(a: unknown, b: unknown): number {
  return Number(a) - Number(b);
}

// What a disk behind the pool shows to who takes it away, and what one that was changed on purpose
// can do to guests.

import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { EIO } from './client.ts';
import type { Lender } from './daemon.ts';
import { makePage, PAGE_BYTES, Random } from './pages.ts';
import { errnoOf, MIB, poolOf, startTiered, TEST_MS_MAX } from './tier.ts';

vi.setConfig({ testTimeout: TEST_MS_MAX, hookTimeout: TEST_MS_MAX });

const SLOTS = 512;
const SIZE = `${SLOTS * 4}KiB`;
const LEASES = ['web', 'db'] as const;
/** Stands in each page, which does not shrink and so is kept as it is. */
const WORD = Buffer.from('the guest keeps this to itself');
/** Places in a record, and in the file of the pool's identity; docs/tier-format.md has the former. */
const UNIT_BYTES = 64;
const MAGIC = 0x4c52;
const [LENGTH_AT, SLOT_AT, TAG_AT, CRC_AT] = [2, 8, 12, 20];
const HEAD_BYTES = 24;
const SEAL_BYTES = 28;
const SECRET_AT = 32;

function pageOf(lease: string, slot: number): Buffer {
  const page = makePage(new Random(slot + lease.length * 4096), 'noise');
  WORD.copy(page, 1000);
  return page;
}

interface Found {
  readonly at: number;
  readonly slot: number;
  readonly tag: number;
}

/** The records of whole pages in a tier's file. */
function recordsIn(file: Buffer): Found[] {
  const found: Found[] = [];
  for (let at = MIB; at + PAGE_BYTES + HEAD_BYTES <= file.length; at += UNIT_BYTES) {
    if (file.readUInt16LE(at) !== MAGIC || file.readUInt16LE(at + LENGTH_AT) !== PAGE_BYTES) {
      continue;
    }
    const [slot, tag] = [file.readUInt32LE(at + SLOT_AT), file.readUInt32LE(at + TAG_AT)];
    found.push({ at, slot, tag });
  }
  return found;
}

describe.each([
  { what: 'in the clear', more: [], recordBytes: HEAD_BYTES + PAGE_BYTES },
  {
    ...{ what: 'encrypted', more: ['--tier-encrypt'] },
    recordBytes: HEAD_BYTES + SEAL_BYTES + PAGE_BYTES,
  },
])('$what', ({ what, more, recordBytes }) => {
  const isEncrypted = what === 'encrypted';
  let lender: Lender;
  let path = '';
  let poolDir = '';

  beforeAll(async () => {
    const leases = Object.fromEntries(LEASES.map((lease) => [lease, SIZE]));
    ({ lender, path } = await startTiered(leases, '--promote', 'never', ...more));
    poolDir = (await poolOf(lender)).pool_dir;
    for (const lease of LEASES) {
      const client = await lender.connect(lease);
      for (let slot = 0; slot < SLOTS; slot++) {
        await client.write(slot * PAGE_BYTES, pageOf(lease, slot));
      }
      await client.disconnect();
    }
    await lender.stop();
  });
  afterAll(() => lender.clear());

  test('the file is for its owner alone', () => {
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('encrypted, no word of a page is in the file', () => {
    const file = readFileSync(path);
    expect(recordsIn(file).length).toBeGreaterThan(SLOTS / 4);
    expect(file.includes(WORD)).toBe(!isEncrypted);
    for (const lease of LEASES) expect(file.includes(`${lease}.sock`)).toBe(false);
  });

  test('the head has no secret', () => {
    const secret = readFileSync(join(poolDir, 'tier')).subarray(SECRET_AT);
    expect(secret.length).toBe(32);
    expect(readFileSync(path).includes(secret)).toBe(false);
    for (const name of readdirSync(lender.stateDir, { recursive: true, encoding: 'utf8' })) {
      const file = join(lender.stateDir, name);
      if (statSync(file).isFile()) expect(readFileSync(file).includes(secret), name).toBe(false);
    }
  });

  test('records of another lease or slot are not served in its place', async () => {
    const file = readFileSync(path);
    const records = recordsIn(file);
    const [first] = records;
    const sameLease = records.find(({ tag, slot }) => tag === first!.tag && slot !== first!.slot)!;
    const [third] = records.filter((one) => one !== first && one !== sameLease);
    const twin = records.find(
      ({ tag, slot }) => tag !== third!.tag && slot !== first!.slot && slot !== sameLease.slot,
    )!;
    exchange(file, first!.at, sameLease.at, recordBytes);
    exchange(file, third!.at, twin.at, recordBytes);
    const touched = [first!, sameLease, third!, twin];
    const forged = records.find((one) => !touched.includes(one))!;
    forge(file, forged.at, recordBytes);
    writeFileSync(path, file);

    await lender.start();
    const errors: number[] = [];
    for (const lease of LEASES) {
      const client = await lender.connect(lease);
      for (let slot = 0; slot < SLOTS; slot++) {
        const read = client.read(slot * PAGE_BYTES, PAGE_BYTES);
        const errno = await errnoOf(read);
        if (errno !== 0) {
          expect(errno).toBe(EIO);
          errors.push(slot);
        } else if (isEncrypted || slot !== forged.slot) {
          expect((await read).equals(pageOf(lease, slot)), `${lease} ${slot}`).toBe(true);
        }
      }
      await client.disconnect();
    }
    // Without encryption what was forged with its checksum is taken for the page.
    const refused = isEncrypted ? [...touched, forged] : touched;
    expect(errors.sort((a, b) => a - b)).toEqual(
      refused.map(({ slot }) => slot).sort((a, b) => a - b),
    );
    expect(lender.said).toContain('of another page');
    if (isEncrypted) expect(lender.said).toContain('cannot be decrypted');
    await lender.stop();
  });

  test('the key is with the pool, and goes with it', async () => {
    const before = readFileSync(join(poolDir, 'tier'));
    // As a reboot does.
    rmSync(poolDir, { recursive: true });
    await lender.start();
    const after = readFileSync(join(poolDir, 'tier'));
    expect(after.subarray(SECRET_AT).equals(before.subarray(SECRET_AT))).toBe(false);
    const client = await lender.connect('web');
    const page = await client.read(0, PAGE_BYTES);
    expect(page.equals(Buffer.alloc(PAGE_BYTES))).toBe(true);
    expect(await errnoOf(client.read(0, SLOTS * PAGE_BYTES))).toBe(0);
    await client.disconnect();
    await lender.stop();
  });
});

function exchange(file: Buffer, one: number, other: number, bytes: number): void {
  const kept = Buffer.from(file.subarray(one, one + bytes));
  file.copy(file, one, other, other + bytes);
  kept.copy(file, other);
}

/** Changes what a record holds, and has its checksum fit. */
function forge(file: Buffer, at: number, bytes: number): void {
  const record = file.subarray(at, at + bytes);
  record[bytes - 100]! ^= 1;
  record.writeUInt32LE(0, CRC_AT);
  record.writeUInt32LE(crc32(record), CRC_AT);
}

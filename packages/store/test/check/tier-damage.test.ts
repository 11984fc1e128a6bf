// Each kind of damage in what lies behind a pool, and how a check names it.

import { closeSync, openSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { lockFile } from '@pagelend/linux';
import { FileDevice, TierError, writeRecord } from '@pagelend/tier';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { behindEntry, isBehind, tierPlaceOf } from '../../src/entry.ts';
import { tablePath } from '../../src/slot-table.ts';
import { temporaryDirectory } from '../helpers/pool-host.ts';
import {
  type Checked,
  checkKept,
  EXTENT_BYTES,
  entryOf,
  flip,
  type Kept,
  keep,
  readBytes,
  setEntry,
  slotWhere,
  stateOf,
  writeBytes,
} from './kept.ts';

const UNIT_BYTES = 64;
const EXTENT_COUNT = (4 * 2 ** 20) / EXTENT_BYTES - 1;
const PLACES_PER_EXTENT = EXTENT_BYTES / UNIT_BYTES;
const lease = 'lease-one';

let kept: Kept;
let tierPath: string;
/** A slot of the first lease whose page is behind, its place, and the byte where its record begins. */
let slot: number;
let place: number;
let at: number;

async function begin(tier: 'plain' | 'encrypted'): Promise<void> {
  kept = await keep(tier);
  tierPath = kept.tierPath!;
  slot = slotWhere(kept, 'one', 40, isBehind);
  place = tierPlaceOf(entryOf(kept, 'one', slot));
  at = EXTENT_BYTES + place * UNIT_BYTES;
}

beforeEach(() => begin('plain'));

/** The page of `slot` alone is damaged, in this way. */
async function expectRecord(says: string): Promise<void> {
  const before = stateOf(kept.directory, tierPath);
  const { grave, pool } = await checkKept(kept);
  const extent = Math.floor(place / PLACES_PER_EXTENT);
  expect(grave).toEqual([{ kind: 'record', lease, slot, place: { extent, at }, says }]);
  expect(pool.leases[0]!.damagedPages).toBe(1);
  expect(stateOf(kept.directory, tierPath)).toEqual(before);
}

function behindIn({ pool }: Checked): number {
  return pool.leases.reduce((sum, { pagesBehind }) => sum + pagesBehind, 0);
}

/** All pages behind are lost, for this reason. */
async function expectNoTier(says: string, changes = {}): Promise<void> {
  const checked = await checkKept(kept, changes);
  const behind = behindIn(checked);
  expect(checked.grave).toMatchObject([{ kind: 'tier', lease: null }]);
  expect(checked.grave[0]!.says).toContain(says);
  expect(checked.grave[0]!.says).toContain(`; ${behind} pages are behind the pool`);
  expect(checked.pool.leases.reduce((sum, one) => sum + one.damagedPages, 0)).toBe(behind);
}

test('a record that is gone', async () => {
  writeBytes(tierPath, at, Buffer.alloc(24));
  await expectRecord('no record is there');
});

test.each([
  ['its head', 12],
  ['its sum', 20],
  ['its payload', 24],
])('a record with a changed byte in %s', async (_, offset) => {
  flip(tierPath, at + offset, 1);
  await expectRecord('its checksum does not hold: torn or damaged');
});

test('a record of another page', async () => {
  const other = slotWhere(kept, 'one', slot + 1, isBehind);
  const theirs = EXTENT_BYTES + tierPlaceOf(entryOf(kept, 'one', other)) * UNIT_BYTES;
  const length = readBytes(tierPath, theirs + 2, 2).readUInt16LE();
  writeBytes(tierPath, at, readBytes(tierPath, theirs, 24 + length));
  const { grave } = await checkKept(kept);
  expect(grave).toContainEqual({
    kind: 'record',
    lease,
    slot,
    place: { extent: Math.floor(place / PLACES_PER_EXTENT), at },
    says: 'the record there is of another page',
  });
});

test.each([
  [1, 'its 24 bytes are no lzo stream of one page'],
  [0, 'it has 24 bytes for a repeated word of 8'],
  [8, 'it has 24 bytes for a page as it is'],
  [7, 'it is kept as kind 7, which no version has'],
])('a sound record of kind %i that holds no page', async (kind, says) => {
  const record = new Uint8Array(48);
  writeRecord(record, 0, { tag: crc32('one'), slot }, kind, new Uint8Array(24).fill(0x5a));
  writeBytes(tierPath, at, record);
  await expectRecord(says);
});

test('an encrypted record under another secret, or changed', async () => {
  await begin('encrypted');
  flip(tierPath, at + 40, 1);
  await expectRecord('its checksum does not hold: torn or damaged');
  flip(tierPath, at + 40, 1);
  flip(join(kept.directory, 'tier'), 40, 1);
  const checked = await checkKept(kept);
  expect(checked.grave).toHaveLength(behindIn(checked));
  expect(new Set(checked.grave.map(({ says }) => says))).toEqual(
    new Set(['it cannot be decrypted']),
  );
});

test('a slot that names an extent past the end', async () => {
  const extent = EXTENT_COUNT + 3;
  setEntry(kept, 'one', slot, behindEntry(extent * PLACES_PER_EXTENT));
  for (const isQuick of [false, true]) {
    const { grave } = await checkKept(kept, { isQuick });
    const says = `it names extent ${extent} of the tier, which has ${EXTENT_COUNT}`;
    expect(grave).toMatchObject([{ kind: 'place', lease, slot, place: { extent }, says }]);
  }
});

test('two slots that name one record', async () => {
  const next = slotWhere(kept, 'one', slot + 1, isBehind);
  setEntry(kept, 'one', next, entryOf(kept, 'one', slot));
  const { grave } = await checkKept(kept);
  const says = `it names the record at byte ${at}, as another slot does`;
  expect(grave).toMatchObject([{ kind: 'place', lease, slot: next, says }]);
});

test('a table of the older format that names pages behind', async () => {
  writeBytes(tablePath(kept.directory, 'one'), 16, Uint8Array.of(1));
  const { grave } = await checkKept(kept);
  expect(grave).toMatchObject([{ kind: 'table', lease }]);
  expect(grave[0]!.says).toMatch(/names \d+ pages behind, which tables of its format can't/);
});

test('pages behind where nobody says where', async () => {
  const checked = await checkKept(kept, { tierPath: null });
  const says = `${behindIn(checked)} pages are behind the pool, and were not checked: give --tier PATH`;
  expect(checked.grave).toEqual([
    { kind: 'tier-path', lease: null, slot: null, place: null, says },
  ]);
  expect(checked.pool.leases[0]!.damagedPages).toBe(0);
});

test('a tier that is gone, something else, damaged, or of somebody else', async () => {
  await expectNoTier('no such file', { tierPath: join(kept.directory, 'none') });
  await expectNoTier('neither a file nor a block device', { tierPath: kept.directory });
  const other = join(temporaryDirectory(), 'other');
  writeFileSync(other, 'short');
  await expectNoTier('holds no tier', { tierPath: other });
  writeFileSync(other, Buffer.alloc(10_000, 7));
  await expectNoTier('holds no tier', { tierPath: other });
  const mend = flip(tierPath, 60, 1);
  await expectNoTier('a tier whose head is damaged');
  mend();
  const mendId = flip(join(kept.directory, 'tier'), 20, 1);
  await expectNoTier('belongs to another pool');
  mendId();
  rmSync(join(kept.directory, 'tier'));
  await expectNoTier('tier is not there, or no identity of a pool');
});

test('a tier that another process holds', async () => {
  const fd = openSync(tierPath, 'r');
  expect(lockFile(fd)).toBe(true);
  await expectNoTier('another process serves the tier');
  closeSync(fd);
});

test('a tier that was cut names the pages that went with it', async () => {
  truncateSync(tierPath, 3 * EXTENT_BYTES + 8192);
  const { grave } = await checkKept(kept);
  expect(grave[0]).toMatchObject({ kind: 'tier', lease: null });
  expect(grave[0]!.says).toContain(`and had ${4 * 2 ** 20}: ${EXTENT_COUNT - 2} of its`);
  const lost = grave.slice(1);
  expect(lost.length).toBeGreaterThan(0);
  for (const { kind, place: where } of lost) {
    expect(kind).toBe('record');
    expect((where as { at: number }).at).toBeGreaterThan(3 * EXTENT_BYTES);
  }
  expect(lost.at(-1)!.says).toBe('it is past the end of the tier, which was cut');
});

test('records are found the same however many are collected at a time', async () => {
  flip(tierPath, at + 24);
  const second = slotWhere(kept, 'one', 700, isBehind);
  setEntry(kept, 'one', second, behindEntry(place + 1));
  const whole = await checkKept(kept);
  expect(whole.grave).toHaveLength(2);
  for (const batchPlaces of [1, 40, 200]) {
    expect((await checkKept(kept, { batchPlaces })).findings).toEqual(whole.findings);
  }
});

test('a block that cannot be read costs the records that are read with it, and no others', async () => {
  const bad = at - (at % 4096);
  const { readNow } = FileDevice.prototype;
  vi.spyOn(FileDevice.prototype, 'readNow').mockImplementation(function (
    this: FileDevice,
    from,
    target,
  ) {
    if (from < bad + 4096 && from + target.length > bad)
      throw new TierError('TIER_IO', 'EIO there');
    readNow.call(this, from, target);
  });
  onTestFinished(() => void vi.restoreAllMocks());
  const { grave } = await checkKept(kept);
  expect(grave.length).toBeGreaterThan(0);
  expect(grave.map((finding) => finding.slot)).toContain(slot);
  for (const { kind, says, place: where } of grave) {
    expect({ kind, says }).toEqual({ kind: 'record', says: 'EIO there' });
    const begins = (where as { at: number }).at;
    // A record is read with the block after its own where it may reach into it.
    expect(begins > bad - 4096 - 64 && begins < bad + 4096).toBe(true);
  }
});

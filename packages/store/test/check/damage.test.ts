// Each kind of damage in what a lender keeps in its pool, and how a check names it.

import { closeSync, openSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { punchFile } from '@pagelend/linux';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  blockOf,
  HEADER_BYTES,
  headerOf,
  indexOf,
  isPlaced,
  isSame,
  placeOf,
} from '../../src/entry.ts';
import { openPool } from '../../src/pool.ts';
import { SLOTS_AT, tablePath } from '../../src/slot-table.ts';
import { isTmpfs, optionsFor } from '../helpers/pool-host.ts';
import {
  type Checked,
  checkKept,
  entryOf,
  flip,
  type Kept,
  keep,
  kindOf,
  placeIn,
  readBytes,
  SLOT_COUNT,
  setEntry,
  slotWhere,
  stateOf,
  writeBytes,
} from './kept.ts';

let kept: Kept;
beforeEach(async () => {
  kept = await keep();
});

/** The check finds just this, changes nothing, and says of the lease how many pages are damaged. */
async function expectDamage(
  expected: readonly Partial<Checked['grave'][number]>[],
  damagedPages: number,
): Promise<Checked> {
  const before = stateOf(kept.directory);
  const checked = await checkKept(kept);
  expect(checked.grave).toMatchObject(expected);
  expect(checked.grave).toHaveLength(expected.length);
  const [one, two] = checked.pool.leases;
  expect(one!.damagedPages + two!.damagedPages).toBe(damagedPages);
  expect(stateOf(kept.directory)).toEqual(before);
  return checked;
}

/** The first slot of the first lease with a page of a kind in the pool, and its entry. */
function slotOf(kind: string): { slot: number; entry: number } {
  const slot = slotWhere(kept, 'one', 0, (entry, at) => isPlaced(entry) && kindOf(at) === kind);
  return { slot, entry: entryOf(kept, 'one', slot) };
}

const lease = 'lease-one';

describe('files', () => {
  test('a head that is not as it was written', async () => {
    const path = join(kept.directory, 'pool');
    flip(path, 30, 1);
    const { grave } = await expectDamage([{ kind: 'head', lease: null }], 0);
    expect(grave[0]!.says).toMatch(
      /pool: byte 30 of its head is \d+ and not \d+: a lender refuses/,
    );
    writeBytes(path, 0, Buffer.alloc(4096));
    await expectDamage([{ kind: 'head' }], 0);
  });

  test('a pool of another version or lender is not looked into', async () => {
    await expect(checkKept({ ...kept, owner: 'b test' })).rejects.toMatchObject({
      code: 'STORE_OWNER',
    });
    flip(join(kept.directory, 'pool'), 16, 2);
    await expect(checkKept(kept)).rejects.toMatchObject({ code: 'STORE_FORMAT' });
  });

  test('tables without a pool', async () => {
    rmSync(join(kept.directory, 'pool'));
    const { grave } = await checkKept(kept);
    expect(grave).toMatchObject([{ kind: 'head' }]);
    expect(grave[0]!.says).toMatch(/has (one|two)\.slots|pages\.0 and no file pool/);
  });

  test('a table that is gone', async () => {
    rmSync(tablePath(kept.directory, 'one'));
    const { grave } = await expectDamage([{ kind: 'missing-table', lease }], 0);
    expect(grave[0]!.says).toContain('one.slots: its pages are gone');
  });

  test.each([
    ['magic', 0, 'no table of slots'],
    ['version', 16, 'format 254'],
    ['count', 30, 'slots, which cannot be'],
  ])('a table whose head has another %s', async (_, at, says) => {
    flip(tablePath(kept.directory, 'one'), at);
    const { grave } = await expectDamage([{ kind: 'table', lease }], 0);
    expect(grave[0]!.says).toContain(says);
  });

  test('a table whose head is gone', async () => {
    writeBytes(tablePath(kept.directory, 'one'), 0, Buffer.alloc(4096));
    const { grave } = await expectDamage([{ kind: 'table', lease }], 0);
    expect(grave[0]!.says).toContain('has no head, and something at byte 4096');
  });

  test('a table that ends too early', async () => {
    truncateSync(tablePath(kept.directory, 'one'), SLOTS_AT + 700 * 4);
    const { grave, pool } = await expectDamage([{ kind: 'table', lease }], 0);
    expect(grave[0]!.says).toContain('ends after 700 slots, and its head says 1500');
    expect(pool.leases[0]!.pages).toBe(700);
  });

  test('marks that cannot be, and marks that hide pages', async () => {
    const path = tablePath(kept.directory, 'one');
    flip(path, 4096, 2);
    await expectDamage([{ kind: 'table', lease }], 0);
    writeBytes(path, 4096, Uint8Array.of(0));
    const { grave } = await expectDamage([{ kind: 'mark', lease, slot: 0 }], 1024);
    expect(grave[0]!.says).toContain('1024 slots from there on have pages');
  });

  test('what follows the head, the marks and the slots means nothing', async () => {
    const path = tablePath(kept.directory, 'one');
    for (const at of [40, 4096 + 2, SLOTS_AT + SLOT_COUNT * 4]) flip(path, at);
    const { findings } = await expectDamage([], 0);
    expect(findings.map(({ kind }) => kind)).toEqual(['padding', 'padding', 'padding']);
  });
});

describe('entries', () => {
  test('one that is never written', async () => {
    const slot = slotWhere(kept, 'one', 0, isSame);
    setEntry(kept, 'one', slot, entryOf(kept, 'one', slot) | 0x10_0000);
    await expectDamage([{ kind: 'entry', lease, slot, place: null }], 1);
  });

  test.each([
    ['block 0', placeOf(0, 5), 'it names block 0, which is never used'],
    ['a free block', placeOf(4000, 0), 'it names block 4000, which is free'],
    ['a block past the pool', placeOf(5000, 0), 'it names block 5000, and the pool has 4096'],
  ])('one that names %s', async (_, entry, says) => {
    const { slot } = slotOf('packed');
    setEntry(kept, 'one', slot, entry);
    const place = { block: blockOf(entry), index: indexOf(entry) };
    await expectDamage([{ kind: 'place', lease, slot, place, says }], 1);
  });

  test('one that names a place past the last of its block', async () => {
    const { slot, entry } = slotOf('random');
    const block = blockOf(entry);
    setEntry(kept, 'one', slot, placeOf(block, 16));
    const says = `it names place 16 of block ${block}, which has 16`;
    await expectDamage([{ kind: 'place', slot, place: { block, index: 16 }, says }], 1);
  });

  test('two that name one place: the second is told of', async () => {
    const { slot, entry } = slotOf('packed');
    setEntry(kept, 'one', slot + 1, entry);
    const { grave } = await expectDamage([{ kind: 'place', lease, slot: slot + 1 }], 1);
    expect(grave[0]!.says).toContain('which another slot names too');
    // A start refuses it as well, and says who tells more.
    const start = () => openPool(optionsFor(kept.directory), kept.specs);
    expect(start).toThrow(/`pagelend check` tells of every page/);
  });

  test('one of a class that no version has', async () => {
    const { slot, entry } = slotOf('random');
    const path = join(kept.directory, 'pool');
    writeBytes(path, 4096 + blockOf(entry), Uint8Array.of(200));
    const { grave, pool } = await checkKept(kept);
    expect(grave[0]).toMatchObject({ kind: 'place', slot });
    expect(grave.every(({ says }) => says.includes('of a class 200'))).toBe(true);
    expect(pool.leases[0]!.damagedPages).toBe(grave.length);
    writeBytes(path, 4096 + 4000, Uint8Array.of(201));
    const { findings } = await checkKept(kept);
    expect(findings.at(-1)).toMatchObject({ kind: 'padding', lease: null });
    expect(findings.at(-1)!.says).toContain('block 4000, which no slot names, is of a class 201');
  });
});

describe('pages', () => {
  test.each([
    ['no bytes', headerOf(0, 1), 'its header says that it has no bytes'],
    ['bytes for another class', headerOf(4000, 1), 'its header says 4000 bytes'],
  ])('a header that says %s', async (_, header, says) => {
    const { slot, entry } = slotOf('packed');
    const { path, at } = placeIn(kept, entry);
    writeBytes(path, at, Uint8Array.of(header & 0xff, header >> 8));
    const { grave } = await expectDamage([{ kind: 'page', lease, slot }], 1);
    expect(grave[0]!.says).toContain(says);
  });

  test('a header of another kind', async () => {
    const { slot, entry } = slotOf('packed');
    const { path, at } = placeIn(kept, entry);
    const length = readBytes(path, at, 2).readUInt16LE() & 0x1fff;
    for (const [kind, says] of [
      [0, `it has ${length} bytes for a repeated word of 8`],
      [3, `its ${length} bytes are no lz4 stream of one page`],
      [5, 'it is kept as kind 5, which no version has'],
    ] as const) {
      const header = headerOf(length, kind);
      writeBytes(path, at, Uint8Array.of(header & 0xff, header >> 8));
      const { block, index } = { block: blockOf(entry), index: indexOf(entry) };
      await expectDamage([{ kind: 'page', slot, place: { block, index }, says }], 1);
    }
  });

  test('a stream that was overwritten', async () => {
    const { slot, entry } = slotOf('packed');
    const { path, at } = placeIn(kept, entry);
    const length = readBytes(path, at, 2).readUInt16LE() & 0x1fff;
    writeBytes(path, at + HEADER_BYTES, Buffer.alloc(length, 0x5a));
    const says = `its ${length} bytes are no lzo stream of one page`;
    await expectDamage([{ kind: 'page', lease, slot, says }], 1);
  });

  test('a page that is kept as it is, and whose memory was lost', async (context) => {
    context.skip(!isTmpfs, 'what files take is known on tmpfs alone');
    const { slot, entry } = slotOf('random');
    const { path, at } = placeIn(kept, entry);
    const fd = openSync(path, 'r+');
    punchFile(fd, at, 4096);
    closeSync(fd);
    const { grave } = await checkKept(kept);
    expect(grave).toMatchObject([{ kind: 'page', lease, slot }]);
    expect(grave[0]!.says).toContain('repeats one word');
  });

  test('memory that files do not have', async (context) => {
    context.skip(!isTmpfs, 'what files take is known on tmpfs alone');
    const path = join(kept.directory, 'pages.0');
    const contents = readBytes(path, 0, 8 * 65_536);
    rmSync(path);
    writeFileSync(path, contents);
    truncateSync(path, 4096 * 65_536);
    const { grave } = await checkKept(kept);
    const memory = grave.find(({ kind }) => kind === 'memory')!;
    expect(memory.says).toMatch(/^pages\.0 has 128 pages of memory, and its places need \d+:/);
    // Quickly too, though no page was looked at.
    const quick = await checkKept(kept, { isQuick: true });
    expect(quick.grave).toEqual([memory]);
  });

  test('a file of pages that ends too early, or is gone', async () => {
    const path = join(kept.directory, 'pages.0');
    truncateSync(path, 2 * 65_536);
    const cut = await checkKept(kept);
    expect(cut.grave[0]).toMatchObject({ kind: 'page', says: 'pages.0 ends before it' });
    renameSync(path, join(kept.directory, 'pages.1'));
    const { grave, pool } = await checkKept(kept);
    expect(grave[0]).toMatchObject({ kind: 'page', says: 'there is no file pages.0' });
    const [one, two] = pool.leases;
    expect(one!.damagedPages).toBe(one!.pagesInPool);
    expect(two!.damagedPages).toBe(two!.pagesInPool);
  });

  test('what follows a page in its place is a note', async () => {
    const { slot, entry } = slotOf('same64');
    const { path, at } = placeIn(kept, entry);
    flip(path, at + 63);
    const { findings } = await expectDamage([], 0);
    expect(findings).toMatchObject([{ kind: 'padding', lease, slot }]);
    expect(findings[0]!.says).toBe('byte 63 of its place, past its 10, is not 0');
  });
});

// Random harm to what was kept. A check ends with an answer or a stable code whatever the bytes are,
// and finds every change of a byte that has a meaning which can be told.
//
// Which bytes can't be told, or mean nothing: free places and unused parts of blocks; what is past the
// first 512 bytes of a tier's head, between its records, and in extents that no slot names; the secret
// of a tier that is not encrypted; and, since the pool has no checksums, the contents of a page that is
// kept as it is, of a repeated word, of what a stream copies, the 16 bits in an entry, and an entry
// that becomes another which could be.

import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { blockOf, isBehind, isPlaced, tierPlaceOf } from '../../src/entry.ts';
import { BLOCK_BYTES } from '../../src/layout.ts';
import { RAW_CLASS } from '../../src/size-classes.ts';
import { SLOTS_AT, tablePath } from '../../src/slot-table.ts';
import { randomFrom } from '../fixtures/pages.mjs';
import { SEED } from '../helpers/pool-host.ts';
import {
  checkKept,
  EXTENT_BYTES,
  entryOf,
  flip,
  type Kept,
  keep,
  placeIn,
  readBytes,
  SLOT_COUNT,
  writeBytes,
} from './kept.ts';

const ROUNDS = 12;
const UNIT_BYTES = 64;

interface Byte {
  readonly path: string;
  readonly at: number;
}

let kept: Kept;
let blocks: number[];

/** Returns the kinds that were found, or the code that ended the check; anything else fails. */
async function outcome(): Promise<string[]> {
  try {
    const { findings } = await checkKept(kept);
    return findings.map(({ kind }) => kind);
  } catch (error) {
    const { code } = error as { code?: string };
    if (code?.startsWith('STORE_')) return [code];
    throw error;
  }
}

describe.each(['plain', 'encrypted'] as const)('a pool with a tier that is %s', (tier) => {
  const random = randomFrom(SEED);
  const below = (end: number) => Math.floor(random() * end);
  const pool = () => join(kept.directory, 'pool');
  const table = () => tablePath(kept.directory, 'one');

  // Each round takes back what it did.
  beforeEach(async () => {
    kept = await keep(tier);
    const entries = Array.from({ length: SLOT_COUNT }, (_, slot) => entryOf(kept, 'one', slot));
    blocks = [...new Set(entries.filter(isPlaced).map(blockOf))];
  });

  function anyEntry(is: (entry: number) => boolean): number {
    for (;;) {
      const entry = entryOf(kept, 'one', below(SLOT_COUNT));
      if (is(entry)) return entry;
    }
  }

  /** A byte of a record that a slot names. */
  function inRecord(): Byte {
    const at = EXTENT_BYTES + tierPlaceOf(anyEntry(isBehind)) * UNIT_BYTES;
    const length = readBytes(kept.tierPath!, at + 2, 2).readUInt16LE();
    return { path: kept.tierPath!, at: at + below(24 + (tier === 'plain' ? 0 : 28) + length) };
  }

  /** A byte of a place's header. */
  function inHeader(): Byte {
    for (;;) {
      const { path, at, bytes } = placeIn(kept, anyEntry(isPlaced));
      if (bytes < 4096) return { path, at: at + below(2) };
    }
  }

  /** The class of a block in use, of which one bit makes none that takes pages as they are. */
  function inClasses(bit: number): Byte {
    for (;;) {
      const at = 4096 + blocks[below(blocks.length)]!;
      if ((readBytes(pool(), at, 1)[0]! ^ bit) !== RAW_CLASS) return { path: pool(), at };
    }
  }

  const identity = () => join(kept.directory, 'tier');
  const meaningful: readonly [string, (bit: number) => Byte][] = [
    ["the pool's head", () => ({ path: pool(), at: below(4096) })],
    ['the class of a block in use', inClasses],
    ["a table's head", () => ({ path: table(), at: below(4096) })],
    ['marks', () => ({ path: table(), at: 4096 + below(2) })],
    ['marks and slots past the end', () => ({ path: table(), at: 4096 + 2 + below(2 ** 20 - 2) })],
    ["a place's header", inHeader],
    ["the tier's head", () => ({ path: kept.tierPath!, at: below(512) })],
    ['a record', inRecord],
    [
      "the tier's identity",
      () => ({ path: identity(), at: below(tier === 'plain' ? 32 : statSync(identity()).size) }),
    ],
  ];

  test.each(meaningful)('a bit in %s is found', async (_, choose) => {
    for (let round = 0; round < ROUNDS; round++) {
      const bit = 1 << below(8);
      const { path, at } = choose(bit);
      const undo = flip(path, at, bit);
      const found = await outcome();
      undo();
      expect([found.length > 0, path, at, bit]).toEqual([true, path, at, bit]);
    }
  });

  test('no bytes anywhere break it', async () => {
    const end = Math.max(...blocks) * BLOCK_BYTES + BLOCK_BYTES;
    const ranges: readonly [string, number][] = [
      [pool(), statSync(pool()).size],
      [table(), SLOTS_AT + SLOT_COUNT * 4],
      [table(), 8192],
      [join(kept.directory, 'pages.0'), end],
      [kept.tierPath!, 3 * EXTENT_BYTES],
      [identity(), statSync(identity()).size],
    ];
    for (let round = 0; round < 8 * ranges.length; round++) {
      const [path, size] = ranges[round % ranges.length]!;
      const at = round % 2 === 0 ? below(size) : Math.max(0, size - 1 - below(8000));
      const before = readBytes(path, at, Math.min(size - at, 1 + below(3000)));
      writeBytes(
        path,
        at,
        before.map(() => below(256)),
      );
      await outcome();
      writeBytes(path, at, before);
    }
    expect(await outcome()).toEqual([]);
  });

  test('entries of any bits do not break it', async () => {
    const before = readBytes(table(), SLOTS_AT, SLOT_COUNT * 4);
    for (let round = 0; round < ROUNDS; round++) {
      const share = random();
      const after = before.map((byte) => (random() < share / 8 ? below(256) : byte));
      writeBytes(table(), SLOTS_AT, after);
      expect(await outcome()).not.toEqual([]);
    }
    writeBytes(table(), SLOTS_AT, before);
  });

  test('files of any length do not break it', async () => {
    for (const path of [pool(), table(), kept.tierPath!, identity()]) {
      const whole = readFileSync(path);
      for (let round = 0; round < ROUNDS / 2; round++) {
        writeFileSync(path, whole.subarray(0, below(round % 2 === 0 ? whole.length : 5000)));
        await outcome();
      }
      writeFileSync(path, whole);
    }
    expect(await outcome()).toEqual([]);
  });
});

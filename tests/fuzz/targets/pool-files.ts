// The files of a pool, changed before it is opened. Whatever stands in them: opening is refused by a
// code, or there is a pool in which every page of both leases reads or gives EIO, every slot can be
// written, and what is written reads back. Where one lease's file alone was changed, the other's pages
// are all there, before the first is written over and after.
//
// An input is a row of changes: what is changed (see `places`), where, how many bytes, the bytes.

import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import {
  BUFFERS_AT,
  type LeaseSpec,
  type LentPool,
  openPool,
  type PoolOptions,
  storeErrors,
} from '@pagelend/store';
import { codeOf, must, type Target } from '../target.ts';
import { sharedMemoryFolder } from './folders.ts';

const CODES = Object.keys(storeErrors);
const PAGE_BYTES = 4096;
const { EIO } = constants.errno;
const FULL = 1000;
const SLOTS_AT = PAGE_BYTES + 2 ** 20;
/** Slots of a lease: two pages of its table. */
const SLOTS = 1100;
const SLOT_STEP = 37;
/** What the pages of both leases lie in. */
const BLOCKS_BYTES = 2 ** 20;

interface Place {
  readonly file: string;
  readonly at: number;
  readonly bytes: number;
}

const places: readonly Place[] = [
  { file: 'pool', at: 0, bytes: PAGE_BYTES },
  { file: 'pool', at: PAGE_BYTES, bytes: 24 },
  { file: 'a.slots', at: 0, bytes: 64 },
  { file: 'a.slots', at: PAGE_BYTES, bytes: 4 },
  { file: 'a.slots', at: SLOTS_AT, bytes: SLOTS * 4 },
  { file: 'a.slots', at: SLOTS_AT, bytes: 64 },
  { file: 'b.slots', at: SLOTS_AT, bytes: SLOTS * 4 },
  { file: 'pages.0', at: 65_536, bytes: BLOCKS_BYTES },
];
/** A change that cuts a file off, or makes it longer, at this many bytes times the place. */
const CUT = places.length;
const CUT_UNIT_BYTES = 64;
/** A first change of a kind from here on: the same kind, and the pool's tier is lost. */
const LOST = 15 * (CUT + 1);
const files = ['a.slots', 'pool', 'b.slots', 'pages.0'];

interface Change {
  readonly kind: number;
  readonly at: number;
  readonly bytes: Uint8Array;
}

function changesIn(input: Uint8Array): Change[] {
  const changes: Change[] = [];
  for (let at = 0; at + 4 <= input.length; ) {
    const length = input[at + 3]! & 31;
    const bytes = input.subarray(at + 4, at + 4 + length);
    changes.push({
      kind: input[at]! % (CUT + 1),
      at: input[at + 1]! | (input[at + 2]! << 8),
      bytes,
    });
    at += 4 + length;
  }
  return changes;
}

/** What stands in a file, without its empty pages. */
interface Kept {
  readonly name: string;
  readonly size: number;
  readonly parts: readonly { readonly at: number; readonly bytes: Buffer }[];
}

interface Base {
  readonly options: PoolOptions;
  readonly specs: readonly LeaseSpec[];
  readonly kept: readonly Kept[];
}

let made: Base | undefined;

/** A pool as it is left, made once; each run begins with its files. */
function base(): Base {
  if (made !== undefined) return made;
  const directory = join(sharedMemoryFolder(), 'pool-files');
  const specs = ['a', 'b'].map((id) => ({ id, bytes: SLOTS * PAGE_BYTES, limitBytes: null }));
  const options: PoolOptions = {
    ...{ directory, owner: 'fuzz', memoryBytes: 2 ** 21, codec: 'lzo', threadCountMax: 1 },
    tier: null,
  };
  const { pool } = openPool(options, specs);
  for (const { id } of specs) {
    for (let slot = 0; slot < SLOTS; slot += SLOT_STEP) put(pool, id, slot, pageOf(id, slot));
  }
  pool.close();
  const kept = readdirSync(directory)
    .filter((name) => files.includes(name))
    .map((name) => keptOf(join(directory, name), name));
  made = { options, specs, kept };
  return made;
}

function keptOf(path: string, name: string): Kept {
  const { size } = statSync(path);
  const parts: { at: number; bytes: Buffer }[] = [];
  const fd = openSync(path, 'r');
  for (let at = 0; at < Math.min(size, 2 * BLOCKS_BYTES); at += PAGE_BYTES) {
    const bytes = Buffer.alloc(PAGE_BYTES);
    const length = readSync(fd, bytes, 0, PAGE_BYTES, at);
    if (bytes.some((byte) => byte !== 0)) parts.push({ at, bytes: bytes.subarray(0, length) });
  }
  closeSync(fd);
  return { name, size, parts };
}

/** The files as they were, then changed. */
function lay({ options, kept }: Base, changes: readonly Change[]): void {
  rmSync(options.directory, { recursive: true, force: true });
  mkdirSync(options.directory);
  for (const { name, size, parts } of kept) {
    const fd = openSync(join(options.directory, name), 'w', 0o600);
    ftruncateSync(fd, size);
    for (const { at, bytes } of parts) writeSync(fd, bytes, 0, bytes.length, at);
    closeSync(fd);
  }
  for (const { kind, at, bytes } of changes) {
    if (kind === CUT) {
      truncateSync(join(options.directory, files[at & 3]!), (at >> 2) * CUT_UNIT_BYTES);
      continue;
    }
    const place = places[kind]!;
    const fd = openSync(join(options.directory, place.file), 'r+');
    writeSync(fd, bytes, 0, bytes.length, place.at + (at % place.bytes));
    closeSync(fd);
  }
}

function isLost(input: Uint8Array): boolean {
  return (input[0] ?? 0) >= LOST;
}

function run(input: Uint8Array): void {
  const changes = changesIn(input);
  const { specs, kept } = base();
  // As after a tier was lost: what slots name there gives EIO.
  const options = { ...base().options, tier: isLost(input) ? ('lost' as const) : null };
  lay({ options, specs, kept }, changes);
  let pool: LentPool;
  try {
    ({ pool } = openPool(options, specs));
  } catch (error) {
    const code = codeOf(error, 'StoreError', CODES);
    if (code === 'STORE_FORMAT' || code === 'STORE_OWNER') checkLeft(options.directory, changes);
    return;
  }
  try {
    const isOthersWhole = changes.every(({ kind, at }) =>
      kind === CUT ? (at & 3) === 0 : places[kind]!.file === 'a.slots',
    );
    checkPool(pool, isOthersWhole);
  } finally {
    pool.close();
  }
}

/** A pool of another format or another owner stays as it is. */
function checkLeft(directory: string, changes: readonly Change[]): void {
  const head = readFileSync(join(directory, 'pool')).subarray(0, PAGE_BYTES);
  const expected = Buffer.alloc(head.length);
  const pool = base().kept.find(({ name }) => name === 'pool')!;
  for (const { at, bytes } of pool.parts) bytes.copy(expected, at);
  for (const { kind, at, bytes } of changes) {
    // What else was changed in it is compared no further.
    if (kind === CUT) return;
    if (kind === 0) Buffer.from(bytes).copy(expected, at % PAGE_BYTES);
  }
  must(head.equals(expected), 'a pool that was refused is another than before');
}

function checkPool(pool: LentPool, isOthersWhole: boolean): void {
  const written = (id: string, slot: number): Buffer =>
    slot % SLOT_STEP === 0 ? pageOf(id, slot) : Buffer.alloc(PAGE_BYTES);
  const checkOther = (when: string): void => {
    if (!isOthersWhole) return;
    for (let slot = 0; slot < SLOTS; slot += SLOT_STEP) {
      must(get(pool, 'b', slot)?.equals(written('b', slot)) === true, `slot ${slot} of b ${when}`);
    }
  };
  for (let slot = 0; slot < SLOTS; slot++) {
    get(pool, 'a', slot);
    if (slot % SLOT_STEP <= 1) get(pool, 'b', slot);
  }
  checkOther('is another page when the pool was opened');
  for (let slot = 0; slot < SLOTS; slot += SLOT_STEP) {
    const page = pageOf('again', slot);
    if (put(pool, 'a', slot, page) === FULL) continue;
    must(get(pool, 'a', slot)?.equals(page) === true, `slot ${slot} reads as another than written`);
  }
  checkOther('is another page once a was written over');
  for (const id of ['a', 'b']) pool.pagesOf(id, FULL).trim(0, SLOTS);
  must(pool.usage().storedPages === 0, `${pool.usage().storedPages} pages stay behind`);
}

/** The page of a slot; null where it gives EIO, and nothing else may happen. */
function get(pool: LentPool, id: string, slot: number): Buffer | null {
  const errno = pool.pagesOf(id, FULL).read(slot, BUFFERS_AT);
  must(errno === 0 || errno === EIO, `a read answers with ${errno}`);
  if (errno !== 0) return null;
  return Buffer.from(pool.store.io.slice(BUFFERS_AT, BUFFERS_AT + PAGE_BYTES));
}

function put(pool: LentPool, id: string, slot: number, page: Buffer): number {
  pool.store.io.set(page, BUFFERS_AT);
  const errno = pool.pagesOf(id, FULL).write(slot, BUFFERS_AT);
  must(errno === 0 || errno === FULL, `a write answers with ${errno}`);
  return errno;
}

/** Text of some length, a repeated word, noise: what a store treats apart. */
function pageOf(id: string, slot: number): Buffer {
  const page = Buffer.alloc(PAGE_BYTES, slot % 3 === 0 ? `${id}${slot}`.padEnd(8, '.') : 'page ');
  if (slot % 3 === 0) return page;
  let state = slot * 31 + id.charCodeAt(0);
  const noiseBytes = slot % 5 === 0 ? PAGE_BYTES : 64 + (slot % 7) * 150;
  for (let at = 0; at < noiseBytes; at++) {
    state = Math.imul(state, 1_664_525) + 1_013_904_223;
    page[at] = state >>> 24;
  }
  return page;
}

function change(kind: number, at: number, ...bytes: number[]): Buffer {
  return Buffer.from([kind, at & 0xff, at >> 8, bytes.length, ...bytes]);
}

export const target: Target = {
  bytesMax: 256,
  seeds: () => [
    new Uint8Array(0),
    change(0, 17, 9),
    change(1, 3, 0),
    change(2, 16, 2),
    change(2, 24, 0, 0, 0, 0, 0, 0, 0x90, 0x40),
    change(3, 0, 0),
    change(4, 0, 1, 8, 0, 0),
    Buffer.concat([change(4, SLOT_STEP * 4, 5, 8, 0, 0), change(6, 0, 0, 0, 0, 0x80)]),
    change(7, 4, 0xff, 0xff, 0xff),
    // Format 2, whose entries may name places in a tier.
    Buffer.concat([change(LOST + 2, 16, 2), change(4, 0, 1, 0, 0, 0xc0)]),
    change(CUT, 0 | (20 << 2)),
    change(CUT, 3 | (2000 << 2)),
  ],
  run,
};

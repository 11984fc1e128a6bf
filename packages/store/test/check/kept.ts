// What a lender left behind, for checks of it: a pool with pages of all kinds, some of them behind it,
// and ways to do harm to its files. Pages are put behind by hand rather than by a keeper, so that a test
// knows where each of them lies.

import { closeSync, openSync, readdirSync, readSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { mustFindPolicy, optionsOf } from '@pagelend/policies';
import { deviceOf, ioMemory, Sealer, TierLog } from '@pagelend/tier';
import type { TierChoice } from '../../src/behind/open-behind.ts';
import { checkPoolFiles } from '../../src/check/check-pool.ts';
import type { CheckOptions, PoolCheck } from '../../src/check/contract.ts';
import { type Finding, Findings } from '../../src/check/findings.ts';
import type { LeaseSpec } from '../../src/contract.ts';
import { behindEntry, blockOf, indexOf, isPlaced } from '../../src/entry.ts';
import { BLOCK_BYTES } from '../../src/layout.ts';
import { classBytes } from '../../src/size-classes.ts';
import { SLOTS_AT, slotsOf, tablePath } from '../../src/slot-table.ts';
import { makePage, pageKinds, randomFrom } from '../fixtures/pages.mjs';
import {
  leaseSpec,
  MEBIBYTE,
  optionsFor,
  PoolHost,
  SEED,
  temporaryDirectory,
} from '../helpers/pool-host.ts';

export const SLOT_COUNT = 1500;
const TIER_BYTES = 4 * MEBIBYTE;
export const EXTENT_BYTES = 65_536;

export interface Kept {
  readonly directory: string;
  readonly owner: string;
  readonly specs: readonly LeaseSpec[];
  readonly tierPath: string | null;
}

export type Change = (host: PoolHost) => void;

export function tierChoice(path: string, isEncrypted: boolean): TierChoice {
  const definition = mustFindPolicy('clock');
  const policy = { definition, options: optionsOf(definition, new Map()) };
  return { path, bytes: TIER_BYTES, isEncrypted, policy, extentBytes: EXTENT_BYTES };
}

/** A pool of two leases, closed: the first is full, the second has few pages. */
export async function keep(
  tier: 'no tier' | 'plain' | 'encrypted' = 'no tier',
  change: Change = () => {},
): Promise<Kept> {
  const directory = temporaryDirectory();
  const tierPath = tier === 'no tier' ? null : join(temporaryDirectory(), 'behind');
  const choice = tierPath === null ? null : tierChoice(tierPath, tier === 'encrypted');
  const specs = [leaseSpec('one', SLOT_COUNT), leaseSpec('two', SLOT_COUNT)];
  const host = new PoolHost(optionsFor(directory, { tier: choice }), specs);
  try {
    fill(host);
    change(host);
    if (tierPath !== null) {
      await putBehind(host, 'one', (slot) => slot % 3 === 0);
      await putBehind(host, 'two', (slot) => slot % 100 === 0);
    }
  } finally {
    host.pool.close();
  }
  return { directory, owner: host.options.owner, specs, tierPath };
}

function fill(host: PoolHost): void {
  const random = randomFrom(SEED);
  for (let slot = 0; slot < SLOT_COUNT; slot++) {
    host.write('one', slot, makePage(kindOf(slot), random));
    if (slot % 50 === 0) host.write('two', slot, makePage('packed', random));
  }
}

/** What the page of a slot of the first lease is. */
export function kindOf(slot: number): string {
  return pageKinds[slot % 7] ?? 'packed';
}

/** Puts pages behind the pool, as the keeper does. */
async function putBehind(host: PoolHost, id: string, which: (slot: number) => boolean) {
  const { store } = host.pool;
  const behind = store.share.behind!;
  const log = new TierLog({
    device: deviceOf(behind.tier),
    layout: behind.tier.layout,
    live: new Int32Array(behind.tier.live),
    takes: new Int32Array(behind.tier.takes),
    area: ioMemory(EXTENT_BYTES),
    sealer: behind.secret === null ? null : new Sealer(behind.secret),
  });
  log.adopt();
  const { table } = host.pool.lease(id)!;
  const slots = slotsOf(table);
  let batch = log.begin()!;
  for (const [slot, entry] of slots.entries()) {
    if (!isPlaced(entry) || !which(slot)) continue;
    const name = { tag: table.behind!.tag, slot };
    const append = () => batch.append(name, store.kindOf(entry), store.storedBytes(entry));
    let place = append();
    if (place < 0) {
      await batch.write();
      batch = log.begin()!;
      place = append();
    }
    Atomics.store(slots, slot, behindEntry(place));
    store.allocator.free(entry);
  }
  await batch.write();
}

export interface Checked {
  readonly pool: PoolCheck;
  readonly findings: readonly Finding[];
  /** Those that are no notes. */
  readonly grave: readonly Finding[];
}

/** Checks all that was kept, as a lender of these leases would have left it. */
export async function checkKept(
  { directory, owner, specs, tierPath }: Kept,
  changes: Partial<CheckOptions> = {},
): Promise<Checked> {
  const findings = new Findings();
  const pool = await checkPoolFiles({
    directory,
    owner,
    leases: specs.map(({ id, bytes }) => ({ id, name: `lease-${id}`, bytes })),
    knowsAll: true,
    tierPath,
    isQuick: false,
    findings,
    onProgress: () => {},
    ...changes,
  });
  const all = findings.all();
  return {
    pool,
    findings: all.flatMap((kind) => kind.findings),
    grave: all.flatMap((kind) => (kind.severity === 'note' ? [] : kind.findings)),
  };
}

/** Names, sizes, what the file system gave them, and a digest of all bytes. */
export function stateOf(...paths: string[]): string[] {
  return paths.flatMap((path) => {
    const stats = statSync(path);
    if (stats.isDirectory()) {
      return stateOf(
        ...readdirSync(path)
          .sort()
          .map((name) => join(path, name)),
      );
    }
    const { size, blocks, mtimeMs, ctimeMs } = stats;
    return [`${path} ${size} ${blocks} ${mtimeMs} ${ctimeMs} ${digestOf(path, size)}`];
  });
}

function digestOf(path: string, size: number): number {
  const chunk = Buffer.alloc(2 ** 20);
  const fd = openSync(path, 'r');
  let digest = 0;
  for (let at = 0; at < size; at += chunk.length) {
    digest = crc32(chunk.subarray(0, readSync(fd, chunk, 0, chunk.length, at)), digest);
  }
  closeSync(fd);
  return digest;
}

export function readBytes(path: string, at: number, count: number): Buffer {
  const bytes = Buffer.alloc(count);
  const fd = openSync(path, 'r');
  readSync(fd, bytes, 0, count, at);
  closeSync(fd);
  return bytes;
}

export function writeBytes(path: string, at: number, bytes: Uint8Array): void {
  const fd = openSync(path, 'r+');
  writeSync(fd, bytes, 0, bytes.length, at);
  closeSync(fd);
}

/** Changes one byte; returns what takes that back. */
export function flip(path: string, at: number, bits = 0xff): () => void {
  const before = readBytes(path, at, 1);
  writeBytes(path, at, Uint8Array.of(before[0]! ^ bits));
  return () => writeBytes(path, at, before);
}

export function entryOf({ directory }: Kept, id: string, slot: number): number {
  return readBytes(tablePath(directory, id), SLOTS_AT + slot * 4, 4).readInt32LE();
}

export function setEntry({ directory }: Kept, id: string, slot: number, entry: number): void {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(entry | 0);
  writeBytes(tablePath(directory, id), SLOTS_AT + slot * 4, bytes);
}

/** The first slot from `from` on whose entry is as asked for. */
export function slotWhere(
  kept: Kept,
  id: string,
  from: number,
  is: (entry: number, slot: number) => boolean,
): number {
  for (let slot = from; slot < SLOT_COUNT; slot++)
    if (is(entryOf(kept, id, slot), slot)) return slot;
  throw new Error('there is no such slot');
}

/** Where the place that an entry names is in the pool's files, and its size. */
export function placeIn(
  { directory }: Kept,
  entry: number,
): { path: string; at: number; bytes: number } {
  const block = blockOf(entry);
  const sizeClass = readBytes(join(directory, 'pool'), 4096 + block, 1)[0]!;
  const bytes = classBytes[sizeClass]!;
  return {
    path: join(directory, 'pages.0'),
    at: block * BLOCK_BYTES + indexOf(entry) * bytes,
    bytes,
  };
}

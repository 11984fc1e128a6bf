// Closing and opening a pool: pages and figures stay, what nobody claims goes, and whatever is not
// a pool of this version, or belongs to another process, is refused and left alone.

import {
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { CodecName } from '@pagelend/codec';
import { expect, test } from 'vitest';
import { PAGE_BYTES } from '../../src/layout.ts';
import { openPool } from '../../src/pool.ts';
import { tablePath } from '../../src/slot-table.ts';
import { anyPage, makePage, randomFrom } from '../fixtures/pages.mjs';
import { checkEmpty, checkPool } from '../helpers/invariants.ts';
import {
  isEqual,
  leaseSpec,
  MEBIBYTE,
  openHost,
  optionsFor,
  type PoolHost,
  SEED,
  temporaryDirectory,
} from '../helpers/pool-host.ts';

const SLOT_COUNT = 1500;
const specs = [leaseSpec('one', SLOT_COUNT), leaseSpec('two', SLOT_COUNT)];

function fill(host: PoolHost, id: string, seed: number): Uint8Array[] {
  const random = randomFrom(seed);
  return Array.from({ length: SLOT_COUNT }, (_, slot) => {
    const page = anyPage(random);
    expect(host.write(id, slot, page)).toBe(0);
    return page;
  });
}

function holds(host: PoolHost, id: string, pages: readonly Uint8Array[]): boolean {
  return pages.every((page, slot) => isEqual(host.read(id, slot), page));
}

/** Descriptors of this process that lead into the directory. */
function descriptorsIn(directory: string): number {
  const targets = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      // The descriptor by which the listing itself was read.
      return '';
    }
  });
  return targets.filter((target) => target.startsWith(directory)).length;
}

/** The code of the error that a call throws. */
function codeOf(call: () => unknown): string {
  try {
    call();
    return 'none';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

test('pages and figures are the same after closing and opening', () => {
  const directory = temporaryDirectory();
  const host = openHost(optionsFor(directory), specs);
  expect(host.report).toMatchObject({ isFresh: true, pages: 0, removed: [] });
  const one = fill(host, 'one', SEED);
  const two = fill(host, 'two', SEED + 1);
  const before = host.pool.usage();
  const again = host.reopen(specs);
  expect(again.report).toMatchObject({ isFresh: false, pages: 2 * SLOT_COUNT, removed: [] });
  expect(again.pool.lease('one')!.isFresh).toBe(false);
  const after = again.pool.usage();
  for (const name of ['storedPages', 'samePages', 'hugePages', 'comprDataBytes'] as const) {
    expect([name, after[name]]).toEqual([name, before[name]]);
  }
  expect(after.tableBytes).toBe(before.tableBytes);
  expect(holds(again, 'one', one) && holds(again, 'two', two)).toBe(true);
  checkPool(again.pool, ['one', 'two']);
});

test('pages stay readable when another codec writes from now on', (context) => {
  const codecs: CodecName[] = ['lzo', 'zstd', 'lz4', 'lzo'];
  let host = openHost(optionsFor(temporaryDirectory()), specs);
  const random = randomFrom(SEED);
  const pages = new Map<number, Uint8Array>();
  for (const [turn, codec] of codecs.entries()) {
    const options = { ...host.options, codec };
    host.pool.close();
    const code = codeOf(() => openPool(options, specs).pool.close());
    context.skip(code === 'LINUX_UNSUPPORTED', `the library of ${codec} is not here`);
    host = openHost(options, specs);
    for (let slot = turn; slot < SLOT_COUNT; slot += turn + 1) {
      pages.set(slot, anyPage(random));
      expect(host.write('one', slot, pages.get(slot)!)).toBe(0);
    }
    for (const [slot, page] of pages) expect(isEqual(host.read('one', slot), page)).toBe(true);
    checkPool(host.pool, ['one', 'two']);
  }
});

test('slots that no lease claims are removed, and what they held is free', () => {
  const directory = temporaryDirectory();
  const host = openHost(optionsFor(directory), specs);
  const one = fill(host, 'one', SEED);
  fill(host, 'two', SEED + 1);
  const again = host.reopen([specs[0]!]);
  expect(again.report.removed).toEqual(['two']);
  expect(readdirSync(directory).filter((name) => name.endsWith('.slots'))).toEqual(['one.slots']);
  expect(holds(again, 'one', one)).toBe(true);
  checkPool(again.pool, ['one']);
  checkEmpty(again.reopen([]).pool);
});

test('less memory than is stored is refused, and all stays', () => {
  const directory = temporaryDirectory();
  const host = openHost(optionsFor(directory), specs);
  const one = fill(host, 'one', SEED);
  const { memUsedBytes } = host.pool.usage();
  host.pool.close();
  expect(descriptorsIn(directory)).toBe(0);
  const tooLittle = { ...host.options, memoryBytes: MEBIBYTE };
  expect(codeOf(() => openPool(tooLittle, specs))).toBe('STORE_MEMORY');
  expect(descriptorsIn(directory)).toBe(0);
  const exact = openHost({ ...host.options, memoryBytes: memUsedBytes }, specs);
  expect(holds(exact, 'one', one)).toBe(true);
  checkPool(exact.pool, ['one', 'two']);
});

test('memory can grow and shrink between starts', () => {
  const directory = temporaryDirectory();
  let host = openHost(optionsFor(directory), specs);
  const one = fill(host, 'one', SEED);
  for (const memoryBytes of [700, 40, 3000, 64].map((mebibytes) => mebibytes * MEBIBYTE)) {
    host = host.reopen(specs, { memoryBytes });
    expect(holds(host, 'one', one)).toBe(true);
    checkPool(host.pool, ['one', 'two']);
  }
  host.pool.close();
});

test('a directory in use is refused, until it is closed', () => {
  const directory = temporaryDirectory();
  const options = optionsFor(directory);
  const host = openHost(options, specs);
  expect(codeOf(() => openPool(options, specs))).toBe('STORE_IN_USE');
  expect(host.write('one', 0, makePage('random', randomFrom(SEED)))).toBe(0);
  host.pool.close();
  openHost(options, specs).pool.close();
});

test.each([
  ['other words', Buffer.from('not a pool at all')],
  ['another version', Buffer.from('pagelend pool\n\0\0\x63\0\0\0')],
  ['bytes without sense', Buffer.alloc(10_000, 0xa7)],
])('a pool file with %s is refused and left as it is', (_, contents) => {
  const directory = temporaryDirectory();
  const path = join(directory, 'pool');
  writeFileSync(path, contents);
  expect(codeOf(() => openPool(optionsFor(directory), []))).toBe('STORE_FORMAT');
  expect(readFileSync(path).equals(contents)).toBe(true);
  expect(descriptorsIn(directory)).toBe(0);
});

test.each([
  ['other words', 'text that is no table'],
  ['another version', 'pagelend slots\n\0\x63\0\0\0'],
])('a table of slots with %s is refused and left as it is', (_, contents) => {
  const directory = temporaryDirectory();
  openHost(optionsFor(directory)).pool.close();
  const path = tablePath(directory, 'one');
  writeFileSync(path, contents);
  expect(codeOf(() => openPool(optionsFor(directory), specs))).toBe('STORE_FORMAT');
  expect(readFileSync(path, 'latin1')).toBe(contents);
  expect(descriptorsIn(directory)).toBe(0);
});

test('a table that contradicts the pool is reported, not repaired', () => {
  const directory = temporaryDirectory();
  const host = openHost(optionsFor(directory), specs);
  fill(host, 'one', SEED);
  host.pool.close();
  // The second table becomes a copy of the first: two slots name each place.
  writeFileSync(tablePath(directory, 'two'), readFileSync(tablePath(directory, 'one')));
  const bytes = statSync(join(directory, 'pages.0')).blocks;
  expect(codeOf(() => openPool(host.options, specs))).toBe('STORE_DAMAGED');
  expect(statSync(join(directory, 'pages.0')).blocks).toBe(bytes);
  expect(descriptorsIn(directory)).toBe(0);
});

test('a table whose shrinking was cut short reads zeroes past its end', () => {
  const directory = temporaryDirectory();
  const host = openHost(optionsFor(directory), [leaseSpec('one', 9000)]);
  const page = makePage('random', randomFrom(SEED));
  for (const slot of [0, 1500, 5000, 8999]) expect(host.write('one', slot, page)).toBe(0);
  host.pool.close();
  // Marks follow the slots in the file's end: the process was killed between the two.
  const path = tablePath(directory, 'one');
  truncateSync(path, PAGE_BYTES + MEBIBYTE + 1600 * 4);
  const again = openHost(host.options, [leaseSpec('one', 9000)]);
  expect(isEqual(again.read('one', 1500), page)).toBe(true);
  expect(isEqual(again.read('one', 5000), new Uint8Array(PAGE_BYTES))).toBe(true);
  expect(again.write('one', 8999, page)).toBe(0);
  checkPool(again.pool, ['one']);
});

test('a pool of another owner is refused and keeps its pages', () => {
  const options = optionsFor(temporaryDirectory());
  const host = openHost(options, specs);
  const pages = fill(host, 'one', SEED);
  host.pool.close();
  expect(() => openPool({ ...options, owner: 'another' }, [])).toThrow(
    /the lender at a test, not of another/,
  );
  const again = openHost(options, specs);
  expect(holds(again, 'one', pages)).toBe(true);
});

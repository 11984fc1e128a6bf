// Files past the page cache: the flag is really set, sizes are found, ranges leave the cache.

import {
  closeSync,
  constants,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { discardRange, dropCached, endOf, expectRandom, setDirect } from '@pagelend/linux';
import { expect, onTestFinished, test } from 'vitest';

const EINVAL = 22;
const EBADF = 9;

function temporaryFile(): number {
  const folder = mkdtempSync(join(tmpdir(), 'pagelend-linux-'));
  const fd = openSync(join(folder, 'file'), 'w+');
  onTestFinished(() => {
    closeSync(fd);
    rmSync(folder, { recursive: true });
  });
  return fd;
}

function flagsOf(fd: number): number {
  const info = readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8');
  return Number.parseInt(/flags:\s*(\d+)/.exec(info)![1]!, 8);
}

test('a descriptor is switched to direct transfers and back', (context) => {
  const fd = temporaryFile();
  const before = flagsOf(fd);
  const errno = setDirect(fd, true);
  if (errno === EINVAL) context.skip('this file system has no O_DIRECT');
  expect(errno).toBe(0);
  expect(flagsOf(fd)).toBe(before | constants.O_DIRECT);
  expect(setDirect(fd, false)).toBe(0);
  expect(flagsOf(fd)).toBe(before);
});

test('a file ends where it ends, beyond 4 GiB too', () => {
  const fd = temporaryFile();
  expect(endOf(fd)).toBe(0);
  ftruncateSync(fd, 5 * 2 ** 30 + 1);
  expect(endOf(fd)).toBe(5 * 2 ** 30 + 1);
});

test('what cannot be done is said by errno', () => {
  const fd = temporaryFile();
  expect(dropCached(fd, 0, 4096)).toBe(0);
  expect(expectRandom(fd)).toBe(0);
  expect(discardRange(fd, 0, 4096)).toBeGreaterThan(0);
  const none = 1_000_000;
  expect(dropCached(none, 0, 4096)).toBe(EBADF);
  expect(expectRandom(none)).toBe(EBADF);
  expect(setDirect(none, true)).toBe(EBADF);
  expect(() => endOf(none)).toThrow('EBADF');
});

// QEMU's own block layer: qemu-io writes, reads and discards with patterns that it checks, qemu-img
// compares and maps. What works here works for a guest's disk.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Lender, startLender } from '../lender/daemon.ts';
import { makePage, Random } from '../lender/pages.ts';
import { mustRun, needs, run } from './clients.ts';

const SIZE = 8 * 2 ** 20;
const scratch = mkdtempSync(join(tmpdir(), 'pagelend-interop-'));
let lender: Lender;

beforeAll(async () => {
  lender = await startLender({ leases: { guest: String(SIZE), image: String(SIZE) } });
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function qemuIo(lease: string, ...commands: string[]): Promise<string> {
  const words = commands.flatMap((command) => ['-c', command]);
  const discard = ['-f', 'raw', '-d', 'unmap', '-t', 'none'];
  return mustRun('qemu-io', [...discard, ...words, lender.uri(lease)]);
}

test('qemu-io checks patterns, aligned and not, after writes, zeroes and discards', async (context) => {
  needs(context, 'qemu-io', 'qemu-utils');
  const said = await qemuIo(
    'guest',
    'write -P 0x11 0 1M',
    'write -P 0x22 4000 9000',
    'read -P 0x11 0 4000',
    'read -P 0x22 4000 9000',
    'read -P 0x11 13000 100000',
    'write -f -P 0x33 1M 2M',
    'read -P 0x33 1M 2M',
    'write -z 1M 64k',
    'read -P 0 1M 64k',
    'write -z -u 1088k 64k',
    'read -P 0 1088k 64k',
    'read -P 0x33 1152k 512k',
    'discard 0 4096',
    'read -P 0 0 4096',
    'flush',
    'aio_write -P 0x44 4M 1M',
    'aio_write -P 0x55 5M 1M',
    'aio_flush',
    'read -P 0x44 4M 1M',
    'read -P 0x55 5M 1M',
    'read -P 0 6M 2M',
  );
  expect(said).not.toMatch(/verification failed|error/i);
});

test('qemu-img: an image copied in compares as equal, and maps as it is', async (context) => {
  needs(context, 'qemu-img', 'qemu-utils');
  const random = new Random(4);
  const image = Buffer.alloc(SIZE);
  const data = Buffer.concat(Array.from({ length: 64 }, () => makePage(random, 'half')));
  data.copy(image, 2 ** 20);
  const path = join(scratch, 'disk.img');
  writeFileSync(path, image);
  const raw = ['-f', 'raw', '-F', 'raw'];
  await mustRun('qemu-img', ['convert', '-n', '-f', 'raw', '-O', 'raw', path, lender.uri('image')]);
  await mustRun('qemu-img', ['compare', ...raw, path, lender.uri('image')]);

  const map = await mustRun('qemu-img', ['map', '--output=json', '-f', 'raw', lender.uri('image')]);
  const extents = JSON.parse(map) as { start: number; length: number; zero: boolean }[];
  const stored = extents.filter(({ zero }) => !zero);
  expect(stored.map(({ start, length }) => [start, length])).toEqual([[2 ** 20, 64 * 4096]]);

  await qemuIo('image', 'write -P 0x77 3M 4k');
  const { status } = await run('qemu-img', ['compare', ...raw, path, lender.uri('image')]);
  expect(status).toBe(1);
});

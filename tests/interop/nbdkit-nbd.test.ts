// nbdkit's nbd plugin as a proxy that checks both sides: it speaks to the lender through libnbd and
// serves on what it was told; its filters make requests that differ from those of its clients.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { NbdClient } from '../lender/client.ts';
import { type Lender, startLender } from '../lender/daemon.ts';
import { makePage, PAGE_BYTES, Random } from '../lender/pages.ts';
import { needs } from './clients.ts';

const SLOTS = 512;
const SIZE = SLOTS * PAGE_BYTES;
const scratch = mkdtempSync(join(tmpdir(), 'pagelend-interop-'));
const proxies: ChildProcess[] = [];
let lender: Lender;

beforeAll(async () => {
  lender = await startLender({ leases: { guest: String(SIZE) } });
});

afterAll(async () => {
  for (const proxy of proxies) {
    const gone = once(proxy, 'exit');
    proxy.kill();
    if (proxy.exitCode === null) await gone;
  }
  rmSync(scratch, { recursive: true, force: true });
});

async function proxy(name: string, filters: readonly string[], more: string[] = []) {
  const path = join(scratch, `${name}.sock`);
  const plugin = ['nbd', `uri=${lender.uri('guest')}`, 'shared=true'];
  const words = ['-f', '-U', path, ...filters.map((filter) => `--filter=${filter}`), ...plugin];
  proxies.push(spawn('nbdkit', [...words, ...more], { stdio: 'ignore' }));
  for (let turn = 0; turn < 500 && !existsSync(path); turn++) await sleep(20);
  return NbdClient.connect(path, '');
}

test('what a proxy writes and reads is what the lender holds', async (context) => {
  needs(context, 'nbdkit', 'nbdkit');
  const through = await proxy('plain', []);
  const direct = await lender.connect('guest');
  expect(through.bytes).toBe(SIZE);
  const random = new Random(8);
  const image = Buffer.concat(Array.from({ length: SLOTS }, () => makePage(random)));
  const writes = Array.from({ length: 32 }, (_, i) => {
    const part = SIZE / 32;
    return through.write(i * part, image.subarray(i * part, (i + 1) * part));
  });
  await Promise.all(writes);
  await through.flush();
  expect((await direct.read(0, SIZE)).equals(image)).toBe(true);
  expect((await through.read(0, SIZE)).equals(image)).toBe(true);
  await through.trim(0, SIZE / 2);
  await through.zero(SIZE / 2, PAGE_BYTES);
  image.fill(0, 0, SIZE / 2 + PAGE_BYTES);
  expect((await direct.read(0, SIZE)).equals(image)).toBe(true);
  await through.disconnect();
  await direct.disconnect();
});

test('so is what a proxy cuts into unaligned pieces', async (context) => {
  needs(context, 'nbdkit', 'nbdkit');
  const through = await proxy('pieces', ['offset', 'blocksize'], ['offset=1000', 'maxdata=1536']);
  const direct = await lender.connect('guest');
  const random = new Random(9);
  const data = Buffer.concat(Array.from({ length: 16 }, () => makePage(random, 'text')));
  await through.write(777, data);
  expect((await direct.read(1777, data.length)).equals(data)).toBe(true);
  expect((await through.read(777, data.length)).equals(data)).toBe(true);
  await through.disconnect();
  await direct.disconnect();
});

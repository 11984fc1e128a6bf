// Saving a lease that is used, and restoring it: what was acknowledged before the lease was held is in
// the file, and nothing that came later; a pipe does as well as a file.

import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { NbdClient, requestHeader, WRITE } from './client.ts';
import { type Lender, startLender } from './daemon.ts';
import { leasesOf, until } from './moving.ts';
import { makePage, PAGE_BYTES, Random, stampedPage, versionOf } from './pages.ts';

const SLOTS = 1024;
const SIZE = `${SLOTS * 4}KiB`;
const LANES = 8;
const scratch = mkdtempSync(join(tmpdir(), 'pagelend-save-'));
const noiseOf = (version: number): number => (version * 53) % 450;
let lender: Lender;
let other: Lender;

beforeAll(async () => {
  lender = await startLender({ leases: { guest: SIZE, still: SIZE } });
  other = await startLender({ leases: {}, args: ['--codec', 'lz4'] });
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

test('under load the file has what was acknowledged when the lease was held', async () => {
  const client = await lender.connect('guest');
  const acknowledged = new Int32Array(SLOTS);
  const begun = new Int32Array(SLOTS);
  let isOver = false;
  let writes = 0;
  const lanes = Array.from({ length: LANES }, async (_, lane) => {
    const random = new Random(lane + 1);
    while (!isOver) {
      const slot = random.below(SLOTS / LANES) * LANES + lane;
      const version = ++begun[slot]!;
      await client.write(slot * PAGE_BYTES, stampedPage(slot, version, noiseOf(version)));
      acknowledged[slot] = version;
      writes++;
    }
  });
  for (let round = 0; round < 3; round++) {
    await until('writes go on', () => writes > 3000 * (round + 1));
    const file = join(scratch, `${round}.lease`);
    const { child, ended } = lender.run('lease', 'save', 'guest', '-o', '-');
    const parts: Buffer[] = [];
    let least: Int32Array | null = null;
    child.stdout!.on('data', (part: Buffer) => {
      // The first byte comes once the lease is held.
      least ??= acknowledged.slice();
      parts.push(part);
    });
    expect((await ended).status).toBe(0);
    const most = begun.slice();
    writeFileSync(file, Buffer.concat(parts));
    other.verb('lease', 'restore', file, '--name', `copy${round}`);
    const copy = await other.connect(`copy${round}`);
    for (let slot = 0; slot < SLOTS; slot++) {
      const page = await copy.read(slot * PAGE_BYTES, PAGE_BYTES);
      const version = page.readUInt32LE(4);
      if (version !== 0) versionOf(page, slot, noiseOf(version));
      expect(version, `slot ${slot}`).toBeGreaterThanOrEqual(least![slot]!);
      expect(version, `slot ${slot}`).toBeLessThanOrEqual(most[slot]!);
    }
    await copy.disconnect();
  }
  isOver = true;
  await Promise.all(lanes);
  await client.disconnect();
});

test('a file is for its owner alone, and makes the lease again, once', async () => {
  const client = await lender.connect('still');
  const random = new Random(4);
  const model = Buffer.alloc(SLOTS * PAGE_BYTES);
  for (let slot = 0; slot < SLOTS; slot += 1 + random.below(3)) {
    const page = makePage(random);
    await client.write(slot * PAGE_BYTES, page);
    page.copy(model, slot * PAGE_BYTES);
  }
  const file = join(scratch, 'still.lease');
  const saved = JSON.parse(lender.verb('lease', 'save', 'still', '-o', file, '--json'));
  const { stored_pages } = leasesOf(lender).find(({ name }) => name === 'still')!;
  expect(saved).toMatchObject({ pages: stored_pages, file_bytes: statSync(file).size });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(() => lender.verb('lease', 'restore', file)).toThrow('DAEMON_LEASE_EXISTS');
  other.verb('lease', 'restore', file);
  const copy = await other.connect('still');
  expect((await copy.read(0, model.length)).equals(model)).toBe(true);
  await copy.disconnect();
  // The client was there all the time.
  expect((await client.read(0, model.length)).equals(model)).toBe(true);
  await client.disconnect();
});

test('a damaged or truncated file makes no lease, and leaves none behind', () => {
  const file = join(scratch, 'whole.lease');
  lender.verb('lease', 'save', 'guest', '-o', file);
  const whole = readFileSync(file);
  const broken = join(scratch, 'broken.lease');
  const before = leasesOf(other).length;
  for (const at of [3, 100, 130, Math.floor(whole.length / 2), whole.length - 3]) {
    const changed = Buffer.from(whole);
    changed[at]! ^= 0x10;
    for (const bytes of [changed, whole.subarray(0, at)]) {
      writeFileSync(broken, bytes);
      const restore = (): string => other.verb('lease', 'restore', broken, '--name', 'broken');
      expect(restore).toThrow('STORE_LEASE_FILE');
    }
  }
  expect(leasesOf(other).length).toBe(before);
});

test('a write of which a part has come is waited for, and then in the file or in none', async () => {
  const half = await lender.connect('still');
  const page = stampedPage(9, 77, 300);
  const header = { type: WRITE, flags: 0, cookie: 99n, offset: 9 * PAGE_BYTES, bytes: PAGE_BYTES };
  half.socket.write(Buffer.concat([requestHeader(header), page.subarray(0, 1000)]));
  const witness = await NbdClient.connect(lender.socket('still'), 'still');
  await witness.read(0, PAGE_BYTES);
  const file = join(scratch, 'half.lease');
  const refused = await lender.run('lease', 'save', 'still', '-o', file).ended;
  expect(refused.stderr).toMatch(/a part of a write and not the rest.*\[DAEMON_LEASE_HELD\]\n$/);
  expect(readdirSync(scratch).filter((name) => name.startsWith('half'))).toEqual([]);
  // Both are served again.
  await witness.read(0, PAGE_BYTES);
  const saving = lender.run('lease', 'save', 'still', '-o', file).ended;
  await new Promise((resolve) => setTimeout(resolve, 500));
  half.socket.write(page.subarray(1000));
  expect((await saving).stderr).toBe('');
  other.verb('lease', 'restore', file, '--name', 'half');
  const copy = await other.connect('half');
  expect((await copy.read(9 * PAGE_BYTES, PAGE_BYTES)).equals(page)).toBe(true);
  await copy.disconnect();
  await witness.disconnect();
  half.destroy();
});

test('a reader that stalls, or goes, does not hold the guest for ever', async () => {
  const client = await lender.connect('guest');
  // More than pipes and buffers hold, so that the lender has to wait for the reader.
  lender.verb('lease', 'create', 'large', '--size', '64MiB');
  const large = await lender.connect('large');
  const random = new Random(12);
  for (let slot = 0; slot < 4096; slot++) {
    await large.write(slot * PAGE_BYTES, makePage(random, 'noise'));
  }
  for (const how of ['stalls', 'goes'] as const) {
    const pause = how === 'stalls' ? '1' : '600';
    const { child, ended } = lender.run('lease', 'save', 'large', '-o', '-', '--pause', pause);
    await new Promise((resolve) => child.stdout!.once('data', resolve));
    child.stdout!.pause();
    if (how === 'goes') child.kill('SIGKILL');
    // Answered although nobody has read the rest.
    await large.read(0, PAGE_BYTES);
    child.stdout!.resume();
    expect((await ended).status).not.toBe(0);
  }
  lender.verb('lease', 'resize', 'still', SIZE);
  await large.disconnect();
  await client.disconnect();
});

// A lease moves while it is used: no acknowledged write is missing afterwards, none is undone, and
// the client has seen nothing but a pause.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { NbdClient } from './client.ts';
import { type Lender, startLender } from './daemon.ts';
import { Ledger, leasesOf, Middleman, PatientClient, stateOf, until } from './moving.ts';
import { makePage, PAGE_BYTES, Random } from './pages.ts';

const SLOTS = 2048;
const SIZE = `${SLOTS * 4}KiB`;
const LANES = 8;
const scratch = mkdtempSync(join(tmpdir(), 'pagelend-move-'));
const middlemen: Middleman[] = [];

afterAll(async () => {
  for (const middleman of middlemen) await middleman.close();
  rmSync(scratch, { recursive: true, force: true });
});

async function between(target: Lender): Promise<Middleman> {
  const middleman = new Middleman(target, join(scratch, `${middlemen.length}.sock`));
  middlemen.push(middleman);
  await middleman.open();
  return middleman;
}

/** How often the lender has heard that a move shall be given up. */
function giveUps({ said }: Lender): number {
  return said.split('giving a move up').length - 1;
}

/** Writes to slots of its own until told to end. */
async function lane(
  client: PatientClient,
  ledger: Ledger,
  index: number,
  goesOn: () => boolean,
): Promise<void> {
  const random = new Random(index + 1);
  while (goesOn()) {
    await ledger.write(client, random.below(SLOTS / LANES) * LANES + index, random);
  }
}

async function move(from: Lender, to: string): Promise<Record<string, number>> {
  const { status, stdout, stderr } = await from.run('lease', 'move', 'guest', '--to', to, '--json')
    .ended;
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return JSON.parse(stdout);
}

test('under load, to and fro, nothing acknowledged is missing', async () => {
  const first = await startLender({ leases: { guest: SIZE } });
  const second = await startLender({ leases: {}, args: ['--codec', 'zstd'] });
  const clients = [0, 1].map(() => new PatientClient(first, 'guest'));
  const ledger = new Ledger(SLOTS);
  let isOver = false;
  const lanes = Array.from({ length: LANES }, (_, i) =>
    lane(clients[i % 2]!, ledger, i, () => !isOver),
  );
  for (let round = 0; round < 4; round++) {
    const before = ledger.writes;
    await until('writes go on', () => ledger.writes > before + 500);
    const [from, to] = round % 2 === 0 ? [first, second] : [second, first];
    const moved = await move(from, to.stateDir);
    expect(moved.pages).toBeGreaterThan(0);
    expect([stateOf(from, 'guest'), stateOf(to, 'guest')]).toEqual(['moved', 'lending']);
    expect(leasesOf(from)[0]!.stored_pages).toBe(0);
  }
  isOver = true;
  await Promise.all(lanes);
  await ledger.check(clients[0]!);
  // A connection for each place that the lease was at, and for tries in between.
  expect(clients[0]!.connections).toBeGreaterThanOrEqual(5);
  for (const client of clients) await client.close();
});

test('clients that attach meanwhile get in, and read what is there', async () => {
  const first = await startLender({ leases: { guest: SIZE } });
  const second = await startLender({ leases: {} });
  const writer = new PatientClient(first, 'guest');
  const ledger = new Ledger(SLOTS);
  const random = new Random(3);
  for (let slot = 0; slot < SLOTS; slot++) await ledger.write(writer, slot, random);
  let isOver = false;
  let reads = 0;
  const newcomers = Array.from({ length: 3 }, async () => {
    while (!isOver) {
      const newcomer = new PatientClient(first, 'guest');
      const page = await newcomer.do((nbd) => nbd.read(7 * PAGE_BYTES, PAGE_BYTES));
      expect(page.readUInt32LE(4)).toBe(ledger.versions[7]);
      reads++;
      await newcomer.close();
    }
  });
  for (const [from, to] of [
    [first, second],
    [second, first],
  ] as const) {
    const before = reads;
    await until('newcomers get in', () => reads > before + 5);
    await move(from, to.stateDir);
  }
  isOver = true;
  await Promise.all(newcomers);
  await ledger.check(writer);
  await writer.close();
});

test('a pool that is too small refuses it, and the guest has lost nothing', async () => {
  const first = await startLender({ leases: { guest: SIZE } });
  const small = await startLender({ leases: {}, memory: '2M' });
  const client = await first.connect('guest');
  const random = new Random(5);
  const pages = Array.from({ length: SLOTS }, () => makePage(random, 'noise'));
  for (const [slot, page] of pages.entries()) await client.write(slot * PAGE_BYTES, page);
  const words = ['lease', 'move', 'guest', '--to', small.stateDir];
  const { status, stderr } = await first.run(...words).ended;
  expect(stderr).toMatch(/has no room.*\[STORE_FULL\]\n$/);
  expect(status).toBe(1);
  expect(leasesOf(small)).toEqual([]);
  expect(stateOf(first, 'guest')).toBe('lending');
  // The same connection as before.
  for (const [slot, page] of pages.entries()) {
    expect((await client.read(slot * PAGE_BYTES, PAGE_BYTES)).equals(page)).toBe(true);
  }
  await client.disconnect();
});

test('where no path leads, old clients and new ones are relayed, over TCP too', async () => {
  const listen = ['--listen', 'tcp:127.0.0.1:0'];
  const first = await startLender({ leases: { guest: SIZE }, args: listen });
  const second = await startLender({ leases: {} });
  const middleman = await between(second);
  middleman.isFar = true;
  const port = Number(/tcp:127\.0\.0\.1:(\d+)/.exec(first.said)![1]);
  const client = new PatientClient(first, 'guest');
  const ledger = new Ledger(SLOTS);
  const random = new Random(6);
  for (let slot = 0; slot < 300; slot++) await ledger.write(client, slot, random);
  await move(first, middleman.path);
  await ledger.check(client);
  const overTcp = await NbdClient.connect({ host: '127.0.0.1', port }, 'guest');
  const mine = makePage(random, 'text');
  await overTcp.write(1000 * PAGE_BYTES, mine);
  await overTcp.disconnect();
  const direct = await second.connect('guest');
  expect((await direct.read(1000 * PAGE_BYTES, PAGE_BYTES)).equals(mine)).toBe(true);
  await direct.disconnect();
  await client.close();

  // The way there outlives the daemon, until it is deleted.
  await first.stop();
  await first.start();
  const again = await first.connect('guest');
  expect((await again.read(1000 * PAGE_BYTES, PAGE_BYTES)).equals(mine)).toBe(true);
  await again.disconnect();
  expect(() => first.verb('lease', 'limit', 'guest', '1MiB')).toThrow('DAEMON_LEASE_MOVED');
  first.verb('lease', 'delete', 'guest');
  await expect(first.connect('guest')).rejects.toThrow();
  expect(stateOf(second, 'guest')).toBe('lending');
});

test('cancelling takes the lease back, and the next move goes well', async () => {
  const first = await startLender({ leases: { guest: SIZE } });
  const second = await startLender({ leases: {} });
  const middleman = await between(second);
  const client = await first.connect('guest');
  const page = makePage(new Random(8), 'half');
  for (let slot = 0; slot < SLOTS; slot++) await client.write(slot * PAGE_BYTES, page);
  let heard = 0;
  for (const step of ['pages', 'seal'] as const) {
    for (const how of ['--cancel', 'SIGINT', 'SIGKILL'] as const) {
      let arrive = (): void => {};
      let goOn = (): void => {};
      const arrived = new Promise<void>((resolve) => (arrive = resolve));
      const free = new Promise<void>((resolve) => (goOn = resolve));
      middleman.hook = async (at, when) => {
        if (at !== step || when !== 'before') return;
        arrive();
        await free;
      };
      const moving = first.run('lease', 'move', 'guest', '--to', middleman.path);
      await arrived;
      expect(leasesOf(second).map(({ state }) => state)).toEqual(['incoming']);
      const cancelled =
        how === '--cancel' ? first.run('lease', 'move', 'guest', '--cancel').ended : null;
      if (how !== '--cancel') moving.child.kill(how);
      // The daemon must have heard of it before the step goes on.
      const wishes = ++heard;
      await until('the wish has arrived', () => giveUps(first) === wishes);
      middleman.hook = () => {};
      goOn();
      expect((await moving.ended).status).not.toBe(0);
      if (cancelled !== null) expect(await cancelled).toMatchObject({ status: 0, stderr: '' });
      await until('nothing is coming', () => leasesOf(second).length === 0);
      expect(stateOf(first, 'guest')).toBe('lending');
      expect((await client.read(0, PAGE_BYTES)).equals(page)).toBe(true);
    }
  }
  await move(first, middleman.path);
  expect(stateOf(second, 'guest')).toBe('lending');
});

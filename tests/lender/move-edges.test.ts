// Moves and saves at their edges: a daemon that stops after a move, orders that come during one, a
// lender that hangs, and force against a lender that is there.

import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type Lender, startLender } from './daemon.ts';
import { adminSocket, leasesOf, Middleman, type Step, stateOf, until } from './moving.ts';
import { makePage, PAGE_BYTES, Random } from './pages.ts';

const SIZE = '8MiB';
/** Below the time after which a lender that does not answer is given up. */
const BEFORE_TIMEOUT_MS = 25_000;
const scratch = mkdtempSync(join(tmpdir(), 'pagelend-edges-'));
const middlemen: Middleman[] = [];

afterAll(async () => {
  for (const middleman of middlemen) await middleman.close();
  rmSync(scratch, { recursive: true, force: true });
});

async function pair(): Promise<{ first: Lender; second: Lender; middleman: Middleman }> {
  const first = await startLender({ leases: { guest: SIZE } });
  const second = await startLender({ leases: {} });
  const middleman = new Middleman(second, join(scratch, `${middlemen.length}.sock`));
  middlemen.push(middleman);
  await middleman.open();
  return { first, second, middleman };
}

/** Stops a move at a step; `arrived` settles when it is there. */
function stopAt(middleman: Middleman, step: Step): { arrived: Promise<void>; goOn: () => void } {
  let goOn = (): void => {};
  const free = new Promise<void>((resolve) => (goOn = resolve));
  const arrived = new Promise<void>((resolve) => {
    middleman.hook = async (at, when) => {
      if (at !== step || when !== 'before') return;
      resolve();
      await free;
    };
  });
  return { arrived, goOn };
}

test('the old path leads to the lease after the daemon that gave it away has stopped', async () => {
  const { first, second } = await pair();
  const client = await first.connect('guest');
  const page = makePage(new Random(1), 'text');
  await client.write(0, page);
  first.verb('lease', 'move', 'guest', '--to', second.stateDir);
  expect(await first.stop()).toBe(0);
  const again = await first.connect('guest');
  expect((await again.read(0, PAGE_BYTES)).equals(page)).toBe(true);
  await again.disconnect();
  await first.start();
  first.verb('lease', 'delete', 'guest');
  await expect(first.connect('guest')).rejects.toThrow();
  expect(stateOf(second, 'guest')).toBe('lending');
});

test('limit and clients are not changed during a move that would not carry them', async () => {
  const { first, second, middleman } = await pair();
  const { arrived, goOn } = stopAt(middleman, 'seal');
  const moving = first.run('lease', 'move', 'guest', '--to', middleman.path);
  await arrived;
  expect(() => first.verb('lease', 'limit', 'guest', '4MiB')).toThrow('DAEMON_LEASE_BUSY');
  expect(() => first.verb('lease', 'clients', 'guest', 'host7')).toThrow('DAEMON_LEASE_BUSY');
  goOn();
  expect(await moving.ended).toMatchObject({ status: 0, stderr: '' });
  second.verb('lease', 'limit', 'guest', '4MiB');
  second.verb('lease', 'delete', 'guest');
  // Nothing is left that says how it came.
  expect(readdirSync(join(second.stateDir, 'leases'))).toEqual([]);
});

test(
  'a lender that hangs keeps neither the guest nor whoever cancels waiting',
  async () => {
    const { first, middleman } = await pair();
    const client = await first.connect('guest');
    await client.write(0, makePage(new Random(2), 'noise'));
    for (const step of ['pages', 'seal'] as const) {
      const { arrived, goOn } = stopAt(middleman, step);
      const moving = first.run('lease', 'move', 'guest', '--to', middleman.path);
      await arrived;
      const held = client.read(0, PAGE_BYTES);
      expect(await first.run('lease', 'move', 'guest', '--cancel').ended).toMatchObject({
        status: 0,
        stderr: '',
      });
      await held;
      expect((await moving.ended).stderr).toMatch(/\[DAEMON_MOVE_CANCELLED\]\n$/);
      goOn();
    }
    expect(stateOf(first, 'guest')).toBe('lending');
    await client.disconnect();
  },
  BEFORE_TIMEOUT_MS,
);

test('force does not take a lease back from a lender that says that it has it', async () => {
  const { first, second, middleman } = await pair();
  let isHeard = false;
  middleman.hook = (step, when) => {
    if (step === 'drop') isHeard = true;
    // It has committed, and the answer is lost.
    if (step === 'commit' && when === 'after' && !isHeard) throw new Error('lost');
  };
  const moving = first.run('lease', 'move', 'guest', '--to', middleman.path);
  await until('it waits', () => first.said.includes('a move is not settled'));
  expect(stateOf(first, 'guest')).toBe('moving');
  const forced = await first.run('lease', 'move', 'guest', '--cancel', '--force').ended;
  expect(forced.stderr).toMatch(/\[DAEMON_LEASE_MOVED\]\n$/);
  expect((await moving.ended).status).toBe(0);
  expect([stateOf(first, 'guest'), stateOf(second, 'guest')]).toEqual(['moved', 'lending']);
});

test('a lender that cannot write the lease down says so, and the guest goes on', async () => {
  const { first, second } = await pair();
  const client = await first.connect('guest');
  const page = makePage(new Random(3), 'half');
  await client.write(0, page);
  const inTheWay = join(second.stateDir, 'leases', 'guest.json');
  mkdirSync(join(inTheWay, 'something'), { recursive: true });
  const refused = await first.run('lease', 'move', 'guest', '--to', second.stateDir).ended;
  expect(refused.stderr).toMatch(/guest\.json: cannot be written.*\[DAEMON_MOVE_CANCELLED\]\n$/);
  expect((await client.read(0, PAGE_BYTES)).equals(page)).toBe(true);
  expect([stateOf(first, 'guest'), stateOf(second, 'guest')]).toEqual(['lending', 'none']);
  rmSync(inTheWay, { recursive: true });
  first.verb('lease', 'move', 'guest', '--to', second.stateDir);
  expect(stateOf(second, 'guest')).toBe('lending');
});

test('who asks for a saved lease without its body holds nothing', async () => {
  const { first } = await pair();
  const client = await first.connect('guest');
  const status = await new Promise((resolve, reject) => {
    const path = '/v1/leases/guest/file?pause_seconds=600';
    const asked = request({ socketPath: adminSocket(first), method: 'HEAD', path });
    asked.on('response', (response) => resolve(response.statusCode));
    asked.on('error', reject);
    asked.end();
  });
  expect(status).toBe(400);
  await client.read(0, PAGE_BYTES);
  expect(leasesOf(first)[0]!.state).toBe('lending');
  first.verb('lease', 'limit', 'guest', '4MiB');
  await client.disconnect();
});

// Parts of moves by themselves: whether a socket is of this machine, doors that are opened once, the
// way into a lease over the admin socket.

import { mkdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Hono } from 'hono';
import { afterEach, expect, test } from 'vitest';
import { nbdUpgrade } from '../src/api/nbd-upgrade.ts';
import { openApi } from '../src/api/server.ts';
import { newDoorCounts } from '../src/handshake-room.ts';
import { LeaseDefinitions, newDefinition } from '../src/lease-definitions.ts';
import { newEntry, openOnce } from '../src/lease-entry.ts';
import { Lender } from '../src/lender.ts';
import { silentLog } from '../src/logs.ts';
import { isHere } from '../src/transfers/incoming.ts';
import { adminSocketOf } from '../src/transfers/target.ts';
import { FakeDataPlane, FakePool, noRelay } from './fakes.ts';
import { temporaryFolder } from './folder.ts';

const root = temporaryFolder();
const HANDSHAKES_MAX = 2;
const GREETING_BYTES = 18;
const sockets: Socket[] = [];

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

test('a socket is here if it is the same file, and what cannot be looked at is not', () => {
  const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  const { dev, ino } = statSync(root, { bigint: true });
  const place = { path: root, bootId, device: String(dev), inode: String(ino) };
  expect(isHere(place)).toBe(true);
  expect(isHere({ ...place, inode: '1' })).toBe(false);
  expect(isHere({ ...place, bootId: 'another' })).toBe(false);
  expect(isHere({ ...place, path: join(root, 'nothing') })).toBe(false);
  symlinkSync('round', join(root, 'round'));
  expect(isHere({ ...place, path: join(root, 'round') })).toBe(false);
  expect(isHere({ ...place, path: `/${'x'.repeat(5000)}` })).toBe(false);
});

test('a way to another lender that cannot be looked at is refused with what to give', () => {
  expect(adminSocketOf(root)).toBe(join(root, 'admin.sock'));
  expect(adminSocketOf(join(root, 'nothing'))).toBe(join(root, 'nothing'));
  for (const path of ['/dev/null/lender', `/${'x'.repeat(300)}`]) {
    expect(() => adminSocketOf(path)).toThrow(
      /cannot be looked at by the daemon: E.*state directory/,
    );
  }
});

test('a door is opened once, also for two who ask at the same time, and anew after a failure', async () => {
  const entry = newEntry(newDefinition('web', 4096, null), null);
  const doors: { isClosed: boolean }[] = [];
  let failure: Error | null = new Error('no descriptors');
  const openDoor = async () => {
    await sleep(1);
    if (failure !== null) throw failure;
    const door = { isClosed: false, close: async () => void (door.isClosed = true) };
    doors.push(door);
    return door;
  };
  await expect(openOnce(entry, openDoor)).rejects.toThrow('no descriptors');
  failure = null;
  await Promise.all([openOnce(entry, openDoor), openOnce(entry, openDoor)]);
  await openOnce(entry, openDoor);
  expect(doors).toEqual([expect.objectContaining({ isClosed: false })]);
});

test('handshakes over the admin socket are limited as at the own socket of the lease', async () => {
  const folder = join(root, 'upgrade');
  mkdirSync(folder);
  const lender = new Lender({
    pool: new FakePool(),
    dataPlane: new FakeDataPlane(),
    definitions: new LeaseDefinitions(folder),
    log: silentLog,
    connectionsMax: 8,
    leaseConnectionsMax: 8,
    relay: noRelay,
    openDoor: async () => ({ close: async () => {} }),
  });
  await lender.create('web', 4096, null);
  const closing = new AbortController();
  const counts = newDoorCounts();
  const rest = { handshakesMax: HANDSHAKES_MAX, negotiationTimeoutMs: 60_000, tls: null };
  const options = { lender, counts, log: silentLog, ...rest };
  const path = join(folder, 'admin.sock');
  const api = await openApi({ path }, new Hono(), nbdUpgrade(options, closing.signal));
  const first = await greeted(path);
  const gone = new Promise((resolve) => first.once('close', resolve));
  for (let i = 0; i < HANDSHAKES_MAX; i++) await greeted(path);
  // The oldest that has said nothing gives way.
  await gone;
  closing.abort();
  await api.close();
  await lender.stop();
});

/** A client that has been greeted and says nothing. */
function greeted(path: string): Promise<Socket> {
  const socket = connect(path);
  sockets.push(socket);
  socket.on('error', () => {});
  socket.write(
    'GET /v1/leases/web/nbd HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: nbd\r\n\r\n',
  );
  return new Promise((resolve, reject) => {
    let heard = Buffer.alloc(0);
    socket.once('close', () => reject(new Error('hung up')));
    socket.on('data', (part) => {
      heard = Buffer.concat([heard, part]);
      const end = heard.indexOf('\r\n\r\n');
      if (end >= 0 && heard.length >= end + 4 + GREETING_BYTES) resolve(socket);
    });
  });
}

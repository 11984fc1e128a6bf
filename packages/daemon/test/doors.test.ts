// Clients at real sockets, up to the moment at which their socket leaves Node: no byte is lost or
// read too many, whatever comes in one piece or in many, and no client's behaviour harms another's.

import { mkdirSync, readSync, statSync, writeSync } from 'node:fs';
import type { NetConnectOpts } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Handover } from '../src/contract.ts';
import { type OpenDoor, openLeaseDoor, openTcpDoor } from '../src/doors.ts';
import { leaseOfExport, listedExports, tcpKind } from '../src/export-names.ts';
import { type DoorCounts, type DoorOptions, newDoorCounts } from '../src/handshake-room.ts';
import { LeaseDefinitions } from '../src/lease-definitions.ts';
import { Lender } from '../src/lender.ts';
import { silentLog } from '../src/logs.ts';
import { FakeDataPlane, FakePool, noRelay } from './fakes.ts';
import { temporaryFolder } from './folder.ts';
import {
  CLIENT_FLAGS,
  goOption,
  listOption,
  NbdClient,
  REP_ACK,
  REP_ERR_POLICY,
  REP_ERR_UNKNOWN,
  REP_SERVER,
} from './nbd-client.ts';

const root = temporaryFolder();
const HANDSHAKES_MAX = 4;
const TIMEOUT_MS = 60_000;
const SHORT_MS = 100;
const LEASE_BYTES = 1 << 20;

let folder = '';
let folders = 0;
let plane: FakeDataPlane;
let lender: Lender;
let counts: DoorCounts;
let options: DoorOptions;
let tcp: OpenDoor | null = null;
let clients: NbdClient[] = [];

beforeEach(async () => {
  folder = join(root, String(folders++));
  mkdirSync(folder);
  plane = new FakeDataPlane();
  counts = newDoorCounts();
  const definitions = new LeaseDefinitions(folder);
  lender = new Lender({
    pool: new FakePool(),
    dataPlane: plane,
    definitions,
    log: silentLog,
    connectionsMax: 3,
    relay: noRelay,
    leaseConnectionsMax: 2,
    openDoor: ({ name }) =>
      openLeaseDoor(name, socketOf(name), { mode: 0o660, groupId: null }, options),
  });
  options = {
    lender,
    counts,
    log: silentLog,
    handshakesMax: HANDSHAKES_MAX,
    negotiationTimeoutMs: TIMEOUT_MS,
    tls: null,
  };
  await lender.create('web', LEASE_BYTES, null);
});

afterEach(async () => {
  for (const client of clients) client.destroy();
  clients = [];
  await tcp?.close();
  tcp = null;
  await lender.stop();
});

function socketOf(name: string): string {
  return join(folder, `${name}.sock`);
}

function visit(where: NetConnectOpts = { path: socketOf('web') }): NbdClient {
  const client = new NbdClient(where);
  clients.push(client);
  return client;
}

async function tcpClient(host: string): Promise<NbdClient> {
  tcp ??= await openTcpDoor({ host, port: 0 }, false, options);
  return visit({ host: '127.0.0.1', port: tcp.address!.port });
}

/** Says something after the greeting and waits until it was heard. */
async function speak(client: NbdClient): Promise<void> {
  client.socket.write(Buffer.concat([CLIENT_FLAGS, listOption()]));
  await client.replies();
}

/** The handover of the n-th client, once it has come. */
async function handover(index = 0): Promise<Handover> {
  while (plane.handovers.length <= index) await sleep(5);
  return plane.handovers[index]!;
}

/** Reads exactly so many bytes from a socket that does not block. */
async function readAll(fd: number, bytes: number): Promise<Buffer> {
  const all = Buffer.alloc(bytes);
  for (let at = 0; at < bytes; ) {
    try {
      const count = readSync(fd, all, at, bytes - at, null);
      if (count === 0) return all.subarray(0, at);
      at += count;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      await sleep(2);
    }
  }
  return all;
}

describe('a handshake', () => {
  test('ends in the data plane, and the socket works in both directions', async () => {
    const client = visit();
    expect((await client.greeting()).toString('latin1', 0, 16)).toBe('NBDMAGICIHAVEOPT');
    client.socket.write(Buffer.concat([CLIENT_FLAGS, goOption('web')]));
    const replies = await client.replies();
    expect(replies.at(-1)!.type).toBe(REP_ACK);
    expect(replies[0]!.data.readBigUInt64BE(2)).toBe(BigInt(LEASE_BYTES));
    const { fd, lease, isStructured, leftover } = await handover();
    expect({ bytes: lease.bytes, isStructured, left: leftover.length }).toEqual({
      bytes: LEASE_BYTES,
      isStructured: false,
      left: 0,
    });
    client.socket.write('request');
    expect(String(await readAll(fd, 7))).toBe('request');
    writeSync(fd, 'answer');
    expect(String(await client.take(6))).toBe('answer');
    expect(lender.lease('web').connections).toMatchObject([{ transport: 'unix', peer: null }]);
    plane.finish(1, 'closed');
    await client.closed();
    expect(lender.lease('web').connections).toEqual([]);
  });

  test.each([1, 3, 50, 5000])('loses no byte that follows in pieces of %d', async (piece) => {
    const request = Buffer.from(Array.from({ length: 20_000 }, (_, index) => index % 251));
    const all = Buffer.concat([CLIENT_FLAGS, goOption('web'), request]);
    const client = visit();
    client.socket.setNoDelay(true);
    const step = Math.max(piece, 1);
    // The first bytes one by one or as asked; the many that follow in larger ones.
    const head = Math.min(200, all.length);
    for (let at = 0; at < head; at += step) {
      client.socket.write(all.subarray(at, Math.min(at + step, head)));
      if (piece < 50 && at % 9 === 0) await sleep(1);
    }
    client.socket.write(all.subarray(head));
    const { fd, leftover } = await handover();
    const rest = await readAll(fd, request.length - leftover.length);
    expect(Buffer.concat([leftover, rest]).equals(request)).toBe(true);
  });

  test('that is hung up at any byte harms nobody', async () => {
    const all = Buffer.concat([CLIENT_FLAGS, listOption(), goOption('web'), Buffer.alloc(28)]);
    for (let count = 0; count <= all.length; count++) {
      const client = visit();
      if (count % 2 === 0) await client.greeting();
      client.socket.write(all.subarray(0, count));
      if (count % 3 === 0) client.socket.end();
      else client.destroy();
      while (counts.handshakes <= count || counts.openHandshakes > 0) await sleep(1);
      for (let id = 1; id <= plane.handovers.length; id++) plane.finish(id, 'disconnected');
    }
    expect(plane.handovers.length).toBeGreaterThan(0);
    const client = visit();
    await client.greeting();
    client.socket.write(Buffer.concat([CLIENT_FLAGS, goOption('web')]));
    expect((await client.replies()).at(-1)!.type).toBe(REP_ACK);
  });

  test('that breaks the protocol ends its own connection', async () => {
    const client = visit();
    await client.greeting();
    client.socket.write(Buffer.concat([CLIENT_FLAGS, Buffer.alloc(16, 0x55)]));
    await client.closed();
    while (counts.failedHandshakes === 0) await sleep(5);
    expect(plane.handovers).toEqual([]);
  });

  test('that stands still is ended in time', async () => {
    options = { ...options, negotiationTimeoutMs: SHORT_MS };
    await lender.create('slow', LEASE_BYTES, null);
    const client = visit({ path: socketOf('slow') });
    client.socket.write(CLIENT_FLAGS);
    await client.closed();
    while (counts.openHandshakes > 0) await sleep(5);
    expect(counts.failedHandshakes).toBe(1);
  });
});

describe('limits', () => {
  test('handshakes past the limit are closed at once, and those before go on', async () => {
    const first = Array.from({ length: HANDSHAKES_MAX }, () => visit());
    for (const client of first) {
      await client.greeting();
      await speak(client);
    }
    const late = visit();
    expect(await late.greeting()).toHaveLength(0);
    expect(counts.refusedConnections).toBe(1);
    first[0]!.socket.write(goOption('web'));
    expect((await first[0]!.replies()).at(-1)!.type).toBe(REP_ACK);
  });

  test('the oldest handshake of a client that says nothing gives way to a newcomer', async () => {
    const first = Array.from({ length: HANDSHAKES_MAX }, () => visit());
    for (const client of first) await client.greeting();
    await speak(first[0]!);
    const late = visit();
    await late.greeting();
    await speak(late);
    await first[1]!.closed();
    expect({ refused: counts.refusedConnections, open: counts.openHandshakes }).toEqual({
      refused: 0,
      open: HANDSHAKES_MAX,
    });
    for (const client of [first[0]!, late]) {
      client.socket.write(goOption('web'));
      expect((await client.replies()).at(-1)!.type).toBe(REP_ACK);
    }
  });

  test('one address cannot take the handshakes of all', async () => {
    options = { ...options, handshakesMax: 5 };
    await tcpClient('127.0.0.1');
    const { port } = tcp!.address!;
    const from = (localAddress: string) => visit({ host: '127.0.0.1', port, localAddress });
    const greedy = Array.from({ length: 4 }, () => from('127.0.0.2'));
    for (const client of greedy) {
      await client.greeting();
      await speak(client);
    }
    expect(await from('127.0.0.2').greeting()).toHaveLength(0);
    const guest = from('127.0.0.3');
    await guest.greeting();
    await speak(guest);
    guest.socket.write(goOption('web'));
    expect((await guest.replies()).at(-1)!.type).toBe(REP_ACK);
  });

  test('a lease with its clients is unknown to more, and known again when one leaves', async () => {
    for (let index = 0; index < 2; index++) {
      const client = visit();
      client.socket.write(Buffer.concat([CLIENT_FLAGS, goOption('web')]));
      await handover(index);
    }
    const third = visit();
    await third.greeting();
    third.socket.write(Buffer.concat([CLIENT_FLAGS, goOption('web')]));
    expect((await third.replies()).at(-1)!.type).toBe(REP_ERR_UNKNOWN);
    plane.finish(1, 'closed');
    await sleep(5);
    third.socket.write(goOption('web'));
    expect((await third.replies()).at(-1)!.type).toBe(REP_ACK);
  });
});

describe('doors', () => {
  test('have the permissions that were set, and close without a trace', async () => {
    expect(statSync(socketOf('web')).mode & 0o777).toBe(0o660);
    const client = visit();
    await client.greeting();
    await lender.delete('web', false);
    await client.closed();
    expect(() => statSync(socketOf('web'))).toThrow(/ENOENT/);
  });

  test('TCP on loopback: names alone, and a list', async () => {
    await lender.create('db', 4096, null);
    const client = await tcpClient('127.0.0.1');
    await client.greeting();
    client.socket.write(Buffer.concat([CLIENT_FLAGS, listOption()]));
    const listed = (await client.replies()).filter(({ type }) => type === REP_SERVER);
    expect(listed.map(({ data }) => String(data.subarray(4)))).toEqual(['db', 'web']);
    client.socket.write(goOption('none'));
    expect((await client.replies()).at(-1)!.type).toBe(REP_ERR_UNKNOWN);
    client.socket.write(goOption('db'));
    expect((await client.replies()).at(-1)!.type).toBe(REP_ACK);
    expect((await handover()).lease.bytes).toBe(4096);
    expect(lender.lease('db').connections[0]!.peer).toMatch(/^127\.0\.0\.1:\d+$/);
  });

  test('TCP on loopback can ask for keys as a network does', () => {
    expect([tcpKind('127.0.0.1', false), tcpKind('127.0.0.1', true)]).toEqual([
      'loopback',
      'network',
    ]);
    expect(tcpKind('10.0.0.1', false)).toBe('network');
  });

  test('TCP on a network: no list, and no lease without its key', async () => {
    const { key } = lender.definition('web')!;
    const client = await tcpClient('0.0.0.0');
    await client.greeting();
    client.socket.write(Buffer.concat([CLIENT_FLAGS, listOption()]));
    expect((await client.replies()).at(-1)!.type).toBe(REP_ERR_POLICY);
    for (const guess of ['web', '', 'web/', `web/${key.slice(1)}`, `web/${key}x`, `x/${key}`]) {
      client.socket.write(goOption(guess));
      expect((await client.replies()).at(-1)!.type, guess).toBe(REP_ERR_UNKNOWN);
    }
    client.socket.write(goOption(`web/${key}`));
    expect((await client.replies()).at(-1)!.type).toBe(REP_ACK);
  });

  test('an address that is taken is told of', async () => {
    await tcpClient('127.0.0.1');
    await expect(openTcpDoor(tcp!.address!, false, options)).rejects.toThrow(
      /tcp:127\.0\.0\.1:\d+: cannot be listened on: EADDRINUSE/,
    );
  });
});

test('export names: which lease they mean at which door', () => {
  const web = lender.definition('web')!;
  const find = (name: string) => (name === 'web' ? web : undefined);
  const door = { kind: 'lease', name: 'web' } as const;
  expect(leaseOfExport(door, '', find)).toBe(web);
  expect(leaseOfExport(door, 'web', find)).toBe(web);
  expect(leaseOfExport(door, 'db', find)).toBeUndefined();
  expect(leaseOfExport({ kind: 'loopback' }, '', find)).toBeUndefined();
  expect(leaseOfExport({ kind: 'loopback' }, `web/${web.key}`, find)).toBe(web);
  expect(leaseOfExport({ kind: 'loopback' }, 'web/guess', find)).toBeUndefined();
  expect(leaseOfExport({ kind: 'network' }, `web/${web.key}/`, find)).toBeUndefined();
  expect(listedExports(door, [web])).toEqual(['web']);
});

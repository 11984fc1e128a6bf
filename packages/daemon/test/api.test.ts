// The API as a contract: the shapes of its answers, what each door permits, how it refuses; through
// the client of the command line on a real socket, and over HTTP.

import { mkdirSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeApi } from '../src/api/app.ts';
import type { DaemonFacts } from '../src/api/facts.ts';
import { isOwnHost } from '../src/api/hosts.ts';
import { type ApiServer, openApi } from '../src/api/server.ts';
import { tierJson } from '../src/api/tier-json.ts';
import { LenderClient } from '../src/client.ts';
import { parseSettings } from '../src/config.ts';
import { newDoorCounts } from '../src/handshake-room.ts';
import { LeaseDefinitions } from '../src/lease-definitions.ts';
import { Lender } from '../src/lender.ts';
import { silentLog } from '../src/logs.ts';
import { daemonMetrics, leaseMetrics, poolMetrics, tierMetrics } from '../src/metrics.ts';
import { renderMetrics } from '../src/metrics-page.ts';
import { Transfers } from '../src/transfers/transfers.ts';
import { FakeDataPlane, FakePool, fakeKeeper, noRelay } from './fakes.ts';
import { temporaryFolder } from './folder.ts';

const folder = temporaryFolder();
const pool = new FakePool();
const plane = new FakeDataPlane();
let lender: Lender;
let facts: DaemonFacts;
let isReady = false;
const servers: ApiServer[] = [];
let port = 0;
const client = new LenderClient(folder);

beforeAll(async () => {
  mkdirSync(join(folder, 'leases'));
  const definitions = new LeaseDefinitions(join(folder, 'leases'));
  lender = new Lender({
    pool,
    dataPlane: plane,
    definitions,
    log: silentLog,
    connectionsMax: 4,
    relay: noRelay,
    leaseConnectionsMax: 4,
    openDoor: async () => ({ close: async () => {} }),
  });
  facts = {
    lender,
    keeper: null,
    judge: null,
    transfers: new Transfers(
      { lender, pool, definitions, lenderId: 'a test', log: silentLog },
      join(folder, 'admin.sock'),
    ),
    doors: newDoorCounts(),
    settings: parseSettings({ 'state-dir': folder, memory: '1GiB' }),
    poolDir: '/dev/shm/x',
    listen: { host: '0.0.0.0', port: 10_809 },
    http: null,
    hostName: 'lender.example',
    version: '0.1.0',
    startedAt: new Date(0),
    socketPath: (name) => definitions.socketPath(name),
    isReady: () => isReady,
  };
  const open = async (where: Parameters<typeof openApi>[0], boundHost: string | null) => {
    const server = await openApi(where, makeApi({ facts, log: silentLog, boundHost, token: null }));
    servers.push(server);
    return server;
  };
  await open({ path: join(folder, 'admin.sock') }, null);
  port = (await open({ host: '127.0.0.1', port: 0 }, '127.0.0.1')).address!.port;
});

afterAll(() => Promise.all(servers.map((server) => server.close())));

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

function http(path: string, method = 'GET', headers: Record<string, string> = {}, body = '') {
  return new Promise<Answer>((resolve, reject) => {
    const sent = request({ port, host: '127.0.0.1', path, method, headers }, (response) => {
      let text = '';
      response.on('data', (part) => (text += part));
      response.on('end', () =>
        resolve({
          status: response.statusCode!,
          type: String(response.headers['content-type']),
          text,
        }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

describe('over the admin socket', () => {
  test('a lease is made, seen, changed and deleted', async () => {
    const made = await client.create('web', 8192, 4096);
    expect(made).toMatchObject({
      schema: 'pagelend.lease/1',
      lease: { name: 'web', size: 8192, limit_bytes: 4096, connections: 0 },
      connections: [],
    });
    expect((await client.change('web', { size: 16_384 })).lease.size).toBe(16_384);
    expect((await client.change('web', { limit_bytes: null })).lease.limit_bytes).toBeNull();
    await client.delete('web', false);
    expect((await client.leases()).leases).toEqual([]);
  });

  test('the list has all figures under the names that users of zram know', async () => {
    await client.create('fig', 1 << 20, null);
    pool.lease(lender.definition('fig')!.id)!.figures = {
      origDataBytes: 40_960,
      comprDataBytes: 9000,
      memUsedBytes: 12_288,
      storedPages: 10,
      samePages: 3,
      hugePages: 1,
      reads: 5,
      writes: 14,
      failedReads: 1,
      failedWrites: 2,
      trimmedPages: 4,
      behindPages: 6,
      fetchedPages: 7,
      writtenBehindPages: 8,
      cleanLeavings: 9,
    };
    const { schema, leases } = await client.leases();
    expect(schema).toBe('pagelend.leases/1');
    const { id, created_at, ...rest } = leases[0]!;
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(Date.parse(created_at)).toBeGreaterThan(0);
    expect(rest).toEqual({
      name: 'fig',
      size: 1 << 20,
      limit_bytes: null,
      clients: null,
      share: { weight: 1, floor_bytes: 0, cap_bytes: null },
      connections: 0,
      socket: join(folder, 'leases/fig.sock'),
      state: 'lending',
      moves_to: null,
      orig_data_size: 40_960,
      compr_data_size: 9000,
      mem_used_total: 12_288,
      stored_pages: 10,
      same_pages: 3,
      huge_pages: 1,
      num_reads: 5,
      num_writes: 14,
      failed_reads: 1,
      failed_writes: 2,
      trimmed_pages: 4,
      behind_pages: 6,
      fetched_pages: 7,
      written_behind_pages: 8,
      clean_leavings: 9,
    });
    await client.delete('fig', false);
  });

  test('a lease shows its clients and how it is attached', async () => {
    await client.create('web', 8192, null);
    const seat = lender.seat('web');
    if (typeof seat === 'string') throw new Error(seat);
    const handover = {
      fd: -1,
      isStructured: true,
      hasBaseAllocation: false,
      leftover: new Uint8Array(),
    };
    seat.serve(handover, { transport: 'tcp', peer: '192.0.2.7:1234', client: null });
    const { connections, attachment } = await client.lease('web');
    expect(connections).toMatchObject([{ transport: 'tcp', peer: '192.0.2.7:1234' }]);
    const { key } = lender.definition('web')!;
    expect(attachment!.tcp_export).toBe(`web/${key}`);
    expect(attachment!.nbd_client_tcp).toContain(`nbd-client lender.example 10809 /dev/nbd0`);
    expect(attachment!.qemu).toContain(`server.path=${join(folder, 'leases/web.sock')}`);
    await expect(client.delete('web', false)).rejects.toMatchObject({
      code: 'DAEMON_LEASE_ATTACHED',
      message: expect.stringContaining('--force'),
    });
    await client.delete('web', true);
  });

  test('the pool', async () => {
    expect(await client.pool()).toMatchObject({
      schema: 'pagelend.pool/1',
      codec: 'lzo',
      mem_limit: 1 << 30,
      mem_used_total: 0,
      pages_compacted: 0,
      leases: 0,
      full_error: 'EIO',
      listen: 'tcp:0.0.0.0:10809',
      state_dir: folder,
      version: '0.1.0',
    });
  });

  test('errors come with the code and message that they were thrown with', async () => {
    await expect(client.lease('none')).rejects.toMatchObject({ code: 'DAEMON_LEASE_UNKNOWN' });
    await expect(client.create('a b', 4096, null)).rejects.toMatchObject({
      code: 'DAEMON_LEASE_NAME',
    });
    await expect(client.create('a', 5000, null)).rejects.toMatchObject({
      code: 'DAEMON_LEASE_SIZE',
    });
  });

  test.each([
    ['POST', '/v1/leases', '', /the body is not JSON/],
    ['POST', '/v1/leases', '[]', /the body/],
    ['POST', '/v1/leases', '{"name":"a"}', /the body's size/],
    ['POST', '/v1/leases', '{"name":"a","size":4096,"sise":1}', /the body's sise/],
    ['PATCH', '/v1/leases/a', '{"size":"big"}', /the body's size/],
    ['DELETE', '/v1/leases/a?force=yes', '', /force=yes: expected true or false/],
  ])('%s %s %s is refused by what is wrong', async (method, path, body, says) => {
    const app = makeApi({ facts, log: silentLog, boundHost: null, token: null });
    const init = { method, ...(body === '' ? {} : { body }) };
    const answer = await app.request(path, init);
    expect(answer.status).toBe(400);
    const { error } = (await answer.json()) as { error: { code: string; message: string } };
    expect(error).toMatchObject({ code: 'DAEMON_REQUEST', message: expect.stringMatching(says) });
  });

  test('HEAD begins no recording, which nobody would read and nobody end', async () => {
    await client.create('head', 4096, null);
    const app = makeApi({ facts, log: silentLog, boundHost: null, token: null });
    const answer = await app.request('/v1/leases/head/requests', { method: 'HEAD' });
    expect(answer.status).toBe(400);
    expect(plane.rings.size).toBe(0);
    await client.delete('head', false);
  });

  test('a body past all measure is not read', async () => {
    const app = makeApi({ facts, log: silentLog, boundHost: null, token: null });
    const answer = await app.request('/v1/leases', { method: 'POST', body: 'x'.repeat(70_000) });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('a body has at most 65536 bytes');
  });

  test('a bug is no secret in the answer, and none in the log', async () => {
    const logged: object[] = [];
    const log = { ...silentLog, error: (fields: object) => void logged.push(fields) };
    const broken = Object.create(lender, {
      leases: {
        value: () => {
          throw new TypeError('x is not a function');
        },
      },
    }) as Lender;
    const app = makeApi({ facts: { ...facts, lender: broken }, log, boundHost: null, token: null });
    const answer = await app.request('/v1/leases');
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain('not a function');
    expect(JSON.stringify(logged)).toContain('not a function');
  });
});

describe('over HTTP', () => {
  test('health, and readiness once clients are let in', async () => {
    expect(await http('/healthz')).toMatchObject({ status: 200, text: 'ok\n' });
    expect((await http('/readyz')).status).toBe(503);
    isReady = true;
    expect((await http('/readyz')).status).toBe(200);
  });

  test('figures, but nothing that lets anybody attach', async () => {
    await client.create('web', 8192, null);
    const shown = await http('/v1/leases/web');
    expect(JSON.parse(shown.text)).toMatchObject({ schema: 'pagelend.lease/1', attachment: null });
    for (const path of ['/v1/leases/web', '/v1/leases', '/v1/pool', '/metrics']) {
      expect((await http(path)).text).not.toContain(lender.definition('web')!.key);
    }
  });

  test.each([
    ['POST', '/v1/leases', '{"name":"x","size":4096}'],
    ['PATCH', '/v1/leases/web', '{"limit_bytes":4096}'],
    ['DELETE', '/v1/leases/web?force=true', ''],
    ['GET', '/v1/leases/web/requests', ''],
    ['DELETE', '/v1/leases/web/requests', ''],
  ])('%s %s changes nothing', async (method, path, body) => {
    const answer = await http(path, method, {}, body);
    expect(answer.status).toBe(404);
    expect(lender.names()).toEqual(['web']);
    expect(lender.lease('web').definition.limitBytes).toBeNull();
  });

  test('a name that only points here is not served', async () => {
    const answer = await http('/v1/pool', 'GET', { host: 'evil.example' });
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.text).error.code).toBe('DAEMON_REQUEST');
    expect((await http('/v1/pool', 'GET', { host: `localhost:${port}` })).status).toBe(200);
  });

  test('every metric of the table, with the lease as a label', async () => {
    const { status, type, text } = await http('/metrics');
    expect({ status, type }).toEqual({
      status: 200,
      type: 'text/plain; version=0.0.4; charset=utf-8',
    });
    const all = { ...daemonMetrics, ...poolMetrics };
    for (const [name, { kind, says }] of Object.entries({ ...all, ...leaseMetrics })) {
      expect(text).toContain(`# HELP ${name} ${says}\n# TYPE ${name} ${kind}\n`);
      expect(kind === 'counter').toBe(name.endsWith('_total'));
    }
    for (const name of Object.keys(all))
      expect(text).toMatch(new RegExp(`^${name} [0-9.e+]+$`, 'm'));
    for (const name of Object.keys(leaseMetrics)) {
      expect(text).toMatch(new RegExp(`^${name}\\{lease="web"\\} [+0-9.Inf]+$`, 'm'));
    }
    await client.delete('web', false);
    expect((await http('/metrics')).text).not.toContain('lease="web"');
    expect(text).not.toContain('pagelend_tier_');
  });
});

test('with a tier, its metrics and its part of the pool', async () => {
  const tiered = { ...facts, keeper: fakeKeeper('the device said no') };
  const { text } = await renderMetrics(tiered);
  for (const [name, { kind, says }] of Object.entries(tierMetrics)) {
    expect(text).toContain(`# HELP ${name} ${says}\n# TYPE ${name} ${kind}\n`);
    expect(text).toMatch(new RegExp(`^${name} [+0-9.eInf]+$`, 'm'));
    expect(kind === 'counter').toBe(name.endsWith('_total'));
  }
  expect(text).toMatch(/^pagelend_tier_state 2$/m);
  expect(text).toMatch(/^pagelend_tier_bytes 4194304$/m);
  expect(text).toMatch(/^pagelend_tier_free_bytes 3145728$/m);
  expect(text).toMatch(/^pagelend_tier_failed_device_writes_total 7$/m);
  expect(text).toMatch(/^pagelend_tier_write_budget_bytes \+Inf$/m);
  expect(tierJson(tiered)).toMatchObject({
    state: 'failing',
    reason: 'the device said no',
    free_bytes: 3 << 20,
    failed_device_writes: 7,
  });
  expect(tierJson({ keeper: fakeKeeper('full') })).toMatchObject({ state: 'full', reason: null });
  expect(tierJson({ keeper: fakeKeeper(null) })).toMatchObject({ state: 'ok', reason: null });
  // The renderer of the ones without is another.
  expect((await renderMetrics(facts)).text).not.toContain('pagelend_tier_');
});

test('Host headers', () => {
  for (const own of [
    '127.0.0.1:1',
    'localhost',
    'LOCALHOST:80',
    '[::1]:80',
    '192.0.2.1',
    'box:1',
  ]) {
    expect(isOwnHost(own, 'box', 'lender'), own).toBe(true);
  }
  for (const other of [
    undefined,
    '',
    'evil.example',
    'localhost.evil.example',
    'a b',
    'x@y',
    ':80',
  ]) {
    expect(isOwnHost(other, 'box', 'lender'), String(other)).toBe(false);
  }
  // The machine's name where all its addresses are listened on, and only there.
  expect(isOwnHost('Lender:10810', '0.0.0.0', 'lender')).toBe(true);
  expect(isOwnHost('lender', '::', 'lender')).toBe(true);
  expect(isOwnHost('lender', '127.0.0.1', 'lender')).toBe(false);
  expect(isOwnHost('evil.example', '0.0.0.0', 'lender')).toBe(false);
});

describe('where no daemon is', () => {
  test('the client says how to start one', async () => {
    const nowhere = join(folder, 'nowhere');
    await expect(new LenderClient(nowhere).leases()).rejects.toMatchObject({
      code: 'DAEMON_ABSENT',
      message: `no daemon answers at ${nowhere}/admin.sock; start one with pagelend serve --state-dir ${nowhere}`,
    });
  });

  test('but something else answers', async () => {
    const other = join(folder, 'other');
    mkdirSync(other);
    const server = createServer((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nhello'));
    await new Promise<void>((resolve) => server.listen(join(other, 'admin.sock'), resolve));
    await expect(new LenderClient(other).leases()).rejects.toMatchObject({ code: 'DAEMON_ANSWER' });
    server.close();
  });
});

test('the admin socket is for the user of the daemon alone', () => {
  const status = statSync(join(folder, 'admin.sock'));
  expect({ isSocket: status.isSocket(), mode: status.mode & 0o777 }).toEqual({
    isSocket: true,
    mode: 0o600,
  });
});

// What is sent to the API. Whatever the body and the path are: an answer of JSON with a status that the
// caller can do something about, never one that says that the daemon is at fault, and what was refused
// has changed nothing.

import { mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { Hono } from 'hono';
import { makeApi } from '../../../packages/daemon/src/api/app.ts';
import type { DaemonFacts } from '../../../packages/daemon/src/api/facts.ts';
import { parseSettings } from '../../../packages/daemon/src/config.ts';
import { newDoorCounts } from '../../../packages/daemon/src/handshake-room.ts';
import { LeaseDefinitions } from '../../../packages/daemon/src/lease-definitions.ts';
import { Lender } from '../../../packages/daemon/src/lender.ts';
import { silentLog } from '../../../packages/daemon/src/logs.ts';
import { Transfers } from '../../../packages/daemon/src/transfers/transfers.ts';
import { FakeDataPlane, FakePool, noRelay } from '../../../packages/daemon/test/fakes.ts';
import { must, type Target } from '../target.ts';
import { sharedMemoryFolder } from './folders.ts';

/** What the first byte of an input chooses. The longer paths get a part of the body for a name. */
const routes = [
  ['POST', '/v1/leases'],
  ['PATCH', '/v1/leases/held'],
  ['PATCH', '/v1/leases/'],
  ['GET', '/v1/leases/'],
  ['DELETE', '/v1/leases/'],
  ['POST', '/v1/incoming/none/seal'],
  ['POST', '/v1/incoming/none/commit'],
  ['POST', '/v1/incoming/none/pages'],
  ['POST', '/v1/leases/none/move'],
  ['DELETE', '/v1/leases/held/move?force='],
  ['DELETE', '/v1/incoming/none?lender_id='],
  ['GET', '/v1/leases/none/file?pause_seconds='],
  ['POST', '/v1/'],
] as const;
const STATUSES = [200, 201, 400, 404, 409];
const NAME_BYTES = 40;
const LEASES_MAX = 20;

interface Daemon {
  readonly app: Hono;
  readonly lender: Lender;
}

let made: Daemon | undefined;

/** One daemon for many runs, begun anew when it has many leases. */
async function daemon(): Promise<Daemon> {
  if (made !== undefined && made.lender.names().length < LEASES_MAX) return made;
  const folder = mkdtempSync(join(sharedMemoryFolder(), 'state-'));
  mkdirSync(join(folder, 'leases'));
  const definitions = new LeaseDefinitions(join(folder, 'leases'));
  const pool = new FakePool();
  const lender = new Lender({
    ...{ pool, definitions, log: silentLog, relay: noRelay, dataPlane: new FakeDataPlane() },
    ...{ connectionsMax: 4, leaseConnectionsMax: 4 },
    openDoor: async () => ({ close: async () => {} }),
  });
  const parts = { lender, pool, definitions, lenderId: 'fuzz', log: silentLog };
  const facts: DaemonFacts = {
    ...{ lender, transfers: new Transfers(parts, join(folder, 'admin.sock')) },
    ...{ keeper: null, judge: null },
    ...{ doors: newDoorCounts(), poolDir: '/dev/shm/x', listen: null, http: null },
    settings: parseSettings({ 'state-dir': folder, memory: '1GiB' }),
    ...{ hostName: 'lender.example', version: '0.1.0', startedAt: new Date(0) },
    socketPath: (name) => definitions.socketPath(name),
    isReady: () => true,
  };
  const app = makeApi({ facts, log: silentLog, boundHost: null, token: null });
  await lender.create('held', 4096, null, null);
  made = { app, lender };
  return made;
}

async function run(input: Uint8Array): Promise<void> {
  const { app } = await daemon();
  const [method, start] = routes[(input[0] ?? 0) % routes.length]!;
  const rest = Buffer.from(input.subarray(1));
  const isNamed = /[/=]$/.test(start);
  const name = isNamed ? encodeURIComponent(rest.subarray(0, NAME_BYTES).toString('latin1')) : '';
  const body = isNamed ? rest.subarray(NAME_BYTES) : rest;
  const before = await leases(app);
  const response = await app.request(`http://localhost${start}${name}`, {
    method,
    ...(method === 'GET' ? {} : { body }),
  });
  const text = await response.text();
  const about = `${method} ${start}${name}: ${response.status} ${text}`;
  must(STATUSES.includes(response.status), about);
  const answer = JSON.parse(text) as { schema?: string; error?: { code: string; message: string } };
  const isRefused = response.status >= 400;
  must(isRefused === (answer.error !== undefined), `neither an answer nor an error: ${about}`);
  if (isRefused) {
    must(/^[A-Z]+_[A-Z_]+$/.test(answer.error!.code), `a code that is none: ${about}`);
    must(!/\p{Cc}/u.test(answer.error!.message), `a message that steers a terminal: ${about}`);
    must((await leases(app)) === before, `refused, and something changed: ${about}`);
    return;
  }
  must(answer.schema?.startsWith('pagelend.') === true, `an answer without its schema: ${about}`);
  if (method !== 'POST') return;
  const { lease } = answer as unknown as { lease: { name: string; size: number } };
  must((await leases(app)).includes(`"${lease.name}"`), `made, and not there: ${about}`);
  must(lease.size > 0 && lease.size % 4096 === 0, `a size that cannot be: ${about}`);
}

async function leases(app: Hono): Promise<string> {
  return (await app.request('http://localhost/v1/leases')).text();
}

function sent(route: number, text: string, name = ''): Uint8Array {
  const padded = name === '' ? '' : name.padEnd(NAME_BYTES, '.');
  return Buffer.concat([Buffer.from([route]), Buffer.from(padded), Buffer.from(text)]);
}

export const target: Target = {
  bytesMax: 1024,
  words: [
    '"name":',
    '"size":',
    '"limit_bytes":',
    '"clients":',
    '"held"',
    'null',
    '4096',
    '[]',
    '{}',
  ],
  seeds: () => [
    sent(0, '{"name":"web","size":1048576,"limit_bytes":65536,"clients":["cn:web"]}'),
    sent(0, '{"name":"db","size":4096}'),
    sent(1, '{"size":8192,"limit_bytes":null,"clients":null}'),
    sent(2, '{}', 'web'),
    sent(3, '', 'held'),
    sent(4, '', 'web'),
    sent(5, '{"pages":3,"digest":"0123456789abcdef"}'),
    sent(6, '{"lender_id":"fuzz"}'),
    sent(7, 'PAGE'),
    sent(8, '{"to":"/run/other/admin.sock"}'),
    sent(9, '', 'true'),
    sent(10, '', 'fuzz'),
    sent(11, '', '60'),
  ],
  run,
};

// Orders over HTTP: with the token leases are made, changed, shown and deleted; without it the
// figures are all there is.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Lender, startLender } from './daemon.ts';

const TOKEN = 'a-token-of-more-than-32-characters';
const folder = mkdtempSync(join(tmpdir(), 'pagelend-token-'));
let lender: Lender;
let port: number;

beforeAll(async () => {
  const path = join(folder, 'token');
  writeFileSync(path, `${TOKEN}\n`, { mode: 0o600 });
  const args = ['--http', '127.0.0.1:0', '--http-token-file', path];
  lender = await startLender({ leases: { web: '1MiB' }, args });
  port = Number(/http:\/\/127\.0\.0\.1:(\d+)/.exec(lender.said)![1]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Answer {
  readonly status: number;
  readonly json: { attachment?: { qemu: string } | null; error?: { code: string } };
}

function ask(method: string, path: string, body?: object, token?: string): Promise<Answer> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return new Promise((resolve, reject) => {
    const sent = request({ port, host: '127.0.0.1', method, path, headers }, (response) => {
      let text = '';
      response.on('data', (part) => {
        text += part;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode!, json: text === '' ? {} : JSON.parse(text) }),
      );
    });
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

test('orders need the token, and are obeyed with it', async () => {
  const order = { name: 'new', size: 2 ** 20, clients: ['host7'] };
  for (const token of [undefined, '', 'guess', `${TOKEN}x`]) {
    expect((await ask('POST', '/v1/leases', order, token)).status).toBe(401);
    expect((await ask('DELETE', '/v1/leases/web?force=true', undefined, token)).status).toBe(401);
  }
  expect((await ask('POST', '/v1/leases', order, TOKEN)).status).toBe(201);
  expect(lender.verb('lease', 'show', 'new')).toContain('cn:host7');
  const change = { limit_bytes: 4096 };
  expect((await ask('PATCH', '/v1/leases/new', change, TOKEN)).status).toBe(200);
  expect((await ask('DELETE', '/v1/leases/new', undefined, TOKEN)).status).toBe(200);
});

test('what lets a guest attach is shown with the token only', async () => {
  expect((await ask('GET', '/v1/leases/web')).json.attachment).toBeNull();
  expect((await ask('GET', '/v1/leases/web', undefined, 'guess')).json.attachment).toBeNull();
  const { json } = await ask('GET', '/v1/leases/web', undefined, TOKEN);
  expect(json.attachment!.qemu).toContain('driver=nbd');
});

test('what reads or writes elsewhere stays with the admin socket', async () => {
  const routes = ['GET /v1/leases/web/requests', 'GET /v1/leases/web/file'];
  for (const route of [...routes, 'POST /v1/leases/web/move', 'POST /v1/incoming']) {
    const [method = '', path = ''] = route.split(' ');
    const body = method === 'POST' ? {} : undefined;
    expect((await ask(method, path, body, TOKEN)).status, route).toBe(404);
  }
});

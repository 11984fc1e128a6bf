// The token of the admin API over HTTP: which files hold one, and what a header must say.

import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { bearsToken, needsToken, readToken } from '../src/api/token.ts';
import { parseSettings } from '../src/config.ts';
import { temporaryFolder } from './folder.ts';

const folder = temporaryFolder();
const TOKEN = '0123456789abcdef0123456789abcdef';

function file(text: string, mode = 0o600): string {
  const path = join(folder, 'token');
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

test('a token is one line of enough characters, for the eyes of few', () => {
  expect(readToken(file(`${TOKEN}\n`))).toBe(TOKEN);
  expect(readToken(file(TOKEN, 0o640))).toBe(TOKEN);
  expect(() => readToken(file(TOKEN, 0o644))).toThrow(/read by all users; chmod 600/);
  for (const text of ['', 'short', `${TOKEN} two`, `${TOKEN}\n${TOKEN}`, `${TOKEN}é`]) {
    expect(() => readToken(file(text)), text).toThrow(/holds no token of at least 32/);
  }
  expect(() => readToken(join(folder, 'none'))).toThrow(/cannot be read: ENOENT/);
});

test('a header bears the token or it does not', () => {
  expect(bearsToken(`Bearer ${TOKEN}`, TOKEN)).toBe(true);
  expect(bearsToken(`bearer ${TOKEN}`, TOKEN)).toBe(true);
  const wrong = [undefined, '', 'Bearer', 'Bearer ', TOKEN, `Basic ${TOKEN}`, `Bearer ${TOKEN}x`];
  for (const header of [...wrong, `Bearer ${TOKEN.slice(1)}`, `Bearer ${TOKEN} ${TOKEN}`]) {
    expect(bearsToken(header, TOKEN), header).toBe(false);
  }
});

test('what comes after the gate is for bearers, what comes before is for all', async () => {
  const app = new Hono();
  app.get('/figures', (context) => context.text('figures'));
  app.use(needsToken(TOKEN));
  app.post('/orders', (context) => context.text('done'));
  const ask = (path: string, method: string, authorization = '') =>
    app.request(path, { method, headers: { authorization } });
  expect((await ask('/figures', 'GET')).status).toBe(200);
  const refused = await ask('/orders', 'POST', 'Bearer guess');
  expect(refused.status).toBe(401);
  expect(refused.headers.get('www-authenticate')).toBe('Bearer');
  expect((await ask('/orders', 'POST', `Bearer ${TOKEN}`)).status).toBe(200);
});

test('HTTP beyond loopback is asked for by name, and never with a token', () => {
  const given = { memory: '1GiB', 'state-dir': folder, http: '0.0.0.0:1' };
  expect(() => parseSettings(given)).toThrow(/not a loopback address.*--insecure-http/);
  const insecure = { ...given, 'insecure-http': true };
  expect(parseSettings(insecure).http).toEqual({ host: '0.0.0.0', port: 1 });
  const both = { ...insecure, 'http-token-file': '/etc/token' };
  expect(() => parseSettings(both)).toThrow(/the token of --http-token-file would travel/);
  const own = { ...given, http: '127.0.0.1:1', 'http-token-file': '/etc/token' };
  expect(parseSettings(own).httpTokenFile).toBe('/etc/token');
});

// Thirty-two leases at once under mixed work: all get on, none twice as fast as another, the daemon's
// memory does not grow, every page is right. The load itself is bench/load.mjs, which tells the figures.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const LOAD = fileURLToPath(new URL('../../bench/load.mjs', import.meta.url));
const SECONDS = 60;
const LEASES = 32;
const RATIO_MAX = 2;
/** What engines keep for themselves comes and goes; what leaks passes it within the time. */
const GROWTH_BYTES_MAX = 24 * 2 ** 20;

interface Result {
  readonly requests: number;
  readonly perLease: {
    readonly requestsPerSecond: { readonly min: number; readonly ratio: number };
  };
  readonly memory: Readonly<Record<'warm' | 'end', { readonly ownBytes: number }>> & {
    readonly ownBytesMax: number;
  };
  readonly pool: Readonly<Record<string, number>>;
  readonly errors: Readonly<Record<string, number>>;
  readonly wrongPages: number;
}

async function load(...words: string[]): Promise<Result> {
  const args = ['--json', '--leases', String(LEASES), '--seconds', String(SECONDS), ...words];
  const child = spawn(process.execPath, [LOAD, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk));
  const [code] = await once(child, 'close');
  expect(code, `${stderr}\n${stdout}`).toBe(0);
  return JSON.parse(stdout) as Result;
}

test('leases of equal demand get on alike, in bounded memory', { timeout: 600_000 }, async () => {
  const result = await load('--slots', '4096');
  expect(result.errors).toEqual({});
  expect(result.wrongPages).toBe(0);
  const { min, ratio } = result.perLease.requestsPerSecond;
  expect(min).toBeGreaterThan(0);
  expect(ratio).toBeLessThan(RATIO_MAX);
  const { warm, ownBytesMax } = result.memory;
  expect(ownBytesMax - warm.ownBytes).toBeLessThan(GROWTH_BYTES_MAX);
  const {
    mem_used_total: used = 0,
    mem_limit: limit = 0,
    orig_data_size: stored = 0,
  } = result.pool;
  expect(used).toBeGreaterThan(0);
  expect(used).toBeLessThan(Math.min(limit, stored));
});

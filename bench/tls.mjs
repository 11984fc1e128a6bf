// What TLS costs: the lender and nbdkit over TCP on loopback, in the clear and with TLS (x509, client
// certificates), in one run by the same client: nbdcopy, through libnbd and GnuTLS, in requests of a
// page and in order. Each server is one process that offers both. Rounds alternate; a ratio is the
// median of the rounds' ratios.
//
//   node bench/tls.mjs [--rounds 5] [--count 16384] [--depths 1,16] [--ops read,write] [--json]

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { makeCertificates, whyNoCertificates } from './lib/certificates.mjs';
import { cpuMs } from './lib/proc.mjs';
import { median } from './lib/random.mjs';
import { PAGE_BYTES, realPages } from './real-pages.mjs';

const PAGELEND = fileURLToPath(new URL('../packages/cli/bin/pagelend.js', import.meta.url));
const LEASE = 'bench';
const SCRATCH_ROOT = '/dev/shm';
const READY_MS_MAX = 30_000;
const WAYS = ['plaintext', 'tls'];

const { values } = parseArgs({
  options: {
    pages: { type: 'string' },
    count: { type: 'string', default: '16384' },
    rounds: { type: 'string', default: '3' },
    depths: { type: 'string', default: '1,16' },
    ops: { type: 'string', default: 'read,write' },
    json: { type: 'boolean', default: false },
  },
});
const tell = (line) => process.stderr.write(`${line}\n`);
for (const reason of [whyNoCertificates(), whyNoProgram('nbdcopy')]) {
  if (reason !== null) throw new Error(reason);
}

const scratch = mkdtempSync(join(SCRATCH_ROOT, 'pagelend-bench-'));
const image = join(scratch, 'pages.bin');
const running = [];
try {
  makeCertificates(scratch, LEASE);
  const pages = await realPages({ path: values.pages, count: Number(values.count), tell });
  writeFileSync(image, pages);
  running.push(await startPagelend(pages.length));
  if (whyNoProgram('nbdkit') === null) running.push(await startNbdkit(pages.length));
  else tell('nbdkit: skipped, it is not installed');
  for (const server of running) mustRun('nbdcopy', [image, uriOf(server, 'plaintext')]);
  const rounds = [];
  for (let round = 0; round < Number(values.rounds); round++) rounds.push(await oneRound(round));
  print(rounds, pages.length / PAGE_BYTES);
} finally {
  for (const { child } of running) await ended(child);
  rmSync(scratch, { recursive: true, force: true });
}

async function startPagelend(bytes) {
  const port = await freePort();
  const folder = ['--state-dir', join(scratch, 'state'), '--pool-dir', join(scratch, 'pool')];
  const lease = ['--memory', '2G', '--lease', `${LEASE}=${bytes}`];
  const tls = [
    '--listen',
    `tcp:127.0.0.1:${port}`,
    '--tls',
    'allow',
    '--tls-certificates',
    scratch,
  ];
  const words = [PAGELEND, 'serve', ...folder, ...lease, ...tls, '--http', 'off'];
  return ready('pagelend', spawn(process.execPath, words, { stdio: 'ignore' }), port);
}

async function startNbdkit(bytes) {
  const port = await freePort();
  const tls = ['--tls=on', `--tls-certificates=${scratch}`, '--tls-verify-peer'];
  const words = ['-f', '-p', String(port), ...tls, 'memory', String(bytes), 'allocator=malloc'];
  return ready('nbdkit malloc', spawn('nbdkit', words, { stdio: 'ignore' }), port);
}

async function ready(name, child, port) {
  const server = { name, child, pid: child.pid, port };
  for (const end = Date.now() + READY_MS_MAX; Date.now() < end; await sleep(50)) {
    if (child.exitCode !== null) break;
    if (spawnSync('nbdinfo', ['--size', uriOf(server, 'tls')]).status === 0) return server;
  }
  child.kill('SIGKILL');
  throw new Error(`${name} did not start`);
}

function uriOf({ port }, way) {
  const place = `127.0.0.1:${port}/${LEASE}`;
  return way === 'tls' ? `nbds://${place}?tls-certificates=${scratch}` : `nbd://${place}`;
}

/** Load to server and way to figures. */
async function oneRound(round) {
  const results = new Map();
  for (const op of values.ops.split(',')) {
    for (const depth of values.depths.split(',').map(Number)) {
      const load = `${op} depth ${depth}`;
      const turns = running.flatMap((server) => WAYS.map((way) => ({ server, way })));
      const figures = {};
      for (let i = 0; i < turns.length; i++) {
        const { server, way } = turns[(i + round) % turns.length];
        tell(`round ${round + 1}: ${load}, ${server.name}, ${way}`);
        figures[`${server.name} ${way}`] = await copy(server, way, op, depth);
      }
      results.set(load, figures);
    }
  }
  return results;
}

/** Copies the image into the export, or the export to nowhere, by one connection. */
async function copy(server, way, op, depth) {
  const uri = uriOf(server, way);
  const [from, to] = op === 'read' ? [uri, 'null:'] : [image, uri];
  const pace = ['--connections=1', '--threads=1', `--requests=${depth}`];
  const whole = ['--no-extents', '--sparse=0', `--request-size=${PAGE_BYTES}`];
  const cpuBefore = cpuMs(server.pid);
  const begun = performance.now();
  const child = spawn('nbdcopy', [...pace, ...whole, from, to], { stdio: 'inherit' });
  const [status] = await once(child, 'close');
  const ms = performance.now() - begun;
  if (status !== 0) throw new Error(`nbdcopy ended with ${status} at ${server.name}, ${way}`);
  const requests = Number(values.count);
  return {
    requests_per_second: Math.round((requests * 1000) / ms),
    server_cpu_us: Math.round(((cpuMs(server.pid) - cpuBefore) * 1e4) / requests) / 10,
  };
}

/** Ratios are the figure with TLS over that of the same server without. */
function print(rounds, pageCount) {
  const rows = [...rounds[0].keys()].flatMap((load) =>
    running.map(({ name }) => {
      const of = (way, key) =>
        median(rounds.map((round) => round.get(load)[`${name} ${way}`][key]));
      const ratio = (key) => {
        const get = (round) => {
          const [clear, secure] = WAYS.map((way) => round.get(load)[`${name} ${way}`][key]);
          return secure / clear;
        };
        return Math.round(100 * median(rounds.map(get))) / 100;
      };
      return {
        load,
        server: name,
        iops: of('plaintext', 'requests_per_second'),
        iops_tls: of('tls', 'requests_per_second'),
        iops_ratio: ratio('requests_per_second'),
        cpu_us: of('plaintext', 'server_cpu_us'),
        cpu_us_tls: of('tls', 'server_cpu_us'),
        cpu_ratio: ratio('server_cpu_us'),
      };
    }),
  );
  const about = { node: process.version, pages: pageCount, rounds: rounds.length };
  if (values.json) console.log(JSON.stringify({ schema: 'pagelend.bench-tls/1', ...about, rows }));
  else console.table(rows);
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

function mustRun(command, words) {
  const { status, stderr } = spawnSync(command, words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ended with status ${status}: ${stderr}`);
}

function whyNoProgram(program) {
  const { status } = spawnSync('sh', ['-c', 'command -v "$1"', 'sh', program]);
  return status === 0 ? null : `${program} is not installed`;
}

async function ended(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}

// The second half of `npm start`: starts the lender, lends a lease to a real NBD client on this
// machine, moves pages of real processes through it and says what came of it. Then it goes on
// serving while someone looks on.

import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fail, root, say } from './setup.mjs';
import { hasProgram } from './system-packages.mjs';

const PAGE_BYTES = 4096;
const PAGE_COUNT = 32_768;
const PROGRAMS = ['node', 'python', 'cc1plus', 'redis'];
const MEMORY = '1GiB';
const LEASE = 'demo';
const PAGELEND = join(root, 'packages/cli/bin/pagelend.js');

/** Lends, prints the figures on stdout; with `isServing` it lasts until Ctrl-C. */
export async function lend({ isServing, out }) {
  const scratch = mkdtempSync(join(tmpdir(), 'pagelend-start-'));
  process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
  say(`\nTaking pages of real processes (${PROGRAMS.join(', ')}: those that are here)`);
  const { collectPages } = await import('../bench/real-pages.mjs');
  const { bytes } = await collectPages({ count: PAGE_COUNT, programs: PROGRAMS, tell: say });
  const stateDir = join(out, 'lender');
  const daemon = await startDaemon(stateDir);
  try {
    const socket = join(stateDir, 'leases', `${LEASE}.sock`);
    const moved = hasProgram('nbdcopy')
      ? moveByNbdcopy(scratch, bytes, socket)
      : await moveByOwnClient(bytes, socket);
    report(bytes.length, moved, leaseOf(stateDir), daemon.pid);
  } catch (error) {
    daemon.kill('SIGTERM');
    throw error;
  }
  if (isServing) await serveOn(daemon, stateDir);
  else await stopped(daemon, stateDir);
}

async function startDaemon(stateDir) {
  // Always the same size, so that the lease of an earlier run is taken up.
  const lease = `${LEASE}=${PAGE_COUNT * PAGE_BYTES}`;
  const args = ['serve', '--state-dir', stateDir, '--memory', MEMORY, '--lease', lease];
  const shown = [...args, '--http', '127.0.0.1:0', '--log-level', 'warn'];
  say(
    `$ npx pagelend ${shown.map((arg) => (arg.startsWith(root) ? relative('.', arg) : arg)).join(' ')}`,
  );
  const child = spawn(process.execPath, [PAGELEND, ...shown], {
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  child.stderr.on('data', (part) => process.stderr.write(part));
  await new Promise((resolve) => {
    let said = '';
    child.stderr.on('data', (part) => {
      said += part;
      if (/^ready:/m.test(said)) resolve();
    });
    child.once('exit', (status) => fail(`pagelend serve ended with status ${status}`));
  });
  return child;
}

/** libnbd's copier, there and back, with sixteen requests in flight. */
function moveByNbdcopy(scratch, bytes, socket) {
  const [there, back] = [join(scratch, 'pages.bin'), join(scratch, 'back.bin')];
  writeFileSync(there, bytes);
  const uri = `nbd+unix:///${LEASE}?socket=${socket}`;
  const options = ['--connections=2', '--requests=16'];
  const writeMs = timed('nbdcopy', [...options, there, uri]);
  const readMs = timed('nbdcopy', [...options, uri, back]);
  if (!readFileSync(back).subarray(0, bytes.length).equals(bytes))
    fail('what came back is not what was lent: a bug');
  return { client: 'nbdcopy, 2 connections', writeMs, readMs };
}

async function moveByOwnClient(bytes, socket) {
  say('missing: nbdcopy; this installs it: apt-get install -y --no-install-recommends libnbd-bin');
  const { LoadGenerator } = await import('../bench/nbd-load.mjs');
  const slots = bytes.length / PAGE_BYTES;
  const load = new LoadGenerator({ pages: bytes, connectionsMax: 1, slots });
  const server = { name: 'pagelend', socket, exportName: LEASE };
  const began = performance.now();
  await load.fill(server, slots, { isVerified: true });
  const writeMs = performance.now() - began;
  const options = { connections: 1, slots, isVerified: true, op: 'read', depth: 16, ms: 1000 };
  const read = await load.run(server, { ...options, warmUpMs: 0 });
  await load.close();
  if (read.failed + read.mismatched > 0) fail('what came back is not what was lent: a bug');
  const readMs = (slots / read.requestsPerSecond) * 1000;
  return { client: 'the client of bench/nbd-load.mjs', writeMs, readMs };
}

function timed(command, args) {
  const began = performance.now();
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) fail(`${command} ended with status ${status}: ${stderr}`);
  return performance.now() - began;
}

function leaseOf(stateDir) {
  const words = [PAGELEND, 'lease', 'list', '--json', '--state-dir', stateDir];
  const { stdout } = spawnSync(process.execPath, words, { encoding: 'utf8' });
  return JSON.parse(stdout).leases.find(({ name }) => name === LEASE);
}

function report(bytes, { client, writeMs, readMs }, lease, pid) {
  const mib = (count) => `${(count / 2 ** 20).toFixed(1)} MiB`;
  const speed = (ms) => `${Math.round(bytes / 2 ** 20 / (ms / 1000))} MiB/s`;
  const used = lease.mem_used_total;
  const pages = bytes / PAGE_BYTES;
  const rows = [
    ['pages lent', `${pages.toLocaleString('en')} (${mib(bytes)}), all read back and equal`],
    ['client', client],
    ['memory used', `${mib(used)}, tables and fragmentation included`],
    ['ratio', `${(bytes / used).toFixed(2)} (${Math.round(used / pages)} bytes a page)`],
    ['repeating one word', `${lease.same_pages.toLocaleString('en')} pages`],
    ['kept uncompressed', `${lease.huge_pages.toLocaleString('en')} pages`],
    ['written at', speed(writeMs)],
    ['read at', speed(readMs)],
    ["the daemon's own memory", ownMemory(pid)],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  process.stdout.write('\nLent memory\n');
  for (const [name, value] of rows) process.stdout.write(`  ${name.padEnd(width)}  ${value}\n`);
}

/** What the process takes besides the pages: the part of its memory that is no shared mapping. */
function ownMemory(pid) {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kib = (name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0);
  const [own, code] = [kib('RssAnon'), kib('RssFile')].map((count) => (count / 1024).toFixed(0));
  return `${own} MiB, and ${code} MiB of program files`;
}

async function serveOn(daemon, stateDir) {
  const where = `--state-dir ${relative(process.cwd(), stateDir) || '.'}`;
  say(`\nStill lending, until Ctrl-C. In another terminal: npx pagelend top ${where}`);
  say(`  npx pagelend lease show ${LEASE} ${where}     lines that attach it to a guest`);
  // Ctrl-C reaches the daemon as well, which keeps the pages and ends.
  process.on('SIGINT', () => {});
  daemon.removeAllListeners('exit');
  await new Promise((resolve) => daemon.once('exit', resolve));
  say(
    `\nThe pages are kept, and the same command finds them again. To give up their memory, start it`,
  );
  say(`and run npx pagelend lease delete ${LEASE} ${where}`);
}

/** Ends it and frees the memory, which would be kept otherwise. */
async function stopped(daemon, stateDir) {
  spawnSync(process.execPath, [PAGELEND, 'lease', 'delete', LEASE, '--state-dir', stateDir]);
  daemon.removeAllListeners('exit');
  const exited = new Promise((resolve) => daemon.once('exit', resolve));
  daemon.kill('SIGTERM');
  await exited;
}

// The servers that are measured side by side, each started on a unix socket of its own with its
// defaults and ended by process id: pagelend, nbdkit's memory plugin, qemu-nbd on a file in memory.

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const PAGELEND = fileURLToPath(new URL('../../packages/cli/bin/pagelend.js', import.meta.url));
/** In memory, so that a pool placed beside its state needs no clearing up of its own. */
const SCRATCH_ROOT = '/dev/shm';
const READY_MS_MAX = 30_000;
const STOP_MS_MAX = 20_000;
const QEMU_CLIENTS_MAX = 16;
const LEASE = 'bench';

/** Server names to how they are started for an export of `bytes`. */
export const servers = {
  pagelend: (bytes, options) => pagelend(bytes, options),
  'nbdkit zstd': (bytes) => nbdkit('nbdkit zstd', bytes, 'zstd'),
  'nbdkit malloc': (bytes) => nbdkit('nbdkit malloc', bytes, 'malloc'),
  'nbdkit sparse': (bytes) => nbdkit('nbdkit sparse', bytes, 'sparse'),
  'qemu-nbd tmpfs': (bytes) => qemuNbd(bytes),
};

const programOf = (name) => ({ nbdkit: 'nbdkit', 'qemu-nbd': 'qemu-nbd' })[name.split(' ')[0]];

/** Null, or why this server cannot be had here. */
export function whyNoServer(name) {
  const program = programOf(name);
  if (program === undefined) {
    const { stdout } = spawnSync(process.execPath, [PAGELEND, 'serve', '--help']);
    return stdout.includes('pagelend serve') ? null : 'this build has no verb serve';
  }
  const { status } = spawnSync('sh', ['-c', 'command -v "$1"', 'sh', program]);
  return status === 0 ? null : `${program} is not installed`;
}

/** Starts one; gives name, version, pid, socket, exportName, and `stop`. */
export function startServer(name, bytes, options = {}) {
  return servers[name](bytes, options);
}

async function pagelend(bytes, { memory = '4G', args = [] }) {
  const scratch = mkdtempSync(join(SCRATCH_ROOT, 'pagelend-bench-'));
  const lease = `${LEASE}=${bytes}`;
  const stateDir = ['--state-dir', scratch];
  const command = [PAGELEND, 'serve', ...stateDir, '--memory', memory, '--lease', lease];
  const child = begin(process.execPath, [...command, '--http', 'off', ...args]);
  const socket = join(scratch, 'leases', `${LEASE}.sock`);
  const version = `pagelend ${firstLine(process.execPath, [PAGELEND, '--version'])}`;
  const server = await ready('pagelend', child, scratch, { socket, exportName: LEASE, version });
  const usage = () => {
    const words = [PAGELEND, 'lease', 'list', '--json', ...stateDir];
    return JSON.parse(execFileSync(process.execPath, words, { encoding: 'utf8' })).leases[0];
  };
  return { ...server, scratch, usage };
}

function nbdkit(name, bytes, allocator) {
  const scratch = mkdtempSync(join(SCRATCH_ROOT, 'pagelend-bench-'));
  const socket = join(scratch, 'nbd.sock');
  const args = ['-f', '-U', socket, 'memory', String(bytes), `allocator=${allocator}`];
  const version = firstLine('nbdkit', ['--version']);
  return ready(name, begin('nbdkit', args), scratch, { socket, exportName: '', version });
}

function qemuNbd(bytes) {
  const scratch = mkdtempSync(join(SCRATCH_ROOT, 'pagelend-bench-'));
  const socket = join(scratch, 'nbd.sock');
  const file = join(scratch, 'disk.raw');
  writeFileSync(file, '');
  truncateSync(file, bytes);
  const shared = ['-t', '-e', String(QEMU_CLIENTS_MAX)];
  const child = begin('qemu-nbd', ['-k', socket, ...shared, '-f', 'raw', '--discard=unmap', file]);
  const version = firstLine('qemu-nbd', ['--version']);
  return ready('qemu-nbd tmpfs', child, scratch, { socket, exportName: '', version });
}

function firstLine(command, args) {
  return execFileSync(command, args, { encoding: 'utf8' }).split('\n')[0];
}

/** Those that run, so that a bench that is interrupted leaves neither processes nor memory behind. */
const open = new Map();
process.on('exit', () => {
  for (const [child, scratch] of open) {
    child.kill('SIGKILL');
    rmSync(scratch, { recursive: true, force: true });
  }
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

/** The child with what it says on stderr kept, for the case that it does not start. */
function begin(command, args) {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  child.said = '';
  child.stderr.on('data', (chunk) => {
    child.said = (child.said + chunk).slice(-4000);
  });
  child.on('error', () => {});
  return child;
}

async function ready(name, child, scratch, rest) {
  open.set(child, scratch);
  const stop = () => ended(child, scratch);
  for (const end = Date.now() + READY_MS_MAX; Date.now() < end; await sleep(20)) {
    if (child.exitCode !== null || child.signalCode !== null) break;
    if (await listens(rest.socket)) return { name, pid: child.pid, stop, ...rest };
  }
  await stop();
  throw new Error(`${name} did not start: ${child.said}`);
}

async function listens(socket) {
  const probe = connect(socket);
  try {
    await once(probe, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    probe.destroy();
  }
}

async function ended(child, scratch) {
  if (child.exitCode === null && child.signalCode === null) {
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX);
    await gone;
    clearTimeout(timer);
  }
  open.delete(child);
  rmSync(scratch, { recursive: true, force: true });
}

// The programs whose memory the benches store: started here, filled, stopped while they are read,
// ended by process id. A program that is not installed gives the reason instead.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { familyOf, memoryOf } from './proc.mjs';
import { documentText } from './workloads/document.mjs';
import { recordCommands } from './workloads/records.mjs';
import { templatesText } from './workloads/templates.mjs';

const HEAP_MIB = 96;
const COMPILER_MIB = 220;
const READY_MS_MAX = 90_000;
const BROWSER_SETTLES_MS = 6000;
const BROWSER_FLAGS =
  '--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking ' +
  '--disable-component-update --disable-sync --remote-debugging-port=0';

const workload = (name) => fileURLToPath(new URL(`workloads/${name}`, import.meta.url));
const modules = fileURLToPath(new URL('../../node_modules', import.meta.url));

/** Each starts its program with a scratch folder and resolves, once it is full, to its process. */
export const sources = {
  async node() {
    return started(process.execPath, [workload('heap.mjs'), modules, String(HEAP_MIB)]);
  },
  async python() {
    return started('/usr/bin/python3', [workload('heap.py'), String(HEAP_MIB)]);
  },
  async cc1plus(scratch) {
    const source = join(scratch, 'templates.cc');
    writeFileSync(source, templatesText());
    const child = begin('g++', ['-S', '-O2', source, '-o', '/dev/null']);
    await until(() => anonymousBytesOf(child) > COMPILER_MIB * 2 ** 20, child);
    return child;
  },
  async redis(scratch) {
    const path = join(scratch, 'redis.sock');
    const child = begin('redis-server', ['--port', '0', '--unixsocket', path, '--save', '']);
    const socket = await connected(path, child);
    for (const chunk of recordCommands()) if (!socket.write(chunk)) await once(socket, 'drain');
    socket.end('*1\r\n$4\r\nQUIT\r\n');
    socket.resume();
    await once(socket, 'close');
    return child;
  },
  async chromium(scratch) {
    const page = join(scratch, 'page.html');
    writeFileSync(page, documentText());
    const profile = `--user-data-dir=${join(scratch, 'profile')}`;
    const child = begin('chromium', [...BROWSER_FLAGS.split(' '), profile, `file://${page}`]);
    await until(() => familyOf(child.pid).length > 4, child);
    await sleep(BROWSER_SETTLES_MS);
    return child;
  },
};

const programs = {
  node: process.execPath,
  python: '/usr/bin/python3',
  cc1plus: 'g++',
  redis: 'redis-server',
  chromium: 'chromium',
};

/** Null, or why this source cannot be had here. */
export function whyAbsent(name) {
  const program = programs[name];
  if (program === undefined)
    return `no such source (there are ${Object.keys(programs).join(', ')})`;
  const { status } = spawnSync('sh', ['-c', 'command -v "$1"', 'sh', program]);
  return status === 0 ? null : `${program} is not installed`;
}

/** Stops or ends a process and all that descend from it. */
export function signalFamily(child, signal) {
  for (const pid of familyOf(child.pid).reverse()) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended by itself.
    }
  }
}

function begin(command, args) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  child.on('error', () => {});
  child.stdout.resume();
  return child;
}

/** Starts a program of ours, which says when it is full. */
async function started(command, args) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = once(child, 'close').then(() => {
    throw new Error(`${command} ended before it was full`);
  });
  await Promise.race([once(child.stdout, 'data'), ended]);
  ended.catch(() => {});
  return child;
}

function anonymousBytesOf(child) {
  return familyOf(child.pid).reduce((sum, pid) => sum + memoryOf(pid).anonymousBytes, 0);
}

async function until(isTrue, child) {
  for (const end = Date.now() + READY_MS_MAX; Date.now() < end; await sleep(50)) {
    if (child.exitCode !== null || child.signalCode !== null) break;
    if (attempt(isTrue)) return;
  }
  signalFamily(child, 'SIGKILL');
  throw new Error(`${child.spawnfile} ended or took too long before it was full`);
}

function attempt(isTrue) {
  try {
    return isTrue();
  } catch {
    return false;
  }
}

async function connected(path, child) {
  for (const end = Date.now() + READY_MS_MAX; Date.now() < end; await sleep(50)) {
    const socket = connect(path);
    try {
      await once(socket, 'connect');
      return socket;
    } catch {
      socket.destroy();
    }
  }
  signalFamily(child, 'SIGKILL');
  throw new Error(`${child.spawnfile} did not listen`);
}

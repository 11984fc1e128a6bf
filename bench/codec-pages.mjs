// Real pages for codec.mjs: the anonymous memory of live processes, read from /proc/PID/mem. Each
// process does real work first and holds what it made: Node compiles our kernels, Python parses its
// own library, redis (where installed) holds a few thousand objects as JSON.

import { spawn } from 'node:child_process';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const PAGE_BYTES = 4096;
const READY_MS_MAX = 60_000;
const root = fileURLToPath(new URL('..', import.meta.url));

const NODE_PROGRAM = `
import asc from 'assemblyscript/asc';
import { readdirSync, readFileSync } from 'node:fs';
const folder = 'packages/codec/assembly/';
const held = readdirSync(folder).map((name) => readFileSync(folder + name, 'utf8').split('\\n'));
held.push(await asc.main(['index.ts', '--outFile', 'k.wasm', '--enable', 'simd,threads'], {
  readFile: (name) => { try { return readFileSync(folder + name, 'utf8'); } catch { return null; } },
  writeFile: (_name, contents) => held.push(contents),
  listFiles: () => [],
}));
console.log('ready');
setInterval(() => held.length, 1000);
`;

const PYTHON_PROGRAM = `
import ast, os, sys, glob
folder = os.path.dirname(os.__file__)
held = {}
for path in sorted(glob.glob(folder + '/*.py'))[:60]:
    text = open(path, encoding='utf-8', errors='replace').read()
    held[path] = (text, ast.parse(text), {word: len(word) for word in text.split()})
print('ready', flush=True)
sys.stdin.read()
`;

/** Pages that are not same-filled, evenly over the programs that are installed. */
export async function realPages(countMax) {
  const sources = [
    ['node', () => program(process.execPath, ['--input-type=module', '-e', NODE_PROGRAM])],
    ['python3', () => program('python3', ['-c', PYTHON_PROGRAM])],
    ['redis-server', redis],
  ];
  const found = [];
  for (const [name, start] of sources) {
    const running = await start().catch(() => null);
    if (running === null) continue;
    try {
      found.push({ name, pages: anonymousPages(running.child.pid) });
    } finally {
      running.stop();
    }
  }
  const share = Math.floor(countMax / found.length);
  return found.map(({ name, pages }) => ({ name, pages: thinOut(pages, share) }));
}

/** Starts a program and waits until it says that it is ready. */
async function program(command, args) {
  const child = spawn(command, args, { cwd: root, stdio: ['pipe', 'pipe', 'ignore'] });
  const isReady = await new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), READY_MS_MAX);
    const settle = (value) => {
      clearTimeout(timer);
      resolve(value);
    };
    child.stdout.once('data', () => settle(true));
    child.once('error', () => settle(false));
    child.once('exit', () => settle(false));
  });
  if (isReady) return { child, stop: () => child.kill('SIGKILL') };
  child.kill('SIGKILL');
  throw new Error(`${command} did not start`);
}

async function redis() {
  const folder = mkdtempSync(join(tmpdir(), 'pagelend-bench-'));
  const socketPath = join(folder, 'socket');
  const args = ['--port', '0', '--unixsocket', socketPath, '--save', '', '--dir', folder];
  const running = await program('redis-server', args).catch((error) => {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  });
  const stop = () => {
    running.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await sleep(500);
    await fillRedis(socketPath);
    return { child: running.child, stop };
  } catch (error) {
    stop();
    throw error;
  }
}

/** Sets keys to what packages say of themselves: real JSON of many sizes. */
async function fillRedis(socketPath) {
  const manifests = readdirSync(join(root, 'node_modules'))
    .map((name) => readOr(join(root, 'node_modules', name, 'package.json')))
    .filter((text) => text !== '');
  const socket = connect(socketPath);
  const keyCount = 20_000;
  let replies = 0;
  await new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.on('data', (chunk) => {
      for (const byte of chunk) if (byte === 10) replies++;
      if (replies >= keyCount) resolve();
    });
    for (let i = 0; i < keyCount; i++) {
      const manifest = manifests[i % manifests.length];
      const from = (i * 97) % Math.max(1, manifest.length - 1000);
      const value = JSON.stringify({
        id: i,
        seen: i * 1007,
        text: manifest.slice(from, from + 900),
      });
      const parts = ['SET', `package:${i}`, value];
      const text = parts.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`).join('');
      socket.write(`*3\r\n${text}`);
    }
  });
  socket.destroy();
}

function readOr(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** The pages of all private, writable mappings without a file that hold more than one word. */
function anonymousPages(pid) {
  const pages = [];
  const file = openSync(`/proc/${pid}/mem`, 'r');
  try {
    for (const line of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
      const match = /^([0-9a-f]+)-([0-9a-f]+) rw-p \S+ \S+ 0\s*(\[heap\]|\[anon.*)?$/.exec(line);
      if (match === null) continue;
      const [start, end] = [match[1], match[2]].map((text) => Number.parseInt(text, 16));
      for (let at = start; at < end; at += PAGE_BYTES * 256) {
        const chunk = Buffer.alloc(Math.min(end - at, PAGE_BYTES * 256));
        let bytes = 0;
        try {
          bytes = readSync(file, chunk, 0, chunk.length, at);
        } catch {
          continue;
        }
        for (let i = 0; i + PAGE_BYTES <= bytes; i += PAGE_BYTES) {
          const page = chunk.subarray(i, i + PAGE_BYTES);
          if (!isSameFilled(page)) pages.push(page);
        }
      }
    }
  } finally {
    closeSync(file);
  }
  return pages;
}

function isSameFilled(page) {
  return page.compare(page, 8, PAGE_BYTES, 0, PAGE_BYTES - 8) === 0;
}

function thinOut(pages, count) {
  if (pages.length <= count) return pages;
  return Array.from({ length: count }, (_, i) => pages[Math.floor((i * pages.length) / count)]);
}

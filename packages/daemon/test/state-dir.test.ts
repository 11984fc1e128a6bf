// The state directory: one daemon at a time, stale files cleared, folders open to whom they should.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { groupId } from '../src/groups.ts';
import { defaultPoolDir, openPoolDir } from '../src/pool-dir.ts';
import { openStateDir } from '../src/state-dir.ts';
import { temporaryFolder } from './folder.ts';

const root = temporaryFolder();
const MEMORY = 2 ** 20;
const PRIVATE = { mode: 0o600, groupId: null };

function mode(path: string): number {
  return statSync(path).mode & 0o777;
}

describe('the lock', () => {
  test('keeps a second process out, names the first, and dies with it', async () => {
    const path = join(root, 'locked');
    const built = new URL('../dist/state-dir.js', import.meta.url).href;
    const script = `
      const { openStateDir } = await import(${JSON.stringify(built)});
      openStateDir(${JSON.stringify(path)}, { mode: 0o600, groupId: null });
      console.log('locked');
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
    await once(child.stdout, 'data');
    expect(() => openStateDir(path, PRIVATE)).toThrow(
      new RegExp(`${path}: another daemon has it \\(process ${child.pid}\\); stop that one`),
    );
    child.kill('SIGKILL');
    await once(child, 'exit');
    const taken = openStateDir(path, PRIVATE);
    expect(readFileSync(join(path, 'lock'), 'utf8')).toBe(`${process.pid}\n`);
    expect(() => openStateDir(path, PRIVATE)).toThrow(/another daemon has it/);
    taken.unlock();
    openStateDir(path, PRIVATE).unlock();
  });
});

describe('the folders', () => {
  test('are made for the owner alone, parents included', () => {
    const path = join(root, 'deep', 'er');
    openStateDir(path, PRIVATE).unlock();
    expect(mode(path)).toBe(0o700);
    expect(mode(join(path, 'leases'))).toBe(0o700);
  });

  test('can be passed, not listed, by those who may use the sockets', () => {
    const path = join(root, 'group');
    openStateDir(path, { mode: 0o660, groupId: process.getgid!() }).unlock();
    expect(mode(path)).toBe(0o710);
    expect(mode(join(path, 'leases'))).toBe(0o710);
    openStateDir(path, { mode: 0o666, groupId: null }).unlock();
    expect(mode(path)).toBe(0o711);
  });

  test('lose the sockets of a killed daemon and keep the definitions', () => {
    const path = join(root, 'stale');
    mkdirSync(join(path, 'leases'), { recursive: true });
    for (const file of ['admin.sock', 'leases/web.sock', 'leases/web.json']) {
      writeFileSync(join(path, file), '');
    }
    openStateDir(path, PRIVATE).unlock();
    expect(existsSync(join(path, 'admin.sock'))).toBe(false);
    expect(existsSync(join(path, 'leases/web.sock'))).toBe(false);
    expect(existsSync(join(path, 'leases/web.json'))).toBe(true);
  });

  test('whose sockets would have too long a path are refused', () => {
    expect(() => openStateDir(join(root, 'x'.repeat(100)), PRIVATE)).toThrow(
      /admin\.sock: the path of a socket has at most 107 bytes .*; give another --state-dir/,
    );
  });

  test('that cannot be made are told of', () => {
    writeFileSync(join(root, 'file'), '');
    expect(() => openStateDir(join(root, 'file', 'x'), PRIVATE)).toThrow(
      /file\/x: cannot be made: ENOTDIR; give another --state-dir/,
    );
  });
});

describe('the pool directory', () => {
  test.skipIf(!existsSync('/dev/shm'))('is in memory [skipped without /dev/shm]', () => {
    const found = openPoolDir(root, null, MEMORY);
    expect(found.isMemory).toBe(true);
    expect(found).toEqual(openPoolDir(root, null, MEMORY));
    expect(mode(found.path)).toBe(0o700);
    if (!found.path.startsWith(root)) {
      rmSync(found.path, { recursive: true });
      expect(found.path).toMatch(/^\/dev\/shm\/pagelend-.*-[0-9a-f]{8}$/);
    }
  });

  test.each([
    ['on a disk', '/var/lib/x', { '/dev/shm': 8 }, [], 'shared'],
    ['in memory that holds the pool', '/mnt/x', { '/mnt/x': 4, '/dev/shm': 8 }, [], 'inside'],
    ['in memory that is too little', '/mnt/x', { '/mnt/x': 3, '/dev/shm': 8 }, [], 'shared'],
    ['in memory without a limit', '/mnt/x', { '/mnt/x': Infinity, '/dev/shm': 8 }, [], 'inside'],
    ['under /run', '/run/x', { '/run/x': 16, '/dev/shm': 8 }, [], 'shared'],
    ['with a pool in it', '/run/x', { '/run/x': 2, '/dev/shm': 8 }, ['/run/x/pool'], 'inside'],
    ['with a pool elsewhere', '/mnt/x', { '/mnt/x': 16, '/dev/shm': 8 }, ['/dev/shm'], 'shared'],
    ['with little shared memory', '/run/x', { '/run/x': 16, '/dev/shm': 1 }, [], 'inside'],
    ['with least shared memory', '/run/x', { '/run/x': 2, '/dev/shm': 1 }, [], 'inside'],
    ['without shared memory', '/run/x', { '/run/x': 16 }, [], 'inside'],
  ])('of a state directory %s', (_, stateDir, tmpfs: Record<string, number>, pools, where) => {
    const found = defaultPoolDir(stateDir, 4, {
      tmpfsBytes: (path) => tmpfs[path] ?? null,
      hasPool: (path) => pools.some((pool) => path.startsWith(pool)),
    });
    if (where === 'inside') expect(found).toBe(`${stateDir}/pool`);
    else expect(found).toMatch(/^\/dev\/shm\/pagelend-[a-z-]+-[0-9a-f]{8}$/);
  });

  test('of others, or that others can write to, is refused', () => {
    const open = join(root, 'open');
    mkdirSync(open);
    expect(openPoolDir(root, open, MEMORY).path).toBe(open);
    symlinkSync(open, join(root, 'link'));
    expect(openPoolDir(root, join(root, 'link'), MEMORY).path).toBe(join(root, 'link'));
    expect(lstatSync(join(root, 'link')).isSymbolicLink()).toBe(true);
    writeFileSync(join(root, 'plain'), '');
    expect(() => openPoolDir(root, join(root, 'plain'), MEMORY)).toThrow(
      /plain: cannot be made: EEXIST/,
    );
    expect(() => openPoolDir(root, '/dev/shm', MEMORY)).toThrow(
      /\/dev\/shm: (can be written|belongs)/,
    );
  });
});

test('groups by name and number', () => {
  const file = join(root, 'group-file');
  writeFileSync(file, 'root:x:0:\nkvm:x:104:qemu\n');
  expect(groupId('kvm', file)).toBe(104);
  expect(groupId('12', file)).toBe(12);
  expect(() => groupId('none', file)).toThrow(/--socket-group none: no such group in .*group-file/);
});

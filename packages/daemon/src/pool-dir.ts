// Where the pages are: on tmpfs, because that is memory, and because it outlives the process.

import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, realpathSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DaemonError, reasonOf } from './errors.ts';

const TMPFS_MAGIC = 0x01021994;
const SHARED_MEMORY = '/dev/shm';
const HASH_DIGITS = 8;

export interface PoolDir {
  readonly path: string;
  /** Whether it is memory; on a disk the pool works too, at the disk's speed. */
  readonly isMemory: boolean;
}

/** Makes and checks the folder: the one that was asked for, or the one that fits `stateDir`. */
export function openPoolDir(stateDir: string, asked: string | null): PoolDir {
  const path = asked ?? defaultPoolDir(stateDir);
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw cannotUse(path, `cannot be made: ${reasonOf(error)}`);
  }
  checkOwner(path, asked !== null);
  return { path, isMemory: isTmpfs(path) };
}

function defaultPoolDir(stateDir: string): string {
  if (isTmpfs(stateDir)) return join(stateDir, 'pool');
  const real = realpathSync(stateDir);
  const hash = createHash('sha256').update(real).digest('hex').slice(0, HASH_DIGITS);
  const name = real.replaceAll(/[^A-Za-z0-9._-]+/g, '-').replace(/^-/, '');
  return join(SHARED_MEMORY, `pagelend-${name.slice(-100)}-${hash}`);
}

/** In /dev/shm anybody makes folders: one of another user could show that user what guests wrote. */
function checkOwner(path: string, mayBeLink: boolean): void {
  const status = mayBeLink ? statSync(path) : lstatSync(path);
  if (!status.isDirectory()) throw cannotUse(path, 'is no folder');
  if (status.uid !== process.getuid?.()) throw cannotUse(path, `belongs to user ${status.uid}`);
  if ((status.mode & 0o022) !== 0) throw cannotUse(path, 'can be written by other users');
}

function isTmpfs(path: string): boolean {
  return statfsSync(path).type === TMPFS_MAGIC;
}

function cannotUse(path: string, why: string): DaemonError {
  return new DaemonError('DAEMON_STATE_DIR', `${path}: ${why}; give another --pool-dir`);
}

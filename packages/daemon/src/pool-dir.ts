// Where the pages are: on tmpfs, because that is memory, and because it outlives the process.

import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, realpathSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DaemonError, reasonOf } from './errors.ts';

const TMPFS_MAGIC = 0x01021994;
const SHARED_MEMORY = '/dev/shm';
const RUN = '/run/';
/** The pool's first file, by which one is known. */
const POOL_FILE = 'pool';
const HASH_DIGITS = 8;

export interface PoolDir {
  readonly path: string;
  /** Whether it is memory; on a disk the pool works too, at the disk's speed. */
  readonly isMemory: boolean;
}

/**
 * Makes and checks the folder: the one that was asked for, or the one that fits `stateDir` and a pool
 * of `memoryBytes`.
 */
export function openPoolDir(stateDir: string, asked: string | null, memoryBytes: number): PoolDir {
  const path = asked ?? defaultPoolDir(realpathSync(stateDir), memoryBytes, surroundings);
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw cannotUse(path, `cannot be made: ${reasonOf(error)}`);
  }
  checkOwner(path, asked !== null);
  return { path, isMemory: tmpfsBytes(path) !== null };
}

/** The folder of the pool that is there, or where a small one would be; nothing is made. */
export function findPoolDir(stateDir: string, asked: string | null): string {
  return asked ?? defaultPoolDir(realpathSync(stateDir), 0, surroundings);
}

/** What the choice depends on, for tests to say otherwise. */
export interface Surroundings {
  /** How much the tmpfs at a path can hold; null where it is no tmpfs. */
  readonly tmpfsBytes: (path: string) => number | null;
  readonly hasPool: (path: string) => boolean;
}

const surroundings: Surroundings = {
  tmpfsBytes,
  hasPool: (path) => existsSync(join(path, POOL_FILE)),
};

/**
 * In the state directory if that is memory, else in shared memory. What is under /run is memory of
 * the whole system's services, often little, and must not be filled. A pool that is there stays
 * where it is, since its pages would be lost for another one.
 */
export function defaultPoolDir(
  stateDir: string,
  memoryBytes: number,
  { tmpfsBytes, hasPool }: Surroundings,
): string {
  const inside = join(stateDir, 'pool');
  const shared = join(SHARED_MEMORY, sharedName(stateDir));
  const insideBytes = tmpfsBytes(stateDir);
  if (insideBytes === null) return shared;
  if (hasPool(inside)) return inside;
  if (hasPool(shared)) return shared;
  const sharedBytes = tmpfsBytes(SHARED_MEMORY) ?? 0;
  // In a container shared memory may be the smaller one.
  if (sharedBytes < memoryBytes && sharedBytes <= insideBytes) return inside;
  return insideBytes < memoryBytes || stateDir.startsWith(RUN) ? shared : inside;
}

/** Tells state directories apart and shows which is which. */
function sharedName(stateDir: string): string {
  const hash = createHash('sha256').update(stateDir).digest('hex').slice(0, HASH_DIGITS);
  const name = stateDir.replaceAll(/[^A-Za-z0-9._-]+/g, '-').replace(/^-/, '');
  return `pagelend-${name.slice(-100)}-${hash}`;
}

/** In /dev/shm anybody makes folders: one of another user could show that user what guests wrote. */
function checkOwner(path: string, mayBeLink: boolean): void {
  const status = mayBeLink ? statSync(path) : lstatSync(path);
  if (!status.isDirectory()) throw cannotUse(path, 'is no folder');
  if (status.uid !== process.getuid?.()) throw cannotUse(path, `belongs to user ${status.uid}`);
  if ((status.mode & 0o022) !== 0) throw cannotUse(path, 'can be written by other users');
}

function tmpfsBytes(path: string): number | null {
  if (!existsSync(path)) return null;
  const { type, blocks, bsize } = statfsSync(path);
  if (type !== TMPFS_MAGIC) return null;
  // One without a limit says 0.
  return blocks === 0 ? Number.POSITIVE_INFINITY : blocks * bsize;
}

function cannotUse(path: string, why: string): DaemonError {
  return new DaemonError('DAEMON_STATE_DIR', `${path}: ${why}; give another --pool-dir`);
}

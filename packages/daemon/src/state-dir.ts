// The state directory: made, locked against a second daemon, and cleared of what a killed one left.

import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { lockFile } from '@pagelend/linux';
import { DaemonError, reasonOf } from './errors.ts';

/** Who may reach the leases' sockets. */
export interface SocketAccess {
  readonly mode: number;
  /** Null to leave it the daemon's own. */
  readonly groupId: number | null;
}

export interface StateDir {
  readonly path: string;
  /** Definitions and sockets of the leases. */
  readonly leasesPath: string;
  readonly adminSocketPath: string;
  /** Lets another daemon have it. The kernel does the same when the process dies. */
  unlock(): void;
}

const ADMIN_SOCKET = 'admin.sock';
export const LEASES = 'leases';
export const LOCK = 'lock';
/** A sockaddr_un holds 108 bytes, the last of them a zero. */
export const SOCKET_PATH_BYTES_MAX = 107;

export function openStateDir(path: string, access: SocketAccess): StateDir {
  const leasesPath = join(path, LEASES);
  const adminSocketPath = join(path, ADMIN_SOCKET);
  checkSocketPath(adminSocketPath);
  makeFolder(path);
  const lock = takeLock(path);
  try {
    makeFolder(leasesPath);
    for (const folder of [path, leasesPath]) letPass(folder, access);
    rmSync(adminSocketPath, { force: true });
    for (const file of readdirSync(leasesPath)) {
      // Sockets, ways to moved leases, and what was made aside to become one of them.
      if (file.endsWith('.sock') || /^\.[0-9a-z]{1,3}$/.test(file))
        rmSync(join(leasesPath, file), { force: true });
    }
  } catch (error) {
    closeSync(lock);
    throw error;
  }
  return {
    path,
    leasesPath,
    adminSocketPath,
    unlock: () => closeSync(lock),
  };
}

/** Gives a socket its permissions and group. */
export function applyAccess(path: string, { mode, groupId }: SocketAccess): void {
  try {
    if (groupId !== null) chownSync(path, -1, groupId);
    chmodSync(path, mode);
  } catch (error) {
    throw new DaemonError(
      'DAEMON_LISTEN',
      `${path}: its group or mode cannot be set: ${reasonOf(error)}; take a group that the daemon's user is in`,
    );
  }
}

function checkSocketPath(path: string): void {
  const bytes = Buffer.byteLength(path);
  if (bytes <= SOCKET_PATH_BYTES_MAX) return;
  const limit = `the path of a socket has at most ${SOCKET_PATH_BYTES_MAX} bytes`;
  throw cannotUse(path, `${limit} and this one has ${bytes}`);
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw cannotUse(path, `cannot be made: ${reasonOf(error)}`);
  }
}

function takeLock(folder: string): number {
  const path = join(folder, LOCK);
  let fd: number;
  try {
    fd = openSync(path, 'a+', 0o600);
  } catch (error) {
    throw cannotUse(path, `cannot be opened: ${reasonOf(error)}`);
  }
  if (!lockFile(fd)) {
    const holder = readFileSync(path, 'utf8').trim();
    closeSync(fd);
    // A check holds the lock too, and writes nothing: then the number is that of a daemon that ended.
    const isAlive = /^\d+$/.test(holder) && existsSync(`/proc/${holder}`);
    throw new DaemonError(
      'DAEMON_RUNNING',
      isAlive
        ? `${folder}: another daemon has it (process ${holder}); stop that one, or give another --state-dir`
        : `${folder}: another daemon, or a \`pagelend check\`, has it; try again once it has ended`,
    );
  }
  ftruncateSync(fd);
  writeSync(fd, `${process.pid}\n`);
  return fd;
}

/** Lets those who may use the sockets pass the folder, though not list it. */
function letPass(folder: string, { mode, groupId }: SocketAccess): void {
  const group = (mode & 0o060) === 0 ? 0 : 0o010;
  const others = (mode & 0o006) === 0 ? 0 : 0o001;
  const { mode: before, gid } = statSync(folder);
  const isPassable = (before & others) === others && (before & (group >> 3)) === group >> 3;
  try {
    if (groupId !== null && gid !== groupId && !isPassable) chownSync(folder, -1, groupId);
    const wanted = (before & 0o777) | group | others;
    if (wanted !== (before & 0o777)) chmodSync(folder, wanted);
  } catch (error) {
    throw cannotUse(
      folder,
      `cannot be opened to the users of its sockets: ${reasonOf(error)}; take a group that the daemon's user is in`,
    );
  }
}

function cannotUse(path: string, why: string): DaemonError {
  return new DaemonError('DAEMON_STATE_DIR', `${path}: ${why}; give another --state-dir`);
}
